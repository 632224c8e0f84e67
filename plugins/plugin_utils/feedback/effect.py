# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What proposals would have come to in the last days: the policy replayed with each, in the world that was learned. Pure."""
from __future__ import annotations

from ..manager.outcome import outcome
from .keys import with_value

#: keys that say how the world is, not what is wanted of it: a replay judges all settings by what was learned of them
WORLD = ("vm.serves.", "scaling.lead_time_seconds")
#: keys that a replay can judge
REPLAYED = ("vm.serves.", "scaling.")
FIGURES = ("short_percent", "unserved_percent", "vm_hours")


def world_of(slice_: dict, proposals: list[dict], lead: int | None) -> dict:
    """The slice as it was learned to be. lead: seconds that boots were learned to need, None where that is not known."""
    if lead is not None:
        slice_ = with_value(slice_, "scaling.lead_time_seconds", lead)
    for one in proposals:
        if one["key"].startswith(WORLD):
            slice_ = with_value(slice_, one["key"], one["proposed"])
    return slice_


def judged(proposals: list[dict]) -> bool:
    """Whether a replay has something to say of any of them."""
    return any(one["key"].startswith(REPLAYED) for one in proposals)


def with_effects(proposals: list[dict], replayed, slice_: dict, lead: int | None) -> tuple[list[dict], dict | None]:
    """The proposals, each with `effect`: {days, now, then, why}, of the slice as it is and with that proposal alone; and the same with all of them.

    null where a replay has nothing to say of it. replayed: analytics.policy_replay.Replay of the slice.
    """
    told = [one for one in proposals if one["key"].startswith(REPLAYED)]
    if not told:
        return [{**one, "effect": None} for one in proposals], None
    if replayed.why_not:
        nothing = {"days": None, "now": None, "then": None, "why": replayed.why_not}
        return [{**one, "effect": nothing if one in told else None} for one in proposals], nothing
    world = replayed.altered(world_of(slice_, proposals, lead)).world
    known = {"days": round(len(world.demand) * world.step / 86400, 1), "now": _figures(replayed, slice_, world), "why": None}
    alone = {one["key"]: {**known, "then": _figures(replayed, with_value(slice_, one["key"], one["proposed"]), world)} for one in told}
    for one in told:
        slice_ = with_value(slice_, one["key"], one["proposed"])
    together = {**known, "then": _figures(replayed, slice_, world)} if len(told) > 1 else alone[told[0]["key"]]
    return [{**one, "effect": alone.get(one["key"])} for one in proposals], together


def _figures(replayed, slice_: dict, world) -> dict:
    other = replayed.altered(slice_)
    found = outcome(world, other.counts(other.wishes({}, other.profiles({}))))
    return {name: found[name] for name in FIGURES}
