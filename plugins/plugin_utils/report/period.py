# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a period came to as it ran, beside a fleet of the size of its peak and a reactive autoscaler on the same demand."""
from __future__ import annotations

import math
from dataclasses import dataclass

from ..manager import rivals
from ..manager.lead_time import seconds_of
from ..manager.outcome import Power, World, lead_rows, outcome

#: intervals for which a recorded decision is taken to be in force where no later one is recorded
HELD = 3
#: what is compared, in the order of the tables, and what each is called
POLICIES = {"ran": "as it ran", "static": "static peak", "reactive": "reactive"}


@dataclass(frozen=True)
class Period:
    """Rows of `step` seconds from `start` on: demand in VMs' worth (None in gaps) and the VMs of each policy (None where no decision is known).

    outcomes: of each policy in the rows of which both are known, as manager/outcome.py has them.
    """

    start: int
    step: int
    demand: list
    counts: dict
    outcomes: dict


def of_history(history) -> Period | None:
    """None where no row has both the demand and a decision. The static peak is what the largest demand of this very period needs."""
    slice_ = history.slice
    serves = {name: count for name, count in ((slice_.get("vm") or {}).get("serves") or {}).items() if name in history.demand}
    if not serves or not history.decisions:
        return None
    demand, first = _worth(history, serves), next(iter(history.demand.values()))
    scaling = slice_["scaling"]
    every = max(1, scaling["interval_seconds"] // first.step)
    world = World(demand, lead_rows(seconds_of(scaling), first.step), first.step, Power(vcpus=slice_["vm"].get("vcpus", 1)))
    counts = {"ran": _ran(history.decisions, first.start, first.step, len(demand), scaling["interval_seconds"]),
              "static": rivals.static(demand, len(demand), scaling),
              "reactive": rivals.reactive(demand, None, every, first.step, scaling)}
    known = [row for row, count in enumerate(counts["ran"]) if count is not None]
    outcomes = {name: outcome(world, asked, known) for name, asked in counts.items()} if known else {}
    return Period(first.start, first.step, demand, counts, outcomes) if known and outcomes["ran"]["rows"] else None


def _worth(history, serves: dict) -> list:
    """VMs' worth of each row, None where a resource that counts VMs was not measured."""
    rows = zip(*(history.demand[name].values for name in serves))
    return [None if None in values else max(value / each for value, each in zip(values, serves.values())) for values in rows]


def _ran(decisions, start: int, step: int, rows: int, interval: int) -> list:
    """VMs by the decision in force at the begin of each row, None where there is none or the last one is too old."""
    out, following, now = [], 0, None
    for row in range(rows):
        at = start + row * step
        while following < len(decisions) and decisions[following].time <= at:
            now, following = decisions[following], following + 1
        count = now.get("final") if now and at - now.time < HELD * interval else None
        out.append(None if count is None else int(count))
    return out


def totals(periods: list) -> dict:
    """{policy: {"vm_hours", "watt_hours", "of_static", "short_percent"}} over all slices that could be judged; {} without any."""
    sums = {name: {key: math.fsum(one.outcomes[name][key] for one in periods) for key in ("vm_hours", "watt_hours", "short_rows", "rows")}
            for name in POLICIES} if periods else {}
    return {name: {**one, "of_static": one["vm_hours"] / sums["static"]["vm_hours"] if sums["static"]["vm_hours"] else None,
                   "short_percent": 100 * one["short_rows"] / one["rows"]} for name, one in sums.items()}


def together(periods: list) -> Period | None:
    """The rows of all slices added up, each gap holding the last known value; those on another grid than the first are left out."""
    grid = [one for one in periods if (one.start, one.step, len(one.demand)) == (periods[0].start, periods[0].step, len(periods[0].demand))]
    if not grid:
        return None
    added = {name: [sum(row) for row in zip(*(_held(one.counts[name]) for one in grid))] for name in POLICIES}
    return Period(grid[0].start, grid[0].step, [sum(row) for row in zip(*(_held(one.demand) for one in grid))], added, {})


def _held(values: list) -> list:
    now, out = 0, []
    for value in values:
        now = now if value is None else value
        out.append(now)
    return out
