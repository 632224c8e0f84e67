# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""From measured series to windows without gaps."""
from __future__ import annotations

import pytest

np = pytest.importorskip("numpy", reason="the forecaster needs numpy")

from ansible_collections.foresight.netslice.plugins.plugin_utils.analytics import histories
from ansible_collections.foresight.netslice.plugins.plugin_utils.analytics.seasonal import DAY, HORIZON, WINDOW

NAN = np.nan


@pytest.mark.parametrize("values, step, to, count, want", [
    ([1, 2, 3, 4, 5], 60, 300, 1, [3]),
    ([1, 2, 3, 4, 5, 9], 60, 300, 2, [3, NAN]),
    ([6, 9], 900, 300, 6, [6, 6, 6, 9, 9, 9]),
    ([1, NAN, 3, NAN, NAN], 60, 300, 1, [NAN]),
    ([1, NAN, 3, NAN, 5], 60, 300, 1, [3]),
    ([2, 4], 420, 300, 2, [2, 3.2]),
    ([5.0], 300, 300, 1, [5]),
    ([5, NAN, 7], 300, 300, 2, [5, NAN]),
    ([5, NAN, 7], 300, 300, 5, [5, NAN, 7, NAN, NAN]),
])
def test_rebinning_keeps_means(values, step, to, count, want):
    assert np.allclose(histories.rebin(np.array(values, dtype=float), step, to, count), want, equal_nan=True)


def daily(days):
    rows = np.arange(days * DAY)
    return 100 + 50 * np.sin(2 * np.pi * rows / DAY)


@pytest.mark.parametrize("begin, end", [(1000, 1003), (2000, 2000 + DAY), (8 * DAY - 3, 8 * DAY), (8 * DAY - DAY // 2, 8 * DAY)])
def test_gaps_are_filled_by_the_usual_day(begin, end):
    whole = daily(8)
    holed = whole.copy()
    holed[begin:end] = NAN
    found = histories.histories([holed], [300])
    assert np.abs(found.values[0, -8 * DAY:] - whole).max() < 1.0
    assert found.measured[0] == 8 * DAY - (end - begin) and found.first[0] == WINDOW - 8 * DAY


def test_a_gap_takes_the_level_on_its_two_sides():
    raised = daily(8)
    raised[6 * DAY:] += 500
    holed = raised.copy()
    holed[7 * DAY:7 * DAY + 40] = NAN
    assert np.abs(histories.histories([holed], [300]).values[0, -8 * DAY:] - raised).max() < 5


@pytest.mark.parametrize("hole", [(6 * DAY, 6 * DAY + 60), (6 * DAY, 7 * DAY - 60), (3 * DAY, 4 * DAY)])
@pytest.mark.parametrize("shift", [1, HORIZON, DAY])
def test_a_window_moved_back_is_what_was_known_then(hole, shift):
    values = np.random.default_rng(3).normal(daily(8), 5)
    values[slice(*hole)] = NAN
    later = values.copy()
    later[len(later) - shift:] = 1000
    then = histories.histories([values[:-shift], np.ones(5)], [300, 300])
    for now in (values, later):
        window, first = histories.histories([now, np.ones(5)], [300, 300]).moved(np.array([0]), np.array([shift]))
        assert (window[0] == then.values[0]).all() and first[0] == then.first[0]


def test_a_window_that_ends_within_a_gap_knows_only_its_near_side():
    values = daily(8)
    values[7 * DAY + 100:] += 500
    values[7 * DAY:7 * DAY + 100] = NAN
    window, _first = histories.histories([values], [300]).moved(np.array([0]), np.array([DAY - 90]))
    assert np.abs(window[0, -90:] - daily(8)[7 * DAY:7 * DAY + 90]).max() < 1


@pytest.mark.parametrize("values, first, measured", [
    (np.full(100, NAN), WINDOW, 0),
    (np.zeros(0), WINDOW, 0),
    (np.array([NAN, NAN, 3.0, NAN]), WINDOW - 2, 1),
    (np.array([np.inf, 3.0, -np.inf]), WINDOW - 2, 1),
    (np.ones(WINDOW + 500), 0, WINDOW),
])
def test_what_was_measured_is_counted(values, first, measured):
    found = histories.histories([values], [300])
    assert (found.first[0], found.measured[0]) == (first, measured)
    assert measured == 0 or np.isfinite(found.values).all()


def test_series_of_minutes_and_of_quarters_end_at_the_same_row():
    minutes, quarters = np.repeat(np.arange(288.0), 5), np.arange(96.0)
    found = histories.histories([minutes, quarters], [60, 900])
    assert (found.values[0, -288:] == np.arange(288)).all()
    assert (found.values[1, -288:] == np.repeat(np.arange(96.0), 3)).all()
