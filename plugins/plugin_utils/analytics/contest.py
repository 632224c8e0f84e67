# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Challenger against champion and baselines, on days that the challenger has not learnt from."""
from __future__ import annotations

from .baselines import reactive, seasonal_naive
from .limits import bounded
from .runtime import forecast
from .scores import coverage, wql
from .seasonal import HORIZON

try:
    import numpy as np
except ImportError:
    np = None

#: rows between the origins of the forecasts that are compared
APART = 36
#: whom a challenger must beat, and what they are called
RIVALS = {"champion": "the champion", "seasonal_naive": "seasonal naive", "reactive": "the reactive forecast"}


def scores(challenger, champion, group, rows):
    """Rolling origins over the last `rows` rows of a Corpus of one -> weighted quantile losses by name, and the challenger's coverage.

    challenger, champion: (networks, weights in the mean), judged within the bounds in which a forecast is used.
    """
    length = int(group.length[0])
    at = np.arange(length - rows, length - HORIZON + 1, APART)
    which = np.zeros(len(at), dtype=int)
    values, first = group.windows(which, at)
    inputs, actual = group.inputs(which, at), group.future(which, at)
    ours, theirs = (bounded(forecast(nets, inputs, shares), values) for nets, shares in (challenger, champion))
    still = np.concatenate([reactive(row[None, begin:]) for row, begin in zip(values, first)])
    return {"challenger": round(wql(actual, ours), 5), "champion": round(wql(actual, theirs), 5),
            "seasonal_naive": round(wql(actual, seasonal_naive(values, first)), 5), "reactive": round(wql(actual, still), 5),
            "coverage_95": round(coverage(actual, ours), 4)}


def verdict(found: dict) -> tuple[bool, str]:
    """scores -> whether the challenger forecasts from now on, and why."""
    ours = found["challenger"]
    ahead = [f"{found[rival]:.4g} of {name}" for rival, name in RIVALS.items() if ours >= found[rival]]
    if ahead:
        return False, f"kept the champion: loss {ours:.4g} of the challenger is not below {' and '.join(ahead)}"
    return True, f"promoted: loss {ours:.4g} against {', '.join(f'{found[rival]:.4g} of {name}' for rival, name in RIVALS.items())}"
