# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Seasonal bases and the features made of them."""
from __future__ import annotations

import pytest

np = pytest.importorskip("numpy", reason="the forecaster needs numpy")

from ansible_collections.foresight.netslice.plugins.plugin_utils.analytics import features, seasonal
from ansible_collections.foresight.netslice.plugins.plugin_utils.analytics.seasonal import DAY, HORIZON, PAST, SKILLED, WINDOW

ORIGIN = np.array([1767571200])


def periodic(period, rows=WINDOW + HORIZON):
    return 50 + 20 * np.sin(2 * np.pi * np.arange(rows) / period)


@pytest.mark.parametrize("known", range(1, 8))
def test_median_of_days_is_the_median_of_the_known_ones(known):
    days = list(np.random.default_rng(known).random((7, 3, 40)).astype(np.float32))
    got = seasonal.median_of_days(days, np.full((3, 40), known, dtype=np.int8))
    assert np.allclose(got, np.median(days[:known], axis=0))


def test_median_of_days_with_counts_that_differ():
    rng = np.random.default_rng(0)
    days, count = list(rng.random((7, 5, 60)).astype(np.float32)), rng.integers(1, 8, (5, 60)).astype(np.int8)
    got = seasonal.median_of_days(days, count)
    want = [[np.median([day[i, j] for day in days[:count[i, j]]]) for j in range(60)] for i in range(5)]
    assert np.allclose(got, want)


@pytest.mark.parametrize("first", [0, 1, DAY - 1, DAY, 2000, WINDOW - DAY])
def test_history_is_continued_backwards_by_its_earliest_day(first):
    window = np.random.default_rng(1).random((1, WINDOW))
    row = np.arange(WINDOW)
    want = window[0][np.where(row < first, first + (row - first) % DAY, row)]
    assert (seasonal.fill_before(window, np.array([first]))[0] == want).all()


def test_every_daily_base_is_exact_on_a_daily_series():
    series = periodic(DAY).astype(np.float32)
    found = seasonal.seasonal(series[None, :WINDOW], np.array([0]))
    seasonal_ones = list(range(7)) + list(range(7, 24)) + [29]
    assert found.bases.shape == (1, seasonal.BASES, HORIZON)
    assert np.abs(found.bases[0, seasonal_ones] - series[WINDOW:]).max() < 0.05
    assert all(np.abs(residual).max() < 0.05 for residual in found.residuals) and len(found.residuals) == len(SKILLED)
    assert found.spread.max() < 1e-3 and found.reach.max() < 1e-3


def test_last_week_is_exact_on_a_weekly_series():
    series = periodic(7 * DAY).astype(np.float32)
    found = seasonal.seasonal(series[None, :WINDOW], np.array([0]))
    assert np.abs(found.bases[0, 2] - series[WINDOW:]).max() < 1e-3
    assert found.residuals[1].shape == (1, PAST)


def test_features_do_not_depend_on_unit_or_level():
    series = np.abs(np.random.default_rng(2).standard_normal((1, WINDOW))) + 3
    one = features.features(series, np.array([0]), ORIGIN)
    other = features.features(series * 1000, np.array([0]), ORIGIN)
    for name in ("tokens", "recent", "statistics", "bases"):
        assert np.allclose(getattr(one, name), getattr(other, name), atol=2e-3), name


@pytest.mark.parametrize("series", [np.zeros(WINDOW), np.full(WINDOW, 7.0), np.eye(1, WINDOW, WINDOW - 5)[0] * 1e9, np.full(WINDOW, 1e12)])
@pytest.mark.parametrize("first", [0, WINDOW - 3 * DAY])
def test_features_of_odd_series_are_finite(series, first):
    found = features.features(series[None, :], np.array([first]), ORIGIN)
    for name in ("tokens", "recent", "statistics", "bases", "spread", "reach", "calendar", "noise", "loc", "scale"):
        assert np.isfinite(getattr(found, name)).all(), name
    assert found.statistics.shape == (1, features.STATISTICS) and (found.scale > 0).all()


def test_features_of_many_series_are_those_of_each():
    series, first = np.random.default_rng(3).random((3, WINDOW)), np.array([0, 1000, 3000])
    series = seasonal.fill_before(series, first)
    together = features.features(series, first, np.repeat(ORIGIN, 3))
    alone = features.join([features.features(series[i:i + 1], first[i:i + 1], ORIGIN) for i in range(3)])
    assert np.allclose(together.statistics, alone.statistics, atol=1e-5) and np.allclose(together.bases, alone.bases, atol=1e-5)


def test_the_calendar_repeats_by_day_and_week():
    monday = np.array([1767571200, 1767571200 + 7 * 86400, 1767571200 + 86400])
    waves = features.calendar(monday)
    assert np.allclose(waves[0], waves[1], atol=1e-6)
    assert np.allclose(waves[0, :4], waves[2, :4], atol=1e-6) and not np.allclose(waves[0, 4:], waves[2, 4:], atol=0.1)
