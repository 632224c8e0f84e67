# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Readings of a counter to its rate per second in regular rows. Pure.

A decrease is never a negative rate and never a huge one: across the end of a 32 or 64 bit range it is counted on, else the counter was
reset, and what it counted between the two readings is unknown.
"""
from __future__ import annotations

from .cleaning import NANO
from .treated import Note

try:
    import numpy as np
except ImportError:
    np = None

#: ends of ranges at which counters start again from zero
RANGES = (2.0 ** 32, 2.0 ** 63, 2.0 ** 64)
#: a wrap has its readings this near to the end and the begin of the range, and a rate of at most so many times the largest other one
NEAR_END, PLAUSIBLE = 0.25, 4.0
#: readings farther apart than so many times the usual distance, and than so many rows, tell nothing of the rows between
APART, APART_ROWS = 3.0, 3


def row_rates(times, values, start: int, rows: int, step: int, where: str = ""):
    """times: int64[n] sorted nanoseconds, values: float64[n] not negative -> (rates float64[rows] per second, notes).

    Row i is the rate over [start + i*step, start + (i+1)*step); NaN where less than half of it is known.
    """
    times, values, notes = _without_glitches(times, values, where)
    if len(times) < 2:
        return np.full(rows, np.nan), notes
    seconds = (times - start * NANO) / NANO
    apart, increase = np.diff(seconds), np.diff(values)
    reset = increase < 0
    if reset.any():
        wrap = _wraps(values, increase, apart, reset)
        notes += _told("counter_wrap", times[1:][wrap], where) + _told("counter_reset", times[1:][reset & ~wrap], where)
        increase = np.where(wrap, _end_of_range(values[:-1]) + increase, increase)
        reset &= ~wrap
    known = ~reset & (apart <= max(APART * float(np.median(apart)), APART_ROWS * step))
    amount = np.concatenate(([0.0], np.cumsum(np.where(known, increase, 0.0))))
    length = np.concatenate(([0.0], np.cumsum(np.where(known, apart, 0.0))))
    edges = np.arange(rows + 1) * float(step)
    counted, covered = (np.diff(np.interp(edges, seconds, total)) for total in (amount, length))
    enough = covered >= 0.5 * step - 1e-6
    return np.divide(np.maximum(counted, 0.0), covered, out=np.full(rows, np.nan), where=enough), notes


def _without_glitches(times, values, where):
    """Without single readings that the next one contradicts: far down and at once back, or up and at once back."""
    before, at, after = values[:-2], values[1:-1], values[2:]
    wrong = (after >= before) & ((at < before) | (at > after))
    if not wrong.any():
        return times, values, []
    wrong = np.concatenate(([False], wrong, [False]))
    return times[~wrong], values[~wrong], _told("counter_glitch", times[wrong], where)


def _end_of_range(values):
    """The smallest end of a range that a reading lies below."""
    return np.select([values < end for end in RANGES[:-1]], RANGES[:-1], RANGES[-1])


def _wraps(values, increase, apart, reset):
    """Which decreases pass the end of a range."""
    end = _end_of_range(values[:-1])
    near = reset & (values[:-1] >= (1 - NEAR_END) * end) & (values[1:] <= NEAR_END * end)
    usual = increase[~reset] / apart[~reset]
    if not len(usual):
        return np.zeros(len(reset), bool)  # nothing to compare with
    return near & ((increase + end) / apart <= PLAUSIBLE * usual.max())


def _told(kind, times, where):
    return [Note(kind, int(times[0] // NANO), len(times), where)] if len(times) else []
