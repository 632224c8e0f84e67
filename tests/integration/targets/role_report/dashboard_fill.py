# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""An hour of every measurement, into the InfluxDB of the environment: of passes as the plugins write them, of hosts as the collector and reconciler do."""
from __future__ import annotations

import importlib.util
import time
from pathlib import Path

from ansible_collections.foresight.netslice import plugins
from ansible_collections.foresight.netslice.plugins.plugin_utils.instants import format_instant
from ansible_collections.foresight.netslice.plugins.plugin_utils.telemetry import archive, backtests, feedbacks, hosts, records
from ansible_collections.foresight.netslice.plugins.plugin_utils.telemetry.client import connect
from ansible_collections.foresight.netslice.plugins.plugin_utils.telemetry.line import Point
from ansible_collections.foresight.netslice.plugins.plugin_utils.telemetry.options import plugin_connection

NOW = int(time.time()) // 300 * 300
RESOURCES = ("requests", "cpu", "memory", "egress", "ingress")
FIELDS = {"requests_per_second": 120.0, "cpu_cores": 1.5, "memory_mib": 700.0, "egress_mbit": 9.5, "ingress_mbit": 4.0}
#: two with names that a regular expression might misread
SLICES = ("web", "shop-1")
#: statistics of HAProxy: the backends of slices, and one of nobody
STAT = """# pxname,svname,qcur,scur,status,hrsp_5xx,type,rate,rtime,
netslice_web,FRONTEND,,4,OPEN,{errors},0,60,,
netslice_web,BACKEND,3,4,UP,{errors},1,60,25,
netslice_shop-1,BACKEND,0,1,UP,0,1,10,5,
others,BACKEND,0,1,UP,0,1,10,5,
"""
FILE = Path(plugins.__path__[0]).parent / "roles" / "telemetry" / "files" / "netslice_readings.py"


def collector():
    """The module by which the collector reads statistics."""
    found = importlib.util.spec_from_file_location("netslice_readings", FILE)
    module = importlib.util.module_from_spec(found)
    found.loader.exec_module(module)
    return module


def plan(at):
    return {"id": "0123", "as_of": format_instant(at), "slices": [
        {"name": name, "mode": "enforce", "state": "active", "verdict": "feasible", "telemetry": "ok", "model": "lstm-global", "binding":
         {"resource": "requests", "rule": "forecast", "why": "3"}, "vms": {"present": 2, "wished": 3, "final": 3, "rules": []}} for name in SLICES]}


def profiles(at):
    leads = {str(lead): [50.0, 90.0, 95.0] for lead in records.LEADS}
    return [{"slice": name, "as_of": format_instant(at), "step_seconds": 300, "resources": {resource: {"leads": leads, "model": "lstm-global"}
             for resource in RESOURCES}} for name in SLICES]


def calibrations():
    record = {"n": [50] * 6, "shift90": [0.1] * 6, "shift95": [0.2] * 6, "coverage_95": [0.94] * 6, "drift": None,
              "accuracy": {"n": 300, "wql": 0.1, "wql_baseline": 0.2, "coverage_95": 0.94}}
    return {(name, resource): record for name in SLICES for resource in RESOURCES}


def replays():
    return [{"slice": name, "settings": "abc", "cost_of_oracle": 1.2, "cost_of_static": 0.5, "cost_of_reactive": 1.0, "short_of_reactive": 0.2,
             "suggestion": None, "policies": {"policy": {"short_percent": 0.4, "vm_hours": 800.0, "watt_hours": 1500.0}}} for name in SLICES]


def points_of_hosts(number, at, read):
    """What collectors and applications tell at one instant, the number-th of them."""
    for measurement, tags, fields in read.haproxy_points(STAT.format(errors=30 * number), "lb1", "/run/haproxy/admin.sock", {}):
        yield Point(measurement, tags, fields, at)
    yield Point("cpu", {"host": "kvm1", "cpu": "cpu-total"}, {"usage_active": 42.0}, at)
    yield Point("mem", {"host": "kvm1"}, {"used_percent": 61.0}, at)
    for name in SLICES:
        for host, sessions in (("kvm1", 10.0), ("kvm2", 30.0)):
            yield Point("netslice_application", {"host": host, "slice": name, "vip": f"10.90.2.{sessions:.0f}"},
                        {"sessions": sessions, "jobs": 2, "release": "1.2"}, at)
        yield Point("netslice_application", {"host": "kvm1", "slice": name}, {"depth": 7.0}, at)


def points():
    read = collector()
    for number, at in enumerate(range(NOW - 3600, NOW, 300)):
        yield from records.decision_points(plan(at))
        yield from records.forecast_points(profiles(at))
        yield Point("netslice_pass", {"host": "control"}, {"code": 0, "seconds": 12, "ok": 2, "changed": 0, "failures": 0, "unreachable": 0,
                    "outcome": "good", "why": "nothing to change"}, at)
        yield from hosts.answer_points({"kvm1": {"networks": [], "vms": []}}, at)
        yield from points_of_hosts(number, at, read)
        for name in SLICES:
            yield from (Point("slice_demand", {"host": host, "slice": name}, FIELDS, at) for host in ("kvm1", "kvm2"))
            yield Point("netslice_vm", {"host": "kvm1", "slice": name, "vm": f"{name}-10-90-2-2", "vip": "10.90.2.2"},
                        {"cpu_cores": 0.5, "memory_mib": 200.0}, at)
            yield Point("netslice_qos", {"host": "kvm1", "device": "eth0", "direction": "egress", "slice": name},
                        {"bytes": 30_000_000 * number, "packets": 30_000 * number, "drops": 5 * number, "overlimits": 0, "backlog": 1500}, at)
    yield from archive.calibration_points(calibrations(), NOW - 600)
    yield from archive.event_points([{"slice": name, "resource": "requests", "kind": "drift", "why": "it lost"} for name in SLICES], NOW - 600)
    yield from feedbacks.feedback_points([{"slice": name, "proposals": [{"key": "scaling.economy"}]} for name in SLICES], NOW - 600)
    yield from backtests.backtest_points(replays(), NOW - 600)


with connect(plugin_connection({}, {}, None)) as client:
    client.write(points())
