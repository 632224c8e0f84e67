# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What arrives of each slice's telemetry, and what is missing for a forecast."""
from __future__ import annotations

import json

from ..instants import format_instant
from ..results import RESULT_CHARACTERS
from .freshness import DAY, GAPPY_COVERAGE, assess, worst

try:
    import numpy as np
except ImportError:
    np = None


def survey(slices: list[dict], series: dict, as_of: int) -> list[dict]:
    """One entry for each validated slice, in their order. series: {(slice, resource): Series}."""
    return [_slice(one, series, as_of) for one in slices]


def _slice(one: dict, series: dict, as_of: int) -> dict:
    telemetry = one["telemetry"]
    resources = {
        resource: _resource(series[one["name"], resource], spec["field"], telemetry, as_of)
        for resource, spec in telemetry["resources"].items()
    }
    counting = [name for name in resources if name in one["vm"]["serves"]]
    missing = [f"{name}: {text}" for name, found in resources.items() for text in found.pop("missing")]
    return {"slice": one["name"], "verdict": worst(resources[name]["verdict"] for name in counting), "counts_vms": counting,
            "resources": resources, "missing": missing}


def _resource(series, field: str, telemetry: dict, as_of: int) -> dict:
    limit = telemetry["max_age_seconds"]
    fresh = assess(series, as_of, limit)
    last = None if fresh.last_time is None else {"value": fresh.last_value, "time": format_instant(fresh.last_time)}
    return {"field": field, "unit": series.unit, "verdict": fresh.verdict, "last": last, "age_seconds": fresh.age_seconds,
            "coverage": round(fresh.coverage, 4), "history_seconds": fresh.history_seconds, "gaps": _gaps(series),
            "treated": [note.entry() for note in series.treated], "missing": _missing(fresh, series, field, telemetry, limit)}


def _gaps(series) -> dict:
    """Number and longest of the gaps after the first value."""
    there = np.flatnonzero(~np.isnan(series.values))
    if not len(there):
        return {"count": 0, "longest_seconds": 0}
    missing = np.diff(np.append(there, len(series.values))) - 1
    return {"count": int((missing > 0).sum()), "longest_seconds": int(missing.max()) * series.step_seconds}


def _missing(fresh, series, field, telemetry, limit) -> list[str]:
    days = len(series.values) * series.step_seconds / DAY
    if fresh.verdict == "missing":
        where = "its own query" if telemetry["query"] else f"measurement {telemetry['measurement']}"
        return [f"no point of field {field} in {where} within {days:.1f} d; the slice holds what it has"]
    found = []
    if series.suspect:
        found.append("the newest level is a thousandth of the one before, which may be an error of the unit; the slice holds what it has")
    if fresh.age_seconds > limit:
        found.append(f"the newest point is {fresh.age_seconds} s old, allowed are {limit} s; the slice holds what it has")
    if fresh.history_seconds < DAY:
        found.append(f"{fresh.history_seconds / 3600:.1f} h of history; from a day on the shape of the day is known, until then the forecast is reactive")
    if fresh.coverage < GAPPY_COVERAGE:
        found.append(f"{fresh.coverage:.0%} of the rows of the last day; {GAPPY_COVERAGE:.0%} are wanted")
    return found


def fit(entries: list[dict]) -> bool:
    """Drop the resources of slices that are ok, in place, where the entries are too long for one task result; True if it did."""
    if len(json.dumps(entries)) <= RESULT_CHARACTERS:
        return False
    for entry in entries:
        if entry["verdict"] == "ok":
            entry["resources"] = {}
    while len(json.dumps(entries)) > RESULT_CHARACTERS and any(entry["resources"] for entry in entries):
        for entry in [entry for entry in entries if entry["resources"]][:100]:
            entry["resources"] = {}
    return True
