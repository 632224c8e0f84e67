# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Rolling origins: where they lie, that nothing after one reaches its forecasts, and what the document says of them."""
from __future__ import annotations

import json
from pathlib import Path

import pytest

np = pytest.importorskip("numpy", reason="the forecaster needs numpy")
pytest.importorskip("safetensors", reason="weights are safetensors")
jsonschema = pytest.importorskip("jsonschema", reason="the document is checked against its JSON Schema")

from ansible_collections.foresight.netslice.plugins.plugin_utils.analytics import backtest, rolling, scores
from ansible_collections.foresight.netslice.plugins.plugin_utils.analytics.registry import Member, Models
from ansible_collections.foresight.netslice.plugins.plugin_utils.errors import InvalidInput
from ansible_collections.foresight.netslice.plugins.plugin_utils.manager.slices import validate_slices
from ansible_collections.foresight.netslice.plugins.plugin_utils.telemetry.reader import judged
from ansible_collections.foresight.netslice.plugins.plugin_utils.telemetry.series import Series

SCHEMA = json.loads((Path(__file__).resolve().parents[5] / "docs" / "schemas" / "backtest.schema.json").read_text())
AT = 1767600000
DAY = 288
PLAN = rolling.Plan(origins=3, history_seconds=12 * 86400, statistical_series=0)


def some_slices(*names):
    return validate_slices([
        {"name": name, "vm": {"memory_mib": 512, "serves": {"requests": 50}}, "network": {"range": f"10.90.{i}.0/24"},
         "telemetry": {"resources": {"requests": {"field": "requests_per_second", "unit": "1/s"}}}} for i, name in enumerate(names)])


def noisy(days=12, seed=0, sigma=6.0):
    rows = np.arange(days * DAY)
    return 100 + 60 * np.sin(2 * np.pi * rows / DAY) + np.random.default_rng(seed).normal(0, sigma, len(rows))


def a_series(values, name="web", step=300):
    return Series(name, "requests", "1/s", step, AT - len(values) * step, np.asarray(values, dtype=float), AT - 1)


def test_what_is_believed_at_an_origin_is_judged_by_the_rows_before_it():
    values = noisy()
    whole = judged(a_series(np.where(np.arange(12 * DAY) < 11 * DAY, values, values * 1000)))
    assert [note.kind for note in whole.treated] == ["unit_up"] and whole.history[0] > 10 * values[0]
    before, after = rolling.cut(whole, 10 * DAY, 8 * DAY), rolling.cut(whole, 12 * DAY, 8 * DAY)
    np.testing.assert_array_equal(before.history, values[2 * DAY:10 * DAY])
    assert before.treated == () and before.end == AT - 2 * 86400
    np.testing.assert_allclose(after.history, values[4 * DAY:] * 1000)


def rolled(values, plan=PLAN):
    out, left, _models = rolling.roll(some_slices("web"), {("web", "requests"): a_series(values)}, plan, lambda text: None)
    assert left == {}
    return out["web", "requests"]


@pytest.mark.parametrize("first, last, count", [(2304, 7920, 24), (0, 287, 24), (864, 864, 24), (10, 12, 24), (0, 12 * DAY, 13), (0, 1, 2)])
def test_origins_end_at_the_last_row_and_stay_in_order(first, last, count):
    found = rolling.spread(first, last, count, DAY)
    assert found[-1] == last and found[0] >= first and len(found) == min(count, last - first + 1)
    assert len(set(np.diff(found))) <= 1 and (np.diff(found) > 0).all()


def test_origins_a_day_apart_are_moved_to_other_times_of_the_day():
    found = rolling.spread(0, 12 * DAY, 13, DAY)
    times = np.sort(found % DAY)
    assert np.diff(np.append(times, times[0] + DAY)).max() <= DAY / 8
    assert found[0] <= 0.2 * 12 * DAY


@pytest.mark.parametrize("settings, word", [
    ({"origins": 1}, "origins"), ({"horizon_seconds": 400}, "horizon_seconds"), ({"scored_seconds": (90,)}, "score_seconds"),
    ({"scored_seconds": (86400,)}, "score_seconds"), ({"history_seconds": 8 * 86400}, "history_seconds"), ({"step_seconds": 1}, "step_seconds"),
    ({"window_seconds": 86400}, "history_seconds"), ({"statistical_series": -1}, "statistical_series"), ({"horizon_seconds": 7 * 86400}, "horizon_seconds")])
def test_settings_that_make_no_sense_are_refused(settings, word):
    with pytest.raises(InvalidInput, match=word):
        rolling.Plan(**settings)


@pytest.mark.parametrize("hole", [None, (9 * DAY - 40, 9 * DAY + 40)])
@pytest.mark.parametrize("later", [1.0, 1000.0, 1e5])
def test_rows_after_an_origin_change_nothing_of_it(hole, later):
    values = noisy()
    values[2000] = 1e6
    if hole:
        values[slice(*hole)] = np.nan
    plan = rolling.Plan(origins=3, history_seconds=12 * 86400)
    before = rolled(values, plan)
    row = (before.at[0] - (AT - len(values) * 300)) // 300
    other = values.copy()
    other[row:] = (500 + 300 * np.random.default_rng(9).random(len(other) - row)) * later
    after = rolled(other, plan)
    assert after.at == before.at and after.scale == before.scale and after.reasons[0] == before.reasons[0]
    for member in before.members:
        assert np.array_equal(before.members[member][0], after.members[member][0])
        assert not np.array_equal(before.members[member][-1], after.members[member][-1])
    assert not np.array_equal(before.actual[0], after.actual[0])


def test_a_forecast_is_judged_by_the_rows_from_its_origin_on():
    values = noisy()
    values[-10:] = np.nan
    found = rolled(values)
    assert len(found.at) == 3 and found.at[-1] == AT - 43200
    for at, actual in zip(found.at, found.actual):
        row = (at - (AT - len(values) * 300)) // 300
        assert np.allclose(actual, values[row:row + 144], equal_nan=True)
    assert np.isnan(found.actual[-1]).sum() == 10
    assert found.scale == pytest.approx(scores.seasonal_error(values[:(found.at[0] - AT) // 300 + len(values)]))


def test_the_engine_has_the_calibration_of_each_origin_and_the_network_none():
    record = {"time": AT, "n": [99] * 6, "shift90": [0.0] * 6, "shift95": [4.0] * 6, "coverage_95": [0.9] * 6, "accuracy": None, "drift": None}
    asked, series = [], {("web", "requests"): a_series(noisy())}

    def calibrations(at):
        asked.append(at)
        return {("web", "requests"): record} if at == max(asked) and len(asked) == 3 else {}
    plain, found = (rolling.roll(some_slices("web"), series, PLAN, lambda text: None, *more)[0]["web", "requests"] for more in ((), (calibrations,)))
    assert asked == found.at
    assert np.array_equal(plain.members["engine"][1], found.members["engine"][1])
    assert (found.members["engine"][2][:, 2] > plain.members["engine"][2][:, 2]).all()
    assert np.array_equal(plain.members["network"], found.members["network"])


@pytest.mark.parametrize("step", [60, 900])
def test_telemetry_of_another_step_is_judged_in_rows_of_five_minutes(step):
    rows = np.arange(12 * 86400 // step)
    found = rolled_of_step(100 + 60 * np.sin(2 * np.pi * rows * step / 86400), step)
    assert {len(actual) for actual in found.actual} == {144} and found.members["engine"][0].shape == (144, 3)
    assert np.abs(found.actual[0] - found.members["seasonal-naive"][0][:, 0]).max() < 1


def rolled_of_step(values, step):
    plan = rolling.Plan(origins=2, history_seconds=12 * 86400, statistical_series=0, step_seconds=step)
    out, _left, _models = rolling.roll(some_slices("web"), {("web", "requests"): a_series(values, step=step)}, plan, lambda text: None)
    return out["web", "requests"]


def test_young_slices_have_origins_of_their_own_and_too_young_ones_are_named():
    slices = some_slices("old", "young", "new", "silent")
    values = {"old": noisy(), "young": noisy(), "new": noisy(), "silent": np.full(12 * DAY, np.nan)}
    values["young"][:7 * DAY], values["new"][:10 * DAY] = np.nan, np.nan
    out, left, _models = rolling.roll(slices, {(name, "requests"): a_series(one, name) for name, one in values.items()}, PLAN, lambda text: None)
    assert list(out) == [("old", "requests"), ("young", "requests")]
    assert left == {"new/requests": "2.0 d of history, a backtest needs 3.5 d", "silent/requests": "nothing was measured"}
    assert AT - 4 * 86400 <= out["old", "requests"].at[0] < AT - 3.5 * 86400 and out["young", "requests"].at[0] >= AT - 2 * 86400


def a_document(tuned=None):
    values = noisy()
    out, left, models = rolling.roll(some_slices("web"), {("web", "requests"): a_series(values)}, PLAN, lambda text: None)
    if tuned is not None:
        models = Models(models.shipped, {"web/requests": Member(models.shipped.nets, {**models.shipped.manifest, **tuned}, "v0002")}, {"web/requests": "v0002"})
    found = backtest.document(list(out.values()), left, models, PLAN, AT)
    jsonschema.validate(found, SCHEMA)
    return found, out["web", "requests"]


def test_the_document_holds_the_scores_of_measured_rows():
    found, one = a_document()
    far = found["series"][0]["scores"][1]["members"]
    actual, engine = np.stack(one.actual), np.stack(one.members["engine"])
    assert far["engine"]["wql"] == pytest.approx(scores.wql(actual, engine), rel=1e-5)
    assert far["engine"]["mase"] == pytest.approx(scores.mase(actual, engine, one.scale), rel=1e-5)
    assert far["seasonal-naive"]["wql_relative"] == 1
    assert far["network"]["wql_relative"] < 0.9
    assert found["summary"][1]["members"]["network"]["wql_relative"] == far["network"]["wql_relative"]
    assert found["statistical"]["series"] == 0 and "stl-ets" not in far
    assert len(found["series"][0]["by_hour"]["engine"]["wql"]) == 12
    assert found["notes"] == [note for note in found["notes"] if "statistical" in note]


@pytest.mark.parametrize("tuned, origins, word", [
    ({"span": {"begin": "2025-12-20T00:00:00Z", "end": "2026-01-04T00:00:00Z"}}, 2, "2 of 3 origins judge it on days that it knows"),
    ({"span": {"begin": "2025-12-20T00:00:00Z", "end": "2025-12-25T00:00:00Z"}}, 0, None),
    ({}, 3, "does not say what it has learnt from")])
def test_a_tuned_model_that_knows_its_judges_is_noted(tuned, origins, word):
    found, _one = a_document(tuned)
    assert found["series"][0]["learnt"]["origins"] == origins
    assert [note for note in found["notes"] if "v0002" in note and word in note] if word else not [note for note in found["notes"] if "v0002" in note]


def test_silence_in_every_future_is_no_score():
    values = noisy()
    values[-4 * DAY:] = np.nan
    out, left, models = rolling.roll(some_slices("web"), {("web", "requests"): a_series(values)}, PLAN, lambda text: None)
    found = backtest.document(list(out.values()), left, models, PLAN, AT)
    jsonschema.validate(found, SCHEMA)
    assert found["series"][0]["scores"] == [] and found["series"][0]["measured"] == 0


def test_a_demand_of_zero_has_coverage_and_no_relative_score():
    out, left, models = rolling.roll(some_slices("web"), {("web", "requests"): a_series(np.zeros(12 * DAY))}, PLAN, lambda text: None)
    found = backtest.document(list(out.values()), left, models, PLAN, AT)
    jsonschema.validate(found, SCHEMA)
    one = found["series"][0]["scores"][0]["members"]["engine"]
    assert one["wql"] is None and one["mase"] is None and one["coverage_95"] == 1
