# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Eight days of two slices up to 2026-01-05T08:00:00Z into the InfluxDB of the environment: VMs as in a queue M/M/1, and an egress link that drops.

Slice web says that a VM serves 50 requests/s within 100 ms; from 40 requests/s on it takes longer. Slice api never gets near its limits.
"""
from __future__ import annotations

import json
import math
import random

from ansible_collections.foresight.netslice.plugins.plugin_utils.telemetry.client import connect
from ansible_collections.foresight.netslice.plugins.plugin_utils.telemetry.line import Point
from ansible_collections.foresight.netslice.plugins.plugin_utils.telemetry.options import plugin_connection

AS_OF = 1767600000  # 2026-01-05T08:00:00Z
DAY, STEP, VMS, RATE = 86400, 300, 4, 50.0


def demand(at, draw):
    return VMS * (24 + 20 * math.sin(2 * math.pi * at / DAY)) * math.exp(draw.gauss(0, 0.03))


def latency(load, draw):
    """Milliseconds of a queue M/M/1 that serves RATE, 100 at a load of 40."""
    return 1000 / max(RATE - load, 0.5) * math.exp(draw.gauss(0, 0.05))


def points():
    draw, sent, dropped = random.Random(7), 0, 0
    for at in range(AS_OF - 8 * DAY, AS_OF, STEP):
        value = demand(at, draw)
        egress = value / 10
        sent, dropped = sent + int(egress * 1e6 / 8 * STEP), dropped + (3 if egress > 14 else 0)
        for host in ("kvm1", "kvm2"):
            # Two halves of the demand; the indicator is what the VMs of each host say, and is not added.
            yield Point("slice_demand", {"slice": "web", "host": host}, {
                "requests_per_second": value / 2, "egress_mbit": egress / 2, "latency_ms": latency(value / VMS, draw)}, at)
        yield Point("slice_demand", {"slice": "api"}, {"requests_per_second": value / 40, "cpu_cores": value / 4000}, at)
        yield Point("netslice_qos", {"slice": "web", "host": "kvm1", "device": "eth0", "direction": "egress"}, {
            "bytes": sent, "packets": sent // 1000, "drops": dropped, "overlimits": dropped * 2, "backlog": 9000 if egress > 14 else 0}, at)
        entry = {"shaping": [{"host": "kvm1", "device": "eth0", "direction": "egress", "guarantee_mbit": 12.0, "ceiling_mbit": 100.0}], "vms": {"rules": []}}
        for name, count in (("web", VMS), ("api", 1)):
            yield Point("netslice_decision", {"slice": name}, {"mode": "enforce", "present": count, "wished": count, "final": count,
                        "record": json.dumps(entry)}, at)
        # A forecast that knows the shape of the day, and whose upper quantile holds too little.
        ahead = VMS * (24 + 20 * math.sin(2 * math.pi * (at + STEP) / DAY))
        yield Point("netslice_forecast", {"slice": "web", "resource": "requests", "lead": "300"}, {
            "q50": ahead, "q90": ahead * 1.01, "q95": ahead * 1.02}, at)


with connect(plugin_connection({}, {}, None)) as client:
    client.write(points())
