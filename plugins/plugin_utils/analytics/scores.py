# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Scores of quantile forecasts, as the literature defines them."""
from __future__ import annotations

try:
    import numpy as np
except ImportError:
    np = None

QUANTILES = (0.5, 0.9, 0.95)


def quantile_losses(actual, forecast):
    """Twice the pinball loss of each quantile: actual [..., T], forecast [..., T, 3] -> [..., T, 3]."""
    quantiles = np.asarray(QUANTILES)
    error = actual[..., None] - forecast
    return 2 * np.maximum(quantiles * error, (quantiles - 1) * error)


def wql(actual, forecast):
    """Weighted quantile loss: mean over quantiles of the summed losses by the summed size of the actuals."""
    total = quantile_losses(actual, forecast).reshape(-1, len(QUANTILES)).sum(0)
    return float(total.mean() / max(np.abs(actual).sum(), 1e-12))


def coverage(actual, forecast):
    """Share of the actuals at or below the upper quantile."""
    return float((actual <= forecast[..., -1]).mean())


def geometric_mean(values):
    """Of positive numbers; zeros count as 1e-6."""
    return float(np.exp(np.log(np.maximum(values, 1e-6)).mean()))
