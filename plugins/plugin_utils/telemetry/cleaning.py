# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Raw points of one set of tags to sorted points that can be believed, and what was left out. Pure."""
from __future__ import annotations

from .treated import Note

try:
    import numpy as np
except ImportError:
    np = None

NANO = 1_000_000_000
#: no demand is larger, in whatever unit; a counter may run to the end of 64 bits
LARGEST, LARGEST_COUNTER = 1e15, 2.0 ** 64
#: a quantity of which a larger share is negative may be so
NEGATIVE_SHARE = 0.05
#: instants that a note can tell: the years 1 to 9999
_FIRST, _LAST = -62_135_596_800, 253_402_300_799


def clean_points(times, values, start: int, as_of: int, step: int, counter: bool, where: str = ""):
    """times: int64[n] nanoseconds, values: float64[n], in any order -> (times, values, notes): sorted, finite, not after as_of, no instant twice.

    start, as_of: seconds since 1970. Points after as_of by no more than a step are left out without a note: they came in while the
    pass began. Points before start stay, for they tell how old the newest is.
    """
    if not len(times):
        return times, values, []
    ordered = bool((np.diff(times) > 0).all())
    largest = LARGEST_COUNTER if counter else LARGEST
    if ordered and values.min() >= 0 and values.max() <= largest and times[-1] <= as_of * NANO and times[0] >= start * NANO:
        return times, values, []  # a NaN fails the first comparison
    notes = [_note("before_history", times[times < (start - step) * NANO], where)]
    times, values = _drop(times, values, ~np.isfinite(values), "not_a_number", notes, where)
    notes.append(_note("after_as_of", times[times > (as_of + step) * NANO], where))
    kept = times <= as_of * NANO
    times, values = _drop(times[kept], values[kept], np.abs(values[kept]) > largest, "absurd", notes, where)
    below = values < 0
    if below.sum() <= NEGATIVE_SHARE * len(below) or counter:
        times, values = _drop(times, values, below, "negative", notes, where)
    if not ordered:
        times, values = _sorted(times, values, notes, where)
    return times, values, [note for note in notes if note is not None]


def _note(kind, times, where):
    """A Note on points, None where there are none."""
    return Note(kind, int(np.clip(times.min() // NANO, _FIRST, _LAST)), len(times), where) if len(times) else None


def _drop(times, values, bad, kind, notes, where):
    if not bad.any():
        return times, values
    notes.append(_note(kind, times[bad], where))
    return times[~bad], values[~bad]


def _sorted(times, values, notes, where):
    """Sorted by instant; of equal instants the last."""
    notes.append(_note("out_of_order", times[1:][np.diff(times) < 0], where))
    order = np.argsort(times, kind="stable")
    times, values = times[order], values[order]
    last = np.append(np.diff(times) > 0, True)[:len(times)]
    notes.append(_note("duplicate", times[~last], where))
    return times[last], values[last]
