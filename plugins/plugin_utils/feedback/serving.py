# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How many VMs served in each row of telemetry, by the decisions that passes recorded. Pure."""
from __future__ import annotations

try:
    import numpy as np
except ImportError:
    np = None

#: intervals after which a pass tells nothing any more where none follows
HELD = 3


def steady(passes, start: int, step: int, rows: int, settle: int, interval: int):
    """float64[rows]: the VMs that served throughout a row, NaN where their number changed in it or in the `settle` seconds before it.

    passes: [(seconds, VMs present, VMs after the pass)], oldest first; settle: the lead time, in which VMs that were added do not all serve.
    """
    out = np.full(rows, np.nan)
    if not passes:
        return out
    times = np.array([at for at, _present, _final in passes])
    present, final = (np.array([one[place] for one in passes], dtype=float) for place in (1, 2))
    begins = start + step * np.arange(rows)
    first = np.searchsorted(times, begins - settle, side="right") - 1  # the pass in force when the row's settling began
    last = np.searchsorted(times, begins + step, side="left") - 1      # the last one that the row knows
    same = np.concatenate(([0], np.cumsum((present[1:] != final[:-1]) | (present[1:] != present[:-1]))))
    for row in np.flatnonzero((first >= 0) & (last >= 0) & (begins + step - times[np.maximum(last, 0)] <= HELD * interval)):
        one, other = first[row], last[row]
        calm = same[one] == same[other] and (present[one:other + 1] == final[one:other + 1]).all()
        if calm and (np.diff(times[one:other + 1]) <= HELD * interval).all() and present[one] > 0:
            out[row] = present[one]
    return out
