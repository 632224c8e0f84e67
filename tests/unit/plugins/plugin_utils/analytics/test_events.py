# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Known events: what past ones teach, what is put on a forecast, and that nothing else moves."""
from __future__ import annotations

import pytest

np = pytest.importorskip("numpy", reason="the forecaster needs numpy")
hypothesis = pytest.importorskip("hypothesis", reason="property tests need hypothesis")

from hypothesis import given, settings, strategies as st  # noqa: E402

from ansible_collections.foresight.netslice.plugins.plugin_utils.analytics import events  # noqa: E402
from ansible_collections.foresight.netslice.plugins.plugin_utils.analytics.histories import histories  # noqa: E402
from ansible_collections.foresight.netslice.plugins.plugin_utils.analytics.limits import MOST  # noqa: E402
from ansible_collections.foresight.netslice.plugins.plugin_utils.instants import format_instant  # noqa: E402
from ansible_collections.foresight.netslice.plugins.plugin_utils.telemetry.series import Series  # noqa: E402

ORIGIN = 1767600000  # 2026-01-05T08:00:00Z
DAY, ROWS = 288, 144
QUIET = np.random.default_rng(3).normal(0, 2, 8 * DAY)


def event(begin, end, name="sale", factor=None, resources=None):
    """An event on rows [begin, end) counted from the origin."""
    return {"name": name, "start": format_instant(ORIGIN + begin * 300), "end": format_instant(ORIGIN + end * 300), "factor": factor,
            "resources": resources}


def history(calendar, effects=(), days=8, step=300):
    """A day that repeats, with `effects` (begin, end, factor) on it -> telemetry Series and what is known of its events."""
    rows = np.arange(-days * DAY, 0)
    values = 100 + 40 * np.sin(rows / DAY * 2 * np.pi) + QUIET[-len(rows):]
    for begin, end, factor in effects:
        inside = (rows >= begin) & (rows < end)
        values = np.where(inside, values * factor, values)
    if step != 300:
        values = values.reshape(-1, step // 300).mean(1)
    series = Series("web", "requests", "1/s", step, ORIGIN - days * 86400, values, ORIGIN - 1)
    return series, events.known_events(series, events.spans_of(calendar, "requests", ORIGIN))


def plain():
    """A forecast of the same day without events: [ROWS, 3]."""
    middle = 100 + 40 * np.sin(np.arange(ROWS) / DAY * 2 * np.pi)
    return np.stack([middle, middle + 4, middle + 6], -1)


def test_an_event_ahead_raises_the_forecast_inside_it_only():
    _series, known = history([event(24, 48, factor=2)])
    found, told = events.with_events(known, plain())
    outside = np.r_[0:24, 48:ROWS]
    assert (found[outside] == plain()[outside]).all()
    assert found[24:48, 0] == pytest.approx(2 * plain()[24:48, 0])
    assert (found[24:48, 2] - found[24:48, 0] > 2 * 6).all(), "what is unknown widens the upper quantile"
    assert told == [{"name": "sale", "start": "2026-01-05T10:00:00Z", "end": "2026-01-05T12:00:00Z", "occurrences": 0, "effect": 2.0}]


@pytest.mark.parametrize("count, least, most", [(1, 2.2, 2.6), (2, 2.5, 2.8), (3, 2.6, 2.9), (5, 2.7, 2.98)])
def test_the_more_occurrences_the_nearer_the_effect_they_had(count, least, most):
    past = [(-day * DAY + 24, -day * DAY + 60) for day in range(1, count + 1)]
    _series, known = history([event(*span) for span in [*past, (24, 60)]], [(*span, 3) for span in past])
    _found, told = events.with_events(known, plain())
    assert told[0]["occurrences"] == count and least < told[0]["effect"] < most


def test_more_occurrences_that_agree_leave_less_doubt():
    rise = []
    for count in (0, 1, 3, 6):
        past = [(-day * DAY + 24, -day * DAY + 60) for day in range(1, count + 1)]
        _series, known = history([event(*span, factor=3) for span in [*past, (24, 60)]], [(*span, 3) for span in past])
        rise.append(events.learn(known, known.spans[-1], 0, 100.0).doubt)
    assert rise == sorted(rise, reverse=True) and rise[-1] > 0


def test_what_was_measured_outweighs_what_was_stated():
    past = [(-day * DAY + 24, -day * DAY + 60) for day in (1, 2, 3)]
    _series, known = history([event(*span, factor=5) for span in [*past, (24, 60)]], [(*span, 2) for span in past])
    assert 2.0 < events.with_events(known, plain())[1][0]["effect"] < 2.4


def test_the_first_hour_may_differ_from_the_plateau():
    past = [(-day * DAY + 24, -day * DAY + 72) for day in (1, 2, 3, 4)]
    effects = [part for begin, end in past for part in ((begin, begin + 12, 1.2), (begin + 12, end, 3.0))]
    _series, known = history([event(*span) for span in [*past, (24, 72)]], effects)
    found, _told = events.with_events(known, plain())
    ratio = found[:, 0] / plain()[:, 0]
    assert ratio[24:36].mean() < 1.6 and ratio[40:56].mean() > 2.5


@pytest.mark.parametrize("so_far, least, most", [(1, 1.05, 1.3), (6, 1.3, 1.6), (24, 1.65, 2.05)])
def test_a_running_event_uses_its_own_rows(so_far, least, most):
    _series, known = history([event(-so_far, 24)], [(-so_far, 24, 2)])
    found, told = events.with_events(known, plain())
    assert told[0]["occurrences"] == 0 and least < (found[:24, 0] / plain()[:24, 0]).mean() < most
    assert (found[24:] == plain()[24:]).all()


@pytest.mark.parametrize("factor, lowered", [(None, False), (2.0, False), (0.5, True)])
def test_only_a_stated_decline_goes_below_the_present_load(factor, lowered):
    past = [(-day * DAY + 24, -day * DAY + 60) for day in (1, 2, 3)]
    _series, known = history([event(*span, factor=factor) for span in [*past, (24, 60)]], [(*span, 0.3) for span in past])
    found, _told = events.with_events(known, plain())
    present = known.seen[-3:].mean()
    assert (found[24:60, 0].min() < present * 0.7) == lowered
    if not lowered:
        assert (found[24:60, 0] >= np.minimum(plain()[24:60, 0], present) - 1e-9).all()


def test_occurrences_that_add_the_same_to_any_load_are_a_difference():
    rows = np.arange(-8 * DAY, 0)
    values = np.where(rows % DAY < DAY // 2, 20.0, 200.0)
    past = [(-2 * DAY + 24, -2 * DAY + 48), (-2 * DAY + 200, -2 * DAY + 224), (-DAY + 24, -DAY + 48), (-DAY + 200, -DAY + 224)]
    for begin, end in past:
        values[(rows >= begin) & (rows < end)] += 300
    series = Series("web", "requests", "1/s", 300, ORIGIN - 8 * 86400, values, ORIGIN - 1)
    known = events.known_events(series, events.spans_of([event(*span) for span in [*past, (24, 48)]], "requests", ORIGIN))
    effect = events.learn(known, known.spans[-1], 0, 20.0)
    assert not effect.ratio and effect.steps[events.PLATEAU] * effect.scale == pytest.approx(300, rel=0.1)


def test_past_events_are_filled_like_gaps_and_nothing_else_changes():
    span = (-DAY + 24, -DAY + 60)
    series, known = history([event(*span)], [(*span, 4)])
    other, _none = history([])
    before = histories([series.values, other.values], [300, 300])
    after = events.without_events(before, [series, other], [known, None])
    changed = np.flatnonzero(after.values[0] != before.values[0]) - after.values.shape[1]
    assert set(changed) == set(range(*span)) and (after.values[1] == before.values[1]).all()
    assert after.values[0].max() < 160 and (after.recent == before.recent).all()
    assert events.without_events(before, [series, other], [None, None]) is before


def test_a_history_that_is_mostly_events_says_nothing():
    assert history([event(-6 * DAY, 24)])[1] is None
    assert history([event(-3 * DAY, 24)])[1] is not None
    assert history([])[1] is None


def test_an_event_of_other_resources_is_none_of_this_one():
    calendar = [event(0, 12, resources=["cpu"]), event(0, 12, name="rush", resources=["cpu", "requests"])]
    assert [span.event["name"] for span in events.spans_of(calendar, "requests", ORIGIN)] == ["rush"]


def test_an_earlier_pass_did_not_know_what_came_after_it():
    _series, known = history([event(-12, 24)], [(-12, 0, 3)])
    then = events.with_events(known, plain(), 12)[0]
    assert then[:36, 0] == pytest.approx(plain()[:36, 0]) and (then[36:] == plain()[36:]).all()
    assert events.with_events(known, plain())[0][:24, 0].mean() > 2 * plain()[:24, 0].mean()
    assert events.learn(known, known.spans[0], -12, 100.0).occurrences == 0


def test_rows_of_another_event_teach_nothing_of_this_one():
    past = (-DAY + 24, -DAY + 60)
    calendar = [event(*past), event(past[0], past[0] + 18, name="attack"), event(24, 60)]
    _series, known = history(calendar, [(*past, 2), (past[0], past[0] + 18, 10)])
    assert events.learn(known, known.spans[-1], 0, 100.0).steps[events.PLATEAU] < np.log(2.1)


@pytest.mark.parametrize("length", [1, 3, 12, 24, 25, 100])
def test_parts_of_an_event_run_from_its_begin_to_its_end(length):
    parts = events.part_of(np.arange(length), length)
    assert parts.min() >= 0 and parts.max() < events.PARTS and (np.diff(parts) >= 0).all()
    assert (events.PLATEAU in parts) == (length > 2 * events.EDGE)


def test_rows_of_ten_minutes_are_the_same_events():
    span = (-DAY + 24, -DAY + 60)
    effects = []
    for step in (300, 600):
        _series, known = history([event(*span), event(24, 60)], [(*span, 2)], step=step)
        effects.append(events.with_events(known, plain())[1][0]["effect"])
    assert effects[0] == pytest.approx(effects[1], rel=0.05)


calendars = st.lists(st.tuples(st.integers(-2200, 140), st.integers(1, 300), st.sampled_from("abc"),
                               st.one_of(st.none(), st.floats(0.01, 100))), max_size=6)


@settings(deadline=None, max_examples=60)
@given(calendars, st.floats(-50, 1000), st.integers(0, 12), st.integers(0, 2 ** 32 - 1))
def test_any_calendar_leaves_ordered_bounded_finite_quantiles(calendar, level, back, seed):
    rng = np.random.default_rng(seed)
    values = level + rng.normal(0, 20, 8 * DAY) * rng.integers(0, 2, 8 * DAY)
    values[rng.random(len(values)) < 0.1] = np.nan
    series = Series("web", "requests", "1/s", 300, ORIGIN - 8 * 86400, values, ORIGIN - 1)
    told = [event(begin, begin + length, name, factor) for begin, length, name, factor in calendar]
    known = events.known_events(series, events.spans_of(told, "requests", ORIGIN))
    if known is None:
        return
    ahead = np.sort(rng.normal(max(level, 0), 5, (ROWS, 3)), -1)
    found, said = events.with_events(known, ahead, back)
    touched = np.zeros(ROWS, dtype=bool)
    for span in known.spans:
        touched[max(span.begin + back, 0):max(span.end + back, 0)] = True
    assert np.isfinite(found).all() and (np.diff(found, axis=-1) >= 0).all()
    assert (found[~touched] == ahead[~touched]).all()
    most = MOST * max([one["factor"] or 1.0 for one in told] + [1.0]) * max(np.nanmax(values), 0.0)
    assert not touched.any() or found[touched].max() <= most + 1e-6
    assert np.array_equal(events.with_events(known, ahead, back)[0], found) and len(said) <= len(told)
