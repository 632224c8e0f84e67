# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One Demand Profile from the forecast and the telemetry of each resource of a slice."""
from __future__ import annotations

import math
from dataclasses import dataclass, field

from ..instants import format_instant
from ..manager.lead_time import seconds_of
from ..telemetry.freshness import worst
from ..telemetry.records import LEADS, row_of
from .histories import rebin
from .ladder import NETWORK, RUNGS
from .scores import QUANTILES
from .seasonal import DAY, STEP_SECONDS

try:
    import numpy as np
except ImportError:
    np = None

#: forecasts of the last scale-in window that a profile holds at most
EARLIER = 12
SCHEMA = "foresight.netslice/demand-profile/1"


@dataclass
class Outlook:
    """What is known of one resource of one slice: its series (or None), how fresh it is, and its forecast."""

    unit: str
    series: object       # telemetry Series, or None
    freshness: object    # telemetry Freshness
    choice: object       # ladder.Choice
    model: str           # name in the profile
    fingerprint: object  # of the model's weights, or None
    quantiles: object    # float64 [rows, 3] in rows of 5 minutes from the end of the series
    earlier: list = field(default_factory=list)  # the same as forecast one and more intervals ago, latest first, each from its own begin
    events: list = field(default_factory=list)   # known events that the forecast reaches, as the profile says them
    said: dict = field(default_factory=dict)     # {"network", "naive"}: float64 [rows, 3] as each says, uncorrected, or None
    record: object = None                        # Calibration record, or None
    member: object = None                        # registry.Member that forecasts, None off the network's rung
    explained: object = None                     # shares of the bases and corrections of the network (see explained.py), where asked for


def number(value):
    """A JSON number with six significant digits, None for what is not known."""
    return None if value is None or not math.isfinite(value) else float(f"{value:.6g}")


def numbers(values) -> list:
    """`number` of each of many values."""
    values = np.asarray(values, dtype=float)
    known = np.isfinite(values)
    size = np.abs(np.where(known & (values != 0), values, 1.0))
    digits = np.minimum(5 - np.floor(np.log10(size)).astype(int), 300)  # what is smaller is nothing
    # Powers of ten that are whole are exact, so that what is rounded is the number nearest to its digits, as that of a text is.
    up, down = 10.0 ** np.maximum(digits, 0), 10.0 ** np.maximum(-digits, 0)
    rounded = np.round(np.where(known, values, 0.0) * up / down) * down / up
    return [one if there else None for one, there in zip(rounded.tolist(), known.tolist())]


def windows_of(scaling: dict, horizon: int) -> dict:
    """Spans of the forecast in seconds after as_of, (begin, end), as the policy reads them."""
    lead, ahead = seconds_of(scaling), (scaling.get("down") or {}).get("project_seconds")
    spans = {"act": (lead, lead + scaling["interval_seconds"]), "hold": (0, lead + scaling["scale_in_window_seconds"]), "horizon": (0, horizon)}
    if ahead is not None:
        spans["projection"] = (0, ahead)
    warm = scaling.get("warm") or {}
    return {**spans, "warm": (0, warm["window_seconds"])} if warm.get("state") else spans


def rows_needed(slices, settings) -> int:
    """Rows of 5 minutes that the windows of all slices span."""
    last = max([settings.horizon_seconds] + [end for s in slices for begin, end in windows_of(s["scaling"], settings.horizon_seconds).values()])
    return -(-last // STEP_SECONDS)


def earlier_rows(scaling: dict) -> list[int]:
    """How many rows of 5 minutes ago the forecasts of the last scale-in window were made: one an interval, at most EARLIER."""
    rows = scaling["scale_in_window_seconds"] // STEP_SECONDS
    every = max(1, scaling["interval_seconds"] // STEP_SECONDS, -(-rows // EARLIER))
    return list(range(every, rows + 1, every))


def _mean(series):
    """Mean of what was measured in the last 7 days, None where nothing was."""
    recent = series.values[-int(7 * DAY * STEP_SECONDS // series.step_seconds):]
    recent = recent[np.isfinite(recent)]
    return number(recent.mean()) if len(recent) else None


def rows_between(offset, begin, end, count):
    """Rows of a forecast of `count` that touch [begin, end) seconds after an instant `offset` seconds into it. Beyond its end the last row stands."""
    low, high = int((offset + begin) // STEP_SECONDS), int(-(-(offset + end) // STEP_SECONDS))
    low = min(low, count - 1)
    return slice(low, max(high, low + 1))


def _peak(quantiles, offset, begin, end):
    """Largest of each quantile over the rows that touch [begin, end) seconds after an instant `offset` seconds into the forecast."""
    return [number(value) for value in quantiles[rows_between(offset, begin, end, len(quantiles))].max(0)]


def _measured_peak(series, at, seconds):
    """Largest measured value of the rows that touch the last `seconds` before `at`, None where nothing was measured."""
    rows = int(-(-(seconds + max(at - series.end, 0)) // series.step_seconds))
    recent = series.values[-rows:] if rows else series.values[:0]
    recent = recent[np.isfinite(recent)]
    return number(recent.max()) if len(recent) else None


def _last(freshness):
    if freshness.last_value is None:
        return None
    return {"value": number(freshness.last_value), "time": format_instant(freshness.last_time)}


def resource_profile(outlook: Outlook, slice_: dict, at: int, settings, curves: bool, leads: bool) -> dict:
    """The entry of one resource."""
    series, fresh, scaling = outlook.series, outlook.freshness, slice_["scaling"]
    forecast = outlook.quantiles if outlook.quantiles is not None and np.isfinite(outlook.quantiles).all() else None
    spans = windows_of(scaling, settings.horizon_seconds)
    offset = at - series.end if series is not None else 0
    entry = {
        "unit": outlook.unit, "verdict": fresh.verdict, "model": outlook.model, "reason": outlook.choice.reason, "last": _last(fresh),
        "age_seconds": fresh.age_seconds, "history_seconds": fresh.history_seconds, "coverage": round(fresh.coverage, 4),
        "recent_peak": _measured_peak(series, at, scaling["scale_in_window_seconds"]) if series is not None else None,
        "mean": _mean(series) if series is not None else None,
        "earlier": [_peak(one, offset, *spans["act"]) for one in outlook.earlier if np.isfinite(one).all()],
        "windows": {name: _peak(forecast, offset, *span) if forecast is not None else [None] * len(QUANTILES) for name, span in spans.items()},
        **_source(outlook), "inputs": _inputs(outlook),
        "accuracy": _accuracy(outlook), "calibration": _calibration(outlook, scaling), "drift": _drift(outlook),
        "treated": [note.entry() for note in series.treated] if series is not None else []}
    if outlook.events:
        entry["events"] = outlook.events
    dissolve = scaling.get("dissolve_after_seconds")
    if dissolve is not None:
        entry["dissolve_peak"] = _measured_peak(series, at, dissolve) if series is not None else None
    if curves:
        entry["curve"] = _curve(forecast, settings)
    if curves or leads:
        entry["leads"] = _at_leads(forecast, settings) if forecast is not None else {}
        entry["said"] = {source: _at_leads(one, settings) for source, one in outlook.said.items() if one is not None}
    return entry


def _source(outlook):
    """Which version of a model forecasts and what computes it, and why a simpler one does where it is not the network."""
    member = outlook.member
    return {"version": member.version if member else None, "runtime": member.runtime if member else None, "span": member.span if member else None,
            "fallback": None if outlook.choice.rung == NETWORK else outlook.choice.reason}


def _inputs(outlook):
    """Rows of telemetry that were read, and their step."""
    series = outlook.series
    return {"rows": len(series.values) if series is not None else 0, "step_seconds": series.step_seconds if series is not None else None}


def _accuracy(outlook):
    """What the backtest found, and beside it what the archive says; where no backtest was made, the figures are those of the archive."""
    archive = (outlook.record or {}).get("accuracy")
    if not archive:
        return outlook.choice.accuracy
    return {**(outlook.choice.accuracy or {key: archive[key] for key in ("wql", "wql_baseline", "coverage_95")}), "archive": archive}


def _calibration(outlook, scaling):
    """The correction at the lead that the slice acts on, None where the network does not decide or nothing was learnt."""
    if outlook.choice.rung != NETWORK or not outlook.record:
        return None
    i = next((i for i, lead in enumerate(LEADS) if lead >= seconds_of(scaling)), len(LEADS) - 1)
    record = outlook.record
    return {"as_of": format_instant(record["time"]), "lead_seconds": LEADS[i], "n": record["n"][i], "shift90": record["shift90"][i],
            "shift95": record["shift95"][i], "coverage_95_before": record["coverage_95"][i]}


def _drift(outlook):
    drift = (outlook.record or {}).get("drift")
    return {"since": drift["since"], "why": drift["why"]} if drift else None


def _at_leads(forecast, settings):
    """{lead: quantiles of the row that ends so many seconds ahead} of the leads that a forecast [rows, 3] reaches."""
    count, step = len(forecast) * STEP_SECONDS // settings.step_seconds, settings.step_seconds
    rows = np.stack([rebin(forecast[:, i], STEP_SECONDS, step, count) for i in range(forecast.shape[1])], -1)
    return {str(lead): [number(value) for value in rows[row_of(lead, step)]] for lead in LEADS if row_of(lead, step) < count}


def _curve(forecast, settings):
    count = settings.horizon_seconds // settings.step_seconds
    return {f"{q:g}": [] if forecast is None else numbers(rebin(forecast[:, i], STEP_SECONDS, settings.step_seconds, count))
            for i, q in enumerate(QUANTILES)}


def demand_profile(slice_: dict, outlooks: dict, at: int, settings, curves: bool, leads: bool = False) -> dict:
    """outlooks: {resource: Outlook} of one slice -> its Demand Profile; leads: with what is archived of the forecasts, as it is beside curves.

    Verdict and model are the worst of the resources that count VMs (`vm.serves`).
    """
    counting = [outlooks[r] for r in slice_["vm"]["serves"] if r in outlooks] or list(outlooks.values())
    weakest = min(counting, key=lambda o: RUNGS.index(o.choice.rung))
    return {
        "schema": SCHEMA, "slice": slice_["name"], "as_of": format_instant(at), "step_seconds": settings.step_seconds,
        "horizon_seconds": settings.horizon_seconds, "quantiles": list(QUANTILES),
        "model": {"name": weakest.model, "fingerprint": weakest.fingerprint, "reason": weakest.choice.reason, **_source(weakest),
                  "inputs": {**_inputs(weakest), "resources": sum(o.series is not None for o in outlooks.values())}, "accuracy": _accuracy(weakest)},
        "verdict": worst(o.freshness.verdict for o in counting),
        "resources": {name: resource_profile(outlook, slice_, at, settings, curves, leads) for name, outlook in outlooks.items()}}
