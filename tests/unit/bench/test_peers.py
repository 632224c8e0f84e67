# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What stands beside the model: lag features know the past alone; what the card says of synthetic series is so."""
from __future__ import annotations

import pytest

np = pytest.importorskip("numpy", reason="the benchmarks need numpy")

from ansible_collections.foresight.netslice.plugins.plugin_utils.analytics.seasonal import DAY, HORIZON
from ansible_collections.foresight.netslice.plugins.plugin_utils.analytics.synthetic import synthetic_series


def test_lag_features_know_rows_before_their_origin_alone():
    import lags
    values, at, ahead = np.random.default_rng(3).random(20 * DAY), np.array([9 * DAY, 12 * DAY + 7]), np.array([1, HORIZON])
    rows, loc, scale = lags.lag_features(values, 0, at, ahead)
    for i, origin in enumerate(at):
        other = values.copy()
        other[origin:] += 1000
        again = lags.lag_features(other, 0, at[i:i + 1], ahead[i:i + 1])
        assert again[0][0] == pytest.approx(rows[i], abs=1e-6)
    assert rows[0, 3] == pytest.approx((values[9 * DAY - 1] - values[7 * DAY:9 * DAY].mean()) / scale[0])
    assert scale == pytest.approx([values[origin - 2 * DAY:origin].std() for origin in at], rel=1e-4)


def test_the_families_of_synthetic_series_all_occur():
    """What the card says of them: shares of 200 series that are mostly zeros, partly zeros, whole numbers, or cut at their top."""
    series = synthetic_series(200, 5)
    zeros = (series == 0).mean(1)
    whole = (series == np.round(series)).all(1)
    cut = (series == series.max(1, keepdims=True)).mean(1) > 0.009
    assert (zeros > 0.6).mean() > 0.04 and ((zeros > 0.25) & ~whole).mean() > 0.04
    assert 0.15 < whole.mean() < 0.4 and (cut & ~whole).mean() > 0.04
