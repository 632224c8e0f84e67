# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every kind of dirty telemetry through a real InfluxDB of both dialects to Demand Profiles."""
from __future__ import annotations

import json
import uuid
from pathlib import Path

import pytest

np = pytest.importorskip("numpy", reason="numpy is not installed")
pytest.importorskip("torch", reason="the shipped model is a network of torch")
pytest.importorskip("safetensors", reason="weights are safetensors")
jsonschema = pytest.importorskip("jsonschema", reason="profiles are checked against their JSON Schema")

from ansible_collections.foresight.netslice.tests.unit.plugins.plugin_utils.telemetry.dirty import AS_OF, OWN, ROWS, STEP, TABLE, office, points

from ansible_collections.foresight.netslice.plugins.plugin_utils.analytics.engine import Settings, demand_profiles
from ansible_collections.foresight.netslice.plugins.plugin_utils.analytics.limits import MOST
from ansible_collections.foresight.netslice.plugins.plugin_utils.manager.policy import decide
from ansible_collections.foresight.netslice.plugins.plugin_utils.manager.slices import validate_slices
from ansible_collections.foresight.netslice.plugins.plugin_utils.telemetry.client import connect
from ansible_collections.foresight.netslice.plugins.plugin_utils.telemetry.options import checked
from ansible_collections.foresight.netslice.plugins.plugin_utils.telemetry.reader import read_series, series_requests
from ansible_collections.foresight.netslice.tests.unit.plugins.plugin_utils.manager import fleets

SCHEMA = json.loads((Path(__file__).resolve().parents[5] / "docs" / "schemas" / "demand_profile.schema.json").read_text())
LINES = 10000
#: curves are rounded to it, and a series in the company of others may come out one up or down
LAST_DIGIT = 1e-4


def a_slice(number, row, measurement, dialect):
    resources = {"requests": {"field": "f", "unit": "1/s", "kind": row.kind}}
    if row.sibling:
        resources["cpu"] = {"field": "sibling", "unit": "cores"}
    telemetry = {"measurement": measurement, "resources": resources, **row.telemetry}
    if row.own:
        telemetry["query"] = OWN[row.own][dialect].format(m=measurement)
    return {"name": f"s{number}", "telemetry": telemetry, "vm": {"memory_mib": 512, "serves": {"requests": 50}}, "network": {"range": f"10.90.{number}.0/24"}}


def lines_of(number, row, measurement):
    for suffix, found in (("", row.points), ("_wrong", row.wrong)):
        yield from (f"{measurement}{suffix},slice=s{number}{tags} f={value} {at}" for tags, at, value in found)
    if row.sibling:
        yield from (f"{measurement},slice=s{number}{tags} sibling={value} {at}" for tags, at, value in points(office(1)))


@pytest.fixture(scope="module", params=["influxql", "flux"])
def found(request):
    """{kind: Demand Profile} of the whole table, read and forecast at once, and the dialect."""
    server = request.getfixturevalue("influx1" if request.param == "influxql" else "influx2")
    with connect(checked({**server.options, "influxdb_timeout_seconds": 60})) as client:
        slices = []
        for number, row in enumerate(TABLE.values()):
            measurement = "dirty_" + uuid.uuid4().hex
            slices.append(a_slice(number, row, measurement, request.param))
            lines = list(lines_of(number, row, measurement))
            for begin in range(0, len(lines), LINES):
                client._send(client.bucket, "\n".join(lines[begin:begin + LINES]))
        slices = validate_slices(slices)
        series = read_series(client, series_requests(slices), AS_OF, ROWS * STEP, STEP)
    profiles = demand_profiles(slices, series, AS_OF, Settings(), curves=True)
    return request.param, dict(zip(TABLE, profiles))


@pytest.mark.parametrize("kind", TABLE)
def test_each_kind_is_treated_as_stated(found, kind):
    dialect, profiles = found
    row, profile = TABLE[kind], profiles[kind]
    jsonschema.validate(profile, SCHEMA)
    entry = profile["resources"]["requests"]
    wanted = row.treated[dialect] if isinstance(row.treated, dict) else row.treated
    assert sorted(note["kind"] for note in entry["treated"]) == sorted(wanted), entry["treated"]
    assert profile["verdict"] == row.verdict
    curve = np.array([entry["curve"][quantile] for quantile in ("0.5", "0.9", "0.95")])
    assert curve.shape == (3, 144) and np.isfinite(curve).all()
    assert curve.min() >= 0 and (np.diff(curve, axis=0) >= 0).all()
    assert curve.max() <= MOST * row.most * 1.001
    if row.last is not None:
        assert entry["last"]["value"] == pytest.approx(row.last, rel=1e-4)
    if row.peak is not None:
        assert entry["recent_peak"] == pytest.approx(row.peak, rel=1e-4)
    if row.near is not None:
        usual = np.array(profiles["clean"]["resources"]["requests"]["curve"]["0.5"]) * row.factor
        assert np.abs(curve[0] - usual).mean() <= row.near * usual.mean() + LAST_DIGIT


@pytest.mark.parametrize("kind, present, count", [
    ("the unit jumps down", 7, 7), ("the unit jumps down at this moment", 7, 7), ("the unit jumps up", 2, 10), ("missing for two hours at the end", 7, 7),
    ("a spike of 1000x at this moment", 2, 10), ("a surge of ten times", 2, 10)])
def test_no_error_of_a_unit_takes_a_vm_away_and_no_surge_is_left_short(found, kind, present, count):
    """One VM serves 50 of some 60 to 80 at this moment; the slice has at most 10."""
    one = a_slice(0, TABLE[kind], "m", found[0])
    (slice_,) = validate_slices([{**one, "vm": {**one["vm"], "image": {"kernel": "/k"}}, "scaling": {"mode": "enforce"}}])
    wish = decide(slice_, found[1][kind], fleets.past(present), [])
    assert wish.count == count, wish.rules
