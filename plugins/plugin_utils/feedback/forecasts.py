# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How good the forecasts were that a slice was decided on, against what was measured afterwards. Pure."""
from __future__ import annotations

import math

from ..analytics.scores import QUANTILES, coverage, wql
from ..telemetry.records import LEADS, row_of

try:
    import numpy as np
except ImportError:
    np = None

#: of a normal distribution: nineteen of twenty lie below
ONE_SIDED = 1.645


def acting_lead(seconds: int) -> int:
    """Of the leads in the archive, the first that is not shorter than a lead time."""
    return next((lead for lead in LEADS if lead >= seconds), LEADS[-1])


def quality(series, said: list[tuple], lead: int) -> dict | None:
    """{lead, n, independent, measured, median, bias, wql, coverage_50, coverage_90, coverage_95, coverage_95_most}; None without any pair.

    series: telemetry Series; said: [(seconds of the pass, q50, q90, q95)]. bias: of the median, over the measured; independent: pairs that
    do not overlap; coverage_95_most: what the true share may still be, by the interval of Wilson (1927), one-sided, 0.95.
    """
    step, pairs = series.step_seconds, {}
    for at, *quantiles in said:
        row = (at // step * step + (row_of(lead, step) + 1) * step - series.start) // step - 1
        if 0 <= row < len(series.values) and math.isfinite(series.values[row]) and None not in quantiles:
            pairs[row] = quantiles
    if not pairs:
        return None
    actual = series.values[list(pairs)]
    forecast = np.array(list(pairs.values()), dtype=float)
    size, apart = float(np.abs(actual).sum()), max(1.0, lead / step)
    under = [coverage(actual, forecast, which) for which in range(len(QUANTILES))]
    single = len(pairs) / apart
    return {"lead_seconds": lead, "n": len(pairs), "independent": int(single), "measured": float(actual.mean()), "median": float(forecast[:, 0].mean()),
            "bias": float((forecast[:, 0] - actual).sum() / size) if size else None, "wql": wql(actual, forecast) if size else None,
            "coverage_50": under[0], "coverage_90": under[1], "coverage_95": under[2], "coverage_95_most": most(under[2], single)}


def most(share: float, count: float) -> float:
    """The upper end of Wilson's interval of a share that was seen in so many trials."""
    square = ONE_SIDED ** 2 / count
    return min(1.0, (share + square / 2 + math.sqrt(square * (share * (1 - share) + square / 4))) / (1 + square))
