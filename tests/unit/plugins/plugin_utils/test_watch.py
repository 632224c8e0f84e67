# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The watch over slices: its options, its bands, the answers of VIPs."""
from __future__ import annotations

import socket

import pytest
import yaml

from ansible_collections.foresight.netslice.plugins.plugin_utils import watch
from ansible_collections.foresight.netslice.plugins.plugin_utils.errors import InvalidInput

END = 1767600000
WEB = {"name": "web", "vm": {"memory_mib": 512, "serves": {"requests": 50}}, "network": {"range": "10.90.2.0/24"}}


@pytest.mark.parametrize("args, said", [
    ({}, "one of the two is needed"),
    ({"slices": [WEB], "slices_path": "x"}, "not both"),
    ({"slices_path": "/nowhere.yml"}, "/nowhere.yml cannot be read"),
    ({"slices": [WEB], "interval": 5}, "interval: is no option"),
    ({"slices": [WEB], "interval_seconds": 0}, "interval_seconds: 0 does not do"),
    ({"slices": [WEB], "rows": "many"}, "rows: 'many' is no number"),
    ({"slices": [WEB], "tolerance": float("nan")}, "tolerance: nan does not do"),
    ({"slices": [{**WEB, "vms": {}}]}, "vms"),
    ({"slices": [WEB], "influxdb_url": "no-url"}, "influxdb_url: is not a URL"),
])
def test_options_that_do_not_do_are_refused(args, said):
    with pytest.raises(InvalidInput, match=said):
        watch.Watch(args)


def test_options_of_a_rulebook_may_be_texts(tmp_path):
    (tmp_path / "slices.yml").write_text("netslice_slices:\n  - {name: web, vm: {memory_mib: 512, serves: {requests: 50}}, network: {range: 10.90.2.0/24}}\n")
    made = watch.Watch({"slices_path": str(tmp_path / "slices.yml"), "interval_seconds": "30", "tolerance": "0.1"})
    assert (made.options["interval_seconds"], made.options["tolerance"], made.slices[0]["name"]) == (30, 0.1, "web")


def test_an_influxdb_that_cannot_be_read_is_one_event_until_it_can():
    made = watch.Watch({"slices": [WEB], "influxdb_url": "http://127.0.0.1:9", "influxdb_timeout_seconds": 2})
    assert [(event["kind"], event["state"]) for event in made.look(END)] == [("unwatched", "raised")]
    assert made.look(END + 60) == []


def test_slices_are_those_that_the_file_holds_now(tmp_path):
    path = tmp_path / "slices.yml"
    path.write_text(yaml.safe_dump([WEB]))
    made = watch.Watch({"slices_path": str(path), "influxdb_url": "http://127.0.0.1:9", "influxdb_timeout_seconds": 2})
    path.write_text(yaml.safe_dump([WEB, {**WEB, "name": "shop", "network": {"range": "10.90.3.0/24"}}]))
    assert [event["kind"] for event in made.look(END)] == ["unwatched"]
    assert [one["name"] for one in made.slices] == ["web", "shop"]
    path.write_text("- {")
    made._found = {}
    assert [(event["kind"], "slices.yml cannot be read" in event["why"]) for event in made.look(END)] == [("unwatched", True)]
    path.unlink()
    assert made.look(END) == [] and len(made.slices) == 2


@pytest.mark.parametrize("content", [b"# caf\xe9", b"- {name: web, until: 2026-13-45}", b"a\x00b", b"[" * 5000])
def test_a_file_of_slices_that_is_no_yaml_ends_no_watch(tmp_path, content):
    path = tmp_path / "slices.yml"
    path.write_text(yaml.safe_dump([WEB]))
    made = watch.Watch({"slices_path": str(path), "influxdb_url": "http://127.0.0.1:9", "influxdb_timeout_seconds": 2})
    path.write_bytes(content)
    assert [(event["kind"], "slices.yml cannot be read" in event["why"]) for event in made.look(END)] == [("unwatched", True)]


def test_vips_of_vms_that_boot_are_not_expected_to_answer():
    record = {"state": "active", "vips": ["10.90.2.2", "10.90.2.3", "10.90.2.4"], "create": ["web-10-90-2-4"], "heal": ["web-10-90-2-2"]}
    assert watch.expected("web", record) == ["10.90.2.3"]
    assert watch.expected("web", {**record, "restore": ["web-10-90-2-3"], "resize": ["web-10-90-2-3"]}) == ["10.90.2.3"]
    assert watch.expected("web", {**record, "state": "preparing"}) == watch.expected("web", {}) == []


@pytest.mark.parametrize("record", [{"state": "active", "vips": 3}, {"state": "active", "vips": ["no-address"]}, {"state": "active", "create": 1}])
def test_a_record_that_no_pass_wrote_ends_no_watch(monkeypatch, record):
    monkeypatch.setattr(watch, "connect", lambda options: Forged())
    monkeypatch.setattr(watch, "last_records", lambda *arguments: {"web": {"as_of": "2026-01-05T08:00:00Z", **record}})
    events = watch.Watch({"slices": [WEB], "probe_port": 1}).look(END)
    assert [event["kind"] for event in events] == ["unwatched"] and "with slice_decision alone" in events[0]["why"]


class Forged:
    """An InfluxDB without telemetry, whose forecasts lack their tags."""

    def __enter__(self):
        return self

    def __exit__(self, *exc):
        pass

    def read(self, requests, start, stop):
        return {(one.slice, one.resource): [] for one in requests}

    def rows(self, measurement, fields, start, stop, tags=None):
        return [{"time": END, "q50": 1.0, "q95": 2.0}]


class Rows:
    """Forecasts at 07:50:20 and 07:55:20, and one of 07:45:20 for a row that no later pass forecast at a shorter lead."""

    def rows(self, measurement, fields, start, stop, tags):
        assert measurement == "netslice_forecast" and set(fields) == {"q50", "q95"}
        kept = {"300": [(END - 580, 1.0), (END - 280, 2.0)], "900": [(END - 880, 9.0), (END - 280, 8.0)], "3600": []}[tags["lead"]]
        return [{"time": time, "slice": "web", "resource": "requests", "q50": value, "q95": value + 0.5} for time, value in kept if start <= time <= stop]


def test_a_row_has_the_band_of_its_newest_forecast():
    assert watch.read_bands(Rows(), END - 300, END) == {("web", "requests"): {END - 300: (1.0, 1.5), END: (2.0, 2.5)}}


def test_a_refused_connection_is_an_answer():
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        assert watch.answers_at("127.0.0.1", port, 2)
    assert watch.answers_at("127.0.0.1", port, 2)
    assert not watch.answers_at("192.0.2.255", 80, 0.2)
