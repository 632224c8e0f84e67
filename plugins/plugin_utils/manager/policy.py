# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How many VMs a slice shall have, before anybody asks whether they fit."""
from __future__ import annotations

from .bounds import bound, floor_at
from .counts import at_fixed_quantile, weighs, worth
from .demand import Reading, Readings, verdict_of, vms_for
from .pace import pace, tolerate
from .past import Past
from .quotas import OPEN, Quota
from .scale_in import behind, hold, project
from .wish import Wish, amount, vms


def decide(slice_: dict, profile: dict | None, past: Past, unknown: list[str], quota: Quota = OPEN) -> Wish:
    """Count of VMs of a slice, from its Demand Profile and what its VMs tell of the past; `unknown` are the hosts that did not answer.

    quota: the most that the slice may have of all hosts.
    """
    wish, scaling = Wish(past.present), slice_["scaling"]
    wish.readings = Readings(profile, scaling["quantile"])
    readings = [wish.readings.of(resource) for resource in sorted(slice_["vm"]["serves"])]
    wish.telemetry = verdict_of(profile, readings)
    for resource in wish.readings.resources:
        reading = wish.readings.of(resource)
        wish.demand[resource], wish.predicted[resource] = _rounded(reading.last), _rounded(reading.act)
    _from_demand(wish, slice_, readings)
    _still(wish, slice_, profile, readings)
    tolerate(wish, scaling)
    hold(wish, slice_, readings)
    project(wish, slice_, readings, past.as_of)
    pace(wish, scaling, past)
    if not _dissolve(wish, slice_, readings, past.as_of):
        bound(wish, scaling, past.as_of, quota)
    if slice_["state"] == "absent":
        wish.dissolving = True
        wish.rule("state", 0, "state is absent")
    _mode(wish, slice_, unknown)
    return wish


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 3)


def _from_demand(wish: Wish, slice_: dict, readings: list[Reading]) -> None:
    """What the forecast needs at the end of the lead time, and never less than the demand of this moment."""
    serves = slice_["vm"]["serves"]
    silent = [reading for reading in readings if reading.silent]
    heard = [reading for reading in readings if not reading.silent]
    if heard:
        wish.binding = worth(slice_, heard) if weighs(slice_, heard) else at_fixed_quantile(slice_, heard)
        wish.count, wish.forecast = wish.binding.pop("count"), wish.binding["why"]
        now = max(heard, key=lambda reading: (vms_for(reading.last, serves[reading.resource]), reading.resource))
        need = wish.needed = vms_for(now.last, serves[now.resource])
        if need > wish.count:
            wish.rule("last_value", need, f"the demand of this moment, {amount(now.last, now)}, needs {vms(need)}")
            wish.binding["resource"] = now.resource
    if silent:
        names = ", ".join(f"{reading.resource} ({reading.verdict})" for reading in silent)
        if not heard:
            wish.count = wish.present
            wish.binding = {"resource": None, "rule": "telemetry", "why": f"no usable telemetry of {names}: what is there is held"}
        elif wish.count < wish.present:
            wish.rule("telemetry", wish.present, f"no usable telemetry of {names}: nothing is taken away")
    wish.wished, wish.still = wish.count, bool(silent)


def _still(wish: Wish, slice_: dict, profile: dict | None, readings: list[Reading]) -> None:
    """Nothing goes while the newest telemetry is late: it may have stopped, and is not stale yet."""
    late = behind(profile, [reading for reading in readings if not reading.silent], slice_["scaling"]["down"]["max_age_seconds"])
    if late:
        wish.still = True
        if wish.count < wish.present:
            wish.rule("telemetry", wish.present, f"the newest telemetry of {', '.join(late)} is late: nothing is taken away")


def _dissolve(wish: Wish, slice_: dict, readings: list[Reading], as_of: int) -> bool:
    """Whether the slice goes, or stays away, for want of demand; then its count is 0."""
    after, below = slice_["scaling"]["dissolve_after_seconds"], slice_["scaling"]["dissolve_below"]
    if after is None or floor_at(slice_["scaling"], as_of)[0]:
        return False
    limits = slice_["vm"]["serves"]
    threshold = f"{below:g} VMs' worth of demand"
    if any(reading.silent for reading in readings):
        if wish.present == 0 and all(reading.silent for reading in readings):
            wish.dissolving = True
            wish.rule("dissolve", 0, "no telemetry says that the dissolved slice is needed")
            return True
        return False
    if wish.still and wish.present:
        return False
    if wish.present == 0:
        low = [max(reading.last, reading.act, reading.hold) <= below * limits[reading.resource] for reading in readings]
        why = f"stays dissolved: demand is, and is predicted to be, at most {threshold}"
    else:
        low = [
            None not in (reading.dissolve_peak, reading.horizon)
            and reading.history_seconds >= after
            and max(reading.last, reading.dissolve_peak, reading.horizon) <= below * limits[reading.resource]
            for reading in readings
        ]
        why = f"demand stayed at most {threshold} for {after} s and is predicted to stay there"
    if not all(low):
        return False
    wish.dissolving = True
    wish.rule("dissolve", 0, why)
    return True


def _mode(wish: Wish, slice_: dict, unknown: list[str]) -> None:
    mode, absent = slice_["scaling"]["mode"], slice_["state"] == "absent"
    if mode == "scale_out_only" and wish.count < wish.present and not absent:
        wish.dissolving = False
        wish.rule("mode", wish.present, "scaling.mode is scale_out_only")
    if mode == "scale_in_only" and wish.count > wish.present:
        wish.rule("mode", wish.present, "scaling.mode is scale_in_only")
    if unknown:
        wish.dissolving = False
        names = ", ".join(unknown[:3]) + (f" and {len(unknown) - 3} more" if len(unknown) > 3 else "")
        wish.rule("unknown_hosts", wish.present, f"{names} did not answer and may have VMs of this slice: nothing is added or taken away")
    if mode == "paused" or (mode == "forecast_only" and not absent):
        wish.dissolving = False
        wish.rule("mode", wish.present, slice_["scaling"].get("held") or f"scaling.mode is {mode}")
