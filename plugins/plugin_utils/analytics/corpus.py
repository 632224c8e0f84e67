# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Histories to learn from, kept so that any window of any of them is one slice; and mixtures of them."""
from __future__ import annotations

from dataclasses import dataclass

from .features import features
from .seasonal import DAY, HORIZON, STEP_SECONDS, WINDOW, fill_before

try:
    import numpy as np
except ImportError:
    np = None

SHORTEST = 3 * DAY  # rows of history a window has at least, and what the network needs to forecast


@dataclass
class Corpus:
    """Series side by side. `rows` [S, WINDOW + longest]: WINDOW rows of nothing, then the series."""

    rows: object    # float64 [S, WINDOW + longest]
    length: object  # int [S], rows of each series that may be learnt from
    start: object   # int [S], epoch seconds of its first row
    spread: object  # float64 [S], standard deviation of each series

    def windows(self, which, origin):
        """History before row `origin` of series `which`: -> values [N, WINDOW], first [N]."""
        columns = origin[:, None] + np.arange(WINDOW)
        return self.rows[which[:, None], columns], np.maximum(WINDOW - origin, 0)

    def future(self, which, origin):
        """The HORIZON rows from `origin` on, [N, HORIZON]."""
        return self.rows[which[:, None], WINDOW + origin[:, None] + np.arange(HORIZON)]

    def inputs(self, which, origin, first=None):
        """Features of the windows; `first` [N] hides history before a row of the window."""
        values, known = self.windows(which, origin)
        first = known if first is None else np.maximum(known, first)
        return features(fill_before(values, first), first, self.start[which] + origin * STEP_SECONDS)


def corpus(series, starts):
    """series: list of 1-d arrays without NaN, rows of 5 minutes; starts: epoch seconds of their first rows. -> Corpus."""
    length = np.array([len(values) for values in series])
    rows = np.zeros((len(series), WINDOW + length.max()))
    for i, values in enumerate(series):
        rows[i, WINDOW:WINDOW + len(values)] = values
    spread = np.array([values.std() for values in series]) + 1e-9
    return Corpus(rows, length, np.asarray(starts, dtype=np.int64), spread)


def mixtures(series, starts, count, seed):
    """Weighted sums of two or three series of like length, some shifted by whole days. -> series, starts."""
    rng = np.random.default_rng(seed)
    long_enough = [i for i, values in enumerate(series) if len(values) >= 12 * DAY]
    mixed, begins = [], []
    while long_enough and len(mixed) < count:
        chosen = rng.choice(long_enough, rng.integers(2, 4), replace=len(long_enough) < 3)
        weights = rng.dirichlet(np.ones(len(chosen)))
        parts = []
        for i in chosen:
            days = rng.integers(0, 4) if len(series[i]) > 20 * DAY and rng.random() < 0.5 else 0
            values = series[i][days * DAY:]
            parts.append(values / (values.std() + 1e-9))
        rows = min(len(part) for part in parts)
        mixed.append(sum(weight * part[:rows] for weight, part in zip(weights, parts)))
        begins.append(starts[chosen[0]])
    return mixed, begins


def draw(rng, groups, shares, size):
    """One batch of training windows, a part for each group: -> list of (Features, targets [N, HORIZON], weights [N]).

    groups: list of Corpus; shares: how often each is drawn. Targets are in normalised units. Half of the windows see eight days of history, some fewer,
    the rest all there is, as telemetry will offer them.
    """
    parts = []
    counts = rng.multinomial(size, np.asarray(shares) / np.sum(shares))
    for group, count in zip(groups, counts):
        if not count:
            continue
        eligible = np.flatnonzero(group.length >= SHORTEST + HORIZON)
        which = rng.choice(eligible, count)
        origin = rng.integers(SHORTEST, group.length[which] - HORIZON + 1)
        kind = rng.random(count)
        hidden = np.where(kind < 0.5, WINDOW - 8 * DAY, 0)
        hidden = np.where(kind > 0.8, WINDOW - rng.integers(SHORTEST, WINDOW, count), hidden)
        inputs = group.inputs(which, origin, hidden)
        target = (group.future(which, origin) - inputs.loc[:, None]) / inputs.scale[:, None]
        weight = np.clip(inputs.scale / group.spread[which], 0.02, 2) ** 0.5
        parts.append((inputs, np.clip(target, -30, 30).astype(np.float32), weight.astype(np.float32)))
    return parts
