# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Rolling origins over telemetry: what passes at past instants would have forecast, and what was measured afterwards.

At every origin the telemetry is cut first and everything is made from what is left, by the engine itself, so that no row at or
after an origin reaches a feature, a filled gap, the gate of the ladder or a score's scale.
"""
from __future__ import annotations

from dataclasses import dataclass, field, replace

from ..errors import InvalidInput
from ..telemetry.reader import judged
from ..telemetry.walltime import in_real_time, offset, spare_rows, wall_rows
from . import forecasting, statistical
from .corpus import SHORTEST
from .engine import Settings, demand_profiles
from .histories import histories, rebin
from .ladder import NETWORK, SEASONAL, Choice
from .registry import load_models
from .scores import QUANTILES, seasonal_error
from .seasonal import DAY, STEP_SECONDS, WINDOW

try:
    import numpy as np
except ImportError:
    np = None

#: members of a comparison: what a pass would have used, the network alone, the baseline, and statistical.NAME
ENGINE, NAIVE = "engine", SEASONAL
#: a distance of origins may be this much shorter than the longest possible where that visits more times of the day
SHORTER = 0.8
SILENT = "nothing was measured"


@dataclass(frozen=True)
class Plan:
    """Settings of a backtest. window_seconds: how much telemetry a pass reads; statistical_series: how many series the statistical model is fitted to."""

    origins: int = 24
    horizon_seconds: int = 43200
    scored_seconds: tuple = (3600, 43200)
    history_seconds: int = 28 * 86400
    window_seconds: int = 8 * 86400
    step_seconds: int = 300
    statistical_series: int = 50
    models_path: str | None = None

    def __post_init__(self):
        settings = self.settings
        if not 2 <= self.origins <= 500:
            raise InvalidInput(f"origins: {self.origins} is not between 2 and 500.")
        if self.horizon_seconds % settings.step_seconds or self.horizon_seconds % STEP_SECONDS:
            raise InvalidInput(f"horizon_seconds: {self.horizon_seconds} is no multiple of step_seconds {self.step_seconds} and of {STEP_SECONDS}.")
        for seconds in self.scored_seconds or (0,):
            if not STEP_SECONDS <= seconds <= self.horizon_seconds or seconds % STEP_SECONDS:
                raise InvalidInput(f"score_seconds: {seconds} is no multiple of {STEP_SECONDS} between {STEP_SECONDS} and horizon_seconds "
                                   f"{self.horizon_seconds}.")
        if self.history_seconds < self.window_seconds + self.horizon_seconds:
            raise InvalidInput(f"history_seconds: {self.history_seconds} holds no origin with window_seconds {self.window_seconds} before it and "
                               f"horizon_seconds {self.horizon_seconds} after it; ask for more history.")
        if self.statistical_series < 0:
            raise InvalidInput(f"statistical_series: {self.statistical_series} is below 0; 0 leaves the statistical model out.")

    @property
    def settings(self) -> Settings:
        """How the engine would have been asked by a pass."""
        return Settings(self.models_path, self.step_seconds, self.horizon_seconds, self.window_seconds)

    @property
    def rows(self) -> int:
        """Rows of 5 minutes that are forecast from an origin."""
        return self.horizon_seconds // STEP_SECONDS

    @property
    def needed_seconds(self) -> int:
        """History before an origin at least, so that every member of the comparison can forecast."""
        return max(SHORTEST * STEP_SECONDS, self.horizon_seconds + 2 * DAY * STEP_SECONDS)


@dataclass
class Rolled:
    """One series at its O origins, in rows of 5 minutes from each of them."""

    key: tuple       # (slice, resource)
    unit: str
    scale: object    # mean error of yesterday before the first origin, or None
    at: list = field(default_factory=list)        # epoch seconds of the origins
    actual: list = field(default_factory=list)    # O x [rows], NaN where nothing was measured
    models: list = field(default_factory=list)    # O names of the model that decided, as in a Demand Profile
    reasons: list = field(default_factory=list)   # O texts why
    members: dict = field(default_factory=dict)   # {member: O x [rows, 3]}


def spread(first, last, count, day):
    """`count` rows from about `first` to `last` (fewer where there is no room), at one distance that visits many times of a day of `day` rows."""
    count = min(count, last - first + 1)
    if count < 2:
        return np.arange(last, last + count)
    longest = (last - first) // (count - 1)
    apart = np.arange(longest, max(int(np.ceil(SHORTER * longest)), 1) - 1, -1)
    times = np.sort(apart[:, None] * np.arange(count) % day, axis=1)
    widest = np.diff(np.concatenate([times, times[:, :1] + day], 1), axis=1).max(1)
    return last - apart[widest.argmin()] * np.arange(count)[::-1]


def cut(series, row, width=None):
    """A Series as a pass would have read it at the end of row `row - 1`, of at most `width` rows; what can be believed is judged by these alone."""
    begin = max(row - (width or row), 0)
    values, start = series.values[begin:row], series.start + begin * series.step_seconds
    known = np.flatnonzero(np.isfinite(values))
    last = start + int(known[-1] + 1) * series.step_seconds - 1 if len(known) else None
    return judged(replace(series, start=start, values=values, last_time=last))


def earliest(series, plan):
    """The first row that may be an origin of a Series; None where nothing was measured.

    Where telemetry began before what was read, an origin has all that a pass would read before it.
    """
    known = np.flatnonzero(np.isfinite(series.values))
    if not len(known):
        return None
    begun = known[0] > DAY * STEP_SECONDS // plan.step_seconds // 4
    return int(known[0] + -(-plan.needed_seconds // plan.step_seconds)) if begun else max(plan.window_seconds, plan.needed_seconds) // plan.step_seconds


def usable(slices, series, plan):
    """-> {key: earliest row of an origin} of the series with a future to judge, {"slice/resource": why not} of the others."""
    able, left = {}, {}
    for key in [(s["name"], resource) for s in slices for resource in s["telemetry"]["resources"]]:
        one = series[key]
        first, last = earliest(one, plan), len(one.values) - plan.horizon_seconds // plan.step_seconds
        if first is None:
            left["/".join(key)] = SILENT
        elif first > last:
            days = (len(one.values) - np.isfinite(one.values).argmax()) * one.step_seconds / 86400
            left["/".join(key)] = f"{days:.1f} d of history, a backtest needs {(plan.needed_seconds + plan.horizon_seconds) / 86400:.1f} d"
        else:
            able[key] = first
    return able, left


def groups(slices, able, plan):
    """Slices that share their origins: those whose first possible one is on the same day. -> list of (first row, slices with their able resources)."""
    day, found = 86400 // plan.step_seconds, {}
    for one in slices:
        resources = {name: spec for name, spec in one["telemetry"]["resources"].items() if (one["name"], name) in able}
        if resources:
            first = min(able[one["name"], name] for name in resources)
            # A quantile of its own spares the engine the forecasts of earlier passes, which are not judged.
            known = {**one, "telemetry": {**one["telemetry"], "resources": resources}, "scaling": {**one["scaling"], "quantile": QUANTILES[-1]}}
            found.setdefault(-(-first // day), []).append((first, known))
    return [(max(first for first, _one in members), [one for _first, one in members]) for _day, members in sorted(found.items())]


def _alone(keys, windows, at, models, rows):
    """The network and the baseline, each alone: Series cut at one origin -> {member: [N, rows, 3]}."""
    history = histories([wall_rows(one, one.history) for one in windows], [one.step_seconds for one in windows])
    origin = np.array([at + offset(one.time_zone, at) for one in windows], dtype=np.int64)
    out = {}
    for rung in (NETWORK, NAIVE):
        ahead = forecasting.by_rung([Choice(rung, "")] * len(keys), models, keys, history.values, history.first, origin,
                                    rows + spare_rows(windows, rows, STEP_SECONDS))
        out[rung] = np.stack([in_real_time(each, at, STEP_SECONDS, one.time_zone, rows) for one, each in zip(windows, ahead)])
    return out


def _statistical(series, rows):
    """The statistical model on the rows a pass would have: [rows, 3], None where it cannot be fitted."""
    history = histories([series.history], [series.step_seconds])
    return statistical.stl_ets(history.values[0, history.first[0]:], rows) if history.first[0] < WINDOW else None


def _curve(entry, settings):
    """Quantiles [rows, 3] of 5 minutes from the curve of a profile's resource; None where it has none."""
    columns = [entry["curve"][f"{q:g}"] for q in QUANTILES]
    if not columns[0]:
        return None
    rows = settings.horizon_seconds // STEP_SECONDS
    return np.stack([rebin(np.array(one), settings.step_seconds, STEP_SECONDS, rows) for one in columns], 1)


def _roll_at(row, slices, series, plan, models, able, fitted, calibrations, out):
    """Add one origin of one group to the Rolled of its series."""
    settings, width = plan.settings, plan.window_seconds // plan.step_seconds
    keys = [(s["name"], name) for s in slices for name in s["telemetry"]["resources"] if able[s["name"], name] <= row]
    windows = {key: cut(series[key], row, width) for key in keys}
    at = series[keys[0]].start + row * plan.step_seconds
    profiles = {one["slice"]: one["resources"] for one in demand_profiles(slices, windows, at, settings, True, calibrations(at))}
    alone = _alone(keys, list(windows.values()), at, models, plan.rows)
    for i, key in enumerate(keys):
        entry, whole = profiles[key[0]][key[1]], series[key]
        members = {ENGINE: _curve(entry, settings), **{rung: quantiles[i] for rung, quantiles in alone.items()}}
        if key in fitted:
            members[statistical.NAME] = _statistical(windows[key], plan.rows)
        one = out.setdefault(key, Rolled(key, entry["unit"], seasonal_error(_rows(whole, 0, row))))
        one.at.append(at)
        one.actual.append(_rows(whole, row, plan.horizon_seconds // plan.step_seconds))
        one.models.append(entry["model"])
        one.reasons.append(entry["reason"])
        for name, quantiles in members.items():
            one.members.setdefault(name, []).append(quantiles)


def _rows(series, begin, count):
    """Rows of 5 minutes of a Series from row `begin` on, over `count` of its own rows; NaN where nothing was measured."""
    values = series.values[begin:begin + count]
    return rebin(values, series.step_seconds, STEP_SECONDS, int(count * series.step_seconds // STEP_SECONDS))


def roll(slices, series, plan, say, calibrations=lambda at: {}):
    """Forecast every series from its origins.

    slices: validated; series: {(slice, resource): Series} of plan.history_seconds that end together; say(text): progress, at every origin;
    calibrations(at): {(slice, resource): Calibration record} that a pass at that instant had.
    -> {key: Rolled} in the order of slices, {"slice/resource": why it is left out}, the registry's Models. Raises ModelError, MissingLibrary.
    """
    able, left = usable(slices, series, plan)
    models = load_models(plan.models_path) if able else None
    fitted = set(list(able)[:plan.statistical_series]) if statistical.why_absent() is None else set()
    last = max((len(one.values) for one in series.values()), default=0) - plan.horizon_seconds // plan.step_seconds
    shared, out = groups(slices, able, plan), {}
    for number, (first, members) in enumerate(shared, 1):
        origins = spread(first, last, plan.origins, 86400 // plan.step_seconds)
        for i, row in enumerate(origins, 1):
            say(f"origin {i} of {len(origins)} of {len(members)} slices, group {number} of {len(shared)}")
            _roll_at(int(row), members, series, plan, models, able, fitted, calibrations, out)
    return {key: out[key] for key in able if key in out}, left, models
