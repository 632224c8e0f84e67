# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Replays of the policy over a slice's telemetry: what a pass of the past knew, and what the document says of it."""
from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

np = pytest.importorskip("numpy", reason="the forecaster needs numpy")
pytest.importorskip("safetensors", reason="weights are safetensors")
jsonschema = pytest.importorskip("jsonschema", reason="the document is checked against its JSON Schema")

from ansible_collections.foresight.netslice.plugins.plugin_utils.analytics import passes, replay_document
from ansible_collections.foresight.netslice.plugins.plugin_utils.analytics.engine import demand_profiles
from ansible_collections.foresight.netslice.plugins.plugin_utils.analytics.policy_replay import Plan, Replay
from ansible_collections.foresight.netslice.plugins.plugin_utils.analytics.registry import load_models
from ansible_collections.foresight.netslice.plugins.plugin_utils.analytics.rolling import cut
from ansible_collections.foresight.netslice.plugins.plugin_utils.errors import InvalidInput
from ansible_collections.foresight.netslice.plugins.plugin_utils.manager.slices import validate_slices
from ansible_collections.foresight.netslice.plugins.plugin_utils.telemetry.series import Series

SCHEMA = json.loads((Path(__file__).resolve().parents[5] / "docs" / "schemas" / "replay.schema.json").read_text())
AT, DAY, STEP = 1767600000, 288, 300
PLAN = Plan(replay_seconds=86400)
SERVES = 20.0


@pytest.fixture(scope="module")
def models():
    return load_models(None)


def a_slice(**keys):
    sections = {"vm": {"memory_mib": 512, "serves": {"requests": SERVES}}, "network": {"range": "10.90.2.0/24"},
                "telemetry": {"resources": {"requests": {"field": "requests_per_second", "unit": "1/s"}}}}
    for name, section in keys.items():
        sections[name] = {**sections.get(name, {}), **section}
    return validate_slices([{"name": "web", **sections}])[0]


def noisy(days, seed=0):
    rows = np.arange(int(days * DAY))
    return 100 + 60 * np.sin(2 * np.pi * rows / DAY) + np.random.default_rng(seed).normal(0, 4, len(rows))


def a_series(values, resource="requests"):
    return Series("web", resource, "1/s", STEP, AT - len(values) * STEP, np.asarray(values, dtype=float), None)


def a_replay(models, values, plan=PLAN, slice_=None, **others):
    return Replay(slice_ or a_slice(), {"requests": a_series(values), **others}, models, plan)


def test_a_profile_of_the_past_is_that_of_a_pass_of_its_instant(models):
    values = noisy(11)
    values[-700:-690] = np.nan
    slice_, series = a_slice(), a_series(values)
    first = len(values) - 40
    told = {"requests": passes.listen(slice_, "requests", series, models, first, PLAN.window_seconds)}
    past = list(passes.profiles(slice_, told, PLAN.settings, first, 13))
    for number, profile in enumerate(past):
        seen = cut(series, first + 13 * number, PLAN.window_seconds // STEP)
        (now,) = demand_profiles([slice_], {("web", "requests"): seen}, seen.end, PLAN.settings)
        ours, theirs = profile["resources"]["requests"], now["resources"]["requests"]
        assert profile["as_of"] == now["as_of"] and ours["model"] == theirs["model"] == "lstm-global"
        for key in ("last", "recent_peak", "mean", "coverage", "age_seconds", "verdict"):
            assert ours[key] == theirs[key]
        for name, window in theirs["windows"].items():
            np.testing.assert_allclose(ours["windows"][name], window, rtol=1e-4)
        np.testing.assert_allclose(ours["earlier"], theirs["earlier"], rtol=0.03)  # of windows that begin a row or two earlier
    assert len(past) == 4


def test_nothing_after_a_pass_reaches_its_decision(models):
    values = noisy(6)
    other = values.copy()
    other[-100:] *= 7
    mine, theirs = (a_replay(models, one) for one in (values, other))
    ours = [wish.count for wish in mine.wishes({}, mine.profiles({}))]
    changed = [wish.count for wish in theirs.wishes({}, theirs.profiles({}))]
    assert len(ours) == DAY and ours[:DAY - 99] == changed[:DAY - 99] and ours != changed


def test_silence_releases_nothing(models):
    values = noisy(6)
    values[-150:-126] = np.nan  # while demand falls
    replayed = a_replay(models, values)
    wishes = replayed.wishes({}, replayed.profiles({}))
    silence = replayed.silence(wishes)
    assert silence["passes"] == 24 and silence["releases"] == 0
    calm = a_replay(models, noisy(6))
    before, without = [wish.count for wish in calm.wishes({}, calm.profiles({}))], [wish.count for wish in wishes]
    assert any(b < a for a, b in zip(before[138:161], before[139:162])) and without[139:162] >= without[138:161]


def test_passes_are_as_far_apart_as_the_slice_says(models):
    replayed = a_replay(models, noisy(5), slice_=a_slice(scaling={"interval_seconds": 900, "lead_time_seconds": 700}))
    assert replayed.every == 3 and replayed.world.lead == 3
    wishes = replayed.wishes({}, replayed.profiles({}))
    assert len(wishes) == DAY / 3 and len(replayed.counts(wishes)) == DAY


def test_a_young_slice_is_replayed_from_its_third_day_on_or_not_at_all(models):
    young = a_replay(models, np.concatenate([np.full(DAY, np.nan), noisy(5)]), Plan(replay_seconds=10 * 86400))
    assert young.first == 4 * DAY and young.why_not is None
    assert a_replay(models, noisy(3.5)).why_not == "3.5 d of history, a replay needs 4.0 d"
    assert a_replay(models, np.full(9 * DAY, np.nan)).why_not == "nothing was measured of what counts its VMs"


def test_the_scarcest_resource_is_the_demand_and_a_silent_one_is_named(models):
    slice_ = a_slice(vm={"serves": {"requests": SERVES, "cpu": 1.0, "memory": 1.0}},
                     telemetry={"resources": {name: {"field": name} for name in ("requests", "cpu", "memory")}})
    cpu, nothing = a_series(np.where(np.arange(5 * DAY) % DAY < 10, 40.0, 0.5), "cpu"), a_series(np.full(5 * DAY, np.nan), "memory")
    replayed = a_replay(models, noisy(5), slice_=slice_, cpu=cpu, memory=nothing)
    assert replayed.silent_resources == ["memory"]
    assert replayed.demand[DAY] == 40.0 and replayed.demand[DAY + 50] == pytest.approx(noisy(5)[DAY + 50] / SERVES)


def judged(models, values, plan=PLAN, slice_=None, ran=()):
    slice_ = slice_ or a_slice()
    one, drawn = replay_document.entry(slice_, a_replay(models, values, plan, slice_), models, list(ran))
    document = replay_document.document([one], {"new": "0.5 d of history"}, plan, AT)
    jsonschema.validate(json.loads(json.dumps(document, allow_nan=False)), SCHEMA)
    return one, drawn


def test_the_document_compares_and_suggests(models):
    one, drawn = judged(models, noisy(6), replace(PLAN, short_percent=1.0))
    found = one["policies"]
    assert found["oracle"]["short_percent"] == 0 and set(drawn) == {"demand", "policy", "static", "reactive", "oracle"}
    assert found["policy"]["vm_hours"] < found["static"]["vm_hours"] and found["policy"]["watt_hours"] < found["static"]["watt_hours"]
    assert one["perfect_vm_hours"] <= found["oracle"]["vm_hours"] <= found["policy"]["vm_hours"] * 1.2
    assert one["where_ran"] is None and one["days"] == 1
    told = one["suggestion"]
    first = told["candidates"][0]
    assert first["outcome"] == found["policy"] and first["class"] == "balanced"
    short = [tried["outcome"]["short_percent"] for tried in told["candidates"] if tried["scaling"]["scale_in_window_seconds"] == 900][1:6]
    assert short == sorted(short)  # a larger economy is never short less often
    if told["keeps"]:
        best = next(tried for tried in told["candidates"] if tried["scaling"] == told["scaling"])
        assert all(best["outcome"]["vm_hours"] <= tried["outcome"]["vm_hours"] for tried in told["candidates"] if tried["outcome"]["short_percent"] <= 1.0)


def test_what_a_replay_leaves_out_is_told(models):
    one, _drawn = judged(models, noisy(5), slice_=a_slice(scaling={
        "lead_time_seconds": "auto", "warm": {"state": "parked", "max": 3}, "down": {"project_seconds": 86400}}))
    assert [note.split(" ", 4)[:3] for note in one["notes"]] == [["The", "lead", "time"], ["The", "warm", "pool"], ["A", "window", "of"]]
    assert judged(models, noisy(5))[0]["notes"] == []


def test_what_ran_is_compared_with_the_policy_in_the_same_rows(models):
    ran = [(AT - 86400 + number * STEP, 9) for number in range(100)]
    one, drawn = judged(models, noisy(6), ran=ran)
    known = [count for count in drawn["ran"] if count is not None]
    assert known == [9] * 102  # the last decision is in force for three intervals
    assert one["policies"]["ran"]["rows"] == one["where_ran"]["rows"] == 102
    assert one["policies"]["ran"]["vm_hours"] == pytest.approx(9 * 102 / 12)
    assert "ran" not in judged(models, noisy(6), ran=[(AT - 3600, 0)])[0]["policies"]


def test_a_record_of_an_instant_corrects_the_passes_after_it(models):
    values, drift = noisy(6), {"drift": {"since": "x", "why": "it lost"}, "n": [0] * 6, "shift90": [0.0] * 6, "shift95": [0.0] * 6,
                               "coverage_95": [None] * 6, "accuracy": None}
    half = AT - 43200
    replayed = Replay(a_slice(), {"requests": a_series(values)}, models, PLAN,
                      lambda key, at: {**drift, "time": half} if at > half else None)
    told = [profile["model"]["reason"] == "drift: it lost" for profile in replayed.profiles({})]
    assert told == [False] * (DAY // 2 + 1) + [True] * (DAY // 2 - 1)


@pytest.mark.parametrize("keys, word", [
    ({"replay_seconds": 3600}, "replay_seconds: 3600 is less than a day"), ({"short_percent": 101.0}, "objective.short_percent"),
    ({"idle_watts": 4.0}, "idle_watts: 4 is not between 0 and busy_watts"), ({"window_seconds": 3600}, "history_seconds")])
def test_settings_that_make_no_sense_are_refused(keys, word):
    with pytest.raises(InvalidInput, match=word):
        Plan(**keys)
