# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What was looked at, what it was like, and what to do about it; as a table of text."""
from __future__ import annotations

import re
import typing as t

VERDICTS = ("ok", "warning", "failed")


class Finding(t.NamedTuple):
    """One row. `area` is controller, influxdb, telemetry, feedback, passes, hypervisor or balancer; `remedy` is empty where all is well."""

    area: str
    object: str
    verdict: str
    what: str
    remedy: str = ""


def refused(area: str, name: str, text) -> Finding:
    """Finding of an error of ours, `Cannot ...: cause. Remedy.`: its last sentences are the remedy."""
    parts = re.split(r"(?<=\.) (?=[A-Z])", str(text).strip(), maxsplit=1)
    return Finding(area, name, "failed", parts[0], parts[1] if len(parts) > 1 else "")


def lines(findings: list[Finding], all_of_them: bool = False) -> list[str]:
    """Lines of text: the counts, then what is not well, the worst first, each with its remedy below it; then the rest on request."""
    counts = [sum(1 for one in findings if one.verdict == verdict) for verdict in VERDICTS]
    out = [f"{counts[0]} checks are well, {counts[1]} with a warning, {counts[2]} failed."]
    for one in sorted(findings, key=lambda one: -VERDICTS.index(one.verdict)):
        if one.verdict != "ok" or all_of_them:
            out.append(f"{one.verdict.upper() if one.verdict != 'ok' else 'ok':8}{one.area} {one.object}: {one.what}")
            out += [f"        -> {one.remedy}"] if one.remedy else []
    return out
