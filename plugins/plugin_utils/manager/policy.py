# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How many VMs a slice shall have, before anybody asks whether they fit."""
from __future__ import annotations

from .demand import AUTO, Reading, Readings, verdict_of, vms_for
from .risk import Choice, choose, line_of


class Wish:
    """The count of VMs of one slice, with every rule that changed it."""

    def __init__(self, present: int) -> None:
        self.present = present
        self.wished = present
        self.count = present
        self.rules: list[dict] = []
        self.binding = {"resource": None, "rule": "telemetry", "why": "no telemetry"}
        self.dissolving = False
        self.telemetry = "missing"
        self.readings: Readings | None = None
        self.demand: dict[str, float | None] = {}
        self.predicted: dict[str, float | None] = {}

    def rule(self, name: str, after: int, why: str) -> None:
        """Set the count and record the rule, where it changes anything."""
        if after != self.count:
            self.rules.append({"rule": name, "before": self.count, "after": after, "why": why})
            self.binding = {"resource": self.binding["resource"], "rule": name, "why": why}
            self.count = after


def decide(slice_: dict, profile: dict | None, present: int, unknown: list[str]) -> Wish:
    """Count of VMs of a slice with `present` VMs, from its Demand Profile; `unknown` are the hosts that did not answer."""
    wish, scaling = Wish(present), slice_["scaling"]
    wish.readings = Readings(profile, scaling["quantile"])
    readings = [wish.readings.of(resource) for resource in sorted(slice_["vm"]["serves"])]
    wish.telemetry = verdict_of(profile, readings)
    for resource in wish.readings.resources:
        reading = wish.readings.of(resource)
        wish.demand[resource], wish.predicted[resource] = _rounded(reading.last), _rounded(reading.act)
    _from_demand(wish, slice_, readings)
    _hold_scale_in(wish, slice_, readings)
    if not _dissolve(wish, slice_, readings):
        if wish.count < scaling["min"]:
            wish.rule("min", scaling["min"], f"scaling.min is {scaling['min']}")
        if wish.count > scaling["max"]:
            wish.rule("max", scaling["max"], f"scaling.max is {scaling['max']}")
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
        wish.binding = _worth(slice_, heard) if _weighs(slice_, heard) else _at_quantile(slice_, heard)
        wish.count = wish.binding.pop("count")
        now = max(heard, key=lambda reading: (vms_for(reading.last, serves[reading.resource]), reading.resource))
        need = vms_for(now.last, serves[now.resource])
        if need > wish.count:
            wish.rule("last_value", need, f"the demand of this moment, {_amount(now.last, now)}, needs {_vms(need)}")
            wish.binding["resource"] = now.resource
    if silent:
        names = ", ".join(f"{reading.resource} ({reading.verdict})" for reading in silent)
        if not heard:
            wish.count = wish.present
            wish.binding = {"resource": None, "rule": "telemetry", "why": f"no usable telemetry of {names}: what is there is held"}
        elif wish.count < wish.present:
            wish.rule("telemetry", wish.present, f"no usable telemetry of {names}: nothing is taken away")
    wish.wished = wish.count


def _weighs(slice_: dict, heard: list[Reading]) -> bool:
    """Whether the count is the one whose risk is worth its price, rather than that of a fixed quantile."""
    return slice_["scaling"]["quantile"] == "auto" and all(reading.mean is not None for reading in heard)


def _at_quantile(slice_: dict, heard: list[Reading]) -> dict:
    """The count that a fixed quantile of the forecast needs, and what binds it."""
    serves, quantile = slice_["vm"]["serves"], slice_["scaling"]["quantile"]
    top = max(heard, key=lambda reading: (reading.act / serves[reading.resource], reading.resource))
    need = vms_for(top.act, serves[top.resource])
    quantile = AUTO if quantile == "auto" else quantile
    why = f"forecast q{quantile:g} {_amount(top.act, top)} in {_act(slice_)} needs {_vms(need)} of {_amount(serves[top.resource], top)}"
    return {"count": need, "resource": top.resource, "rule": "forecast", "why": why}


def _worth(slice_: dict, heard: list[Reading]) -> dict:
    """The count whose risk of being short is worth its price, and what binds it."""
    chosen = _choice(slice_, [(reading, reading.quantiles) for reading in heard])
    top = next(reading for reading in heard if reading.resource == chosen.resource)
    why = (f"forecast {_amount(top.quantiles[0], top)} (q{top.levels[0]:g}), {_amount(top.act, top)} (q{AUTO:g}) in {_act(slice_)}: {_vms(chosen.count)} of "
           f"{_amount(slice_['vm']['serves'][top.resource], top)} are too few with probability {chosen.chance:.2g}; "
           f"one more is not worth its price at economy {slice_['scaling']['economy']:g}")
    return {"count": chosen.count, "resource": top.resource, "rule": "forecast", "why": why}


def _choice(slice_: dict, forecasts: list) -> Choice:
    """The choice for (reading, quantiles of a window) of every resource that is heard."""
    serves = slice_["vm"]["serves"]
    lines = [line_of(reading.resource, reading.levels, quantiles, serves[reading.resource], reading.mean) for reading, quantiles in forecasts]
    mean = max(reading.mean / serves[reading.resource] for reading, _quantiles in forecasts)
    return choose(lines, mean, slice_["scaling"]["economy"])


def _act(slice_: dict) -> str:
    scaling = slice_["scaling"]
    return f"{scaling['lead_time_seconds']}..{scaling['lead_time_seconds'] + scaling['interval_seconds']} s"


def _hold_scale_in(wish: Wish, slice_: dict, readings: list[Reading]) -> None:
    """A VM goes only if neither the forecasts of the scale-in window nor its measured peak need it."""
    if wish.count >= wish.present:
        return
    serves, seconds = slice_["vm"]["serves"], slice_["scaling"]["scale_in_window_seconds"]
    earlier = _earlier_wishes(slice_, readings)
    needs = list(earlier)
    for reading in readings:
        rate = serves[reading.resource]
        if not earlier:
            needs.append((vms_for(reading.hold, rate), reading, f"forecast {_amount(reading.hold, reading)} until the end of the hold window"))
        peak = reading.last if reading.recent_peak is None else max(reading.recent_peak, reading.last)
        needs.append((vms_for(peak, rate), reading, f"peak {_amount(peak, reading)} of the last {seconds} s"))
    need, reading, why = max(needs, key=lambda entry: entry[0])
    held = min(need, wish.present)
    if held > wish.count:
        wish.rule("scale_in", held, f"{why} still needs {_vms(need)}")
        wish.binding["resource"] = reading.resource


def _earlier_wishes(slice_: dict, readings: list[Reading]) -> list:
    """What the passes of the last scale-in window wished, where the risk is weighed: (count, reading, why)."""
    if not _weighs(slice_, readings):
        return []
    wishes = []
    for values in zip(*(reading.earlier for reading in readings)):
        chosen = _choice(slice_, list(zip(readings, values)))
        top = next(reading for reading in readings if reading.resource == chosen.resource)
        wishes.append((chosen.count, top, f"a forecast of the last {slice_['scaling']['scale_in_window_seconds']} s"))
    return wishes


def _dissolve(wish: Wish, slice_: dict, readings: list[Reading]) -> bool:
    """Whether the slice goes, or stays away, for want of demand; then its count is 0."""
    after, below = slice_["scaling"]["dissolve_after_seconds"], slice_["scaling"]["dissolve_below"]
    if after is None:
        return False
    limits = slice_["vm"]["serves"]
    threshold = f"{below:g} VMs' worth of demand"
    if any(reading.silent for reading in readings):
        if wish.present == 0 and all(reading.silent for reading in readings):
            wish.dissolving = True
            wish.rule("dissolve", 0, "no telemetry says that the dissolved slice is needed")
            return True
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
    if unknown:
        wish.dissolving = False
        names = ", ".join(unknown[:3]) + (f" and {len(unknown) - 3} more" if len(unknown) > 3 else "")
        wish.rule("unknown_hosts", wish.present, f"{names} did not answer and may have VMs of this slice: nothing is added or taken away")
    if mode == "paused" or (mode == "forecast_only" and not absent):
        wish.dissolving = False
        wish.rule("mode", wish.present, f"scaling.mode is {mode}")


def _amount(value: float, reading: Reading) -> str:
    return f"{value:.4g} {reading.unit}".rstrip() if value < 1000 else f"{value:.0f} {reading.unit}".rstrip()


def _vms(count: int) -> str:
    return f"{count} VM" if count == 1 else f"{count} VMs"
