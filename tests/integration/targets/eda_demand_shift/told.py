# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Telemetry, forecasts and decisions of this moment, for the slices web and db."""
from __future__ import annotations

import json
import time

from ansible_collections.foresight.netslice.plugins.plugin_utils.telemetry.line import Point

STEP = 300


def slices(image=None):
    """The slices as an inventory has them; db is never measured."""
    common = {"scaling": {"mode": "forecast_only"}, "telemetry": {"resources": {"requests": {"field": "requests_per_second", "unit": "1/s"}}}}
    vm = {"memory_mib": 64, "serves": {"requests": 50}, **({"image": image} if image else {})}
    return [{"name": "web", "vm": vm, "network": {"range": "10.90.2.0/24"}, **common},
            {"name": "db", "vm": vm, "network": {"range": "10.90.3.0/24"}, **common}]


def boundary():
    """The end of the newest complete row; not within the last seconds before the next one."""
    if time.time() % STEP > STEP - 60:
        time.sleep(STEP - time.time() % STEP + 1)
    return int(time.time()) // STEP * STEP


def demand(level, end, rows):
    """Points of so many rows of web up to the boundary, two in each."""
    return [Point("slice_demand", {"slice": "web"}, {"requests_per_second": float(level)}, at) for at in range(end - rows * STEP, end, STEP // 2)]


def forecasts(end, rows, median=100.0, top=120.0):
    return [Point("netslice_forecast", {"slice": "web", "resource": "requests", "lead": "300"}, {"q50": median, "q95": top}, end - (row + 1) * STEP + 17)
            for row in range(rows)]


def decision(name, at, vips=(), state="active"):
    record = {"name": name, "state": state, "vips": list(vips), "vms": {"final": len(vips)}}
    return Point("netslice_decision", {"slice": name}, {"record": json.dumps(record)}, at)
