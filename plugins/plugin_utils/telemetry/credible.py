# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which rows of a regular series can be believed, and by what the rest is replaced: spikes here, units in units.py. Pure.

Two series come of one: what is `seen` (the policy reads the present load and recent peaks there) and what is `learnt` from (the forecast).
"""
from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from .treated import Note
from .units import one_unit

try:
    import numpy as np
except ImportError:
    np = None

DAY = 86400
#: a row so many times larger than all but a few others is no measurement
SPIKE = 50.0
#: share of the rows that may be spikes, and how many rows below them make a habit to compare with
FEW, LEAST = 0.01, 12
#: spikes this near to the same time of another day, in rows, are a habit too
SAME_TIME = 2


@dataclass(frozen=True)
class Believed:
    """seen, learnt: float64[rows], NaN = gap; suspect: the newest level may be an error of the unit, so that nothing may shrink on it."""

    seen: Any
    learnt: Any
    suspect: bool
    notes: list


def believe(values, start: int, step: int) -> Believed:
    """values: float64[rows] without infinities, row i begins at start + i*step -> Believed."""
    known = np.flatnonzero(~np.isnan(values))
    if not len(known):
        return Believed(values, values, False, [])
    notes = _gaps(known, len(values), start, step) + _flat(values, known, start, step)
    there = values if len(known) == len(values) else values[known]
    positive = there[there > 0]
    if len(positive) < 3 or there.min() < 0 or positive.max() < SPIKE * positive.min():
        return Believed(values, values, False, notes)
    seen, learnt, spikes = _without_spikes(values, known, positive, start, step)
    unit = one_unit(learnt, start, step)
    return Believed(seen, unit.values, unit.suspect, notes + spikes + unit.notes)


def _gaps(known, rows, start, step):
    """Gaps after the first value, and the one at the end."""
    first, last = int(known[0]), int(known[-1])
    notes = []
    if len(known) < last - first + 1:
        at = known[np.flatnonzero(np.diff(known) > 1)[0]] + 1
        notes.append(Note("gap", start + int(at) * step, last - first + 1 - len(known)))
    if last + 1 < rows:
        notes.append(Note("gap_at_end", start + (last + 1) * step, rows - last - 1))
    return notes


def _flat(values, known, start, step):
    """A day and more that is all the same."""
    lowest = values[known[0]]
    if len(known) * step < DAY or values[known[-1]] != lowest or (values[known] != lowest).any():
        return []
    return [Note("constant" if lowest else "zero", start + int(known[0]) * step, len(known))]


def _without_spikes(values, known, positive, start, step):
    """-> seen, learnt, notes: lone spikes are cut to the largest of the others; the newest row is only cut for the forecast."""
    cap = _largest_credible(positive)
    if cap is None:
        return values, values, []
    high = values[known] > cap
    beside = np.zeros(len(high), bool)
    beside[1:] |= high[:-1]
    beside[:-1] |= high[1:]
    lone = known[high & ~beside]
    if not len(lone) or _habit(lone, DAY // step):
        return values, values, []
    learnt = values.copy()
    learnt[lone] = cap
    now = lone[lone == len(values) - 1]
    past = lone[lone < len(values) - 1]
    seen = values if not len(past) else values.copy()
    seen[past] = cap
    notes = [Note(kind, start + int(rows[0]) * step, len(rows)) for kind, rows in (("spike", past), ("spike_now", now)) if len(rows)]
    return seen, learnt, notes


def _largest_credible(positive):
    """The largest value below the widest-lying leap by SPIKE among the largest few; None where there is no such leap."""
    few = min(max(int(FEW * len(positive)), 1), len(positive) - LEAST)
    if few < 1:
        return None
    top = np.sort(np.partition(positive, len(positive) - few - 1)[-few - 1:])[::-1]
    leaps = np.flatnonzero(top[:-1] >= SPIKE * top[1:])
    return float(top[leaps[-1] + 1]) if len(leaps) else None


def _habit(rows, day):
    """Whether at least half of some rows, and two, stand at the same time of different days."""
    apart = np.abs(rows[:, None] - rows[None, :])
    shifted = apart % max(day, 1)
    same = (apart > SAME_TIME) & (np.minimum(shifted, day - shifted) <= SAME_TIME)
    recurring = int(same.any(1).sum())
    return recurring >= 2 and 2 * recurring >= len(rows)
