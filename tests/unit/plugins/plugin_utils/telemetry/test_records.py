# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Plans and profiles to points of a pass."""
from __future__ import annotations

import json

import pytest

from ansible_collections.foresight.netslice.plugins.plugin_utils.errors import InvalidInput
from ansible_collections.foresight.netslice.plugins.plugin_utils.telemetry import records

AS_OF = "2026-01-05T08:00:00Z"
ENTRY = {"name": "web", "state": "active", "mode": "enforce", "verdict": "feasible", "telemetry": "ok", "model": "lstm-global",
         "vms": {"present": 2, "wished": 3, "final": 3, "rules": []}, "binding": {"resource": "requests", "rule": "forecast", "why": "..."}}


def test_decisions():
    point, = records.decision_points({"as_of": AS_OF, "slices": [ENTRY]})
    assert (point.measurement, point.tags, point.time) == ("netslice_decision", {"slice": "web"}, 1767600000)
    record = json.loads(point.fields.pop("record"))
    assert record == {"schema": "foresight.netslice/decision/1", "plan_id": None, "as_of": AS_OF, "drift": None, **ENTRY}
    assert point.fields == {"mode": "enforce", "state": "active", "verdict": "feasible", "telemetry": "ok", "model": "lstm-global",
                            "present": 2, "wished": 3, "final": 3, "binding_resource": "requests", "binding_rule": "forecast",
                            "drift": None}


def test_what_drifts_is_on_the_record():
    profiles = [{"slice": "web", "resources": {"cpu": {"drift": {"since": AS_OF, "why": "it lost"}}, "memory": {"drift": None}, "egress": {}}},
                {"slice": "db", "resources": {"cpu": {"drift": None}}}]
    drifts = records.drifted(profiles)
    assert drifts == {"web": "cpu: it lost"}
    point, = records.decision_points({"as_of": AS_OF, "slices": [ENTRY]}, drifts)
    assert point.fields["drift"] == json.loads(point.fields["record"])["drift"] == "cpu: it lost"


def test_a_slice_without_vms_or_binding():
    point, = records.decision_points({"as_of": AS_OF, "slices": [{"name": "web", "vms": None, "binding": None}]})
    assert {name for name, value in point.fields.items() if value is not None} == {"record"}


def test_a_long_record_is_cut():
    entry = {**ENTRY, "vips": [f"10.90.{number // 250}.{number % 250}" for number in range(10_000)]}
    point, = records.decision_points({"as_of": AS_OF, "slices": [entry]})
    assert len(point.fields["record"]) < records.RECORD_CHARACTERS
    assert json.loads(point.fields["record"])["vips"] == entry["vips"][:records.RECORD_ITEMS]


@pytest.mark.parametrize("plan", [{}, {"slices": []}, {"as_of": AS_OF}, {"as_of": AS_OF, "slices": {}}])
def test_no_plan(plan):
    with pytest.raises(InvalidInput, match="^plan: "):
        records.decision_points(plan)


def profile(*leads, **more):
    decided = {str(lead): [float(i), 50.0, 100.0 + i] for i, lead in enumerate(leads)}
    return {"slice": "web", "as_of": AS_OF, "resources": {"cpu": {"model": "lstm-global", "leads": decided}, **more}}


def test_forecasts():
    points = records.forecast_points([profile(300, 900, memory={"model": "none", "leads": {}})])
    assert [(point.tags["lead"], point.fields["q50"]) for point in points] == [("300", 0.0), ("900", 1.0)]
    assert {point.time for point in points} == {1767600000}
    assert points[0].tags == {"slice": "web", "resource": "cpu", "lead": "300"}
    assert points[0].fields == {"q50": 0.0, "q90": 50.0, "q95": 100.0, "model": "lstm-global"}


def test_what_network_and_naive_say_is_kept_where_it_was_not_yet():
    said = {"network": {"300": [1.0, 2.0, 3.0], "900": [4.0, 5.0, 6.0]}, "naive": {"300": [7.0, 8.0, 9.0]}}
    one = profile(300, 900, 3600)
    one["resources"]["cpu"]["said"] = said
    near, next_, far = (point.fields for point in records.forecast_points([one]))
    assert (near["network50"], near["network95"], near["naive90"], next_["network90"]) == (1.0, 3.0, 8.0, 5.0)
    assert "naive50" not in next_ and "network50" not in far
    assert all(set(point.fields) == {"q50", "q90", "q95", "model"} for point in records.forecast_points([one], {("web", "cpu")}))


@pytest.mark.parametrize("text, message", [
    (None, "cannot read"), ("{", "cannot read"), ("[]", "no document of schema"), ('{"schema": "other"}', "no document of schema"),
    (json.dumps({"schema": records.CURVES_SCHEMA, "as_of": "2026-01-05T08:05:00Z", "profiles": []}), "of the same pass"),
    (json.dumps({"schema": records.CURVES_SCHEMA, "as_of": AS_OF}), "no list profiles")])
def test_curves_that_do_not_fit(tmp_path, text, message):
    path = tmp_path / "curves.json"
    if text is not None:
        path.write_text(text)
    with pytest.raises(InvalidInput, match=message):
        records.read_curves(str(path), {"as_of": AS_OF})


def test_curves(tmp_path):
    path = tmp_path / "curves.json"
    path.write_text(json.dumps({"schema": records.CURVES_SCHEMA, "as_of": AS_OF, "profiles": [{"slice": "web"}]}))
    assert records.read_curves(str(path), {"as_of": AS_OF}) == records.read_curves(str(path)) == [{"slice": "web"}]
