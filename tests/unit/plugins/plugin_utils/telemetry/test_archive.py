# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The archive of forecasts and what was learnt from it: how much is read, what is written, which record is the newest."""
from __future__ import annotations

import pytest

np = pytest.importorskip("numpy", reason="the archive is read into arrays")

from ansible_collections.foresight.netslice.plugins.plugin_utils.telemetry import archive
from ansible_collections.foresight.netslice.plugins.plugin_utils.telemetry.records import LEADS
from ansible_collections.foresight.netslice.plugins.plugin_utils.telemetry.series import Segment

AT, HOUR = 1767600000, 3600
RECORD = {"n": [1] * 6, "shift90": [0.0] * 6, "shift95": [0.1] * 6, "coverage_95": [None] * 6, "accuracy": {"n": 6, "wql": 0.1}, "drift": None}


class Kept:
    """A client that answers from points as a server would."""

    def __init__(self, points=(), segments=()):
        self.points, self.parts, self.asked = points, segments, []

    def rows(self, measurement, fields, start, stop, tags):
        self.asked.append((start, stop))
        return sorted([{"time": point.time, **point.tags, **{name: point.fields[name] for name in fields}} for point in self.points
                       if point.measurement == measurement and start <= point.time <= stop and tags.items() <= point.tags.items()
                       and set(fields) & set(point.fields)], key=lambda row: row["time"])

    def segments(self, _measurement, _fields, _slices, start, stop):
        self.asked.append((start, stop))
        return self.parts


@pytest.mark.parametrize("series, hours", [(1, 1), (900, 1), (1000, 2), (3000, 4), (30000, 31)])
def test_a_week_of_a_fleet_can_be_read_at_once(series, hours):
    assert archive.period(series) == hours * HOUR
    assert series * len(LEADS) * len(archive.fields()) * 168 / hours <= archive.MOST_NUMBERS


def test_the_archive_by_series_and_field():
    times = np.array([AT * 10 ** 9])
    parts = [Segment("web", "network50", "lead=300,resource=cpu", times, np.array([4.0])),
             Segment("web", "naive95", "lead=900,resource=cpu", times, np.array([5.0]))]
    found = archive.read_forecasts(Kept(segments=parts), ["web"], AT - HOUR, AT)
    assert set(found) == {("web", "cpu", "300"), ("web", "cpu", "900")}
    assert [array.tolist() for array in found["web", "cpu", "300"]["network50"][0]] == [[AT], [4.0]]


def test_the_newest_record_of_each_slice_is_found():
    old, new = ({**RECORD, "n": [n] * 6} for n in (1, 2))
    points = archive.calibration_points({("web", "cpu"): old, ("db", "cpu"): old}, AT - HOUR) + archive.calibration_points({("web", "cpu"): new}, AT)
    assert len(points) == 3 * (len(LEADS) + 1)
    client = Kept(points)
    assert archive.read_calibrations(client, ["web", "db"], AT, 26 * HOUR) == {
        ("web", "cpu"): {**new, "time": AT}, ("db", "cpu"): {**old, "time": AT - HOUR}}
    assert archive.read_calibrations(client, ["web"], AT - 1, 26 * HOUR)["web", "cpu"]["n"] == [1] * 6
    assert client.asked == [(AT - 2 * HOUR, AT), (AT - 2 * HOUR - 1, AT - 1)]


def test_an_old_record_is_looked_for_and_too_old_a_one_is_not_used():
    client = Kept(archive.calibration_points({("web", "cpu"): RECORD}, AT - 20 * HOUR))
    assert archive.read_calibrations(client, ["web"], AT, archive.CALIBRATION_AGE)
    assert not archive.read_calibrations(client, ["web"], AT + 7 * HOUR, archive.CALIBRATION_AGE)
    assert not archive.read_calibrations(client, ["db"], AT, archive.CALIBRATION_AGE)


def test_lead_points_hold_what_people_look_at():
    near, *_others, whole = archive.calibration_points({("web", "cpu"): RECORD}, AT)
    assert (near.tags["lead"], near.fields) == ("300", {"n": 1, "shift90": 0.0, "shift95": 0.1, "coverage_95": None})
    assert (whole.tags["lead"], whole.fields["drifted"], whole.fields["wql"]) == ("all", False, 0.1)


def test_events():
    (point,) = archive.event_points([{"slice": "web", "resource": "cpu", "kind": "drift", "why": "it lost"}], AT)
    assert (point.measurement, point.tags, point.fields) == ("netslice_event", {"slice": "web", "resource": "cpu", "kind": "drift"}, {"why": "it lost"})


def test_an_hour_keeps_what_its_first_pass_said():
    point = archive.Point("netslice_forecast", {"slice": "web", "resource": "cpu", "lead": "300"}, {"network50": 1.0, "naive50": 1.0}, AT + 120)
    client = Kept([point])
    assert archive.kept_before(client, AT + 420, 6) == {("web", "cpu")}
    assert archive.kept_before(client, AT + 120, 6) == archive.kept_before(client, AT + HOUR, 6) == set()
    assert archive.kept_before(client, AT + HOUR, 1000) == {("web", "cpu")}
