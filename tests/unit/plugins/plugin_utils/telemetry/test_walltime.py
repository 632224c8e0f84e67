# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Rows by the wall clock, and daylight saving through a real InfluxDB to the forecast."""
from __future__ import annotations

import pytest

np = pytest.importorskip("numpy", reason="numpy is not installed")

from ansible_collections.foresight.netslice.plugins.plugin_utils.analytics.engine import Settings, demand_profiles
from ansible_collections.foresight.netslice.plugins.plugin_utils.instants import parse_instant
from ansible_collections.foresight.netslice.plugins.plugin_utils.manager.slices import validate_slices
from ansible_collections.foresight.netslice.plugins.plugin_utils.telemetry.line import Point
from ansible_collections.foresight.netslice.plugins.plugin_utils.telemetry.reader import read_series, series_requests
from ansible_collections.foresight.netslice.plugins.plugin_utils.telemetry.walltime import by_wall_clock, changes, in_real_time, offset

ZONE = "Europe/Berlin"
SPRING, AUTUMN = parse_instant("2026-03-29T01:00:00Z"), parse_instant("2026-10-25T01:00:00Z")
HOUR, STEP, DAY = 3600, 300, 86400


def local_hours(start, rows, step=STEP, zone=ZONE):
    """Hours after local midnight of each row."""
    return np.array([(at + offset(zone, at)) % DAY / HOUR for at in range(start, start + rows * step, step)])


def test_changes_of_the_clock():
    assert changes(ZONE, SPRING - 7 * DAY, AUTUMN) == ((SPRING, HOUR), (AUTUMN, -HOUR))
    assert changes(ZONE, SPRING, AUTUMN - 1) == ()
    assert changes("UTC", 0, AUTUMN) == () and changes("Asia/Kolkata", SPRING, AUTUMN) == ()
    assert changes("Australia/Lord_Howe", SPRING, SPRING + 30 * DAY) == ((parse_instant("2026-04-04T15:00:00Z"), -1800),)


@pytest.mark.parametrize("step", [60, 300, 900, 3600])
@pytest.mark.parametrize("at", [SPRING, AUTUMN], ids=["spring", "autumn"])
@pytest.mark.parametrize("after", [0, 900, 1800, HOUR, DAY, 3 * DAY])
def test_days_are_as_long_as_any_other(at, after, step):
    end = (at + after) // step * step
    start = end - 8 * DAY
    rows = by_wall_clock(local_hours(start, 8 * DAY // step, step), start, step, ZONE)
    last = local_hours(end, 1)[0] - step / HOUR
    wanted = (last - np.arange(len(rows))[::-1] * step / HOUR) % 24
    known = np.isfinite(rows)
    np.testing.assert_allclose(rows[known], wanted[known], atol=1e-9)
    assert abs(len(rows) - 8 * DAY // step) <= HOUR // step
    assert (~known).sum() == (HOUR // step if at == SPRING else 0)


@pytest.mark.parametrize("at, rows", [(SPRING, 12 + 12), (AUTUMN, 12)])
def test_a_forecast_is_laid_back_onto_real_time(at, rows):
    end = at - 2 * HOUR
    ahead = local_hours(end, 1)[0] + np.arange(100) * STEP / HOUR
    found = in_real_time(ahead, end, STEP, ZONE, 60)
    np.testing.assert_allclose(found % 24, local_hours(end, 60))


def demand(times):
    """A working day by the wall clock."""
    hour = np.array([(at + offset(ZONE, at)) % DAY / HOUR for at in times])
    return 40 + 200 / (1 + np.exp(-(hour - 9) * 6)) / (1 + np.exp((hour - 17) * 4)) + np.array([at // STEP * 7919 % 13 / 4 for at in times])


@pytest.mark.parametrize("as_of", [
    "2026-03-28T20:00:00Z", "2026-03-29T04:00:00Z", "2026-03-30T04:00:00Z", "2026-04-01T05:00:00Z",
    "2026-10-24T20:00:00Z", "2026-10-25T00:30:00Z", "2026-10-25T01:30:00Z", "2026-10-26T04:00:00Z", "2026-10-28T05:00:00Z"])
def test_the_morning_rise_stays_at_nine(client, measurement, as_of):
    pytest.importorskip("safetensors", reason="weights are safetensors")
    at, horizon = parse_instant(as_of), 15 * HOUR
    times = range(at - 8 * DAY, at, STEP)
    client.write([Point(measurement, {"slice": name}, {"r": value}, time) for name in ("wall", "plain") for time, value in zip(times, demand(times).tolist())])
    slices = validate_slices([{
        "name": name, "vm": {"memory_mib": 512, "serves": {"requests": 50}}, "network": {"range": f"10.90.{third}.0/24"},
        "telemetry": {"measurement": measurement, "time_zone": zone, "resources": {"requests": {"field": "r"}}}}
        for third, (name, zone) in enumerate([("wall", ZONE), ("plain", "UTC")])])
    series = read_series(client, series_requests(slices), at, 8 * DAY, STEP)
    found = demand_profiles(slices, series, at, Settings(horizon_seconds=horizon), curves=True)
    truth = demand(range(at, at + horizon, STEP))
    wall, plain = (np.abs(np.array(one["resources"]["requests"]["curve"]["0.5"]) - truth).mean() for one in found)
    lately = bool(changes(ZONE, at - DAY, at + horizon))  # a day later rows of UTC have seen one new day, too
    assert wall < 0.02 * truth.mean() and wall <= (0.5 if lately else 1.01) * plain, (wall, plain)
    inside = "clock_change" in [note["kind"] for note in found[0]["resources"]["requests"]["treated"]]
    assert inside == bool(changes(ZONE, at - 8 * DAY, at)) and found[1]["resources"]["requests"]["treated"] == []
