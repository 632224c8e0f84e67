# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Two hours of one slice: demand, forecasts and decisions, into the InfluxDB of the environment."""
from __future__ import annotations

import json

from ansible_collections.foresight.netslice.plugins.plugin_utils.telemetry.client import connect
from ansible_collections.foresight.netslice.plugins.plugin_utils.telemetry.line import Point
from ansible_collections.foresight.netslice.plugins.plugin_utils.telemetry.options import plugin_connection

AS_OF = 1767600000  # 2026-01-05T08:00:00Z
ENTRY = {"binding": {"why": "needs <3> VMs"}, "vms": {"rules": []}, "vips": ["10.90.2.2"], "demand": {"requests": 118.0}, "predicted": {"requests": 149.0},
         "shaping": [{"host": "kvm1", "device": "eth0", "direction": "egress", "guarantee_mbit": 12.0, "ceiling_mbit": 100.0}]}


def points():
    for at in range(AS_OF - 7200, AS_OF + 1, 300):
        yield Point("slice_demand", {"slice": "web"}, {"requests_per_second": 118.0, "egress_mbit": 9.5}, at - 60)
        yield Point("netslice_forecast", {"slice": "web", "resource": "requests", "lead": "300"}, {"q50": 118.0, "q90": 140.0, "q95": 149.0}, at)
        yield Point("netslice_decision", {"slice": "web"}, {"mode": "enforce", "state": "active", "verdict": "feasible", "telemetry": "ok",
                    "model": "lstm-global", "present": 2, "wished": 3, "final": 3, "binding_rule": "forecast", "record": json.dumps(ENTRY)}, at)


with connect(plugin_connection({}, {}, None)) as client:
    client.write(points())
