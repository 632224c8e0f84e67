# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What one resource of a slice says of another, and that it is heard only where it wins."""
from __future__ import annotations

import pytest

np = pytest.importorskip("numpy", reason="the forecaster needs numpy")
hypothesis = pytest.importorskip("hypothesis", reason="property tests need hypothesis")

from hypothesis import given, settings, strategies as st  # noqa: E402

from ansible_collections.foresight.netslice.plugins.plugin_utils.analytics import joint, ladder, siblings  # noqa: E402
from ansible_collections.foresight.netslice.plugins.plugin_utils.analytics.histories import histories  # noqa: E402
from ansible_collections.foresight.netslice.plugins.plugin_utils.analytics.limits import MOST  # noqa: E402

DAY, ROWS = 288, 144


def wander(seed, count=8 * DAY + ROWS):
    """A load that no season tells: a bounded walk."""
    steps = np.random.default_rng(seed).normal(0, 1, count)
    out = np.zeros(count)
    for i in range(1, count):
        out[i] = 0.99 * out[i - 1] + steps[i]
    return 100 + 5 * out


def quantiles(middle):
    return np.stack([middle, middle + 2, middle + 3], -1)


@pytest.mark.parametrize("level, slope, lead", [(5.0, 0.02, 0), (0.0, 3.0, 0), (-10.0, 1.0, 4), (1.0, 0.5, 6)])
def test_a_line_is_found_with_its_lead_and_despite_spikes(level, slope, lead):
    other = wander(1)
    own = level + slope * np.roll(other, lead) + np.random.default_rng(2).normal(0, 0.01 * slope, len(other))
    own[-200::50] *= 30
    found = joint.relate(own, other)
    assert found.lead == lead and found.slope == pytest.approx(slope, rel=0.02) and found.level == pytest.approx(level, abs=3 * slope)
    assert found.explained > 0.1


@pytest.mark.parametrize("own, other", [
    (-wander(1), wander(1)), (np.full(600, 7.0), wander(1)), (wander(1)[-60:], wander(1)), (wander(1), wander(1)[-60:])],
    ids=["falls where the other rises", "constant", "short", "short sibling"])
def test_there_is_no_line_where_both_do_not_rise_together(own, other):
    assert joint.relate(own, other) is None


def test_the_measured_rows_of_a_sibling_that_leads_tell_the_first_rows():
    whole = wander(3)
    other, own = whole[:-ROWS], np.roll(whole, 5)[:-ROWS]
    truth = np.roll(whole, 5)[-ROWS:]
    found = joint.opinion(joint.relate(own, other), own, other, quantiles(np.full(ROWS, other[-1])))
    assert found[:5, 0] == pytest.approx(truth[:5], abs=1e-3) and abs(found[20:, 0] - truth[20:]).mean() > 1


def backtest_of(history, forecasts):
    """A backtest whose forecasts are given: {(series, shift): middle [ROWS]}."""
    which = np.arange(len(history.values))
    values, _first, shifts, index, actual = ladder.backtest_windows(history, which)
    said = [quantiles(forecasts(int(i), int(back), truth)) for i, back, truth in zip(index, shifts, actual)]
    return siblings.Backtest(index, shifts, values, actual, np.array(said))


def pair(noise, seed=4):
    """Two resources of one slice, the second `noise` away from twice the first -> histories."""
    first = wander(seed)[:-ROWS]
    return histories([first, 2 * first + np.random.default_rng(9).normal(0, noise, len(first))], [300, 300])


def knows(i, _back, truth):
    """The first resource is forecast right, the second by its mean."""
    return truth if i == 0 else np.full(ROWS, 200.0)


def test_a_sibling_that_foretells_better_is_weighed():
    history = pair(1.0)
    backtest = backtest_of(history, knows)
    assert [weight for _j, weight in siblings.weigh(history, backtest, 1, [0])] == [1.0, 1.0]
    assert siblings.weigh(history, backtest, 0, [1]) == [None, None]


@pytest.mark.parametrize("other", [wander(11)[:-ROWS], np.random.default_rng(1).normal(100, 5, 8 * DAY)], ids=["another walk", "noise"])
def test_a_sibling_that_has_nothing_to_do_with_it_is_not_heard(other):
    history = histories([other, wander(4)[:-ROWS]], [300, 300])
    assert siblings.weigh(history, backtest_of(history, knows), 1, [0]) == [None, None]


def test_an_opinion_must_lose_at_no_origin():
    own = np.array([[10.0], [10.0], [10.0]])
    assert siblings._wins(own * 0.9, own) == pytest.approx(0.1)
    assert siblings._wins(own * 0.97, own) == 0 and siblings._wins(np.array([[1.0], [1.0], [10.5]]), own) == 0


def late(days, noise=1.0):
    first = wander(4)[:-ROWS]
    second = (2 * first + np.random.default_rng(9).normal(0, noise, len(first)))[-int(days * DAY):]
    return histories([first, second], [300, 300])


@pytest.mark.parametrize("days, heard", [(0.5, False), (0.8, True), (1.5, True), (2.9, True)])
def test_a_late_resource_is_forecast_from_a_long_sibling_where_that_wins(days, heard):
    history = late(days)
    backtest = backtest_of(histories(list(history.values[:1]), [300]), knows)
    choices = ladder.climb(history)
    plain = np.stack([quantiles(np.full(ROWS, 1.0)), quantiles(np.full(ROWS, 1.0))])
    plain[0] = quantiles(np.full(ROWS, 110.0))
    keys = [("web", "requests"), ("web", "cpu")]
    found, ahead = siblings.consult(history, keys, choices, plain, backtest, ["late", "late"])
    assert (found[1].rung == "sibling") == heard and found[0] is choices[0] and (ahead[0] == plain[0]).all()
    if heard:
        assert ahead[1, -20:, 0] == pytest.approx(220, abs=4) and "requests" in found[1].reason
        assert found[1].accuracy["wql"] < found[1].accuracy["wql_baseline"]
    for wanted in (["ignore", "ignore"], ["late", "ignore"]):
        assert siblings.consult(history, keys, choices, plain, backtest, wanted)[0] == choices
    assert siblings.consult(history, [("web", "requests"), ("shop", "cpu")], choices, plain, backtest, ["late", "late"])[0] == choices


def test_weighing_is_done_only_where_it_is_wanted_and_is_said():
    history = pair(1.0)
    backtest, choices = backtest_of(history, knows), ladder.climb(history)
    plain = np.stack([quantiles(np.full(ROWS, 110.0)), quantiles(np.full(ROWS, 150.0))])
    keys = [("web", "requests"), ("web", "cpu")]
    for wanted, heard in (("ignore", False), ("late", False), ("weigh", True)):
        found, ahead = siblings.consult(history, keys, choices, plain, backtest, [wanted] * 2)
        assert (ahead[1] != plain[1]).any() == heard and ("requests says" in found[1].reason) == heard and found[1].rung == "network"


@settings(deadline=None, max_examples=60)
@given(st.integers(0, 2 ** 32 - 1), st.floats(-20, 1e4), st.floats(0, 100), st.integers(72, 900))
def test_any_opinion_is_ordered_bounded_and_the_same_again(seed, level, noise, rows):
    rng = np.random.default_rng(seed)
    other = level + rng.normal(0, 1 + noise, 1000).cumsum()
    own = rng.uniform(0, 5) * other[-rows:] + rng.normal(0, 1 + noise, rows)
    relation = joint.relate(own, other)
    if relation is None:
        return
    ahead = np.sort(rng.normal(level, 5 + noise, (ROWS, 3)), -1)
    found = joint.opinion(relation, own, other, ahead)
    assert np.isfinite(found).all() and (np.diff(found, axis=-1) >= 0).all()
    assert found.max() <= MOST * max(own.max(), 0) + 1e-6 and found.min() >= min(own.min(), 0) - 1e-6
    assert np.array_equal(joint.opinion(joint.relate(own, other), own, other, ahead), found)
