# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a forecast may say: nothing below zero where demand never was, nothing beyond a multiple of what was ever seen."""
from __future__ import annotations

try:
    import numpy as np
except ImportError:
    np = None

#: no quantile exceeds this multiple of the largest value of the history
MOST = 3.0


def bounded(quantiles, history):
    """quantiles [..., H, 3] of series with history [..., T] (without NaN) -> the same in order, within the bounds, without NaN."""
    low = np.minimum(np.min(history, axis=-1), 0.0)[..., None, None]
    high = MOST * np.maximum(np.max(history, axis=-1), 0.0)[..., None, None]
    clean = np.where(np.isfinite(quantiles), quantiles, low)
    return np.maximum.accumulate(np.clip(clean, low, high), axis=-1)
