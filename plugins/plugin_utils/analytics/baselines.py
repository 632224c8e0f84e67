# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Forecasts without a network: the first rungs of the ladder, and what every network must beat.

Histories are rows of 5 minutes that end where the forecast begins; quantiles come back as [..., HORIZON, 3].
"""
from __future__ import annotations

from .seasonal import DAY, HORIZON

try:
    import numpy as np
except ImportError:
    np = None

#: standard normal quantiles of .9 and .95
_Z = (1.2816, 1.6449)


def reactive(values):
    """Last value and recent spread, for less than a day of history: values [N, T >= 1] -> [N, HORIZON, 3].

    The median stays at the mean of the last 15 minutes; the upper quantiles rise with the square root of distance as a random
    walk of the observed steps would, by at least a tenth of the level, and by no more than the observed range or half the level.
    """
    recent = values[:, -3:].mean(1)
    steps = np.diff(values[:, -DAY:], axis=1)
    step = np.sqrt((steps ** 2).mean(1)) if steps.shape[1] else np.zeros(len(values))
    most = np.maximum(np.ptp(values[:, -DAY:], axis=1), 0.5 * np.abs(recent))
    walk = np.maximum(step[:, None] * np.sqrt(np.arange(1, HORIZON + 1)), 0.1 * np.abs(recent)[:, None])
    walk = np.minimum(walk, most[:, None])
    middle = np.repeat(recent[:, None], HORIZON, 1)
    return np.stack([middle] + [middle + z * walk for z in _Z], -1)


def seasonal_naive(values, first):
    """Yesterday, and the quantiles of what yesterday missed over the last week: values [N, T >= 2 days], first [N] -> [N, HORIZON, 3].

    `first` is the first row of real history. With one day of history there are no errors to count: then as `reactive`.
    """
    yesterday = values[:, -DAY:-DAY + HORIZON]
    errors = values[:, DAY:] - values[:, :-DAY]
    errors = errors[:, -7 * DAY:]
    row = np.arange(values.shape[1] - errors.shape[1], values.shape[1])
    errors = np.where(row >= first[:, None] + DAY, errors, np.nan)
    out = np.repeat(yesterday[..., None], 3, -1)
    judged = (~np.isnan(errors)).sum(1) >= DAY // 4
    if judged.any():
        out[judged, :, 1:] += np.maximum(np.nanquantile(errors[judged], (0.9, 0.95), axis=1), 0).T[:, None, :]
    if not judged.all():
        walk = reactive(values[~judged])
        out[~judged, :, 1:] += walk[..., 1:] - walk[..., :1]
    return out
