# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Telemetry up to 2026-01-05T08:00:00Z into the InfluxDB of the environment: thirteen days of a noisy season, five with a gap, one."""
from __future__ import annotations

import math
import random

from ansible_collections.foresight.netslice.plugins.plugin_utils.telemetry.client import connect
from ansible_collections.foresight.netslice.plugins.plugin_utils.telemetry.line import Point
from ansible_collections.foresight.netslice.plugins.plugin_utils.telemetry.options import plugin_connection

AS_OF = 1767600000  # 2026-01-05T08:00:00Z


def points():
    draw = random.Random(7)
    for name, days in (("web", 13), ("young", 5), ("new", 1)):
        for at in range(AS_OF - days * 86400, AS_OF, 300):
            value = 100 + 60 * math.sin(2 * math.pi * at / 86400) + draw.gauss(0, 8)
            if name != "young" or not AS_OF - 100000 < at < AS_OF - 90000:
                yield Point("slice_demand", {"slice": name}, {"requests_per_second": value}, at)


def decisions():
    """Six VMs of web that ran, by the passes of the last two days."""
    for at in range(AS_OF - 2 * 86400, AS_OF, 300):
        yield Point("netslice_decision", {"slice": "web"}, {"present": 6, "wished": 3, "final": 6}, at)


with connect(plugin_connection({}, {}, None)) as client:
    client.write(points())
    client.write(decisions())
