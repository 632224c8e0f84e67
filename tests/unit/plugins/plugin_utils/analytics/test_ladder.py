# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The rungs of the ladder, the baselines on them, and what every forecast keeps to."""
from __future__ import annotations

import pytest

np = pytest.importorskip("numpy", reason="the forecaster needs numpy")

from ansible_collections.foresight.netslice.plugins.plugin_utils.analytics import baselines, ladder, limits
from ansible_collections.foresight.netslice.plugins.plugin_utils.analytics.histories import histories
from ansible_collections.foresight.netslice.plugins.plugin_utils.analytics.seasonal import DAY, HORIZON

NAN = np.nan


def gappy(days, share):
    values = np.ones(days * DAY)
    values[np.random.default_rng(0).random(len(values)) > share] = NAN
    values[0] = 1.0
    return values


@pytest.mark.parametrize("values, rung, word", [
    (np.zeros(0), "none", "nothing was measured"),
    (np.full(50, NAN), "none", "nothing was measured"),
    (np.ones(1), "reactive", "0.1 h"),
    (np.ones(DAY - 1), "reactive", "a season needs 24 h"),
    (np.ones(DAY), "seasonal-naive", "needs 3 d"),
    (np.ones(3 * DAY - 1), "seasonal-naive", "needs 3 d"),
    (np.ones(3 * DAY), "network", "3.0 d of history"),
    (gappy(8, 0.9), "network", "8.0 d of history"),
    (gappy(8, 0.3), "seasonal-naive", "measured"),
])
def test_history_decides_the_rung(values, rung, word):
    choice = ladder.climb(histories([values], [300]))[0]
    assert choice.rung == rung and word in choice.reason


@pytest.mark.parametrize("network, rung", [(10.0, "network"), (30.0, "seasonal-naive")])
def test_a_network_that_loses_its_backtest_does_not_decide(network, rung):
    actual = np.full((2, HORIZON), 10.0)
    as_quantiles = [np.full((2, HORIZON, 3), value) for value in (network, 20.0)]
    choice = ladder.judge(ladder.Choice("network", "8.0 d of history"), actual, *as_quantiles)
    assert choice.rung == rung
    assert set(choice.accuracy) == {"wql", "wql_baseline", "coverage_95"}


def test_a_network_that_wins_the_first_hour_decides_though_it_lost_the_whole():
    actual = np.full((3, HORIZON), 10.0)
    network, baseline = np.full((3, HORIZON, 3), 30.0), np.full((3, HORIZON, 3), 20.0)
    network[:, :12] = 11.0
    choice = ladder.judge(ladder.Choice("network", "8.0 d of history"), actual, network, baseline)
    assert choice.rung == "network" and "over the first hour" in choice.reason
    assert choice.accuracy["wql"] > choice.accuracy["wql_baseline"]


def test_backtest_windows_end_before_what_they_are_judged_on():
    values = np.arange(8.0 * DAY)
    windows, first, shifts, index, actual = ladder.backtest_windows(histories([values], [300]), np.array([0]))
    assert len(windows) == ladder.BACKTESTS and (index == 0).all()
    assert (actual[:, 0] == windows[:, -1] + 1).all() and actual[0, -1] == values[-1]
    assert (first == shifts + histories([values], [300]).first[0]).all()


@pytest.mark.parametrize("rows", [1, 2, 30, DAY - 1])
def test_reactive_needs_one_row(rows):
    found = baselines.reactive(np.full((1, rows), 40.0))
    assert found.shape == (1, HORIZON, 3) and (found[..., 0] == 40).all()
    assert (found[..., 1] > 40).all() and (np.diff(found, axis=-1) >= 0).all() and found.max() <= 40 * 2


def test_seasonal_naive_repeats_yesterday_and_knows_its_errors():
    rng = np.random.default_rng(5)
    values = np.tile(np.sin(np.arange(DAY) / 40) * 10 + 50, 8) + rng.normal(0, 1, 8 * DAY)
    found = baselines.seasonal_naive(values[None, :], np.array([0]))
    assert (found[0, :, 0] == values[-DAY:-DAY + HORIZON]).all()
    rise = found[0, :, 1:] - found[0, :, :1]
    assert np.allclose(rise, [1.2816 * 2 ** 0.5, 1.6449 * 2 ** 0.5], atol=0.15)


def test_seasonal_naive_with_one_day_borrows_the_spread_of_reactive():
    values = np.tile(np.arange(float(DAY)), 8)
    found = baselines.seasonal_naive(values[None, :], np.array([7 * DAY]))
    assert (found[0, :, 0] == np.arange(HORIZON)).all() and (found[0, :, 1] > found[0, :, 0]).all()


@pytest.mark.parametrize("quantiles, want", [
    ([-5, -4, -3], [0, 0, 0]),
    ([1, 2, 1e9], [1, 2, limits.MOST * 10]),
    ([NAN, NAN, NAN], [0, 0, 0]),
    ([3, 2, 4], [3, 3, 4]),
])
def test_forecasts_stay_within_bounds(quantiles, want):
    got = limits.bounded(np.array(quantiles, dtype=float)[None, None, :], np.array([[0.0, 10.0]]))
    assert got[0, 0].tolist() == want


def test_a_quantity_that_was_negative_may_be_negative():
    assert limits.bounded(np.full((1, 1, 3), -50.0), np.array([[-20.0, 10.0]]))[0, 0, 0] == -20
