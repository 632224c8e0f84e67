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
from ..telemetry.walltime import in_real_time, spare_rows, wall_rows
from . import statistical
from .corpus import SHORTEST
from .engine import Settings, outlooks_of
from .histories import histories, rebin
from .ladder import NETWORK, SEASONAL
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
SPARSE = "too little was measured before every origin for the network to forecast"


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
    series: object   # telemetry Series that judges: what is believed of all that was measured
    scale: object = None  # mean error of yesterday before the first origin, or None
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


def cut(series, row, width):
    """A Series of measured rows as a pass would have read and believed the `width` rows that end before `row`."""
    values = series.values[max(row - width, 0):row]
    start, known = series.start + max(row - width, 0) * series.step_seconds, np.flatnonzero(np.isfinite(values))
    last = start + int(known[-1] + 1) * series.step_seconds - 1 if len(known) else None
    return judged(replace(series, values=values, start=start, last_time=last))


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


def _statistical(series, rows):
    """The statistical model on the rows a pass would have: [rows, 3], None where it cannot be fitted."""
    history = histories([wall_rows(series, series.history)], [series.step_seconds])
    if history.first[0] == WINDOW:
        return None
    ahead = statistical.stl_ets(history.values[0, history.first[0]:], rows + spare_rows([series], rows, STEP_SECONDS))
    return None if ahead is None else in_real_time(ahead, series.end, STEP_SECONDS, series.time_zone, rows)


def _members(outlook, rows):
    """{member: [rows, 3]} of an Outlook of the engine; None where one of them could not forecast."""
    said = [outlook.quantiles, outlook.said.get("network"), outlook.said.get("naive")]
    if any(one is None or not np.isfinite(one).all() for one in said):
        return None
    return {name: one[:rows] for name, one in zip((ENGINE, NETWORK, NAIVE), said)}


def _roll_at(row, slices, series, plan, able, fitted, calibrations, out):
    """Add one origin of one group to the Rolled of its series."""
    keys = [(s["name"], name) for s in slices for name in s["telemetry"]["resources"] if able[s["name"], name] <= row]
    windows = {key: cut(series[key], row, plan.window_seconds // plan.step_seconds) for key in keys}
    at = windows[keys[0]].end
    spare = spare_rows(windows.values(), plan.rows, STEP_SECONDS)
    outlooks = outlooks_of(slices, windows, at, plan.settings, calibrations(at), plan.rows + spare)
    for key in keys:
        members, seen = _members(outlooks[key], plan.rows), out.setdefault(key, Rolled(key, series[key].unit, judged(series[key])))
        if members is None:
            continue
        if key in fitted:
            members[statistical.NAME] = _statistical(windows[key], plan.rows)
        if not seen.at:
            seen.scale = seasonal_error(_rows(cut(series[key], row, row), 0, row))
        seen.at.append(at)
        seen.actual.append(_rows(seen.series, row, plan.horizon_seconds // plan.step_seconds))
        seen.models.append(outlooks[key].model)
        seen.reasons.append(outlooks[key].choice.reason)
        for name, quantiles in members.items():
            seen.members.setdefault(name, []).append(quantiles)


def _rows(series, begin, count):
    """Rows of 5 minutes of a Series from row `begin` on, over `count` of its own rows; NaN where nothing was measured."""
    values = series.values[begin:begin + count]
    return rebin(values, series.step_seconds, STEP_SECONDS, int(count * series.step_seconds // STEP_SECONDS))


def roll(slices, series, plan, say, calibrations=lambda at: {}):
    """Forecast every series from its origins.

    slices: validated; series: {(slice, resource): Series} of plan.history_seconds that end together, rows as measured (read_series with
    believed False); say(text): progress, at every origin;
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
            _roll_at(int(row), members, series, plan, able, fitted, calibrations, out)
    left.update({"/".join(key): SPARSE for key, one in out.items() if not one.at})
    return {key: out[key] for key in able if out[key].at}, left, models
