# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The Predictive Analytics Engine: Demand Profiles of all slices from their telemetry, in one batch.

The lookup demand_profile and the planner call it in process. A runtime is loaded only when a series
reaches the network's rung (see runtime.py).
"""
from __future__ import annotations

from dataclasses import dataclass

from ..errors import InvalidInput
from ..instants import parse_instant
from ..requirements import require
from ..telemetry.freshness import Freshness, assess
from ..telemetry.walltime import in_real_time, offset, spare_rows, wall_rows
from .calibration import applied
from .corpus import SHORTEST
from .events import known_events, spans_of, with_events, without_events
from .explained import add_explanations, explanations
from .forecasting import forecast_all, forecast_earlier, forecast_said
from .histories import histories
from .ladder import NETWORK, NONE, Choice
from .limits import bounded
from .profile import Outlook, demand_profile, earlier_rows, rows_needed, windows_of
from .registry import load_models
from .seasonal import HORIZON, STEP_SECONDS

try:
    import numpy as np
except ImportError:
    np = None

LONGEST = 48 * 3600
NOTHING = Freshness("missing", None, 0.0, 0, None, None)


@dataclass(frozen=True)
class Settings:
    """What is forecast, from what. models_path: a registry of demand_model; without one the shipped model is used.

    runtime: torch or numpy; without a wish numpy.
    """

    models_path: str | None = None
    step_seconds: int = 300
    horizon_seconds: int = 43200
    history_seconds: int = 8 * 86400
    runtime: str | None = None

    def __post_init__(self):
        if not 10 <= self.step_seconds <= 3600:
            raise InvalidInput(f"step_seconds: {self.step_seconds} is not between 10 and 3600; the model itself works on 300.")
        if not self.step_seconds <= self.horizon_seconds <= LONGEST:
            raise InvalidInput(f"horizon_seconds: {self.horizon_seconds} is not between step_seconds and {LONGEST} (48 h).")
        if self.history_seconds < SHORTEST * STEP_SECONDS:
            raise InvalidInput(f"history_seconds: {self.history_seconds} is a shorter window than the model's; "
                               f"ask for at least {SHORTEST * STEP_SECONDS} (3 d), better 691200 (8 d).")


@dataclass
class _Batch:
    """What was forecast of N series, in their order; models: None where no network was needed."""

    choices: list
    models: object
    quantiles: list  # [rows, 3] of each
    earlier: list
    told: list       # of known events
    said: list       # by network and naive, for the archive
    carried: list    # explanations

    def outlook(self, i, key, unit, series, fresh, record):
        """The Outlook of series i."""
        choice = self.choices[i]
        member = self.models.member(key) if choice.rung == NETWORK else None
        return Outlook(unit, series, fresh, choice, member.name if member else choice.rung, member.fingerprint if member else None,
                       self.quantiles[i], self.earlier[i], self.told[i], self.said[i], record, member, self.carried[i])


def _forecast(slices, found, present, settings, records, said_rows, explain):
    """Forecast the series `present` of the keys `found` -> _Batch. The networks see wall clocks and no events; both are put back here."""
    history = histories([wall_rows(one, one.history) for one in present], [one.step_seconds for one in present])
    ends = [one.end for one in present]
    origin = np.array([end + offset(one.time_zone, end) for one, end in zip(present, ends)], dtype=np.int64)
    known = _known_events(slices, found, present, ends)
    history = without_events(history, present, known)
    rows = rows_needed(slices, settings)
    choices, by_wall, models = forecast_all(history, found, origin, rows + spare_rows(present, rows, STEP_SECONDS),
                                            lambda: load_models(settings.models_path, settings.runtime), records, _siblings(slices, found))
    carried = explanations(history, found, origin, choices, models) if explain else [None] * len(found)
    shifts = _shifts(slices, found)
    earlier = _earlier(slices, found, history, origin, choices, models, shifts, settings)
    said = _said(known, present, forecast_said(history, found, origin, choices, by_wall[:, :said_rows], models)) if said_rows else [{}] * len(found)
    corrections = [records.get(key) if choice.rung == NETWORK else None for key, choice in zip(found, choices)]
    quantiles, earlier = _calibrated(history, corrections, np.stack(_in_real_time(present, by_wall, rows)), earlier)
    return _Batch(choices, models, *_with_events(known, quantiles, earlier, shifts), said, carried)


def outlooks_of(slices, series, at, settings, records, said_rows, explain=False):
    """-> {(slice, resource): Outlook} of every resource of every slice. said_rows: of how many rows what network and naive say is kept."""
    wanted = [(s, name) for s in slices for name in s["telemetry"]["resources"]]
    found = [(s["name"], name) for s, name in wanted if (s["name"], name) in series and len(series[s["name"], name].values)]
    batch = _forecast(slices, found, [series[key] for key in found], settings, records, said_rows, explain) if found else None
    place, out = {key: i for i, key in enumerate(found)}, {}
    for slice_, name in wanted:
        key, unit = (slice_["name"], name), slice_["telemetry"]["resources"][name]["unit"]
        one = series.get(key)
        fresh = assess(one, at, slice_["telemetry"]["max_age_seconds"]) if one is not None else NOTHING
        out[key] = (batch.outlook(place[key], key, unit, one, fresh, records.get(key)) if key in place
                    else Outlook(unit, None, fresh, Choice(NONE, "nothing was measured"), NONE, None, None))
    return out


def _siblings(slices, found):
    """How far the other resources of its slice are consulted about each series."""
    wanted = {s["name"]: s["telemetry"]["siblings"] for s in slices}
    return [wanted[name] for name, _resource in found]


def _known_events(slices, found, present, ends):
    """Known (or None) of each series that was found, from the calendar of its slice."""
    calendars = {s["name"]: s["telemetry"]["events"] for s in slices}
    return [known_events(one, spans_of(calendars[name], resource, int(at))) if calendars[name] else None
            for (name, resource), one, at in zip(found, present, ends)]


def _with_events(known, quantiles, earlier, shifts):
    """Forecasts of now and of earlier passes with known events in them, and what the profiles say of those ahead."""
    quantiles, earlier, told = list(quantiles), list(earlier), [[] for _one in known]
    for i, one in enumerate(known):
        if one is not None and np.isfinite(quantiles[i]).all():
            quantiles[i], told[i] = with_events(one, quantiles[i])
            earlier[i] = [with_events(one, ahead, back)[0] for ahead, back in zip(earlier[i], shifts[i])]
    return quantiles, earlier, told


def _in_real_time(present, forecasts, rows=None):
    """Forecasts by the wall clocks of series ([rows, 3] or None each) on rows of real time, as many as they have where rows is None."""
    return [None if ahead is None else in_real_time(ahead, one.end, STEP_SECONDS, one.time_zone, rows or len(ahead))
            for one, ahead in zip(present, forecasts)]


def _said(known, present, said):
    """[{"network": [rows, 3] or None, "naive": the same}] of each series, with its known events: what was measured has them too."""
    return [{source: with_events(events, one)[0] if events is not None and one is not None else one for source, one in zip(("network", "naive"), pair)}
            for events, pair in zip(known, zip(*(_in_real_time(present, each) for each in said)))]


def _shifts(slices, found):
    """How many rows ago the forecasts of the passes of the last scale-in window began, of the resources that count VMs by risk."""
    weighing = {s["name"]: s for s in slices if s["scaling"]["quantile"] == "auto"}
    return [earlier_rows(weighing[name]["scaling"]) if name in weighing and resource in weighing[name]["vm"]["serves"] else []
            for name, resource in found]


def _earlier(slices, found, history, origin, choices, models, shifts, settings):
    """Forecasts of the passes of the last scale-in window, as long as their act windows."""
    last = max([windows_of(s["scaling"], settings.horizon_seconds)["act"][1] for s in slices if s["scaling"]["quantile"] == "auto"], default=0)
    return forecast_earlier(history, found, origin, choices, models, shifts, -(-(last + settings.step_seconds) // STEP_SECONDS))


def _calibrated(history, records, quantiles, earlier):
    """Forecasts and earlier forecasts of each series, corrected where there is a record, within the bounds of the series."""
    quantiles = applied(quantiles, records)
    for i in [i for i, record in enumerate(records) if record]:
        quantiles[i] = bounded(quantiles[i], history.values[i])
        earlier[i] = [bounded(applied(one[None], [records[i]])[0], history.values[i]) for one in earlier[i]]
    return quantiles, earlier


def demand_profiles(slices, series, as_of, settings, curves=False, calibrations=None, explain=False, leads=False):
    """Demand Profiles of validated slices, in their order.

    slices: as validate_slices returns them; series: {(slice, resource): telemetry Series}; as_of: instant or epoch seconds; calibrations:
    {(slice, resource): Calibration record} as telemetry.archive.read_calibrations returns them; explain: whether to say what carried
    each forecast; leads: whether to say what is archived of each, as curves do, where curves of thousands would take seconds.
    Raises MissingLibrary, ModelError, InvalidInput.
    """
    require("numpy", "forecast demand")
    at = parse_instant(as_of) if isinstance(as_of, str) else int(as_of)
    outlooks = outlooks_of(slices, series, at, settings, calibrations or {}, HORIZON if curves or leads else 0, explain)
    profiles = [demand_profile(s, {name: outlooks[s["name"], name] for name in s["telemetry"]["resources"]}, at, settings, curves, leads) for s in slices]
    if explain:
        add_explanations(profiles, slices, outlooks, at, settings)
    return profiles
