# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Drift and recovery with hysteresis, from figures and from an archive; and the other gates of the ladder."""
from __future__ import annotations

from dataclasses import replace

import pytest

np = pytest.importorskip("numpy", reason="the forecaster needs numpy")

from ansible_collections.foresight.netslice.plugins.plugin_utils.analytics import drift, gates, outcomes, recalibration
from ansible_collections.foresight.netslice.plugins.plugin_utils.analytics.histories import histories
from ansible_collections.foresight.netslice.plugins.plugin_utils.analytics.ladder import NETWORK, REACTIVE, SEASONAL, Choice, climb
from ansible_collections.foresight.netslice.plugins.plugin_utils.analytics.registry import Models
from ansible_collections.foresight.netslice.plugins.plugin_utils.analytics.seasonal import DAY
from ansible_collections.foresight.netslice.plugins.plugin_utils.telemetry.records import LEADS
from ansible_collections.foresight.netslice.plugins.plugin_utils.telemetry.series import Series

AT, HOUR, STEP = 1767600000, 3600, 300
KEY = ("web", "requests")
WELL = drift.Figures(48, 0.10, 0.20, False, 0.02, 0.03, 0.95)
WORSE = replace(WELL, wql=0.30, lost=True)
BETWEEN = replace(WELL, wql=0.23, lost=True)
NARROW = replace(WELL, coverage_95=0.60, upper=0.05)


@pytest.mark.parametrize("figures, word", [
    (WELL, None), (WORSE, "0.300 against 0.200"), (BETWEEN, None), (NARROW, "held 60%"),
    (replace(WORSE, lost=False), None),                  # it won some half of a day
    (replace(WORSE, independent=drift.FEWEST - 1), None),
    (replace(NARROW, upper=0.03), None),                 # the baseline is no better
    (replace(NARROW, independent=13, coverage_95=0.75), None),  # chance explains it
    (replace(WELL, coverage_95=1.0), None), (None, None)])
def test_what_drifts(figures, word):
    found = drift.judged(None, figures, AT)
    assert (found is None) == (word is None)
    assert found is None or (word in found["why"] and found["since"] == "2026-01-05T08:00:00Z")


def test_it_takes_longer_to_come_back_than_to_leave():
    state = drift.judged(None, WORSE, AT)
    for hour, figures, drifted in [(1, BETWEEN, True), (2, WELL, True), (5, WELL, True), (6, BETWEEN, True), (7, WELL, True), (12, WELL, True),
                                   (13, WELL, False)]:
        state = drift.judged(state, figures, AT + hour * HOUR)
        assert (state is not None) == drifted, hour
        assert state is None or state["since"] == "2026-01-05T08:00:00Z"


def test_silence_changes_no_state():
    state = drift.judged(None, WORSE, AT)
    assert drift.judged(state, None, AT + HOUR) == state and drift.judged(None, None, AT) is None


def archive(days, network, naive, key=KEY, seed=0):
    """Series of noise around 100 and hourly forecasts that believe in levels network(day) and naive(day), day counted from the begin."""
    rows = np.arange(days * DAY)
    begin = AT - days * 86400
    series = Series(*key, "1/s", STEP, begin, 100 + np.random.default_rng(seed).normal(0, 3, len(rows)), AT)
    times = np.arange(begin + HOUR, AT, HOUR)
    said = {}
    for lead in LEADS:
        fields = {}
        for source, level in (("network", network), ("naive", naive)):
            middle = np.array([level((at - begin) / 86400) for at in times])
            fields.update({f"{source}{percent}": [(times, middle + z * 3)] for percent, z in ((50, 0), (90, 1.2816), (95, 1.6449))})
        said[(*key, str(lead))] = fields
    return {key: series}, said


def test_outcomes_meet_the_rows_they_forecast():
    series, said = archive(3, lambda day: 100, lambda day: 110)
    found = outcomes.pair(series, said, STEP)
    one = series[KEY]
    assert found.spacing == HOUR and found.actual.shape == (1, len(LEADS), 71)
    assert found.actual[0, 0, 0] == one.values[(HOUR // STEP)] and found.actual[0, 2, 0] == one.values[2 * HOUR // STEP - 1]
    assert np.isnan(found.actual[0, -1, -11:]).all() and np.isfinite(found.actual[0, -1, :-11]).all()
    assert found.naive[0, 3, 5, 0] == 110 and found.ends[2, 0] == AT - 3 * 86400 + 2 * HOUR


def test_what_is_not_yet_over_is_not_used():
    series, said = archive(3, lambda day: 100, lambda day: 110)
    whole, _events = recalibration.recalibrated(outcomes.pair(series, said, STEP), {}, AT - 86400)
    known = {KEY: Series(*KEY, "1/s", STEP, series[KEY].start, series[KEY].values[:-DAY], AT - 86400)}
    past = {key: {name: [(times[times <= AT - 86400], values[times <= AT - 86400]) for times, values in parts] for name, parts in fields.items()}
            for key, fields in said.items()}
    assert whole == recalibration.recalibrated(outcomes.pair(known, past, STEP), {}, AT - 86400)[0]


def test_a_network_that_errs_drifts_and_recovers():
    series, said = archive(9, lambda day: 100 if day < 3 or day > 5.5 else 160, lambda day: 104)
    found, before, states = outcomes.pair(series, said, STEP), {}, {}
    for at in range(AT - 8 * 86400, AT + 1, HOUR):
        records, events = recalibration.recalibrated(replace(found), before, at)
        before = {key: {**record, "time": at} for key, record in records.items()}
        states.update({(at - AT) / 86400 + 9: one["kind"] for one in events})
    kinds = list(states.values())
    assert kinds == ["drift", "recovered"]
    began, ended = sorted(states)
    assert 3 < began < 5.5 < ended < 8.5
    assert before[KEY]["drift"] is None and before[KEY]["accuracy"]["n"] > 500


def test_a_quiet_archive_has_no_events():
    series, said = archive(7, lambda day: 100, lambda day: 104)
    records, events = recalibration.recalibrated(outcomes.pair(series, said, STEP), {}, AT)
    record = records[KEY]
    assert events == [] and record["drift"] is None and record["accuracy"]["wql"] < record["accuracy"]["wql_baseline"]
    assert record["n"][0] == 167 and max(map(abs, record["shift95"])) < 0.2


def test_a_drift_outlives_an_archive_that_ends():
    series, _said = archive(1, lambda day: 100, lambda day: 100)
    state = {"since": "2026-01-04T08:00:00Z", "why": "because", "inside_since": None}
    records, events = recalibration.recalibrated(outcomes.pair(series, {}, STEP), {KEY: {"drift": state, "time": AT - HOUR}}, AT)
    assert records == {KEY: {"drift": state}} and events == []


def test_a_drifted_series_is_left_to_the_baseline():
    choices = [Choice(NETWORK, "8.0 d of history")] * 2 + [Choice(REACTIVE, "young")]
    keys = [KEY, ("shop", "requests"), ("new", "requests")]
    found = gates.without_drifted(choices, keys, {key: {"drift": {"why": "it lost"}} for key in (KEY, keys[2])})
    assert [one.rung for one in found] == [SEASONAL, NETWORK, REACTIVE] and found[0].reason == "drift: it lost"


@pytest.mark.parametrize("accuracy, rung, word", [
    (None, NETWORK, "no backtest"), ({"wql": 0.1, "wql_baseline": 0.2}, NETWORK, "in the archive"), ({"wql": 0.3, "wql_baseline": 0.2}, SEASONAL, "lost in")])
def test_the_archive_is_the_gate_where_no_backtest_is_made(accuracy, rung, word):
    found = gates.by_archive(Choice(NETWORK, "8.0 d of history"), {"accuracy": accuracy} if accuracy else None, "no backtest")
    assert found.rung == rung and word in found.reason


@pytest.mark.parametrize("values, rung", [
    (np.tile(np.r_[np.full(144, 10.0), np.full(144, 90.0)], 2), SEASONAL),               # a day like the one before
    (np.r_[np.full(DAY, 10.0), np.full(DAY, 200.0)], REACTIVE),                           # another level since yesterday
    (np.r_[np.full(DAY, 10.0), np.full(20, 200.0)], SEASONAL)])                           # no origin has a day before it
def test_a_young_season_must_win_its_backtest(values, rung):
    history = histories([values], [STEP])
    (found,) = gates.season_pays(climb(history), history)
    assert found.rung == rung and ("the season lost its backtest" in found.reason) == (rung == REACTIVE)


def test_a_tuned_model_must_beat_the_shipped_one():
    keys = [KEY, KEY, ("shop", "requests")]
    actual, right, wrong = np.full((3, 144), 10.0), np.full((3, 144, 3), 10.0), np.full((3, 144, 3), 30.0)
    tuned = np.where(np.arange(3)[:, None, None] < 2, wrong, right)
    models, lost = gates.tuned_pays(Models(None, {}, {"web/requests": "v0001", "shop/requests": "v0001"}), keys, actual, tuned, right[::-1] + [[[1.0]]])
    assert models.assigned == {"shop/requests": "v0001"} and list(lost) == [KEY]
