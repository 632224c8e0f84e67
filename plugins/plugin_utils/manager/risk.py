# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How many VMs are worth having: the probability of being short against the price of one VM more (the newsvendor's choice).

The count minimises P(demand exceeds what serves) + price x count. P comes from the quantiles of the forecast as a straight line
over the normal score, the same line on which `demand.at_quantile` reads.
"""
from __future__ import annotations

import math
from dataclasses import dataclass
from statistics import NormalDist

from .demand import vms_for

_NORMAL = NormalDist()
#: a forecast is never believed to be surer than this share of the mean demand, per unit of the normal score
SUREST = 0.005
#: no count beyond this score of every resource is looked at: what is short there is one pass in 30,000
FARTHEST = 4.0
#: mean demand, in VMs' worth, below which a VM becomes no dearer
LEAST_MEAN = 0.5
#: share of a quantity below which it is nothing
DUST = 1e-9
#: counts looked at one by one; of a longer range every so many
COUNTS = 400


@dataclass(frozen=True)
class Line:
    """Demand of one resource in a window of the forecast, in VMs' worth, over the normal score."""

    resource: str
    scores: tuple
    counts: tuple
    idle: bool = False

    def chance(self, count: float) -> float:
        """Probability that `count` VMs are too few."""
        # No demand in any quantile is the one forecast that needs no VM: a spread around it would keep an idle slice up for ever.
        return 0.0 if self.idle else 1.0 - _NORMAL.cdf(_at(count, self.counts, self.scores))

    def needed(self, score: float) -> float:
        """VMs' worth of demand at a normal score."""
        return _at(score, self.scores, self.counts)


@dataclass(frozen=True)
class Choice:
    """A count of VMs, the probability that it is too few, and the resource that is most likely to be short."""

    count: int
    chance: float
    resource: str


def _at(value: float, along: tuple, out: tuple) -> float:
    """Straight lines through the points (along, out), the first and last of them prolonged."""
    right = next((index for index in range(1, len(along) - 1) if along[index] >= value), len(along) - 1)
    return out[right - 1] + (value - along[right - 1]) * (out[right] - out[right - 1]) / (along[right] - along[right - 1])


def line_of(resource: str, levels, values, serves: float, mean: float) -> Line:
    """The line through the quantiles `values` at `levels` of one window; mean: mean demand, which bounds how steep it is.

    A single quantile stands for itself and a spread of SUREST.
    """
    # Relative to the values too: beside a very large one, a spread too small to change it would leave no slope to read.
    least = max(SUREST * mean, DUST * serves, DUST * max(values))
    scores, counts = [], []
    for level, value in sorted(zip(levels, values)):
        score = _NORMAL.inv_cdf(level)
        if scores:
            value = max(value, counts[-1] * serves + least * (score - scores[-1]))
        scores.append(score)
        counts.append(max(value, 0.0) / serves)
    if len(scores) == 1:
        scores.append(scores[0] + 1.0)
        counts.append(counts[0] + least / serves)
    return Line(resource, tuple(scores), tuple(counts), idle=max(values) <= DUST * serves)


def choose(lines: list[Line], mean: float, economy: float) -> Choice:
    """The count that minimises the probability of being short + economy x count / mean, and is never below the median of any resource.

    mean: mean demand in VMs' worth; economy: the probability of being short that saving `mean` VMs is worth.
    Resources are taken as if they were short at different times, so that the sum of their probabilities counts. Of counts that are
    as good the smallest is chosen.
    """
    price = economy / max(mean, LEAST_MEAN)
    first = max(vms_for(line.needed(0.0), 1.0) for line in lines)
    last = max([first] + [math.ceil(line.needed(FARTHEST)) for line in lines])
    step = max(1, (last - first) // COUNTS)
    costs = [(sum(line.chance(count) for line in lines) + price * count, count) for count in [*range(first, last, step), last]]
    _cost, count = min(costs)
    shares = [(line.chance(count), line.needed(0.0), line.resource) for line in lines]
    return Choice(count, min(1.0, sum(share for share, _median, _name in shares)), max(shares)[2])
