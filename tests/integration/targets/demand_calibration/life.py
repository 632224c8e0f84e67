# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Eighteen days of two slices in the InfluxDB of the environment, and a pass every two hours over the last nine of them.

jumpy changes its level every half hour, which the shipped network takes for less than it is. clock has office hours with noise, but on
days 12 to 15 it repeats one day to the last row, so that yesterday is the best forecast there is.
live: write telemetry and the archive of the passes. judge: print the share of values under the 0.95 quantile, raw and corrected.
"""
from __future__ import annotations

import json
import os
import sys

import numpy as np

from ansible_collections.foresight.netslice.plugins.plugin_utils.analytics.engine import Settings, demand_profiles
from ansible_collections.foresight.netslice.plugins.plugin_utils.manager.slices import validate_slices
from ansible_collections.foresight.netslice.plugins.plugin_utils.telemetry.archive import CALIBRATION_AGE, kept_before, read_calibrations
from ansible_collections.foresight.netslice.plugins.plugin_utils.telemetry.client import connect
from ansible_collections.foresight.netslice.plugins.plugin_utils.telemetry.line import Point
from ansible_collections.foresight.netslice.plugins.plugin_utils.telemetry.options import DEFAULTS, checked
from ansible_collections.foresight.netslice.plugins.plugin_utils.telemetry.reader import read_series, series_requests
from ansible_collections.foresight.netslice.plugins.plugin_utils.telemetry.records import LEADS, forecast_points

BEGIN, DAY, ROWS = 1767600000 - 18 * 86400, 86400, 288  # day 18 ends at 2026-01-05T08:00:00Z
SLICES = validate_slices([
    {"name": name, "vm": {"memory_mib": 512, "serves": {"requests": 50}}, "network": {"range": f"10.90.{third}.0/24"}, "scaling": {"quantile": 0.95},
     "telemetry": {"resources": {"requests": {"field": "requests_per_second", "unit": "1/s"}}}} for name, third in (("jumpy", 2), ("clock", 3))])
SETTINGS = Settings()


def demand():
    """{slice: values of 18 days}."""
    row, rng = np.arange(18 * ROWS), np.random.default_rng(1)
    hour = row / 12 % 24
    office = 40 + 200 / (1 + np.exp(-(hour - 8.5) * 4)) / (1 + np.exp((hour - 17) * 4))
    clock = office + rng.normal(0, 3, len(row))
    again = slice(12 * ROWS, 15 * ROWS)
    clock[again] = office[again] + np.tile(rng.normal(0, 12, ROWS), 3)
    level = np.repeat(rng.normal(0, 1, len(row) // 6), 6)
    return {"clock": np.maximum(clock, 0), "jumpy": np.maximum(office * (1 + 0.25 * level), 0)}


def profiles(client, at, curves, calibrations=None):
    series = read_series(client, series_requests(SLICES), at, SETTINGS.history_seconds, SETTINGS.step_seconds)
    return demand_profiles(SLICES, series, at, SETTINGS, curves, calibrations)


def live(client):
    client.write(Point("slice_demand", {"slice": name}, {"requests_per_second": float(value)}, BEGIN + 300 * row + 150)
                 for name, values in demand().items() for row, value in enumerate(values))
    for at in range(BEGIN + 9 * DAY, BEGIN + 18 * DAY, 7200):
        client.write(forecast_points(profiles(client, at, True), kept_before(client, at, 2)))
    last = BEGIN + 18 * DAY - 7200
    assert len(kept_before(client, last + 300, 2)) == len(SLICES)
    client.write(forecast_points(profiles(client, last + 300, True), kept_before(client, last + 300, 2)))


def judge(client):
    """{"raw", "corrected"}: the share of values of the last two days under the 0.95 quantile of jumpy."""
    actual, raw, corrected = demand()["jumpy"], [], []
    for at in range(BEGIN + 16 * DAY, BEGIN + 18 * DAY, 7200):
        calibrations = read_calibrations(client, [one["name"] for one in SLICES], at, CALIBRATION_AGE)
        for found, records in ((raw, None), (corrected, calibrations)):
            entry = profiles(client, at, True, records)[0]["resources"]["requests"]
            for lead in LEADS:
                row = (at - BEGIN + lead) // 300 - 1
                if row < len(actual):
                    found.append(actual[row] <= entry["curve"]["0.95"][lead // 300 - 1])
    return {"raw": float(np.mean(raw)), "corrected": float(np.mean(corrected)), "n": len(raw)}


def main():
    with connect(checked({name: os.environ.get(f"NETSLICE_{name.upper()}") for name in DEFAULTS})) as client:
        if sys.argv[1] == "live":
            live(client)
            return
        rows = {name: client.rows(name, fields, BEGIN, BEGIN + 19 * DAY) for name, fields in (
            ("netslice_event", {"why": str}), ("netslice_calibration", {"n": int}), ("netslice_decision", {"drift": str}))}
        print(json.dumps({**rows, **(judge(client) if sys.argv[1] == "judge" else {})}))


main()
