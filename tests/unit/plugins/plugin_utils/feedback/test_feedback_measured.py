# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What was measured, forecast and enforced: coverage, counts of VMs that stood still, boots, classes of links, and the whole entry."""
from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace

import pytest

np = pytest.importorskip("numpy", reason="feedback is computed with numpy")
pytest.importorskip("safetensors", reason="weights are safetensors")
jsonschema = pytest.importorskip("jsonschema", reason="the document is checked against its JSON Schema")
yaml = pytest.importorskip("yaml", reason="proposals are written as YAML")

from ansible_collections.foresight.netslice.plugins.action import slice_feedback
from ansible_collections.foresight.netslice.plugins.plugin_utils.analytics import policy_replay
from ansible_collections.foresight.netslice.plugins.plugin_utils.analytics.registry import load_models
from ansible_collections.foresight.netslice.plugins.plugin_utils.feedback import document, effect, forecasts, links, objective, steady, table
from ansible_collections.foresight.netslice.plugins.plugin_utils.feedback.boots import boots, sizes
from ansible_collections.foresight.netslice.plugins.plugin_utils.feedback.learned import entry, rounded
from ansible_collections.foresight.netslice.plugins.plugin_utils.feedback.rules import candidates
from ansible_collections.foresight.netslice.plugins.plugin_utils.feedback.serving import steady as serving
from ansible_collections.foresight.netslice.plugins.plugin_utils.feedback.sources import Measured
from ansible_collections.foresight.netslice.plugins.plugin_utils.manager.slices import validate_slices
from ansible_collections.foresight.netslice.plugins.plugin_utils.report.records import Decision, History
from ansible_collections.foresight.netslice.plugins.plugin_utils.telemetry.indicators import indicator_of
from ansible_collections.foresight.netslice.plugins.plugin_utils.telemetry.series import Segment, Series, SeriesRequest

SCHEMA = json.loads((Path(__file__).resolve().parents[5] / "docs" / "schemas" / "feedback.schema.json").read_text())
AT, STEP, NANO = 1767600000, 300, 1_000_000_000
SLICE = validate_slices([{
    "name": "web", "vm": {"memory_mib": 512, "serves": {"requests": 50}}, "network": {"range": "10.90.2.0/24"},
    "telemetry": {"resources": {"requests": {"field": "requests_per_second", "unit": "1/s"}, "egress": {"field": "egress_mbit", "unit": "Mbit/s"}},
                  "indicator": {"field": "latency_ms", "most": 100}}}])[0]


def a_series(values, resource="requests"):
    return Series("web", resource, "1/s", STEP, AT - len(values) * STEP, np.asarray(values, dtype=float), None)


def test_forecasts_are_judged_by_the_row_that_they_speak_of():
    series = a_series(np.arange(100.0))
    said = [(series.start + row * STEP, row, row + 1.0, row + 2.0) for row in range(100)]
    found = forecasts.quality(series, said, 300)  # of five minutes ahead: the row that begins at the pass
    assert (found["n"], found["independent"], found["bias"], found["wql"] > 0) == (100, 100, 0.0, True)
    assert (found["coverage_50"], found["coverage_95"]) == (1.0, 1.0)
    late = forecasts.quality(series, [(at, *(one - 11 for one in q)) for at, *q in said], 3600)
    assert (late["n"], late["independent"]) == (89, 7) and late["coverage_95"] == 0.0 and late["bias"] < 0
    assert forecasts.quality(series, [], 300) is None
    gap = a_series([np.nan] * 100)
    assert forecasts.quality(gap, said, 300) is None


def test_chance_is_allowed_for():
    assert forecasts.most(0.8, 10) > 0.9 and forecasts.most(0.8, 1000) < 0.83
    assert [forecasts.acting_lead(seconds) for seconds in (0, 300, 301, 99999)] == [300, 300, 900, 43200]


def test_only_rows_in_which_the_number_of_vms_stood_still_count():
    passes = [(0, 2, 2), (300, 2, 2), (600, 2, 3), (900, 3, 3), (1200, 3, 3), (1500, 3, 3), (6000, 3, 3), (6300, 3, 3), (6600, 0, 0)]
    found = serving(passes, 0, 300, 23, 300, 300)
    assert [None if np.isnan(one) else int(one) for one in found] == (
        [None, 2, None, None, 3, 3, 3, 3] + [None] * 13 + [3, None])
    assert np.isnan(serving([], 0, 300, 3, 300, 300)).all()


def states(seconds, size=(1, 512), **keys):
    return {"kvm1": {"vms": [{"slice": "web", "vip": f"10.90.2.{2 + i}", "since": f"2026-01-05T07:{i:02}:00Z", "boot_seconds": one, "boot_from": None,
                              "vcpus": size[0], "memory_mib": size[1], **keys} for i, one in enumerate(seconds)]}}


def test_boots_ask_for_the_lead_time_that_auto_would_be():
    found = boots(SLICE, states([100.0, 110.0, 120.0, 130.0, 400.0]))
    assert (found["n"], found["median"], found["p95"], found["lead_time_seconds"]) == (5, 120.0, 400.0, 700)
    assert boots(SLICE, states([100.0] * 4))["lead_time_seconds"] is None
    assert boots(SLICE, states([100.0] * 9, boot_from="warm"))["n"] == 0
    assert boots(SLICE, states([900.0] * 5 + [100.0] * 20))["p95"] == 100.0  # the latest twenty


def test_counters_of_classes_are_added_and_a_reset_is_not_counted():
    times = np.arange(0, 3600, 60, dtype=np.int64) * NANO
    growth = np.arange(60.0) * 600
    reset = growth.copy()
    reset[30:] -= reset[30]
    segments = [Segment("web", "bytes", f"device=eth0,direction=egress,host={host}", times, values) for host, values in (("a", growth), ("b", reset))]
    segments += [Segment("web", "backlog", "device=eth0,direction=ingress,host=a", times, np.where(times == 0, 500.0, 100.0))]
    found = links.counted(segments, 0, 12, 300)
    assert found["egress"]["bytes"] == pytest.approx(2 * 36000, rel=0.1) and found["egress"]["drops"] is None
    assert found["ingress"]["backlog_most"] == 500.0 and found["ingress"]["backlog_mean"] == pytest.approx(100 + 400 / 60)


def test_use_is_set_beside_the_guarantee_of_its_time():
    series = a_series([10.0] * 50 + [20.0] * 50, "egress")
    given = [(series.start, {"egress": (15.0, 100.0)}), (series.start + 50 * STEP, {"egress": (25.0, 100.0)})]
    found = links.shares(given, series, "egress")
    assert (found["guarantee"], found["over_percent"], found["headroom_p95"]) == (20.0, 0.0, 1.0)
    said = [(series.start + row * STEP, 5.0 if row < 50 else 40.0) for row in range(100)]
    assert links.shares(given, a_series([10.0] * 10 + [12.0] * 90, "egress"), "egress", said)["headroom_p95"] == 1.0
    assert links.shares([], series, "egress")["guarantee"] is None and links.shares(given, a_series([np.nan]), "egress") is None


def test_an_indicator_of_several_vms_is_their_mean_and_not_their_sum():
    times = np.arange(AT - 900, AT, 300, dtype=np.int64) * NANO
    told = (("a", [10.0, 20.0, 30.0]), ("b", [30.0, np.nan, 50.0]))
    segments = [Segment("web", "latency_ms", f"host={host}", times, np.array(values)) for host, values in told]
    found = indicator_of(segments, SeriesRequest("web", "indicator", None, "slice_demand", "latency_ms", "ms"), AT - 900, 3, 300, AT)
    assert found.values.tolist() == [20.0, 20.0, 40.0]
    assert np.isnan(indicator_of([], SeriesRequest("web", "indicator", None, "m", "f", "ms"), AT - 900, 3, 300, AT).values).all()


def measured(days=8, slice_=SLICE, vms=4, indicator=True):
    """Days of four VMs as queues M/M/1 of 50 requests/s each, with decisions and forecasts."""
    draw, times = np.random.default_rng(2), np.arange(AT - days * 86400, AT, STEP)
    load = (24 + 20 * np.sin(2 * np.pi * times / 86400)) * np.exp(draw.normal(0, 0.03, len(times)))
    decided = [Decision(int(at), {"present": vms, "wished": vms, "final": vms}, {
        "shaping": [{"direction": "egress", "guarantee_mbit": 12.0, "ceiling_mbit": 100.0}]}) for at in times]
    said = [(int(at), float(vms * one), float(vms * one * 1.1), float(vms * one * 1.2)) for at, one in zip(times, load)]
    history = History("web", decided, {("requests", 300): said}, slice=slice_)
    latency = Series("web", "indicator", "ms", STEP, int(times[0]), 1000 / (50 - load) * np.exp(draw.normal(0, 0.05, len(times))), None)
    return Measured(slice_, int(times[0]), AT, STEP, history, 300, {"requests": a_series(vms * load), "egress": a_series(vms * load / 10, "egress")},
                    latency if indicator else None)


def test_the_entry_of_a_slice_and_its_document():
    found = entry(measured(), states([10.0] * 6))
    capacity = found["learned"]["capacity"]["requests"]
    assert 38 < capacity["low"] <= capacity["value"] <= capacity["high"] < 41 and capacity["counts"] == {"4": capacity["value"]}
    assert found["enforced"]["vms"]["mean"] == 4.0 and found["forecast"]["requests"]["coverage_95"] == 1.0
    made = steady.proposals("web", candidates(SLICE, found), [], "2026-01-05T08:00:00Z")
    assert [one["key"] for one in made] == ["vm.serves.requests"]
    plan = policy_replay.Plan(replay_seconds=86400)
    replayed = policy_replay.Replay(SLICE, {"requests": measured().series["requests"]}, load_models(None), plan)
    made, together = effect.with_effects(made, replayed, SLICE, None)
    now, then = made[0]["effect"]["now"], made[0]["effect"]["then"]
    assert then["short_percent"] < 2 < now["short_percent"] and then["vm_hours"] > now["vm_hours"] and together == made[0]["effect"]
    made = [{**made[0], "path": "netslice_slices[0].vm.serves.requests"}]
    whole = document.document([rounded({**found, "proposals": made, "together": together})], AT, 604800)
    jsonschema.validate(whole, SCHEMA)
    text = document.overlay(whole["slices"])
    (told,) = yaml.safe_load(text)["netslice_proposals"]
    assert (told["slice"], told["key"], told["present"]) == ("web", "vm.serves.requests", 50) and "short in" in told["effect"]
    lines = table.lines(whole["slices"])
    assert lines[0] == "1 slices, 1 proposals. Nothing is changed by them." and any("PROPOSAL vm.serves.requests: 50 -> 38" in line for line in lines)
    whole_results(whole["slices"][0])


def whole_results(one):
    """What a result has of few slices, and of 2,000 of which every second has a proposal."""
    many = [{**one, "slice": f"web{number}", "proposals": one["proposals"] * (number % 2)} for number in range(2000)]
    few = slice_feedback.returned(many[:3], document.document(many[:3], AT, 604800))
    assert not few["shortened"] and len(few["feedback"]["slices"]) == 3 and few["table"] == table.lines(many[:3])
    result = slice_feedback.returned(many, document.document(many, AT, 604800))
    assert result["shortened"] and result["feedback"]["slices"] == [] and 500 <= len(result["proposals"]) <= 1000
    assert len(json.dumps(result)) < 700_000
    assert result["table"][1].startswith("web1,") and result["table"][-1].endswith(" more slices, which the file of json_path has")


def test_vms_of_different_sizes_have_no_capacity_in_common():
    both = {**states([100.0]), "kvm2": states([100.0], (2, 1024))["kvm1"]}
    assert sizes(SLICE, both) == [(1, 512), (2, 1024)]
    found = entry(measured(), both)["learned"]["capacity"]["requests"]
    assert found["value"] is None and "different sizes (1 vCPUs and 512 MiB, 2 vCPUs and 1024 MiB)" in found["why"]


def test_without_indicator_and_processors_nothing_is_learned():
    found = entry(measured(indicator=False), {})
    assert found["learned"]["capacity"]["requests"]["value"] is None and candidates(SLICE, found) == []
    assert found["learned"]["boots"]["n"] == 0


def test_a_slice_that_cannot_be_replayed_says_so():
    replayed = policy_replay.Replay(SLICE, {"requests": a_series([1.0] * 300)}, load_models(None), policy_replay.Plan(replay_seconds=86400))
    told = [{"key": "vm.serves.requests", "proposed": 40.0}, {"key": "network.egress.headroom", "proposed": 2.0}]
    made, together = effect.with_effects(told, replayed, SLICE, None)
    assert made[0]["effect"] == together and "a replay needs" in together["why"] and made[1]["effect"] is None
    assert effect.judged([{"key": "scaling.max"}]) and not effect.judged([{"key": "network.egress.headroom"}])


class Made:
    """A replay whose outcomes are given: {economy or quantile: (per cent short, VM-hours)}."""

    def __init__(self, found):
        self.found = found

    def altered(self, slice_):
        self.scaling = slice_["scaling"]
        return self

    @property
    def world(self):
        return SimpleNamespace(step=STEP)

    def profiles(self, scaling):
        return []

    def wishes(self, scaling, profiles):
        return scaling

    def counts(self, wishes):
        return self.found[wishes["economy"] if wishes["quantile"] == "auto" else wishes["quantile"]]


DEAR, CHEAP = {0.01: (0.1, 130.0), 0.02: (0.3, 120.0), 0.05: (0.8, 110.0), 0.1: (2.0, 105.0), 0.2: (4.0, 100.0)}, {
    0.01: (0.0, 130.0), 0.02: (0.0, 120.0), 0.05: (0.05, 110.0), 0.1: (0.2, 100.0), 0.2: (0.4, 90.0)}


@pytest.mark.parametrize("found, present, proposed", (
    (DEAR, 0.05, 0.02), (DEAR, 0.02, None), (DEAR, 0.2, 0.02),
    (CHEAP, 0.05, 0.1),      # short in half of what is allowed at most
    (CHEAP, 0.1, None),
    ({one: (9.0 - one, 100.0) for one in DEAR}, 0.2, None), ({one: (9.0 + one, 100.0) for one in DEAR}, 0.2, 0.01)))
def test_how_much_is_kept_in_hand_follows_the_objective(monkeypatch, found, present, proposed):
    monkeypatch.setattr(objective, "outcome", lambda world, one: {"short_percent": one[0], "vm_hours": one[1], "rows": 2016})
    slice_ = {**SLICE, "scaling": {**SLICE["scaling"], "economy": present, "gate": {**SLICE["scaling"]["gate"], "short_percent": 0.5}}}
    told = objective.candidate(slice_, Made(found))
    assert (told and told["proposed"]) == proposed
    if proposed:  # accepted, it stays
        assert objective.candidate({**slice_, "scaling": {**slice_["scaling"], "economy": proposed}}, Made(found)) is None
    assert objective.asked(slice_) and not objective.asked(SLICE)


def test_a_fixed_quantile_stays_fixed(monkeypatch):
    monkeypatch.setattr(objective, "outcome", lambda world, one: {"short_percent": one[0], "vm_hours": one[1], "rows": 2016})
    slice_ = {**SLICE, "scaling": {**SLICE["scaling"], "quantile": 0.9, "gate": {**SLICE["scaling"]["gate"], "short_percent": 0.5}}}
    told = objective.candidate(slice_, Made({0.9: (1.0, 100.0), 0.95: (0.4, 110.0), 0.99: (0.1, 130.0)}))
    assert (told["key"], told["present"], told["proposed"]) == ("scaling.quantile", 0.9, 0.95) and "1.00 % of the rows were short" in told["why"]
