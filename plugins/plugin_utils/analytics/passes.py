# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The Demand Profiles that passes of the past would have had, row by row, forecast in batches.

Each is made from the rows before its own instant alone, cut and judged as rolling.py does. What a pass forecast earlier, and the backtest that
the network must win, are the forecasts of those earlier instants, so that each instant is forecast once. Siblings are not consulted, and no
forecast reaches beyond HORIZON.
"""
from __future__ import annotations

from dataclasses import dataclass, replace

from ..telemetry.freshness import assess
from ..telemetry.walltime import in_real_time, offset, wall_rows
from .baselines import reactive, seasonal_naive
from .calibration import applied
from .events import known_events, spans_of, with_events, without_events
from .features import CHUNK, features
from .gates import season_pays
from .histories import histories
from .ladder import BACKTESTS, NEEDED, NETWORK, NONE, REACTIVE, SEASONAL, Choice, climb, judge
from .limits import bounded
from .profile import EARLIER, Outlook, demand_profile, earlier_rows
from .rolling import cut
from .runtime import forecast
from .scores import quantile_losses
from .seasonal import HORIZON, STEP_SECONDS, WINDOW

try:
    import numpy as np
except ImportError:
    np = None

#: what the forecasts of a Told are by: the model of the series, the shipped one beside a tuned one, and the rung below the network
OWN, SHIPPED, BELOW = "own", "shipped", "below"
#: rows of 5 minutes before a pass whose forecasts its own needs: those of its backtest
BEHIND = BACKTESTS * HORIZON


@dataclass
class Told:
    """One series at N instants, one row apart, oldest first. Forecasts are by the wall clock, before correction and without known events."""

    key: tuple
    unit: str
    origin: int      # the first instant, as a row of the series that is not known yet
    series: list     # N telemetry Series as a pass would have read and believed them
    climbed: list    # N Choices by length and density of history
    first: object    # int [N], row of the window where measured history starts
    said: dict       # {OWN, BELOW and, beside a tuned model, SHIPPED: float32 [N, HORIZON, 3]}
    actual: object   # float32 [N, BACKTESTS, HORIZON], what was measured before each instant, latest horizon first
    edges: object    # float64 [N, 2], smallest and largest value of the history
    known: list      # N Known of events, or None
    member: object   # registry.Member of the series
    shipped: object  # the shipped registry.Member


def _chunk(slice_, resource, series, rows, members, width):
    """Everything of Told at some instants: rows [n] of a Series, members: {OWN: Member, ...}."""
    seen = [cut(series, int(row), width) for row in rows]
    history = histories([wall_rows(one, one.history) for one in seen], [STEP_SECONDS] * len(seen))
    events = slice_["telemetry"]["events"]
    known = [known_events(one, spans_of(events, resource, one.end)) if events else None for one in seen]
    history = without_events(history, seen, known)
    choices = season_pays(climb(history), history)
    below = bounded(seasonal_naive(history.values, history.first), history.values).astype(np.float32)
    for i, choice in enumerate(choices):
        if choice.rung == REACTIVE:
            window = history.values[i:i + 1]
            below[i] = bounded(reactive(window[:, history.first[i]:]), window)[0]
    inputs = features(history.values, history.first, np.array([one.end + offset(one.time_zone, one.end) for one in seen], dtype=np.int64))
    said = {name: bounded(forecast(member.nets, inputs, member.shares), history.values).astype(np.float32) for name, member in members.items()}
    actual = history.values[:, -BACKTESTS * HORIZON:].reshape(len(seen), BACKTESTS, HORIZON)[:, ::-1].astype(np.float32)
    edges = np.stack([history.values.min(1), history.values.max(1)], 1)
    return seen, choices, history.first, {**said, BELOW: below}, actual, edges, known


def listen(slice_, resource, series, models, first, window_seconds):
    """What is forecast of one resource of a slice at every row from `first` on -> Told, from as many rows before it as backtests need.

    series: a Series of rows of STEP_SECONDS as measured (read_series with believed False); models: registry.Models.
    """
    measured = np.flatnonzero(np.isfinite(series.values))
    begin = min(first, max(first - BEHIND - EARLIER, int(measured[0]) + NEEDED if len(measured) else first))
    key, width = (slice_["name"], resource), window_seconds // STEP_SECONDS
    members = {OWN: models.member(key)}
    if members[OWN] is not models.shipped:
        members[SHIPPED] = models.shipped
    rows = np.arange(begin, len(series.values))
    parts = [_chunk(slice_, resource, series, rows[at:at + CHUNK], members, width) for at in range(0, len(rows), CHUNK)]
    seen, choices, starts, said, actual, edges, known = zip(*parts)
    return Told(key, series.unit, begin, sum(seen, []), sum(choices, []), np.concatenate(starts),
                {name: np.concatenate([one[name] for one in said]) for name in said[0]}, np.concatenate(actual), np.concatenate(edges),
                sum(known, []), members[OWN], models.shipped)


def _choose(told, i, record):
    """(Choice, which forecasts) of a pass: the ladder, and the backtests whose forecasts were made from two days of history or more."""
    choice = told.climbed[i]
    if choice.rung != NETWORK:
        return choice, BELOW
    if (record or {}).get("drift"):
        return Choice(SEASONAL, f"drift: {record['drift']['why']}"), BELOW
    back = np.array([rows for rows in HORIZON * np.arange(1, BACKTESTS + 1) if rows <= i and WINDOW - rows - told.first[i] >= NEEDED], dtype=int)
    if not len(back):
        return choice, OWN
    actual, which = told.actual[i, :len(back)], OWN
    ours = told.said[OWN][i - back]
    if SHIPPED in told.said:
        theirs = told.said[SHIPPED][i - back]
        if quantile_losses(actual, ours).mean() > quantile_losses(actual, theirs).mean():
            ours, which = theirs, SHIPPED
            choice = replace(choice, reason=f"{choice.reason}, the tuned model lost to the shipped one in the backtest")
    choice = judge(choice, actual, ours, told.said[BELOW][i - back])
    return choice, which if choice.rung == NETWORK else BELOW


def _final(told, i, which, record):
    """A forecast as a pass uses it, [HORIZON, 3] in real time: corrected by a Calibration record or None, with its known events."""
    one = told.series[i]
    ahead = in_real_time(told.said[which][i], one.end, STEP_SECONDS, one.time_zone, HORIZON)
    if record and which != BELOW:
        ahead = bounded(applied(ahead[None], [record])[0], told.edges[i])
    return (ahead, []) if told.known[i] is None else with_events(told.known[i], ahead)


def _outlook(slice_, told, i, record):
    """The Outlook of one resource for the pass at instant i."""
    one = told.series[i]
    fresh, (choice, which) = assess(one, one.end, slice_["telemetry"]["max_age_seconds"]), _choose(told, i, record)
    if choice.rung == NONE:
        return Outlook(told.unit, one, fresh, choice, NONE, None, None)
    member = {OWN: told.member, SHIPPED: told.shipped}.get(which)
    ahead, events = _final(told, i, which, record)
    shifts = earlier_rows(slice_["scaling"]) if slice_["scaling"]["quantile"] == "auto" else []
    earlier = [_final(told, i - rows, which, record)[0] for rows in shifts if rows <= i and told.climbed[i - rows].rung != NONE]
    return Outlook(told.unit, one, fresh, choice, member.name if member else choice.rung, member.fingerprint if member else None, ahead, earlier,
                   events, record=record, member=member)


def profiles(slice_, told, settings, first, every=1, record_of=lambda key, at: None):
    """Demand Profiles of the passes at rows first, first + every, ... of a slice, oldest first.

    told: {resource: Told} of the resources that count VMs; settings: engine.Settings; record_of(key, at): the Calibration record that a pass at
    an instant had, or None.
    """
    some = [*told.values()][0]
    for row in range(first, some.origin + len(some.series), every):
        at = some.series[row - some.origin].end
        outlooks = {name: _outlook(slice_, one, row - one.origin, record_of(one.key, at)) for name, one in told.items()}
        yield demand_profile(slice_, outlooks, at, settings, False)
