# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""From a load on HAProxy to a decision, by a real Telegraf as the role telemetry configures it, through either InfluxDB."""
from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
import urllib.parse
from contextlib import ExitStack
from pathlib import Path

import demand
import influx
import lab as labs
import pytest
from ansible_collections.foresight.netslice.plugins.plugin_utils.instants import format_instant
from ansible_collections.foresight.netslice.plugins.plugin_utils.telemetry.client import connect
from ansible_collections.foresight.netslice.plugins.plugin_utils.telemetry.options import checked
from hosts import WORLD_ADDRESS
from play import play
from processes import die_with_parent, end_inside, wait_until
from relay import Relay

PLAYBOOK = str(Path(__file__).resolve().parent / "telegraf.yml")
CALM, SURGE, SERVES = 4, 20, 8  # requests a second, and what one VM serves of them
HAPROXY = """\
global
    stats socket {socket} mode 660 level admin
defaults
    mode http
    timeout connect 2s
    timeout client 10s
    timeout server 10s
    timeout queue 10s
listen netslice_web
    bind 192.0.2.11:8080
    balance roundrobin
"""
#: asks for a page so many times a second, for as long as it is let
LOAD = """\
import sys, threading, time, urllib.request
def ask():
    try:
        urllib.request.urlopen("http://192.0.2.11:8080/", timeout=8).read()
    except OSError:
        pass
begin, number = time.monotonic(), 0
while True:
    threading.Thread(target=ask, daemon=True).start()
    number += 1
    time.sleep(max(0, begin + number / float(sys.argv[1]) - time.monotonic()))
"""
STATSD = "import socket, sys; socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(sys.argv[1].encode(), ('127.0.0.1', int(sys.argv[2])))"


def telegraf():
    """Path of the executable, of PATH or of where tests/lab/influx.py has its servers from; None where there is none."""
    influx.candidates()  # unpacks what is at hand
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "netslice" / "bin" / "telegraf"
    return shutil.which("telegraf") or (str(cache) if os.access(cache, os.X_OK) else None)


class Measured:
    """A lab with HAProxy before the VMs of slice web, and a Telegraf for each InfluxDB at hand. A context manager."""

    def __init__(self, directory, executable):
        self.directory, self.executable, self._stack = Path(directory), executable, ExitStack()
        self.socket, self.influxdbs = str(self.directory / "haproxy.sock"), {}

    def __enter__(self):
        try:
            self._begin()
        except BaseException:
            self._stack.close()
            raise
        return self

    def __exit__(self, *_exception):
        self._stack.close()

    def _begin(self):
        self.lab = self._stack.enter_context(labs.Lab(self.directory / "lab", hypervisors=1, influxdb="none"))
        self.host = self.lab.hypervisors["kvm1"]
        self.slices = [{
            "name": "web", "vm": {"memory_mib": 96, "serves": {"requests": SERVES}, "image": self.lab.guest_image},
            "telemetry": {"max_age_seconds": 60, "resources": {"requests": {"field": "requests_per_second", "unit": "1/s"}}},
            "scaling": {"mode": "enforce", "min": 1, "max": 3, "quantile": 0.9, "drain_seconds": 60}, "network": {"range": "10.90.2.0/24"}}]
        telegrafs = [self._influxdb(number, version) for number, version in enumerate((2, 1))]
        (self.directory / "haproxy.cfg").write_text(HAPROXY.format(socket=self.socket))
        self.start("haproxy", "-db", "-f", self.directory / "haproxy.cfg")
        pages = self.directory / "pages"
        pages.mkdir()
        (pages / "metrics.txt").write_text("# TYPE sessions gauge\nsessions 12\n# TYPE other gauge\nother 1\n")
        (pages / "load.json").write_text('{"queue": {"depth": 3}}')
        self.start(sys.executable, "-m", "http.server", "--bind", "127.0.0.1", "--directory", pages, "9100")
        first = self.reconcile(2)
        assert first.rc == 0, first.stdout
        told = play(self.lab, PLAYBOOK, lab_telegrafs=[one for one in telegrafs if one], lab_executable=self.executable, lab_python=sys.executable,
                    lab_socket=self.socket)
        assert told.rc == 0, told.stdout
        self.telegrafs = {one["version"]: self.start(self.executable, "--config", Path(one["directory"], "netslice.conf"), log=one["log"])
                          for one in telegrafs if one}
        self.logs = {one["version"]: Path(one["log"]) for one in telegrafs if one}

    def _influxdb(self, number, version):
        """What the role is told of an InfluxDB of this version with a day of calm in it; None where there is none."""
        try:
            server = self._stack.enter_context(influx.Influx(str(version), str(self.directory / f"influxdb{version}")))
        except influx.NoServer:
            return None
        port = urllib.parse.urlsplit(server.url).port
        self._stack.enter_context(Relay(self.lab.world.pid, (WORLD_ADDRESS, 8086 + number), ("127.0.0.1", port)))
        self.influxdbs[version] = {name: value for name, value in server.options.items() if value}
        now = int(time.time()) // 10 * 10
        demand.write(server.options, (f"slice_demand,host=kvm1,slice=web requests_per_second={CALM}.0 {at}" for at in range(now - 90000, now, 10)))
        directory = self.directory / f"telegraf{version}"
        directory.mkdir()
        return {"version": version, "directory": str(directory), "log": str(directory / "log"), "influxdb": self.influxdbs[version],
                "url": f"http://{WORLD_ADDRESS}:{8086 + number}", "statsd": 8125 + number}

    def start(self, *command, space=None, log=os.devnull):
        """A program in the hypervisor, or in another space of the lab, that ends with this lab."""
        with open(log, "ab") as said:
            process = subprocess.Popen((space or self.host).enter(*command), stdin=subprocess.DEVNULL, stdout=said, stderr=said, preexec_fn=die_with_parent)
        self._stack.callback(end_inside, process)
        return process

    def load(self, rate):
        return self.start(sys.executable, "-c", LOAD, rate, space=self.lab.world)

    def reconcile(self, version, arguments="", **variables):
        connection = {f"netslice_{name}": value for name, value in self.influxdbs[version].items()}
        return play(self.lab, arguments=arguments, netslice_slices=self.slices, slice_manager_step_seconds=10, slice_manager_history_seconds=259200,
                    netslice_balancer_slices=[{"slice": "web"}], netslice_balancer_hosts=["kvm1"], netslice_balancer_socket=self.socket,
                    netslice_balancer_directory="", **connection, **variables)

    def look(self):
        """{version: (entry of slice_telemetry_info, Demand Profile)} of this moment."""
        out = self.directory / "look.json"
        told = play(self.lab, PLAYBOOK, netslice_slices=self.slices, lab_connections=list(self.influxdbs.values()), lab_out=str(out),
                    lab_as_of=format_instant(int(time.time())))
        assert told.rc == 0, told.stdout
        found = json.loads(out.read_text())
        return dict(zip(self.influxdbs, zip(found["survey"], found["profiles"])))

    def rows(self, version, measurement, fields, seconds=20):
        now = int(time.time())
        with connect(checked(self.influxdbs[version])) as client:
            return client.rows(measurement, fields, now - seconds, now + 1)

    def measures(self, version, at_least):
        """Whether the newest of what Telegraf wrote of the demand is so much."""
        rows = [row for row in self.rows(version, "slice_demand", {"requests_per_second": float, "cpu_cores": float}) if "cpu_cores" in row]
        return bool(rows) and rows[-1].get("requests_per_second", 0) >= at_least


@pytest.fixture(scope="module")
def measured(tmp_path_factory):
    lacks = labs.lacking() + ([] if shutil.which("haproxy") else ["haproxy (make packages installs it)"])
    executable = telegraf()
    if lacks or not executable:
        pytest.skip(f"the test needs {'; '.join(lacks + ([] if executable else ['telegraf, in PATH or unpacked']))}")
    with Measured(tmp_path_factory.mktemp("telegraf"), executable) as measured:
        calm = measured.load(CALM)
        for number, version in enumerate(measured.influxdbs):
            wait_until(lambda: measured.measures(version, CALM * 0.6), 40, f"points in InfluxDB {version} (see {measured.logs[version]})")
            # A datagram sent before Telegraf listens is lost; one that writes points listens.
            measured.host.run(sys.executable, "-c", STATSD, "netslice_application.users,slice=web,vip=10.90.2.2:7|g", 8125 + number)
        time.sleep(11)  # one row of the calm
        measured.calm = measured.look()
        end_inside(calm)
        measured.load(SURGE)
        for version in measured.influxdbs:
            wait_until(lambda: measured.measures(version, SURGE * 0.6), 40, f"the surge in InfluxDB {version}")
        time.sleep(16)  # one whole row of it
        yield measured


@pytest.mark.parametrize("version", [1, 2])
def test_what_arrives_is_a_decision(measured, version, tmp_path):
    if version not in measured.influxdbs:
        pytest.skip(f"no InfluxDB {version} is at hand")
    survey, profile = measured.calm[version]
    assert survey["verdict"] == "ok" and survey["missing"] == [], survey
    assert survey["resources"]["requests"]["age_seconds"] <= 20 and abs(profile["resources"]["requests"]["last"]["value"] - CALM) < 2
    assert [row["slice"] for row in measured.rows(version, "netslice_vm", {"memory_mib": float})][-1] == "web"

    plan = tmp_path / "plan.json"
    # InfluxDB 2 comes last, and its decision is carried out.
    done = measured.reconcile(version, "--check" if version == 1 else "", slice_manager_plan_path=str(plan))
    assert done.rc == 0, done.stdout
    entry = json.loads(plan.read_text())["slices"][0]
    assert entry["vms"]["present"] == 1 and entry["vms"]["final"] == 3 and len(entry["create"]) == 2, entry
    assert entry["telemetry"] == "ok" and entry["demand"]["requests"] > SURGE * 0.6 > entry["inputs"]["serves"]["requests"]


@pytest.mark.parametrize("measurement, field, tags", [
    ("netslice_vm", "memory_mib", {"slice", "vip", "vm"}), ("netslice_qos", "bytes", {"slice", "device", "direction"}), ("cpu", "usage_active", set()),
    ("mem", "used_percent", set()), ("net", "bytes_recv", {"interface"}), ("haproxy", "rate", {"slice", "vip", "sv", "proxy"}),
    ("libvirt_net", "rx_bytes", {"slice", "vip", "domain_name"}), ("netslice_application", "sessions", {"slice", "vip"}),
    ("netslice_application", "depth", {"slice"})])
@pytest.mark.parametrize("version", [1, 2])
def test_points_are_tagged(measured, version, measurement, field, tags):
    if version not in measured.influxdbs:
        pytest.skip(f"no InfluxDB {version} is at hand")
    rows = [row for row in measured.rows(version, measurement, {field: float}, 60) if field in row]
    assert rows, measured.logs[version].read_text()[-2000:]
    assert [row for row in rows if row["host"] != "kvm1"] == []
    told = [row for row in rows if tags <= row.keys() and row.get("slice", "web") == "web" and row.get("vip", "10.90.2.").startswith("10.90.2.")]
    assert told, rows[:5]


@pytest.mark.parametrize("version", [1, 2])
def test_statsd_of_an_application_arrives(measured, version):
    if version not in measured.influxdbs:
        pytest.skip(f"no InfluxDB {version} is at hand")
    rows = [row for row in measured.rows(version, "netslice_application", {"users": float}, 300) if "users" in row]
    assert rows and (rows[0]["slice"], rows[0]["vip"], rows[0]["users"]) == ("web", "10.90.2.2", 7.0)


def test_telegraf_that_stops_is_told(measured):
    """The last test: a slice whose Telegraf has ended is stale once its max_age_seconds have passed."""
    for process in measured.telegrafs.values():
        end_inside(process)
    measured.slices[0]["telemetry"]["max_age_seconds"] = 5
    time.sleep(6)
    for survey, profile in measured.look().values():
        assert survey["verdict"] == profile["verdict"] == "stale"
        assert "the slice holds what it has" in survey["missing"][0]
