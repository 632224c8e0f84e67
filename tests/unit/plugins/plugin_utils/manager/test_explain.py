# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Decision records fit their schema and hold all that was decided from; they are said in words."""
from __future__ import annotations

import copy
import json
from pathlib import Path

import pytest

from ansible_collections.foresight.netslice.plugins.plugin_utils.errors import InvalidInput
from ansible_collections.foresight.netslice.plugins.plugin_utils.manager.explain import line, paragraph
from ansible_collections.foresight.netslice.plugins.plugin_utils.telemetry.records import decision_points
from ansible_collections.foresight.netslice.tests.unit.plugins.plugin_utils.manager import fleets

SCHEMAS = Path(__file__).resolve().parents[5] / "docs" / "schemas"


def planned(act, quantile=0.95, profiles=None, hosts=1, **scaling):
    """The plan of slice web, of which nothing is there yet."""
    slices = [fleets.slice_(scaling={"quantile": quantile, **scaling})]
    profiles = [fleets.profile(requests=fleets.resource(act, spread=0.0))] if profiles is None else profiles
    return fleets.plan(slices, profiles, [fleets.host_state(f"kvm{number + 1}") for number in range(hosts)])


def records(plan, drifts=None):
    return [json.loads(point.fields["record"]) for point in decision_points(plan, drifts)]


@pytest.fixture(name="valid", scope="module")
def validator():
    """Validates a record; plan.schema.json is found beside decision.schema.json."""
    jsonschema = pytest.importorskip("jsonschema", reason="schema tests need jsonschema")
    referencing = pytest.importorskip("referencing", reason="schema tests need referencing")
    schema, plan = (json.loads((SCHEMAS / f"{name}.schema.json").read_text()) for name in ("decision", "plan"))
    jsonschema.Draft202012Validator.check_schema(schema)
    registry = referencing.Registry().with_resource(plan["$id"], referencing.Resource.from_contents(plan))
    return jsonschema.Draft202012Validator(schema, registry=registry)


def test_a_warm_pool_is_told_in_words(valid):
    forecast = [fleets.profile(requests=fleets.resource(90.0, spread=0.0, warm=240.0))]
    record, = records(planned(90.0, profiles=forecast, warm={"state": "parked", "max": 3}))
    valid.validate(record)
    text = paragraph(record)
    assert ("Its warm pool (parked) has 0 VMs and gets 3, which serve within 300 s: "
            "the forecast of the next 3600 s needs 5 VMs, 2 VMs serve.") in text
    assert "make ready web-10-90-2-4, web-10-90-2-5, web-10-90-2-6" in text


def test_vms_that_are_not_well_are_told_in_words(valid):
    raw, found = [fleets.slice_(scaling={"healing": {"retain_seconds": 600}})], [fleets.profile(requests=fleets.resource(90.0, spread=0.0))]
    _plan, states = fleets.converge(raw, found, [fleets.host_state("kvm1")])
    hung, edited = states[0]["vms"]
    hung.update(silent_since="2026-01-05T08:00:00Z", answers=False)
    edited["changed_by_hand"] = ["stored: autostart is on"]
    record, = records(fleets.plan(raw, found, [fleets.renew(states[0])], as_of=fleets.AS_OF + 600))
    valid.validate(record)
    assert "web-10-90-2-2 has not answered for 600 s or longer: restarted in place." in paragraph(record)
    assert "web-10-90-2-3 was changed by hand (stored: autostart is on): left, for scaling.healing.changed_by_hand is report." in paragraph(record)
    assert "heal web-10-90-2-2" in paragraph(record)


def test_a_record_has_everything_and_fits_its_schema(valid):
    record, = records(planned(620.0, max=10), {"web": "requests: it lost"})
    valid.validate(record)
    assert record["inputs"] == {
        "quantile": 0.95, "economy": 0.05, "lead_time_seconds": 300, "serves": {"requests": 50},
        "forecast": "forecast q0.95 620 1/s in 300..600 s needs 13 VMs of 50 1/s", "gate": None,
    }
    assert (record["demand"], record["predicted"]) == ({"requests": 620.0}, {"requests": 620.0})
    assert (record["vms"]["wished"], record["vms"]["final"], record["verdict"], record["drift"]) == (13, 10, "feasible", "requests: it lost")
    assert record["vms"]["rules"] == [{"rule": "max", "before": 13, "after": 10, "why": "scaling.max is 10"}]


@pytest.mark.parametrize("change", [
    {"inputs": None, "surprise": 1}, {"schema": "foresight.netslice/decision/2"}, {"drift": 1}, {"plan_id": None}, {"vms": {}}, {"verdict": "good"},
])
def test_another_document_does_not_fit(valid, change):
    record, = records(planned(90.0))
    assert valid.is_valid(record)
    assert not valid.is_valid({**record, **change})
    for key in record:
        assert not valid.is_valid({name: value for name, value in record.items() if name != key}), key


def test_records_of_all_kinds_fit(valid):
    slices = [fleets.slice_(), fleets.slice_("api", 3, scaling={"mode": "forecast_only", "quantile": "auto"}), fleets.slice_("silent", 4)]
    old = fleets.slice_("old", 5)
    _plan, states = fleets.converge([old], [fleets.profile("old", requests=120.0)], [fleets.host_state("kvm1")])
    profiles = [fleets.profile(requests=90.0), fleets.profile("api", requests=fleets.resource(400.0, mean=90.0))]
    for roster in (["kvm1"], ["kvm1", "kvm2"]):
        found = records(fleets.plan(slices, profiles, states, roster))
        for record in found:
            valid.validate(record)
            assert record["name"] in line(record) and record["verdict"] in paragraph(record)
        unsaid = [record["name"] for record in found if (record["inputs"] or {}).get("forecast") is None]
        assert (len(found), unsaid) == (4, ["old", "silent"])


def test_a_decision_in_sentences():
    record, = records(planned(620.0, max=10), {"web": "requests: it lost"})
    assert paragraph(record) == (
        "Slice web in the pass of 2026-01-05T08:00:00Z: it has 0 VMs and gets 10 VMs (mode enforce, state preparing). Demand: requests 620 now, 620 predicted "
        "(telemetry ok, model lstm-global). The wish at quantile 0.95 is 13 VMs: forecast q0.95 620 1/s in 300..600 s needs 13 VMs of 50 1/s. "
        "Rule max made 10 of 13: scaling.max is 10. To do: create web-10-90-2-2, web-10-90-2-3, web-10-90-2-4, web-10-90-2-5, web-10-90-2-6 and 5 more. "
        "Verdict: feasible. Its forecasts drift, so that a seasonal naive model decides: requests: it lost."
    )
    assert line(record) == "web: 0 -> 10 VMs, enforce, feasible: max: scaling.max is 10"


def test_an_entry_of_a_plan_is_explained_as_well():
    entry, = planned(90.0, mode="forecast_only")["slices"]
    assert line(entry) == "web: 0 (wished 2) VMs, forecast_only, feasible: mode: scaling.mode is forecast_only"
    assert "it keeps 0 VMs" in paragraph(entry) and "Rule mode made 0 of 2: scaling.mode is forecast_only." in paragraph(entry)


def test_silence_is_explained():
    text = paragraph(planned(0, profiles=[])["slices"][0])
    assert "Of its demand nothing is known (telemetry missing, model none)." in text
    assert "The wish at quantile 0.95 is 0 VMs" in text
    assert "Rule min made 1 of 0" in text


def test_what_is_missing_is_said():
    entry, = fleets.plan([fleets.slice_()], [fleets.profile(requests=90.0)], [fleets.host_state("kvm1", maintenance="cordon")])["slices"]
    assert "Verdict: infeasible: 2 VMs of 1 vCPU and 512 MiB: no host of the roster takes new VMs" in paragraph(entry)


def test_a_record_without_inputs_is_explained():
    entry = copy.deepcopy(planned(90.0)["slices"][0])
    del entry["inputs"]
    assert "The wish is 2 VMs: forecast q0.95 90 1/s" in paragraph(entry)


@pytest.mark.parametrize("given", [None, [], {}, "text", {"vms": {}}, {"name": "web", "mode": "enforce", "verdict": "feasible", "vms": {"final": 1}}])
def test_what_is_no_decision_is_refused(given):
    for form in (line, paragraph):
        with pytest.raises(InvalidInput, match="^explain: the input is no decision. Give the field"):
            form(given)


def test_who_lost_what_to_whom_is_a_record_and_a_sentence(valid):
    slices = [{**fleets.slice_(), "priority": 200}, fleets.slice_("api", 3)]
    profiles = [fleets.profile(name, requests=fleets.resource(150.0, spread=0.0)) for name in ("web", "api")]
    host = fleets.host_state("kvm1", memory_mib=2048, reserve={"vcpus": 0, "memory_mib": 0})
    record, first = records(fleets.plan(slices, profiles, [host], ["kvm1", "kvm2"], lost=["kvm2"]))
    valid.validate(record)
    assert record["shortfall"] == [{"because": "priority", "resource": "memory", "amount": 1024, "unit": "MiB", "vms": 2,
                                    "to": [{"slice": "web", "priority": 200, "vms": 3}]}]
    assert (first["shortfall"], record["lost_hosts"]) == ([], [{"host": "kvm2", "by": "word"}])
    assert paragraph(record).endswith("Lost: 2 VMs (1024 MiB of memory) to web (priority 200, 3 VMs): of a better claim.")
    assert "Host kvm2 is lost by the operator." in paragraph(record)
    assert "Lost:" not in paragraph(first)
