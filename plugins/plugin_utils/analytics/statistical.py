# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A statistical model to compare with: the STL decomposition by day with exponential smoothing of the rest, of statsmodels.

It decides nothing: it says in a backtest what one could have installed instead. statsmodels is optional.
"""
from __future__ import annotations

import warnings

from .limits import bounded
from .scores import QUANTILES
from .seasonal import DAY

try:
    import numpy as np
except ImportError:
    np = None

NAME = "stl-ets"
#: days over which the shape of the day is averaged: few follow a changing shape, many average the noise out; a local line (degree 1) runs
#: away with the noise of the last days
SEASON = {"seasonal": 21, "seasonal_deg": 0}
#: rows between which the slow components are interpolated; quicker, and no different to the eye
JUMPS = {"seasonal_jump": 3, "trend_jump": 30, "low_pass_jump": 30}


def why_absent():
    """Why there is no statistical model, None where there is one."""
    try:
        from statsmodels.tsa.forecasting.stl import STLForecast  # pylint: disable=unused-import
    except ImportError as exc:
        missing = getattr(exc, "name", "") or ""
        return "statsmodels is not installed" if missing.startswith("statsmodels") else f"statsmodels cannot be imported ({exc})"
    return None


def stl_ets(history, rows):
    """Quantiles [rows, 3] after a history [T >= 2 days] without gaps; None where the model cannot be fitted.

    The median is the smoothed level and the last day's season. An upper quantile adds what the same forecast, made at every row after
    the first day, missed at the same lead; a season that both sides of a row have shaped makes those misses a little too small.
    """
    from statsmodels.tsa.forecasting.stl import STLForecast
    from statsmodels.tsa.holtwinters import SimpleExpSmoothing

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            fit = STLForecast(history, SimpleExpSmoothing, period=DAY, **SEASON, **JUMPS,
                              model_kwargs={"initialization_method": "legacy-heuristic"}).fit()
            middle = np.asarray(fit.forecast(rows), dtype=float)
        except (ValueError, FloatingPointError, np.linalg.LinAlgError):
            return None
    if not np.isfinite(middle).all():
        return None
    rise = _misses(history, np.asarray(fit.model_result.fittedvalues), np.asarray(fit.result.seasonal), rows)
    return bounded(np.concatenate([middle[:, None], middle[:, None] + rise], 1), history)


def _misses(history, level, season, rows):
    """Upper quantiles of what forecasts from every row after the first day missed at each lead, never below 0: [rows, 2].

    level[t]: what was expected at t without season, from the rows before it.
    """
    rise = np.zeros((rows, len(QUANTILES) - 1))
    for ahead in range(rows):
        back = (ahead // DAY + 1) * DAY
        begin = np.arange(max(DAY, back - ahead), len(history) - ahead)
        if len(begin):
            missed = history[begin + ahead] - level[begin] - season[begin + ahead - back]
            rise[ahead] = np.maximum(np.quantile(missed, QUANTILES[1:]), 0)
    return rise
