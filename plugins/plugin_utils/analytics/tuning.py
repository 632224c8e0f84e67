# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Fitting the networks to one series: copies are trained on it, and averaged with the originals.

How long copies are trained, and how much they count, is chosen by rolling validation on the last days of the same series, not by a
constant: a series like the training data wants next to nothing, one unlike it wants much.
"""
from __future__ import annotations

from dataclasses import dataclass

from .baselines import seasonal_naive
from .corpus import SHORTEST, corpus
from .runtime import forecast
from .scores import quantile_losses
from .seasonal import DAY, HORIZON, WINDOW
from .training import pool, tune, with_state

try:
    import numpy as np
except ImportError:
    np = None

#: lengths of a fit double from FIRST batches on, until one brings no better loss; LONGEST bounds what that costs
FIRST, LONGEST = 50, 800
#: batches spent on the copies of one series in all, but for the first copy: a short fit has a copy of every network, a long one has fewer
SPENT = 800
#: shares of the copies in the mean that are tried
SHARES = (0.35, 0.6)
#: rows at the end that choose, how far apart their origins are, and what a series needs to be fitted
CHOOSING, APART = 3 * DAY, 24
NEEDED = SHORTEST + HORIZON + CHOOSING
RATE, BATCH, WINDOWS = 5e-4, 32, 2500


@dataclass(frozen=True)
class Chosen:
    """How a series is forecast: batches its copies are trained for (0: there are none), and what each part counts in the mean."""

    length: int
    weights: tuple   # of the originals, of the copies fitted to the whole site, of its own copies; their sum is 1
    losses: dict     # {length: best loss with copies of that length}, as size_of_loss gives it
    baseline: float  # the loss of a seasonal naive forecast

    def copied(self, nets: list) -> list:
        """Of the originals those that are copied and fitted to the series."""
        return nets[:max(SPENT // self.length, 1)] if self.length else []

    def shares(self, nets: list, site: bool) -> list[float]:
        """The weight of each network: of the originals, as many of the site where there are some, and its own copies."""
        parts = [(self.weights[0], nets)] + [(self.weights[1], nets)] * site + [(self.weights[2], self.copied(nets))]
        return [weight / len(part) for weight, part in parts for _net in part]


def lengths_to(longest: int) -> list[int]:
    """FIRST, twice as many and so on, and `longest` itself."""
    lengths = [FIRST]
    while lengths[-1] * 2 < longest:
        lengths.append(lengths[-1] * 2)
    return [one for one in lengths if one < longest] + [longest]


def until_worse(trials, loss):
    """Of (length, state) in order of length: {length: loss(length, state)}, until one is no better than those before it."""
    losses = {}
    for length, state in trials:
        losses[length] = loss(length, state)
        if losses[length] > min(losses.values()):
            break
    return losses


def size_of_loss(actual, quantiles):
    """Loss of one series relative to its size; the first hour counts as much as all twelve."""
    near = quantile_losses(actual[:, :12], quantiles[:, :12]).mean()
    return float(quantile_losses(actual, quantiles).mean() + near) / (np.abs(actual).mean() + 1e-9)


def _windows(group, length, seed):
    """A source of batches from no more windows than a fit of `length` batches can draw."""
    return pool(group, min(WINDOWS, length * BATCH), BATCH, seed)


def choose(net, site, group, seed, longest, say=None, device="cpu"):
    """Rolling validation on the last CHOOSING rows of a Corpus of one -> Chosen.

    net: the first of the originals; site: its copy that was fitted to all series of the site, or None. A copy of the first is trained on
    the rows before those that choose, for at most `longest` batches; with 0 none is.
    """
    rows = int(group.length[0])
    at = np.arange(rows - CHOOSING, rows - HORIZON + 1, APART)
    which = np.zeros(len(at), dtype=int)
    inputs, actual = group.inputs(which, at), group.future(which, at)
    original = forecast([net], inputs)
    before = {(1.0, 0.0): original}
    if site is not None:
        before[0.5, 0.5] = (original + forecast([site], inputs)) / 2
    found = {(0, (*mix, 0.0)): size_of_loss(actual, mean) for mix, mean in before.items()}

    def judge(length, state):
        own = forecast([with_state(net, state)], inputs)
        tried = {(length, ((1 - share) * mix[0], (1 - share) * mix[1], share)): size_of_loss(actual, (1 - share) * mean + share * own)
                 for mix, mean in before.items() for share in SHARES}
        found.update(tried)
        return min(tried.values())
    losses = {0: min(found.values())}
    if longest:
        learn = corpus([group.rows[0, WINDOW:WINDOW + rows - CHOOSING]], group.start)
        losses.update(until_worse(tune(net, _windows(learn, longest, seed), lengths_to(longest), seed, RATE, say, device), judge))
    length, weights = min(found, key=found.get)
    return Chosen(length, weights, losses, size_of_loss(actual, seasonal_naive(*group.windows(which, at))))


def copies(nets, source, length, seed, says=None, device="cpu"):
    """Each of `nets` trained for `length` batches on its own draw of a source. says(number of the net) -> say(batch, loss)."""
    return [with_state(net, dict(tune(net, source, [length], seed + i, RATE, says(i + 1) if says else None, device))[length])
            for i, net in enumerate(nets)]


def own_copies(nets, group, chosen, seed, says=None, device="cpu"):
    """Copies of `nets` fitted to a Corpus of one series, as chosen for it."""
    return copies(chosen.copied(nets), _windows(group, chosen.length, seed), chosen.length, seed, says, device)


def fit_series(nets, group, seed=7, longest=LONGEST):
    """Fit to one series (a Corpus of one) on its own. -> networks, their weights in the mean, a note on what was done."""
    if group.length[0] < NEEDED:
        return list(nets), None, "too short to fit"
    chosen = choose(nets[0], None, group, seed, longest)
    if not chosen.length:
        return list(nets), None, "no fit was better on the withheld days"
    return list(nets) + own_copies(nets, group, chosen, seed), chosen.shares(nets, False), f"{chosen.length} batches, share {chosen.weights[2]}"
