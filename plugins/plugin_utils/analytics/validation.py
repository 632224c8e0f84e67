# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Rolling-origin validation of networks against seasonal naive."""
from __future__ import annotations

from .baselines import seasonal_naive
from .corpus import SHORTEST
from .runtime import forecast
from .scores import coverage, geometric_mean, wql
from .seasonal import HORIZON

try:
    import numpy as np
except ImportError:
    np = None


def held_out_origins(length, count):
    """`count` rows at even distances in the last quarter of a series of `length` rows that leave a horizon after them."""
    low, high = max(SHORTEST, length * 3 // 4), length - HORIZON
    return np.unique(np.linspace(low, high, count).astype(int)) if high >= low else np.zeros(0, dtype=int)


def judge(nets, group, count=12):
    """Scores of the mean of `nets` on the last quarter of each series of a Corpus, relative to seasonal naive.

    -> {"series", "origins", "wql_12h", "wql_1h" (geometric means of ratios), "coverage_95"}.
    """
    ratios, near, covered, origins = [], [], [], 0
    for i, length in enumerate(group.length):
        at = held_out_origins(length, count)
        which = np.full(len(at), i)
        if not len(at) or group.spread[i] < 1e-6:
            continue
        actual = group.future(which, at)
        if np.abs(actual[:, :12]).sum() == 0:
            continue
        ours = np.maximum(forecast(nets, group.inputs(which, at)), min(actual.min(), 0))
        values, first = group.windows(which, at)
        base = seasonal_naive(values, first)
        ratios.append(wql(actual, ours) / max(wql(actual, base), 1e-9))
        near.append(wql(actual[:, :12], ours[:, :12]) / max(wql(actual[:, :12], base[:, :12]), 1e-9))
        covered.append(coverage(actual, ours))
        origins += len(at)
    return {"series": len(ratios), "origins": origins, "wql_12h": round(geometric_mean(ratios), 6), "wql_1h": round(geometric_mean(near), 6),
            "coverage_95": round(float(np.mean(covered)), 6)}
