# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Conformal corrections: they bring coverage to what is stated, on values they have not seen, and do nothing without reason."""
from __future__ import annotations

import math

import pytest

np = pytest.importorskip("numpy", reason="the forecaster needs numpy")

from ansible_collections.foresight.netslice.plugins.plugin_utils.analytics import calibration
from ansible_collections.foresight.netslice.plugins.plugin_utils.telemetry.records import LEADS

HOUR = 3600


def forecasts(series, origins, spread, seed=1):
    """actual [N, L, T] of noise 1 around a level, quantiles [N, L, T, 3] that believe in noise `spread`."""
    rng = np.random.default_rng(seed)
    level = 50 + 10 * np.sin(np.arange(origins) / 24 * 2 * math.pi)
    actual = level + rng.normal(0, 1, (series, len(LEADS), origins))
    said = np.stack([np.broadcast_to(level + z * spread, actual.shape) for z in (0, 1.2816, 1.6449)], -1)
    return actual, said


def coverage(actual, said, level):
    return float((actual <= said[..., level]).mean())


@pytest.mark.parametrize("spread", [0.5, 0.8, 1.0, 1.6])
def test_a_wrong_spread_is_corrected_on_later_values(spread):
    actual, said = forecasts(40, 400, spread)
    shift = calibration.learnt(actual[..., :200], said[..., :200, :], HOUR)
    later = calibration.corrected(said[..., 200:, :], shift[:, :, None, :])
    before = [coverage(actual[..., 200:], said[..., 200:, :], k) for k in (1, 2)]
    after = [coverage(actual[..., 200:], later, k) for k in (1, 2)]
    for level, was, now in zip((0.9, 0.95), before, after):
        assert abs(now - level) <= max(0.35 * abs(was - level), 0.006)


@pytest.mark.parametrize("origins", [0, 5, 11])
def test_too_little_corrects_nothing(origins):
    actual, said = forecasts(3, origins, 0.3)
    assert not calibration.learnt(actual, said, HOUR).any()


def test_more_to_learn_from_corrects_more():
    actual, said = forecasts(60, 400, 0.5)
    few, many = (calibration.learnt(actual[..., :n], said[..., :n, :], HOUR)[..., 1].mean() for n in (24, 168))
    assert 0 < few < many


def test_forecasts_that_overlap_count_once():
    assert calibration.independent(np.full(len(LEADS), 168.0), HOUR).tolist() == [168, 168, 168, 56, 28, 14]
    assert calibration.independent(np.full(len(LEADS), 42.0), 4 * HOUR).tolist() == [42, 42, 42, 42, 28, 14]


def test_corrections_are_free_of_units():
    actual, said = forecasts(5, 200, 0.6)
    assert calibration.learnt(actual * 1e6, said * 1e6, HOUR) == pytest.approx(calibration.learnt(actual, said, HOUR), abs=1e-6)


def test_corrections_are_bounded_and_what_is_unknown_is_left_out():
    actual, said = forecasts(2, 200, 1.0)
    actual[0] += 1e6
    actual[1, :, 50:] = np.nan
    shift = calibration.learnt(actual, said, HOUR)
    assert np.isfinite(shift).all() and shift.max() <= calibration.HIGHEST and shift.min() >= calibration.LOWEST
    alone = calibration.learnt(actual[1:, :, :50], said[1:, :, :50], HOUR)
    assert shift[1] == pytest.approx(alone[0])


@pytest.mark.parametrize("shift90, shift95", [(calibration.HIGHEST, calibration.LOWEST), (calibration.LOWEST, calibration.LOWEST), (0.3, 0.0)])
def test_quantiles_never_cross_and_the_median_stays(shift90, shift95):
    said = np.random.default_rng(3).normal(0, 5, (4, 144, 3)).cumsum(-1)
    said = np.maximum.accumulate(said, -1)
    moved = calibration.applied(said, [{"shift90": [shift90] * len(LEADS), "shift95": [shift95] * len(LEADS)}] * 4)
    assert (np.diff(moved, axis=-1) >= 0).all() and (moved[..., 0] == said[..., 0]).all()


def test_a_flat_forecast_has_some_width():
    flat = np.full((1, 1, 3), 100.0)
    assert calibration.corrected(flat, np.full((1, 1, 2), 0.5))[0, 0].tolist() == [100.0, 101.0, 101.0]


def test_between_leads_corrections_are_straight_and_beyond_level():
    shift = np.zeros((len(LEADS), 2))
    shift[:, 1] = range(len(LEADS))
    found = calibration.along(shift, 200)[:, 1]
    assert found[[0, 2, 11, 35, 71, 143, 199]].tolist() == [0, 1, 2, 3, 4, 5, 5]
    assert found[1] == pytest.approx(0.5) and (np.diff(found) >= 0).all()


def test_a_series_without_a_record_is_left_as_it_is():
    said = np.arange(18.0).reshape(2, 3, 3)
    moved = calibration.applied(said, [None, {"shift90": [0.5] * 6, "shift95": [0.5] * 6}])
    assert (moved[0] == said[0]).all() and (moved[1, :, 1:] > said[1, :, 1:]).all()
    assert calibration.applied(said, [None, None]) is said
