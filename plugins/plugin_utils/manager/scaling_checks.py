# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Rules of scaling that contradict each other are refused, both sides named, before anything changes."""
from __future__ import annotations

from ..errors import InvalidInput
from .pace import HOUR
from .schedules import meeting

#: class -> what it presets where the slice does not say otherwise (docs/policy.md)
CLASSES = {
    "availability": {"quantile": "auto", "economy": 0.01},
    "balanced": {"quantile": "auto", "economy": 0.05},
    "cost": {"quantile": "auto", "economy": 0.2},
}


def with_class(raw):
    """A slice as the user wrote it, with the presets of its class; what is no such slice is returned as it is, and refused later."""
    scaling = raw.get("scaling") if isinstance(raw, dict) else None
    chosen = scaling.get("class") if isinstance(scaling, dict) else None
    if not isinstance(chosen, str) or chosen not in CLASSES:
        return raw
    return {**raw, "scaling": {**CLASSES[chosen], **scaling}}


def check_scaling(slice_: dict, path: str) -> None:
    """Raise InvalidInput where two rules of a validated section `scaling` cannot both be obeyed."""
    scaling, at = slice_["scaling"], f"{path}.scaling"
    if scaling["min"] > scaling["max"]:
        raise InvalidInput(f"{at}.min: {scaling['min']} is more than scaling.max, {scaling['max']}.")
    _check_raise(scaling, at)
    _check_warm(scaling["warm"], at)
    _check_memory(slice_, at)
    names: dict[str, int] = {}
    for index, one in enumerate(scaling["schedules"]):
        here = f"{at}.schedules[{index}]"
        if one["name"] in names:
            raise InvalidInput(f"{here}.name: {one['name']!r} is the name of schedules[{names[one['name']]}] too.")
        names[one["name"]] = index
        _check_schedule(scaling, one, here)
    _check_schedules(scaling["schedules"], at)


def _check_raise(scaling: dict, at: str) -> None:
    lift = scaling["raise"]
    missing = [key for key in ("max", "until", "reason") if lift[key] is None]
    if 0 < len(missing) < 3:
        raise InvalidInput(f"{at}.raise.{missing[0]}: is required: a raise says how far, until when and why.")
    if lift["max"] is not None and lift["max"] < scaling["max"]:
        raise InvalidInput(f"{at}.raise.max: {lift['max']} is less than scaling.max, {scaling['max']}. Lower max instead.")


def _check_warm(warm: dict, at: str) -> None:
    if warm["state"] is None:
        asked = next((key for key in ("min", "reuse") if warm[key]), None)
        if asked:
            raise InvalidInput(f"{at}.warm.{asked}: asks for a warm pool, but scaling.warm.state is not given. Set it to stopped or parked.")
    elif warm["min"] > warm["max"]:
        raise InvalidInput(f"{at}.warm.min: {warm['min']} is more than scaling.warm.max, {warm['max']}.")


def _check_memory(slice_: dict, at: str) -> None:
    """What was released is known as long as its address is in quarantine: no rule may look further back."""
    down, kept = slice_["scaling"]["down"], slice_["network"]["quarantine_seconds"]
    steps = down["vms"] is not None or down["percent"] is not None
    reach = {"window_seconds": down["window_seconds"] if steps else 0, "cooldown_seconds": down["cooldown_seconds"],
             "budget_per_hour": HOUR if down["budget_per_hour"] is not None else 0}
    for key, seconds in reach.items():
        if seconds > kept:
            raise InvalidInput(
                f"{at}.down.{key}: looks {seconds} s back, but network.quarantine_seconds is {kept}, and a released VM is forgotten after it. "
                f"Raise quarantine_seconds to {seconds}, or lower down.{key}."
            )


def _check_schedule(scaling: dict, one: dict, here: str) -> None:
    floor, ceiling = one["floor"], one["ceiling"]
    if floor is None and ceiling is None:
        raise InvalidInput(f"{here}: has neither floor nor ceiling. Give one of them.")
    if floor is not None and ceiling is not None and floor > ceiling:
        raise InvalidInput(f"{here}.floor: {floor} is more than its ceiling, {ceiling}.")
    if floor is not None and floor > scaling["max"]:
        raise InvalidInput(f"{here}.floor: {floor} of schedule {one['name']} is more than scaling.max, {scaling['max']}.")
    if ceiling is not None and ceiling < scaling["min"]:
        raise InvalidInput(f"{here}.ceiling: {ceiling} of schedule {one['name']} is less than scaling.min, {scaling['min']}.")


def _check_schedules(schedules: list[dict], at: str) -> None:
    for index, low in enumerate(schedules):
        for other, high in enumerate(schedules):
            if index == other or low["floor"] is None or high["ceiling"] is None or low["floor"] <= high["ceiling"]:
                continue
            day = meeting(low, high)
            if day is not None:
                raise InvalidInput(
                    f"{at}.schedules[{index}].floor: {low['floor']} of schedule {low['name']} is more than the ceiling {high['ceiling']} of schedule "
                    f"{high['name']} (schedules[{other}]), and both are in force on {day}. Part their windows, or change one of the counts."
                )
