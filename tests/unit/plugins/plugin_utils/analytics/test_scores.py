# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Scores against figures worked out by hand."""
from __future__ import annotations

import pytest

np = pytest.importorskip("numpy", reason="scores are of arrays")

from ansible_collections.foresight.netslice.plugins.plugin_utils.analytics import scores

ACTUAL = np.array([10.0, 20.0, 30.0, 40.0])
#: medians 12, 18, 30, 30; .9 quantiles 20, 18, 40, 30; .95 quantiles 20, 20, 50, 35
FORECAST = np.array([[12, 20, 20], [18, 18, 20], [30, 40, 50], [30, 30, 35]], dtype=float)


def test_mase_is_the_error_of_the_median_over_that_of_yesterday():
    history = np.array([1.0, 5.0, 3.0, 4.0, np.nan, 8.0])
    scale = scores.seasonal_error(history, 2)
    assert scale == pytest.approx((2 + 1 + 4) / 3)
    assert scores.mase(ACTUAL, FORECAST, scale) == pytest.approx((2 + 2 + 0 + 10) / 4 / (7 / 3))


@pytest.mark.parametrize("history", [np.array([1.0, 2.0]), np.array([np.nan, 2.0, 1.0, np.nan]), np.zeros(0)])
def test_without_two_seasons_there_is_no_scale(history):
    assert scores.seasonal_error(history, 2) is None
    assert scores.mase(ACTUAL, FORECAST, None) is None


def test_a_constant_history_is_no_scale():
    assert scores.mase(ACTUAL, FORECAST, scores.seasonal_error(np.ones(9), 2)) is None


def test_wql_is_the_mean_over_quantiles_of_twice_the_pinball_losses():
    half = 2 * (0.5 * 2 + 0.5 * 2 + 0 + 0.5 * 10)
    nine = 2 * (0.1 * 10 + 0.9 * 2 + 0.1 * 10 + 0.9 * 10)
    most = 2 * (0.05 * 10 + 0 + 0.05 * 20 + 0.95 * 5)
    assert scores.wql(ACTUAL, FORECAST) == pytest.approx((half + nine + most) / 3 / 100)


@pytest.mark.parametrize("which, share", [(0, 0.5), (1, 0.5), (2, 0.75), (-1, 0.75)])
def test_coverage_counts_rows_at_or_below_the_quantile(which, share):
    assert scores.coverage(ACTUAL, FORECAST, which) == share


@pytest.mark.parametrize("which, want", [
    (0, (0.02, 0.25, 0.12, 0.5)),
    (1, (0.20, 0.5, 0.12, 0.5)),
    (2, (0.30, 0.5, 0.05, 0.25)),
])
def test_misses_are_sizes_over_demand_and_shares_of_rows(which, want):
    found = scores.misses(ACTUAL, FORECAST, which)
    assert (found.over, found.over_share, found.under, found.under_share) == pytest.approx(want)
