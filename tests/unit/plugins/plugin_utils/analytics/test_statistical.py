# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The statistical model that a backtest compares with."""
from __future__ import annotations

import sys

import pytest

np = pytest.importorskip("numpy", reason="the forecaster needs numpy")

from ansible_collections.foresight.netslice.plugins.plugin_utils.analytics import baselines, scores, statistical

DAY = 288


def seasonal(days=9, sigma=5.0):
    rows = np.arange(days * DAY)
    return 100 + 60 * np.sin(2 * np.pi * rows / DAY) + np.random.default_rng(4).normal(0, sigma, len(rows))


def test_it_beats_yesterday_on_a_clean_season():
    pytest.importorskip("statsmodels", reason="the statistical model is of statsmodels")
    values = seasonal()
    history, actual = values[:8 * DAY], values[8 * DAY:8 * DAY + 144]
    found = statistical.stl_ets(history, 144)
    naive = baselines.seasonal_naive(history[None], np.array([0]))[0]
    assert scores.wql(actual, found) < 0.85 * scores.wql(actual, naive)
    assert (np.diff(found, axis=1) >= 0).all() and 0.9 <= scores.coverage(actual, found) <= 1


@pytest.mark.parametrize("values", [np.zeros(3 * DAY), np.full(3 * DAY, 7.0), np.eye(1, 8 * DAY, 1000)[0] * 1e5, seasonal(3) * 1e12])
@pytest.mark.parametrize("rows", [1, 144, 576])
def test_every_forecast_is_finite_ordered_and_bounded(values, rows):
    pytest.importorskip("statsmodels", reason="the statistical model is of statsmodels")
    found = statistical.stl_ets(values, rows)
    assert found.shape == (rows, 3) and np.isfinite(found).all() and (np.diff(found, axis=1) >= 0).all()
    assert found.min() >= 0 and found.max() <= 3 * max(values.max(), 0)


def test_its_absence_has_a_reason(monkeypatch):
    monkeypatch.setitem(sys.modules, "statsmodels", None)
    for name in [one for one in sys.modules if one.startswith("statsmodels.")]:
        monkeypatch.delitem(sys.modules, name)
    assert statistical.why_absent() == "statsmodels is not installed"
