# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes what the collectors of three hosts measured: that of kvm3 until eight o'clock, the others until nine."""
from __future__ import annotations

from ansible_collections.foresight.netslice.plugins.plugin_utils.instants import parse_instant
from ansible_collections.foresight.netslice.plugins.plugin_utils.telemetry.client import connect
from ansible_collections.foresight.netslice.plugins.plugin_utils.telemetry.line import Point
from ansible_collections.foresight.netslice.plugins.plugin_utils.telemetry.options import plugin_connection

EIGHT = parse_instant("2026-01-05T08:00:00Z")
with connect(plugin_connection({}, {}, None)) as client:
    client.write([
        Point("netslice_qos", {"host": host, "device": "eth0", "direction": "egress", "slice": "web"}, {"bytes": 1000 * minute}, EIGHT + 60 * minute)
        for host, last in (("kvm1", 60), ("kvm2", 60), ("kvm3", 0)) for minute in range(-60, last)
    ])
