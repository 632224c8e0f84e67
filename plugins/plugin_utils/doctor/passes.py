# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The passes: whether they still come, how often, and whether more than one controller makes them. Pure."""
from __future__ import annotations

from ..instants import format_instant
from .findings import Finding

#: what the reconciler of the role says of each pass
RECONCILER = "netslice_pass"
#: so many intervals without a pass, and passes have stopped
LATE = 3
LOOK_SECONDS = 3600


def passes(slices: list[dict], rows: list[dict], now: int) -> list[Finding]:
    """Findings of the decisions ({slice, time, plan}) of the last LOOK_SECONDS, and of slices that have none of late."""
    if not slices:
        return []
    interval = min(one["scaling"]["interval_seconds"] for one in slices)
    instants = sorted({row["time"] for row in rows})
    if not instants:
        return [Finding("passes", "last pass", "failed", f"none within {LOOK_SECONDS // 60} minutes",
                        "Look at what runs foresight.netslice.reconcile: its timer, its schedule, its log.")]
    age = now - instants[-1]
    if age > LATE * interval:
        return [Finding("passes", "last pass", "failed", f"was at {format_instant(instants[-1])}, {age} s ago; they are due every {interval} s",
                        "Look at what runs foresight.netslice.reconcile: its timer, its schedule, its log.")]
    return [Finding("passes", "last pass", "ok", f"was {age} s ago"), _frequency(instants, interval, now), *_left_out(slices, rows)]


def reconcilers(rows: list[dict]) -> list[Finding]:
    """Findings of what reconcilers said of their passes ({time, host, code, why}): the newest pass of each."""
    found = []
    for host, row in sorted({row["host"]: row for row in sorted(rows, key=lambda row: row["time"])}.items()):
        name, last = f"reconciler {host}", f"its last pass, of {format_instant(row['time'])},"
        if row.get("code") == 0:
            found.append(Finding("passes", name, "ok", f"{last} was good"))
        else:
            found.append(Finding("passes", name, "failed", f"{last} was not good: {row.get('why') or 'no reason given'}",
                                 "Remove the cause; the next pass goes on from wherever this one was."))
    return found


def _frequency(instants: list[int], interval: int, now: int) -> Finding:
    """Two controllers show as twice as many passes as are due."""
    since = max(instants[0], now - LOOK_SECONDS)
    due = max(2, (now - since) // interval + 2)
    if len(instants) > 1.5 * due:
        return Finding("passes", "frequency", "warning", f"{len(instants)} in {(now - since) // 60} minutes, and one every {interval} s is due",
                       "Look whether two controllers or schedules run passes of the same slices: stop one, or correct scaling.interval_seconds.")
    return Finding("passes", "frequency", "ok", f"{len(instants)} in {(now - since) // 60} minutes")


def _left_out(slices: list[dict], rows: list[dict]) -> list[Finding]:
    decided = {row["slice"] for row in rows}
    return [Finding("passes", f"slice {one['name']}", "warning", "was in no pass of the last hour", "Look whether passes are given the same netslice_slices.")
            for one in slices if one["name"] not in decided]
