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
from processes import START_SECONDS, Opened, die_with_parent, end_inside, wait_until
from relay import Relay

PLAYBOOK = str(Path(__file__).resolve().parent / "telegraf.yml")
CALM, SURGE, SERVES = 4, 20, 8  # requests a second, and what one VM serves of them
ROW_SECONDS = 10
#: until a busy machine has given a whole row without a stall
PATIENCE_SECONDS = 300
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


class Measured(Opened):
    """A lab with HAProxy before the VMs of slice web, and a Telegraf for each InfluxDB at hand. A context manager."""

    def __init__(self, directory, executable):
        super().__init__()
        self.directory, self.executable = Path(directory), executable
        self.socket, self.influxdbs = str(self.directory / "haproxy.sock"), {}

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
        wait_until(Path(self.socket).exists, START_SECONDS, "HAProxy")
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
        self.statsd = {one["version"]: one["statsd"] for one in telegrafs if one}

    def _influxdb(self, number, version):
        """What the role is told of an InfluxDB of this version with a day of calm in it; None where there is none."""
        try:
            server = self._stack.enter_context(influx.Influx(str(version), str(self.directory / f"influxdb{version}")))
        except influx.NoServer:
            return None
        port = urllib.parse.urlsplit(server.url).port
        self._stack.enter_context(Relay(self.lab.world.pid, (WORLD_ADDRESS, 8086 + number), ("127.0.0.1", port)))
        self.influxdbs[version] = {name: value for name, value in server.options.items() if value}
        now = int(time.time()) // ROW_SECONDS * ROW_SECONDS
        demand.write(server.options, (f"slice_demand,host=kvm1,slice=web requests_per_second={CALM}.0 {at}" for at in range(now - 90000, now, ROW_SECONDS)))
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
        return play(self.lab, arguments=arguments, netslice_slices=self.slices, slice_manager_step_seconds=ROW_SECONDS, slice_manager_history_seconds=259200,
                    netslice_balancer_slices=[{"slice": "web"}], netslice_balancer_hosts=["kvm1"], netslice_balancer_socket=self.socket,
                    netslice_balancer_directory="", **connection, **variables)

    def look(self, as_of):
        """{version: (entry of slice_telemetry_info, Demand Profile)} of a moment."""
        out = self.directory / "look.json"
        told = play(self.lab, PLAYBOOK, netslice_slices=self.slices, lab_connections=list(self.influxdbs.values()), lab_out=str(out),
                    lab_as_of=format_instant(as_of))
        assert told.rc == 0, told.stdout
        found = json.loads(out.read_text())
        return dict(zip(self.influxdbs, zip(found["survey"], found["profiles"])))

    def rows(self, version, measurement, fields, seconds=3600):
        now = int(time.time())
        with connect(checked(self.influxdbs[version])) as client:
            return client.rows(measurement, fields, now - seconds, now + 1)

    def told(self, version, begin, end):
        """Requests per second that Telegraf wrote, a value a point, from a second on and before another."""
        rows = self.rows(version, "slice_demand", {"requests_per_second": float, "cpu_cores": float}, 60)
        return [row["requests_per_second"] for row in rows if begin <= row["time"] < end and {"cpu_cores", "requests_per_second"} <= row.keys()]

    def settled(self, rate):
        """The end of the newest whole row, where every InfluxDB has its points and one after it, and they say that so much is asked; else None."""
        end = int(time.time()) // ROW_SECONDS * ROW_SECONDS
        for version in self.influxdbs:
            values, later = self.told(version, end - ROW_SECONDS, end), self.told(version, end, end + ROW_SECONDS)
            if len(values) < 3 or not later or abs(sum(values) / len(values) - rate) > 0.15 * rate:
                return None
        return end


@pytest.fixture(scope="module")
def measured(tmp_path_factory):
    lacks = labs.lacking() + ([] if shutil.which("haproxy") else ["haproxy (make packages installs it)"])
    executable = telegraf()
    if lacks or not executable:
        pytest.skip(f"the test needs {'; '.join(lacks + ([] if executable else ['telegraf, in PATH or unpacked']))}")
    with Measured(tmp_path_factory.mktemp("telegraf"), executable) as measured:
        calm = measured.load(CALM)
        for version, port in measured.statsd.items():
            wait_until(lambda: measured.told(version, 0, time.time()), PATIENCE_SECONDS, f"points in InfluxDB {version} (see {measured.logs[version]})", 1)
            # A datagram sent before Telegraf listens is lost; one that writes points listens.
            measured.host.run(sys.executable, "-c", STATSD, "netslice_application.users,slice=web,vip=10.90.2.2:7|g", port)
        measured.calm = measured.look(wait_until(lambda: measured.settled(CALM), PATIENCE_SECONDS, "a whole row of the calm", 0.5))
        end_inside(calm)
        measured.load(SURGE)
        measured.surge = wait_until(lambda: measured.settled(SURGE), PATIENCE_SECONDS, "a whole row of the surge", 0.5)
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
    done = measured.reconcile(version, "--check" if version == 1 else "", netslice_as_of=format_instant(measured.surge), slice_manager_plan_path=str(plan))
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
    rows = [row for row in measured.rows(version, measurement, {field: float}) if field in row]
    assert rows, measured.logs[version].read_text()[-2000:]
    assert [row for row in rows if row["host"] != "kvm1"] == []
    told = [row for row in rows if tags <= row.keys() and row.get("slice", "web") == "web" and row.get("vip", "10.90.2.").startswith("10.90.2.")]
    assert told, rows[:5]


@pytest.mark.parametrize("version", [1, 2])
def test_statsd_of_an_application_arrives(measured, version):
    if version not in measured.influxdbs:
        pytest.skip(f"no InfluxDB {version} is at hand")
    rows = [row for row in measured.rows(version, "netslice_application", {"users": float}) if "users" in row]
    assert rows and (rows[0]["slice"], rows[0]["vip"], rows[0]["users"]) == ("web", "10.90.2.2", 7.0)


def test_telegraf_that_stops_is_told(measured):
    """The last test: a slice whose Telegraf has ended is stale once its max_age_seconds have passed."""
    for process in measured.telegrafs.values():
        end_inside(process)
    measured.slices[0]["telemetry"]["max_age_seconds"] = 5
    time.sleep(8)
    for survey, profile in measured.look(int(time.time())).values():
        assert survey["verdict"] == profile["verdict"] == "stale"
        assert "the slice holds what it has" in survey["missing"][0]
