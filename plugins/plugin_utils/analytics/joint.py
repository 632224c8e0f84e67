# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The resources of one slice move together: what the forecast of one says of another.

A relation is a robust line from the rows of a sibling, which may lead by a few rows, to those of a resource. Put on the sibling's
forecast it is an opinion on the resource. Whether an opinion is heard is decided in siblings.py, by rolling validation.
"""
from __future__ import annotations

from dataclasses import dataclass

from .limits import bounded
from .seasonal import DAY

try:
    import numpy as np
except ImportError:
    np = None

#: rows that a relation is fitted to, at most and at least, and by how many rows a sibling may lead
FIT, LEAST, LEADS = 2 * DAY, DAY // 4, 6
#: share of the distance that a lead must save to be believed
LEAD_MARGIN = 0.05
#: rounds of weighting of the robust line
ROUNDS = 6
#: the present miss of a relation is believed to fade by this many rows to a third
FADING = 36


@dataclass(frozen=True)
class Relation:
    """own = level + slope x other, `lead` rows before."""

    lead: int
    level: float
    slope: float
    rise: tuple       # .9 and .95 quantiles of what the line misses, not below zero
    explained: float  # share of the mean distance from the median that the line takes away


def _line(own, other):
    """Line of least absolute distance, by weights that follow the distances -> level, slope, mean distance."""
    weight, level, slope = np.ones(len(own)), 0.0, 0.0
    tiny = 1e-3 * np.abs(own - np.median(own)).mean() + 1e-12
    for _round in range(ROUNDS):
        share = weight / weight.sum()
        middle, mean = share @ other, share @ own
        apart = other - middle
        slope = (share @ (apart * (own - mean))) / max(share @ apart ** 2, 1e-300)
        level = mean - slope * middle
        weight = 1 / np.maximum(np.abs(own - level - slope * other), tiny)
    return float(level), float(slope), float(np.abs(own - level - slope * other).mean())


def _led(other, rows, lead):
    """The `rows` rows that a resource at the end of `other` [T] follows `lead` rows later."""
    return other[len(other) - rows - lead:len(other) - lead]


def _likely_lead(own, other, rows):
    """The lead at which rows of both go together most; a few spikes have no say."""
    apart = np.clip(own, *np.quantile(own, (0.02, 0.98)))
    apart = apart - apart.mean()
    alike = []
    for lead in range(LEADS + 1):
        led = _led(other, rows, lead)
        led = led - led.mean()
        alike.append(apart @ led / max(np.sqrt(led @ led), 1e-300))
    return int(np.argmax(alike))


def relate(own, other):
    """Rows of a resource and of a sibling that end together [T] -> Relation, or None where they do not rise together."""
    rows = min(len(own), len(other) - LEADS, FIT)
    if rows < LEAST:
        return None
    own = own[-rows:]
    usual = np.abs(own - np.median(own)).mean()
    lead, (level, slope, distance) = 0, _line(own, _led(other, rows, 0))
    likely = _likely_lead(own, other, rows)
    if likely:
        led = _line(own, _led(other, rows, likely))
        if led[2] < (1 - LEAD_MARGIN) * distance:
            lead, (level, slope, distance) = likely, led
    if slope <= 0 or usual <= 0:
        return None
    missed = own - level - slope * _led(other, rows, lead)
    return Relation(lead, level, slope, tuple(np.maximum(np.quantile(missed, (0.9, 0.95)), 0.0)), 1 - distance / usual)


def opinion(relation, own, other, ahead):
    """What a sibling with rows `other` [T] and forecast `ahead` [H, 3] says of a resource with rows `own`: -> [H, 3], bounded.

    Where the sibling leads, its measured rows tell the first rows ahead. What the line misses now fades over the next hours.
    """
    led = np.concatenate([np.repeat(_led(other, relation.lead, 0)[:, None], 3, 1), ahead])[:len(ahead)]
    now = own[-3:]
    miss = (now - relation.level - relation.slope * _led(other, len(now), relation.lead)).mean()
    middle = relation.level + relation.slope * led[:, :1] + miss * np.exp(-np.arange(1, len(led) + 1) / FADING)[:, None]
    rise = np.hypot(relation.slope * (led[:, 1:] - led[:, :1]), relation.rise)
    return bounded(np.concatenate([middle, middle + rise], 1), own)
