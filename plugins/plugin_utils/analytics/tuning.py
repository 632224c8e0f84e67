# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Fitting the networks to series of a site: a copy is trained on them, and averaged with the original.

How long a copy is trained is chosen by rolling validation on withheld days of the same series, not by a constant: a series like
the training data wants next to nothing, one unlike it wants much.
"""
from __future__ import annotations

from .corpus import SHORTEST, corpus
from .runtime import forecast
from .scores import quantile_losses
from .seasonal import DAY, HORIZON, WINDOW
from .training import pool, tune, with_state

try:
    import numpy as np
except ImportError:
    np = None

#: lengths of a fit that are tried, in batches, and the share of the copy in the mean
LENGTHS = (50, 100, 200, 400)
SHARES = (0.35, 0.6)
WITHHELD = 4 * DAY
RATE, BATCH, WINDOWS = 5e-4, 32, 2500


def _losses(forecasts, actual):
    """Mean loss of each candidate {key: [N, HORIZON, 3]}; the first hour counts as much as all twelve."""
    size = np.abs(actual).mean() + 1e-9
    return {key: float(quantile_losses(actual, value).mean() + quantile_losses(actual[:, :12], value[:, :12]).mean()) / size
            for key, value in forecasts.items()}


def choose_length(net, group, seed, lengths):
    """Rolling validation on the last WITHHELD rows of one series -> (length, share of the copy), (0, 0.0) for no fit."""
    rows = int(group.length[0])
    train = corpus([group.rows[0, WINDOW:WINDOW + rows - WITHHELD]], group.start)
    at = np.arange(rows - WITHHELD, rows - HORIZON + 1, 24)
    which = np.zeros(len(at), dtype=int)
    inputs, actual = group.inputs(which, at), group.future(which, at)
    original = forecast([net], inputs)
    candidates = {(0, 0.0): original}
    for length, state in tune(net, pool(train, WINDOWS, BATCH, seed), lengths, seed, RATE).items():
        tuned = forecast([with_state(net, state)], inputs)
        for share in SHARES:
            candidates[length, share] = share * tuned + (1 - share) * original
    losses = _losses(candidates, actual)
    return min(losses, key=losses.get)


def fit_series(nets, group, seed=7, lengths=LENGTHS):
    """Fit to one series (a Corpus of one). -> networks, their weights in the mean, a note on what was done."""
    if group.length[0] < SHORTEST + HORIZON + WITHHELD:
        return list(nets), None, "too short to fit"
    length, share = choose_length(nets[0], group, seed, lengths)
    if not length:
        return list(nets), None, "no fit was better on the withheld days"
    source = pool(group, WINDOWS, BATCH, seed)
    copies = [with_state(net, tune(net, source, [length], seed + i, RATE)[length]) for i, net in enumerate(nets)]
    weights = [1 - share] * len(nets) + [share] * len(copies)
    return list(nets) + copies, weights, f"{length} batches, share {share}"
