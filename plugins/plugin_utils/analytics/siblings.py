# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which opinions of siblings are heard: those that win the rolling backtest the ladder made anyway. No network runs for it.

A resource whose history is too short for the network may be forecast from a sibling with a long one (the rung `sibling`). A resource
with a long history may have opinions weighed into its forecast, where its slice wants it.
"""
from __future__ import annotations

from dataclasses import dataclass, replace

from .baselines import reactive, seasonal_naive
from .corpus import SHORTEST
from .joint import LEAST, opinion, relate
from .ladder import BACKTESTS, NONE, REACTIVE, SIBLING, Choice
from .limits import bounded
from .scores import quantile_losses
from .seasonal import DAY, HORIZON, WINDOW

try:
    import numpy as np
except ImportError:
    np = None

#: weights of an opinion that are tried, and the spans of rows that they are chosen for: the first hour and the rest
WEIGHTS, SPANS = (0.25, 0.5, 0.75, 1.0), ((0, 12), (12, None))
#: share of the loss that an opinion must save over all origins of the backtest, and lose at none of them
MARGIN = 0.05
#: weighed opinions come from lines that explain at least so much, and whose slopes at the origins differ by no more
EXPLAINED, STEADY = 0.5, 0.8


@dataclass
class Backtest:
    """What the ladder tried: B windows, what came after them, and what the chosen rung had forecast."""

    index: object      # int [B], the series
    shifts: object     # int [B], rows before the end
    values: object     # float64 [B, WINDOW]
    actual: object     # float64 [B, HORIZON]
    quantiles: object  # float64 [B, HORIZON, 3]

    def __post_init__(self):
        self._place = {(int(i), int(back)): row for row, (i, back) in enumerate(zip(self.index, self.shifts))}

    def origins(self, i):
        """Shifts at which series i was tried."""
        return [back * HORIZON for back in range(1, BACKTESTS + 1) if (i, back * HORIZON) in self._place]

    def row(self, i, shift):
        """Row of series i at one shift, None where it was not tried."""
        return self._place.get((i, shift))


def _losses(actual, forecast):
    """Loss of each span: [H], [H, 3] -> [spans]."""
    each = quantile_losses(actual, forecast).sum(-1)
    return np.array([each[begin:end].sum() for begin, end in SPANS])


def _wins(losses, own):
    """Share of the loss saved over all origins [K], 0 where it is below the margin or one origin was lost."""
    if len(own) < 1 or (losses > own).any() or own.sum() <= 0:
        return 0.0
    saved = 1 - losses.sum() / own.sum()
    return saved if saved >= MARGIN else 0.0


def weigh(history, backtest, i, others):
    """Opinions to weigh into the forecast of series i -> for each span (sibling, weight), or None."""
    origins = backtest.origins(i)
    best, saved = [None] * len(SPANS), [0.0] * len(SPANS)
    if len(origins) < BACKTESTS:
        return best
    rows = [backtest.row(i, back) for back in origins]
    own = np.array([_losses(backtest.actual[row], backtest.quantiles[row]) for row in rows])
    for j in others:
        theirs = [backtest.row(j, back) for back in origins]
        if None in theirs:
            continue
        relations = [relate(backtest.values[a], backtest.values[b]) for a, b in zip(rows, theirs)] + [relate(history.values[i], history.values[j])]
        if None in relations or relations[-1].explained < EXPLAINED or not _steady(relations):
            continue
        said = [opinion(r, backtest.values[a], backtest.values[b], backtest.quantiles[b]) for r, a, b in zip(relations, rows, theirs)]
        for weight in WEIGHTS:
            mixed = np.array([_losses(backtest.actual[a], (1 - weight) * backtest.quantiles[a] + weight * one) for a, one in zip(rows, said)])
            for k in range(len(SPANS)):
                won = _wins(mixed[:, k], own[:, k])
                if won > saved[k]:
                    best[k], saved[k] = (j, weight), won
    return best


def _steady(relations):
    slopes = [one.slope for one in relations]
    return min(slopes) >= STEADY * max(slopes)


def alone(rung, values, first):
    """The forecast of a short series without siblings, by its rung where there is a day: values [WINDOW], its begin -> [HORIZON, 3]."""
    if rung == REACTIVE or WINDOW - first < DAY:
        return bounded(reactive(values[None, first:]), values[None, first:])[0]
    return bounded(seasonal_naive(values[None], np.array([first])), values[None])[0]


def stand_in(history, backtest, i, others, rung):
    """The sibling that foretells a short series i better than its own past by `rung` does -> (sibling, accuracy), or None."""
    known = WINDOW - int(history.first[i])
    origins = [back * HORIZON for back in range(1, BACKTESTS + 1) if known - back * HORIZON >= LEAST]
    best, saved = None, 0.0
    for j in others:
        theirs = [backtest.row(j, back) for back in origins]
        if not origins or None in theirs:
            continue
        judged = _judged(history, backtest, i, origins, theirs, rung)
        if judged is None:
            continue
        actual, said, without = judged
        ours, base = (np.array([quantile_losses(a, q).sum() for a, q in zip(actual, each)]) for each in (said, without))
        won = _wins(ours, base)
        if won > saved:
            size = 3 * max(float(np.abs(actual).sum()), 1e-9)
            best, saved = (j, {"wql": round(float(ours.sum()) / size, 4), "wql_baseline": round(float(base.sum()) / size, 4),
                               "coverage_95": round(float((actual <= said[..., -1]).mean()), 3)}), won
    return best


def _judged(history, backtest, i, origins, theirs, rung):
    """Actual rows, opinions of one sibling, and the forecasts without it at each origin of a short series; None without a relation."""
    actual, said, without = [], [], []
    windows, firsts = history.moved(np.full(len(origins), i), np.array(origins))
    for values, first, back, row in zip(windows, firsts, origins, theirs):
        own = values[first:]
        relation = relate(own, backtest.values[row])
        if relation is None:
            return None
        actual.append(history.values[i, WINDOW - back:WINDOW - back + HORIZON])
        said.append(opinion(relation, own, backtest.values[row], backtest.quantiles[row]))
        without.append(alone(rung, values, first))
    return np.array(actual), np.array(said), np.array(without)


def consult(history, keys, choices, quantiles, backtest, wanted):
    """Put what siblings say on the forecasts of N series, where it won.

    wanted: `ignore`, `late` or `weigh` of each. -> choices, quantiles [N, rows, 3].
    """
    choices, out = list(choices), quantiles.copy()
    slices = {}
    for i, (name, _resource) in enumerate(keys):
        slices.setdefault(name, []).append(i)
    for i, (name, _resource) in enumerate(keys):
        others = [j for j in slices[name] if j != i and backtest.origins(j)]
        if wanted[i] == "ignore" or choices[i].rung == NONE or not others:
            continue
        if WINDOW - history.first[i] < SHORTEST:
            found = stand_in(history, backtest, i, others, choices[i].rung)
            if found:
                choices[i], out[i] = _stood_in(history, keys, choices[i], quantiles, i, found)
        elif wanted[i] == "weigh":
            choices[i], out[i] = _weighed(history, keys, choices[i], quantiles, i, weigh(history, backtest, i, others))
    return choices, out


def _stood_in(history, keys, choice, quantiles, i, found):
    j, accuracy = found
    own = history.values[i, history.first[i]:]
    relation = relate(own, history.values[j])
    if relation is None:
        return choice, quantiles[i]
    reason = (f"{choice.reason}; from the forecast of {keys[j][1]}, which won its backtest, {accuracy['wql']:.3f} against "
              f"{accuracy['wql_baseline']:.3f} of {choice.rung}")
    return Choice(SIBLING, reason, accuracy), opinion(relation, own, history.values[j], quantiles[j])


def _weighed(history, keys, choice, quantiles, i, heard):
    """A forecast with opinions in it, and a choice that says so; the same where none is heard."""
    out, words = quantiles[i].copy(), []
    for (begin, end), one, when in zip(SPANS, heard, ("in the first hour", "later")):
        if one is not None:
            j, weight = one
            said = opinion(relate(history.values[i], history.values[j]), history.values[i], history.values[j], quantiles[j])
            out[begin:end] = (1 - weight) * out[begin:end] + weight * said[begin:end]
            words.append(f"{weight:g} of what {keys[j][1]} says {when}")
    return (replace(choice, reason=f"{choice.reason}, {' and '.join(words)}") if words else choice), out
