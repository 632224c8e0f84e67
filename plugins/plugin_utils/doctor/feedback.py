# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What was learned of slices and waits for a person. Pure."""
from __future__ import annotations

from ..feedback.accepted import pending
from .findings import Finding

REMEDY = "Accept it in netslice_slices, or leave it; foresight.netslice.feedback tells its evidence and its effect."


def proposals(found: dict[str, list[dict]], slices: list[dict]) -> list[Finding]:
    """A warning for each proposal of {slice: proposals} that still waits, and one row for each slice that has a record and none; slices: validated."""
    rows = []
    for one in sorted((one for one in slices if one["name"] in found), key=lambda one: one["name"]):
        name, told = one["name"], pending(one, found[one["name"]])
        rows += [Finding("feedback", f"slice {name}", "warning", f"{one['key']} is {one['present']}, and {one['proposed']} is proposed since {one['since']}: "
                         f"{one['why']}", REMEDY) for one in told]
        rows += [] if told else [Finding("feedback", f"slice {name}", "ok", "nothing is proposed")]
    return rows
