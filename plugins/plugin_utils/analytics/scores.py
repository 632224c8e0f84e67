# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Scores of quantile forecasts, as the literature defines them. Rows that were not measured are left out by the caller."""
from __future__ import annotations

from dataclasses import dataclass

from .seasonal import DAY

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


def coverage(actual, forecast, which=-1):
    """Share of the actuals at or below a quantile, the uppermost where none is named by its place in QUANTILES."""
    return float((actual <= forecast[..., which]).mean())


def seasonal_error(history, season=DAY):
    """The scale of MASE: mean |y[t] - y[t - season]| of a series [T] before the first forecast; NaN rows are left out, None without any pair."""
    steps = np.abs(history[season:] - history[:-season])
    steps = steps[np.isfinite(steps)]
    return float(steps.mean()) if len(steps) else None


def mase(actual, forecast, scale):
    """Mean absolute scaled error of the median (Hyndman and Koehler 2006); None where the scale says nothing."""
    return float(np.abs(actual - forecast[..., 0]).mean() / scale) if scale else None


@dataclass(frozen=True)
class Misses:
    """How far forecasts of one quantile lay above and below the actuals: sums over the sum of the actuals' sizes, and shares of rows."""

    over: float
    over_share: float
    under: float
    under_share: float


def misses(actual, forecast, which):
    """Misses of the quantile at place `which` of QUANTILES."""
    error = forecast[..., which] - actual
    size = max(float(np.abs(actual).sum()), 1e-12)
    return Misses(float(np.maximum(error, 0).sum()) / size, float((error > 0).mean()),
                  float(np.maximum(-error, 0).sum()) / size, float((error < 0).mean()))


def geometric_mean(values):
    """Of positive numbers; zeros count as 1e-6."""
    return float(np.exp(np.log(np.maximum(values, 1e-6)).mean()))
