# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Forecasts of many series at once: every rung of the ladder, any horizon, the backtest that the network must win."""
from __future__ import annotations

from dataclasses import replace

from .baselines import reactive, seasonal_naive
from .features import CHUNK, TOKEN, features
from .gates import by_archive, season_pays, tuned_pays, without_drifted
from .histories import Histories
from .ladder import NETWORK, NONE, REACTIVE, SEASONAL, SIBLING, Choice, backtest_windows, climb, judge
from .limits import bounded
from .runtime import forecast
from .seasonal import HORIZON, STEP_SECONDS, WINDOW
from .siblings import Backtest, alone, consult
from .threads import each

try:
    import numpy as np
except ImportError:
    np = None

#: the backtest costs as much as three more forecasts; with more series than this none is made
BACKTEST_LIMIT = 400
#: windows of earlier forecasts held at once
EARLIER_CHUNK = 1024


def by_blocks(predict, values, first, origin, rows):
    """Quantiles [N, rows, 3] for any number of rows: blocks of HORIZON, each fed with the medians of the ones before.

    predict(values, first, origin) -> [N, HORIZON, 3]. A later block is never more certain than the mean of the block before it.
    """
    blocks = [predict(values, first, origin)]
    while len(blocks) * HORIZON < rows:
        known = blocks[-1]
        values = np.concatenate([values[:, HORIZON:], known[..., 0]], 1)
        first, origin = np.maximum(first - HORIZON, 0), origin + HORIZON * STEP_SECONDS
        block = predict(values, first, origin)
        least = (known[..., 1:] - known[..., :1]).mean(1, keepdims=True)
        rise = np.maximum(block[..., 1:] - block[..., :1], least)
        blocks.append(np.concatenate([block[..., :1], block[..., :1] + rise], -1))
    return np.concatenate(blocks, 1)[:, :rows]


def network(models, keys, rows=HORIZON):
    """A predict function for by_blocks over series `keys`, of at least `rows` rows; each series by the model that the registry gives it."""
    members = [models.member(key) for key in keys]
    near = rows <= TOKEN

    def predict(values, first, origin):
        out = np.empty((len(values), TOKEN if near else HORIZON, 3))

        def work(member, part):
            out[part] = forecast(member.nets, features(values[part], first[part], origin[part]), member.shares, near=near)
        each(work, [(member, part) for member in {id(m): m for m in members}.values()
                    for part in _parts(np.flatnonzero([m is member for m in members]))])
        return out
    return predict


def _parts(which):
    return [which[begin:begin + CHUNK] for begin in range(0, len(which), CHUNK)]


def _backtest(choices, history, keys, origin, models):
    """Replace the choice of each series on the network's rung by what its backtest says. -> models that won theirs, Backtest or None."""
    which = np.array([i for i, choice in enumerate(choices) if choice.rung == NETWORK], dtype=int)
    values, first, shifts, index, actual = backtest_windows(history, which) if len(which) else [()] * 5
    if not len(index):
        return models, None
    at = origin[index] - shifts * STEP_SECONDS
    ours = bounded(network(models, [keys[i] for i in index])(values, first, at), values)
    theirs = bounded(seasonal_naive(values, first), values)
    models = _beside_shipped(choices, keys, models, index, (values, first, at), actual, ours)
    for i in np.unique(index):
        mine = index == i
        choices[i] = judge(choices[i], actual[mine], ours[mine], theirs[mine])
        if choices[i].rung != NETWORK:
            ours[mine] = theirs[mine]
    return models, Backtest(index, shifts, values, actual, ours)


def _beside_shipped(choices, keys, models, index, windows, actual, ours):
    """Put the shipped model's forecasts in place of those of a tuned one that it beats, in `ours` and the choices. -> models that are left."""
    tuned = np.flatnonzero([models.member(keys[i]) is not models.shipped for i in index])
    if not len(tuned):
        return models
    own = [keys[i] for i in index[tuned]]
    shipped = bounded(network(replace(models, assigned={}), own)(*(part[tuned] for part in windows)), windows[0][tuned])
    models, lost = tuned_pays(models, own, actual[tuned], ours[tuned], shipped)
    for row, b in enumerate(tuned):
        if own[row] in lost:
            ours[b] = shipped[row]
    for i in np.unique(index):
        if keys[i] in lost:
            choices[i] = replace(choices[i], reason=f"{choices[i].reason}, the tuned model lost to the shipped one in the backtest")
    return models


def forecast_all(history: Histories, keys, origin, rows, load, records=None, siblings=None):
    """Forecast N series by the ladder.

    keys: (slice, resource) of each; origin int [N], epoch seconds where the forecasts begin; rows of 5 minutes wanted;
    load() -> Models, called only if a network is needed; records: {key: Calibration record}, which tell of drift, and of accuracy where
    there are too many series for a backtest; siblings: how far the other resources of its slice are consulted about each (`ignore`,
    `late`, `weigh`), None for not at all. -> choices, quantiles float64 [N, rows, 3] (NaN for `none`), Models or None.
    """
    choices = season_pays(climb(history), history)
    models, backtest, records = None, None, records or {}
    if any(choice.rung == NETWORK for choice in choices):
        models = load()
        choices = without_drifted(choices, keys, records)
        if sum(choice.rung == NETWORK for choice in choices) <= BACKTEST_LIMIT:
            models, backtest = _backtest(choices, history, keys, origin, models)
        else:
            why_not = f"no backtest of more than {BACKTEST_LIMIT} series"
            choices = [by_archive(c, records.get(key), why_not) if c.rung == NETWORK else c for c, key in zip(choices, keys)]
    quantiles = by_rung(choices, models, keys, history.values, history.first, origin, rows)
    if backtest is not None and siblings is not None:
        choices, quantiles = consult(history, keys, choices, quantiles, backtest, siblings)
    return choices, quantiles, models


def forecast_said(history: Histories, keys, origin, choices, quantiles, models):
    """What network and seasonal naive say, whichever decides: two lists of [rows, 3] or None for each of the N series.

    quantiles [N, rows, 3]: as forecast_all gave them, as many rows as are wanted.
    """
    rows, climbed = quantiles.shape[1], climb(history)
    said = []
    for rung, below in ((NETWORK, (NONE, REACTIVE, SEASONAL)), (SEASONAL, (NONE, REACTIVE))):
        wanted = [i for i, choice in enumerate(climbed) if choice.rung not in below]
        new = np.array([i for i in wanted if choices[i].rung != rung], dtype=int)
        out = {i: quantiles[i] for i in wanted}
        out.update(zip(new, by_rung([Choice(rung, "")] * len(new), models, [keys[i] for i in new], history.values[new], history.first[new],
                                    origin[new], rows)))
        said.append([out.get(i) for i in range(len(keys))])
    return said


def by_rung(choices, models, keys, values, first, origin, rows):
    """Quantiles [N, rows, 3] of windows [N, WINDOW], each by the rung that was chosen for it; NaN for `none`."""
    quantiles = np.full((len(keys), rows, 3), np.nan)
    for rung in {choice.rung for choice in choices} - {NONE}:
        which = np.array([i for i, choice in enumerate(choices) if choice.rung == rung])
        window, begin = values[which], first[which]
        predict = {
            REACTIVE: lambda v, f, o: np.concatenate([reactive(row[None, start:]) for row, start in zip(v, f)]),
            SEASONAL: lambda v, f, o: seasonal_naive(v, f),
            SIBLING: lambda v, f, o: np.stack([alone(SIBLING, *one) for one in zip(v, f)]),  # earlier passes: siblings are not forecast again
            NETWORK: network(models, [keys[i] for i in which], rows) if rung == NETWORK else None}[rung]
        ahead = by_blocks(lambda *given, p=predict, v=window: bounded(p(*given), v), window, begin, origin[which], rows)
        quantiles[which] = bounded(ahead, window)
    return quantiles


def forecast_earlier(history: Histories, keys, origin, choices, models, shifts, rows):
    """What earlier passes saw: forecasts from `shifts[i]` rows before the end of series i, by the same rungs and models.

    shifts: a list of rows for each of the N series. -> for each a list of [rows, 3], without those before anything was measured.
    """
    pairs = [(i, shift) for i, own in enumerate(shifts) for shift in own if history.first[i] + shift < WINDOW and choices[i].rung != NONE]
    out = [[] for _key in keys]
    for begin in range(0, len(pairs), EARLIER_CHUNK):
        part = pairs[begin:begin + EARLIER_CHUNK]
        which, shift = (np.array(column) for column in zip(*part))
        ahead = by_rung([choices[i] for i in which], models, [keys[i] for i in which], *history.moved(which, shift),
                        origin[which] - shift * STEP_SECONDS, rows)
        for (i, _back), one in zip(part, ahead):
            out[i].append(one)
    return out
