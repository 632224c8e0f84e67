# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What counts of VMs came to: how often demand ran short of them, what they cost, and the energy they took. Pure.

The world is the same for whoever asks: VMs asked for at the begin of a row serve from the lead time on, and are paid for at once; VMs given up
serve and cost nothing from that row on, those that do not serve yet first. What is asked for first is already up.
"""
from __future__ import annotations

import math
from dataclasses import dataclass

#: demand above what serves by less than this is dust of floating point
DUST = 1e-9
HOUR = 3600


@dataclass(frozen=True)
class Power:
    """Linear model of the power of VMs: each vCPU draws idle_watts while its VM is there, and up to busy_watts in proportion to its load.

    The defaults are the averages of Cloud Carbon Footprint for AWS (cloudcarbonfootprint.org/docs/methodology), from SPECpower results of its
    processors; that power is linear in load: Fan, Weber and Barroso, ISCA 2007.
    """

    idle_watts: float = 0.74
    busy_watts: float = 3.5
    vcpus: int = 1

    def watts(self, paid: float, busy: float) -> float:
        """Of `paid` VMs, of which `busy` VMs' worth of demand is served."""
        return self.vcpus * (self.idle_watts * paid + (self.busy_watts - self.idle_watts) * busy)


@dataclass(frozen=True)
class World:
    """Rows of a replay. demand: VMs' worth of each row, None where it was not measured; lead: rows until a VM serves; step: seconds of a row."""

    demand: list
    lead: int
    step: int
    power: Power = Power()


def lead_rows(seconds: int, step: int) -> int:
    """Rows from the begin of which on a VM serves that is asked for now."""
    return -(-seconds // step)


def serve(asked: list[int], lead: int) -> tuple[list[int], list[int]]:
    """VMs asked for at the begin of each row -> (serving, paid for) in each row."""
    now, pending, serving, paid = asked[0], [], [], []  # pending: [row, VMs], oldest first
    for row, want in enumerate(asked):
        now += sum(count for due, count in pending if due <= row)
        pending = [one for one in pending if one[0] > row]
        owned = now + sum(count for _due, count in pending)
        if want > owned:
            pending.append([row + lead, want - owned])
            if not lead:
                now, pending = want, []
        drop = max(0, owned - want)
        while drop and pending:
            gone = min(drop, pending[-1][1])
            pending[-1][1] -= gone
            drop -= gone
            if not pending[-1][1]:
                pending.pop()
        now -= drop
        serving.append(now)
        paid.append(now + sum(count for _due, count in pending))
    return serving, paid


def outcome(world: World, asked: list, rows: range | None = None) -> dict:
    """Figures of the measured rows (of `rows`, where given): asked holds a count for each row, None where none is known.

    short_percent: of the rows, those with more demand than serves. worst: the largest share of a row's demand that was not served, and its row.
    unserved_percent: of all demand. slack_percent: of all that serves, what no demand needed. vm_hours: of all VMs that are paid for.
    """
    serving, paid = serve(_filled(asked), world.lead)
    judged = [row for row in rows or range(len(asked)) if world.demand[row] is not None and asked[row] is not None]
    short = {row: world.demand[row] - serving[row] for row in judged if world.demand[row] - serving[row] > DUST}
    demand, served = sum(world.demand[row] for row in judged), sum(serving[row] for row in judged)
    worst = max(short, key=lambda row: (short[row] / world.demand[row], -row), default=None)
    started = sum(max(0, paid[row] - paid[row - 1]) for row in judged if row)
    watts = sum(world.power.watts(paid[row], min(world.demand[row], serving[row])) for row in judged)
    return {
        "rows": len(judged), "short_rows": len(short), "short_percent": _percent(len(short), len(judged)),
        "unserved_percent": _percent(sum(short.values()), demand),
        "slack_percent": _percent(sum(max(0.0, serving[row] - world.demand[row]) for row in judged), served),
        "worst": None if worst is None else {"row": worst, "percent": _percent(short[worst], world.demand[worst])},
        "vm_hours": round(sum(paid[row] for row in judged) * world.step / HOUR, 3),
        "started_per_day": round(started / (len(judged) * world.step / 86400), 3) if judged else None,
        "watt_hours": round(watts * world.step / HOUR, 3)}


def _filled(asked: list) -> list[int]:
    """Counts without gaps: an unknown one is the last known, or the first one known."""
    held = next((count for count in asked if count is not None), 0)
    filled = []
    for count in asked:
        held = held if count is None else count
        filled.append(held)
    return filled


def _percent(part: float, whole: float) -> float | None:
    return round(100 * part / whole, 4) if whole else None


def ratio(one: float | None, other: float | None) -> float | None:
    """one / other with four digits, None where there is nothing to compare with."""
    return None if one is None or not other else round(one / other, 4)


def perfect_hours(world: World, scaling: dict) -> float:
    """VM-hours of whoever knows each row's demand and starts VMs in no time, within the bounds of the slice."""
    counts = [clipped(math.ceil(demand - DUST), scaling) for demand in world.demand if demand is not None]
    return round(sum(counts) * world.step / HOUR, 3)


def clipped(count: int, scaling: dict) -> int:
    """A count within scaling.min and max, and never nothing: a rival does not dissolve."""
    return max(1, scaling["min"], min(count, scaling["max"]))
