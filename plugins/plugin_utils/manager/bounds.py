# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Between which counts a slice stays: min and max, floors and ceilings of schedules, a raise of max that expires."""
from __future__ import annotations

from ..instants import parse_instant
from .lead_time import seconds_of
from .quotas import OPEN, Quota
from .schedules import ceiling_of, floor_of
from .wish import Wish


def largest(slice_: dict) -> int:
    """The most VMs that a slice may ever have: max, or what it may be raised to."""
    return max(slice_["scaling"]["max"], slice_["scaling"]["raise"]["max"] or 0)


def largest_pool(slice_: dict) -> int:
    """The most VMs that its warm pool may ever have."""
    warm = slice_["scaling"]["warm"]
    return warm["max"] if warm["state"] else 0


def most_at(scaling: dict, as_of: int) -> int:
    """max, or what it is raised to at this instant."""
    lift = scaling["raise"]
    return lift["max"] if lift["max"] is not None and as_of < parse_instant(lift["until"]) else scaling["max"]


def floor_at(scaling: dict, as_of: int) -> tuple[int, str | None]:
    """(count, name of the schedule) of the floor in force: from the lead time before its window, so that its VMs serve when it begins."""
    return floor_of(scaling["schedules"], as_of, as_of + seconds_of(scaling))


def bound(wish: Wish, scaling: dict, as_of: int, quota: Quota = OPEN) -> None:
    """Lift to min and floor, then cut to max (or what it is raised to), ceiling and quota: what a person writes as a size is obeyed at once.

    A ceiling that begins, or a raise that ends, while telemetry is silent or behind adds nothing and takes nothing away: nobody is there to see whether
    the VMs are in use. max itself is an order of the moment.
    """
    kept = min(wish.count, wish.present) if wish.still else 0
    if wish.count < scaling["min"]:
        wish.rule("min", scaling["min"], f"scaling.min is {scaling['min']}")
    floor, name = floor_at(scaling, as_of)
    if wish.count < floor:
        wish.rule("floor", floor, f"schedule {name} asks for at least {floor}")
    _cap(wish, scaling, as_of, kept)
    ceiling, name = ceiling_of(scaling["schedules"], as_of)
    if ceiling is not None and wish.count > max(ceiling, kept):
        wish.rule("ceiling", max(ceiling, kept), f"schedule {name} allows at most {ceiling}")
    if quota.most is not None and wish.count > max(quota.most, kept):
        wish.rule("quota", max(quota.most, kept), quota.why)


def _cap(wish: Wish, scaling: dict, as_of: int, kept: int) -> None:
    most, lift, wished = scaling["max"], scaling["raise"], wish.count
    if wished <= most:
        return
    wish.rule("max", most, f"scaling.max is {most}")
    if lift["max"] is None:
        return
    if as_of < parse_instant(lift["until"]):
        wish.rule("raise", min(wished, lift["max"]), f"scaling.max is raised to {lift['max']} until {lift['until']}: {lift['reason']}")
    elif kept > most:
        wish.rule("raise", min(kept, lift["max"]), f"the raise to {lift['max']} ended at {lift['until']}, but nothing is taken away without telemetry")
