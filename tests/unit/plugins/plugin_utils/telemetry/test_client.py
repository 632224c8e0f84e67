# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Both dialects against real servers."""
from __future__ import annotations

import socket

import pytest

np = pytest.importorskip("numpy", reason="numpy is not installed")

from ansible_collections.foresight.netslice.plugins.plugin_utils.errors import TelemetryError
from ansible_collections.foresight.netslice.plugins.plugin_utils.telemetry import client as client_module
from ansible_collections.foresight.netslice.plugins.plugin_utils.telemetry.client import connect
from ansible_collections.foresight.netslice.plugins.plugin_utils.telemetry.line import Point
from ansible_collections.foresight.netslice.plugins.plugin_utils.telemetry.options import checked
from ansible_collections.foresight.netslice.plugins.plugin_utils.telemetry.reader import read_series
from ansible_collections.foresight.netslice.plugins.plugin_utils.telemetry.series import SeriesRequest

AS_OF = 1767600000  # 2026-01-05T08:00:00Z
HOSTILE = ['"; DROP DATABASE telemetry; --', "' OR 1=1", "$slice0", "web, db = x", 'r.slice == "a" or true', "ünï ☃", "a\\b", "${bucket}"]


def request(name, measurement, field="cpu_cores", **more):
    return SeriesRequest(name, more.pop("resource", field), more.pop("bucket", None), measurement, field, "cores", **more)


def points(measurement, name, values, field="cpu_cores", step=300, end=AS_OF, **tags):
    """Points at the begin of each step, the last one step before end."""
    start = end - step * len(values)
    return [Point(measurement, {"slice": name, **tags}, {field: value}, start + step * row) for row, value in enumerate(values)]


def read(client, requests, history=3600, as_of=AS_OF):
    return {key: one.values.tolist() for key, one in read_series(client, requests, as_of, history, 300).items()}


def test_dialect_is_found_out(client, server):
    assert client.dialect == {1: "influxql", 2: "flux"}[server.version]


def test_all_slices_and_fields_in_one_read(client, measurement):
    written = [float(row) for row in range(12)]
    assert client.write(points(measurement, "web", written) + points(measurement, "db", [7] * 12, "memory_mib")) == 24
    found = read_series(client, [request("web", measurement), request("db", measurement, "memory_mib"), request("no", measurement)], AS_OF, 3600, 300)
    assert found["web", "cpu_cores"].values.tolist() == written
    assert found["web", "cpu_cores"].last_time == AS_OF - 300
    assert found["db", "memory_mib"].values.tolist() == [7.0] * 12
    assert np.isnan(found["no", "cpu_cores"].values).all() and found["no", "cpu_cores"].last_time is None


def test_nothing_after_as_of_is_read(client, measurement):
    client.write(points(measurement, "web", [1.0, 2.0, 3.0], end=AS_OF + 300))
    found = read_series(client, [request("web", measurement)], AS_OF - 1, 900, 300)["web", "cpu_cores"]
    assert found.last_time == AS_OF - 300 and 3.0 not in found.values
    found = read_series(client, [request("web", measurement)], AS_OF, 900, 300)["web", "cpu_cores"]
    assert found.last_time == AS_OF, "a point at as_of itself counts"


def test_a_repeated_write_overwrites(client, measurement):
    for value in (1.0, 2.0):
        client.write(points(measurement, "web", [value]))
    assert read(client, [request("web", measurement)], 300) == {("web", "cpu_cores"): [2.0]}


def test_series_of_several_hosts_are_summed(client, measurement):
    client.write(points(measurement, "web", [1.0, 2.0], host="kvm1") + points(measurement, "web", [10.0, 20.0], host="kvm2, the second"))
    assert read(client, [request("web", measurement)], 600) == {("web", "cpu_cores"): [11.0, 22.0]}


@pytest.mark.parametrize("named", [0, 200], ids=["whole measurement", "slices named"])
def test_hostile_slice_names_are_inert(client, measurement, monkeypatch, named):
    monkeypatch.setattr(client_module, "NAMED_SLICES", named)
    client.write([point for number, name in enumerate(HOSTILE) for point in points(measurement, name, [float(number)] * 3)])
    found = read(client, [request(name, measurement) for name in HOSTILE], 900)
    assert found == {(name, "cpu_cores"): [float(number)] * 3 for number, name in enumerate(HOSTILE)}
    assert np.isnan(read(client, [request("' OR '1'='1", measurement)], 300)["' OR '1'='1", "cpu_cores"]).all()


def test_hostile_measurement_and_field_are_inert(client, measurement):
    strange, field = measurement + ' ";x', 'f"x, y'
    client.write(points(strange, "web", [5.0], field))
    assert read(client, [request("web", strange, field)], 300) == {("web", field): [5.0]}


def test_integers_text_and_gaps(client, measurement):
    client.write(points(measurement, "web", [1, 2, 3]) + [Point(measurement, {"slice": "web"}, {"note": "a,\"b\""}, AS_OF - 900)])
    found = read(client, [request("web", measurement), request("web", measurement, "note")], 1200)
    assert np.isnan(found["web", "cpu_cores"][0]) and found["web", "cpu_cores"][1:] == [1.0, 2.0, 3.0]
    assert np.isnan(found["web", "note"]).all()


OWN = {
    "flux": """from(bucket: "telemetry") |> range(start: start, stop: stop) |> filter(fn: (r) => r._measurement == "{m}" and r.app == slice)
               |> keep(columns: ["_time", "_value", "_field"]) |> rename(columns: {{_time: "time", _value: "value", _field: "field"}})""",
    "influxql": 'SELECT mean("cpu") AS "cpu", max("rps") AS "rps" FROM "{m}" WHERE time >= $start AND time < $stop AND "app" = $slice GROUP BY time(5m)',
}


def test_own_query(client, measurement):
    client.write([Point(measurement, {"app": "web"}, {"cpu": 2.0 + row, "rps": 50.0}, AS_OF - 900 + 300 * row) for row in range(3)])
    client.write([Point(measurement, {"app": "other"}, {"cpu": 99.0}, AS_OF - 300)])
    query = OWN[client.dialect].format(m=measurement)
    found = read(client, [request("web", "unused", "cpu", query=query), request("web", "unused", "rps", query=query)], 900)
    assert found == {("web", "cpu"): [2.0, 3.0, 4.0], ("web", "rps"): [50.0] * 3}


def test_own_influxql_query_with_field_and_value(influx1, measurement):
    with connect(checked(influx1.options)) as client:
        client.write([Point(measurement, {"app": "web"}, {"field": name, "value": number}, AS_OF - 300 + number) for number, name in enumerate(["cpu", "rps"])])
        query = f'SELECT "field", "value" FROM "{measurement}" WHERE time >= $start AND time < $stop AND "app" = $slice'
        assert read(client, [request("web", "", "cpu", query=query), request("web", "", "rps", query=query)], 300) == {
            ("web", "cpu"): [0.0], ("web", "rps"): [1.0]}


@pytest.mark.parametrize("bad", ["this is no query(", "columns"])
def test_own_query_that_fails(client, measurement, bad):
    client.write([Point(measurement, {"app": "web"}, {"cpu": 2.0}, AS_OF - 300)])
    if bad == "columns":
        bad = {"flux": f'from(bucket: "telemetry") |> range(start: start, stop: stop) |> filter(fn: (r) => r._measurement == "{measurement}")'
                       '|> keep(columns: ["_time"])', "influxql": f'SELECT cpu AS other FROM "{measurement}"'}[client.dialect]
    with pytest.raises(TelemetryError, match=r"Cannot read slice web of .*own query.*telemetry\.query"):
        read(client, [request("web", measurement, query=bad)])


def test_rows_of_our_own_measurements(client, measurement):
    record = '{"why": "a, \\"b\\"\\n"}'
    client.write([Point(measurement, {"slice": "web"}, {"record": record, "wished": 3, "q50": 1.5}, AS_OF - 60),
                  Point(measurement, {"slice": "db", "lead": "300"}, {"q50": 2.5}, AS_OF - 120)])
    kinds = {"record": str, "wished": float, "q50": float}
    assert client.rows(measurement, kinds, AS_OF - 600, AS_OF) == [
        {"time": AS_OF - 120, "slice": "db", "lead": "300", "q50": 2.5},
        {"time": AS_OF - 60, "slice": "web", "record": record, "wished": 3.0, "q50": 1.5}]
    assert client.rows(measurement, kinds, AS_OF, AS_OF + 60) == []


def test_missing_bucket(client):
    with pytest.raises(TelemetryError, match=r"Cannot read m of .*nowhere.*127\.0\.0\.1.*'nowhere' does not exist.*influxdb_bucket"):
        read(client, [request("web", "m", bucket="nowhere")])
    with pytest.raises(TelemetryError, match="Cannot write to .*nowhere.*does not exist"):
        client.write(points("m", "web", [1.0]), "nowhere")


def test_refused_credentials_are_not_shown(options):
    secret = "not-the-secret"
    wrong = {**options, "influxdb_token": secret} if options["influxdb_token"] else {**options, "influxdb_password": secret}
    for act in (lambda c: read(c, [request("web", "m")]), lambda c: c.write(points("m", "web", [1.0]))):
        with connect(wrong) as client, pytest.raises(TelemetryError, match="refuses the credentials.*influxdb_token") as caught:
            act(client)
        assert secret not in str(caught.value)


@pytest.mark.parametrize("dialect", ["auto", "flux", "influxql"])
def test_server_down(dialect):
    if dialect == "flux":
        pytest.importorskip("influxdb_client", reason="influxdb-client is not installed")
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))  # bound but not listening: refused
        url = f"http://user:hidden@127.0.0.1:{holder.getsockname()[1]}"
        with pytest.raises(TelemetryError, match=r"cannot be reached .*influxdb_url") as caught:
            with connect(checked({"influxdb_url": url, "influxdb_dialect": dialect})) as client:
                read(client, [request("web", "m")])
        assert "hidden" not in str(caught.value) and "127.0.0.1" in str(caught.value)


@pytest.mark.parametrize("dialect", ["auto", "flux", "influxql"])
def test_server_that_never_answers(dialect):
    if dialect == "flux":
        pytest.importorskip("influxdb_client", reason="influxdb-client is not installed")
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        url = f"http://127.0.0.1:{silent.getsockname()[1]}"
        with pytest.raises(TelemetryError, match="no answer within 0.3 s.*influxdb_timeout_seconds"):
            with connect(checked({"influxdb_url": url, "influxdb_dialect": dialect, "influxdb_timeout_seconds": 0.3})) as client:
                read(client, [request("web", "m")])


def test_unknown_organization(influx2):
    with connect(checked({**influx2.options, "influxdb_org": "nobody"})) as client:
        with pytest.raises(TelemetryError, match="organization does not exist.*influxdb_org"):
            read(client, [request("web", "m")])


def test_influxql_of_version_2(influx2, measurement):
    """A mapping of a database to a bucket exists for every bucket of version 2.7; a token is sent in place of a user."""
    with connect(checked(influx2.options)) as client:
        client.write(points(measurement, "web", [4.0]))
    with connect(checked({**influx2.options, "influxdb_dialect": "influxql"})) as client:
        assert read(client, [request("web", measurement)], 300) == {("web", "cpu_cores"): [4.0]}
