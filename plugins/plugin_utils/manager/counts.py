# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The count of VMs that a forecast needs: at a fixed quantile, or the one whose risk is worth its price."""
from __future__ import annotations

from .demand import AUTO, Reading, vms_for
from .lead_time import seconds_of
from .risk import Choice, choose, line_of
from .wish import amount, vms


def weighs(slice_: dict, readings: list[Reading]) -> bool:
    """Whether the count is the one whose risk is worth its price, rather than that of a fixed quantile."""
    return slice_["scaling"]["quantile"] == "auto" and all(reading.mean is not None for reading in readings)


def at_fixed_quantile(slice_: dict, heard: list[Reading]) -> dict:
    """The count that a fixed quantile of the act window needs, and what binds it: {count, resource, rule, why}."""
    serves, quantile = slice_["vm"]["serves"], slice_["scaling"]["quantile"]
    top = max(heard, key=lambda reading: (reading.act / serves[reading.resource], reading.resource))
    need = vms_for(top.act, serves[top.resource])
    quantile = AUTO if quantile == "auto" else quantile
    why = f"forecast q{quantile:g} {amount(top.act, top)} in {_act(slice_)} needs {vms(need)} of {amount(serves[top.resource], top)}"
    return {"count": need, "resource": top.resource, "rule": "forecast", "why": why}


def worth(slice_: dict, heard: list[Reading]) -> dict:
    """The count whose risk of being short in the act window is worth its price, and what binds it: {count, resource, rule, why}."""
    chosen = choice_of(slice_, [(reading, reading.quantiles["act"]) for reading in heard])
    top = next(reading for reading in heard if reading.resource == chosen.resource)
    median, served = amount(top.quantiles["act"][0], top), amount(slice_["vm"]["serves"][top.resource], top)
    why = (f"forecast {median} (q{top.levels[0]:g}), {amount(top.act, top)} (q{AUTO:g}) in {_act(slice_)}: {vms(chosen.count)} of {served} are "
           f"too few with probability {chosen.chance:.2g}; one more is not worth its price at economy {slice_['scaling']['economy']:g}")
    return {"count": chosen.count, "resource": top.resource, "rule": "forecast", "why": why}


def choice_of(slice_: dict, forecasts: list) -> Choice:
    """The choice for (reading, quantiles of a window) of every resource that is heard."""
    serves = slice_["vm"]["serves"]
    lines = [line_of(reading.resource, reading.levels, quantiles, serves[reading.resource], reading.mean) for reading, quantiles in forecasts]
    mean = max(reading.mean / serves[reading.resource] for reading, _quantiles in forecasts)
    return choose(lines, mean, slice_["scaling"]["economy"])


def count_in(slice_: dict, readings: list[Reading], window: str) -> tuple[int, Reading]:
    """(count, reading that binds it) of a window of the forecast that every reading has, counted as the act window is."""
    if weighs(slice_, readings):
        chosen = choice_of(slice_, [(reading, reading.quantiles[window]) for reading in readings])
        return chosen.count, next(reading for reading in readings if reading.resource == chosen.resource)
    serves = slice_["vm"]["serves"]
    top = max(readings, key=lambda reading: (getattr(reading, window) / serves[reading.resource], reading.resource))
    return vms_for(getattr(top, window), serves[top.resource]), top


def _act(slice_: dict) -> str:
    lead = seconds_of(slice_["scaling"])
    return f"{lead}..{lead + slice_['scaling']['interval_seconds']} s"
