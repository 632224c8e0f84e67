# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One slice's entry of the feedback document: measured against forecast against enforced, and what is learned of it. Pure."""
from __future__ import annotations

from ..instants import format_instant
from ..manager.lead_time import seconds_of
from . import links
from .boots import boots, sizes
from .capacity import capacity, crossing, knee
from .forecasts import quality
from .observations import known_rows, observations
from .saturation import full_at, saturation
from .scalability import by_count, scalability
from .serving import steady

try:
    import numpy as np
except ImportError:
    np = None

#: the resource whose demand says how busy processors are
PROCESSORS = "cpu"
DIGITS = 4
#: what a person wrote: a proposal is compared with it later
EXACT = "present"


def entry(measured, states: dict[str, dict]) -> dict:
    """{slice, begin, end, step_seconds, forecast, enforced, learned} of a sources.Measured; states: {host: Host state}."""
    slice_, decided = measured.slice, measured.history.decisions
    forecast = {name: quality(one, measured.history.forecasts.get((name, measured.lead), []), measured.lead) for name, one in measured.series.items()}
    found = boots(slice_, states)
    lead = found["lead_time_seconds"] or seconds_of(slice_["scaling"])
    return rounded({
        "slice": slice_["name"], "begin": format_instant(measured.begin), "end": format_instant(measured.end), "step_seconds": measured.step,
        "forecast": forecast, "enforced": {"vms": _vms(decided), "links": _links(measured, decided)},
        "learned": {"boots": found, "capacity": _capacities(measured, sizes(slice_, states), lead)}})


def _vms(decided) -> dict | None:
    """What passes found, wished and decided; None without any."""
    known = [one for one in decided if None not in (one.get("present"), one.get("wished"), one.get("final"))]
    if not known:
        return None
    final, wished = ([int(one.get(name)) for one in known] for name in ("final", "wished"))
    capped = sum(any(rule["rule"] == "max" for rule in one.rules) for one in known)
    return {"passes": len(known), "mean": sum(final) / len(known), "least": min(final), "most": max(final), "wished_mean": sum(wished) / len(known),
            "wished_most": max(wished), "capped": capped, "capped_percent": 100 * capped / len(known)}


def _links(measured, decided) -> dict:
    given = [(one.time, one.guarantees()) for one in decided]
    classes = links.counted(measured.qos, measured.begin, measured.rows, measured.step)
    out = {}
    for direction in links.DIRECTIONS:
        series = measured.series.get(direction)
        said = [(at + measured.lead - measured.step, upper) for at, _q50, _q90, upper in measured.history.forecasts.get((direction, measured.lead), [])]
        told = links.shares(given, series, direction, said) if series is not None else None
        if told or direction in classes:
            empty = dict.fromkeys(("guarantee", "ceiling", "used_mean", "used_p95", "used_most", "rows", "over_percent", "headroom_p95"))
            out[direction] = {**(told or empty), "classes": classes.get(direction)}
    return out


def _capacities(measured, different: list, lead: int) -> dict:
    """{resource that counts VMs: what one VM served of it, with the law of its fall where enough counts of VMs are known}."""
    slice_ = measured.slice
    passes = [(one.time, int(one.get("present")), int(one.get("final"))) for one in measured.history.decisions
              if None not in (one.get("present"), one.get("final"))]
    serving = steady(passes, measured.begin, measured.step, measured.rows, lead, slice_["scaling"]["interval_seconds"])
    return {name: _capacity(measured, name, serving, different) for name in slice_["vm"]["serves"]}


def _capacity(measured, resource: str, serving, different: list) -> dict:
    demand, objective = measured.series[resource].values, measured.slice["telemetry"]["indicator"]["most"]
    strain = _strain(measured, resource, serving)
    none = {"value": None, "low": None, "high": None, "least": None, "rows": 0, "days": 0, "method": None, "counts": {}, "law": None}
    if strain is None:
        return {**none, "why": "neither a service level indicator (telemetry.indicator) nor the load of processors is measured"}
    if len(different) > 1:
        told = ", ".join(f"{vcpus} vCPUs and {memory} MiB" for vcpus, memory in different)
        return {**none, "why": f"the VMs are of different sizes ({told}), so that no figure holds for each"}
    times = measured.begin + measured.step * np.arange(measured.rows)
    load = demand / serving
    seen = observations(load, strain, times)
    found = saturation(seen) if measured.indicator is None else capacity(seen, objective)

    def estimate(some):
        if measured.indicator is None:
            return full_at(some)[0]
        return knee(some) if objective is None else crossing(some, objective)[0]

    counts = by_count(seen, serving[known_rows(load, strain)].astype(int), estimate)
    return {**found, "counts": {str(count): value for count, value in counts.items()}, "law": scalability(counts)}


def _strain(measured, resource: str, serving):
    """float64[rows] of what rises with the load of a VM: the indicator, or how busy its processors are; None where neither is measured."""
    if measured.indicator is not None:
        return measured.indicator.values
    busy = measured.series.get(PROCESSORS)
    if busy is None or resource == PROCESSORS or not np.isfinite(busy.values).any():
        return None
    return busy.values / serving / measured.slice["vm"]["vcpus"]


def rounded(value):
    """The document with numbers of DIGITS significant digits, so that it is the same on every machine."""
    if isinstance(value, dict):
        return {key: one if key == EXACT else rounded(one) for key, one in value.items()}
    if isinstance(value, list):
        return [rounded(one) for one in value]
    return float(f"{value:.{DIGITS}g}") if isinstance(value, float) else value
