# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Raw points to regular series."""
from __future__ import annotations

import pytest

np = pytest.importorskip("numpy", reason="numpy is not installed")

from ansible_collections.foresight.netslice.plugins.plugin_utils.telemetry.client import Client
from ansible_collections.foresight.netslice.plugins.plugin_utils.telemetry.reader import AHEAD, HELD_ROWS, read_series, series_requests
from ansible_collections.foresight.netslice.plugins.plugin_utils.telemetry.series import Segment, SeriesRequest

NANO = 1_000_000_000
NAN = float("nan")
AS_OF = 1_767_600_000
REQUEST = SeriesRequest("web", "cpu", None, "slice_demand", "cpu_cores", "cores")


class Kept(Client):
    """A client that answers from points in memory: (tags, seconds, value), handed out as a server would."""

    def __init__(self, points):
        super().__init__({"influxdb_url": "http://192.0.2.5", "influxdb_bucket": "telemetry", "influxdb_timeout_seconds": 1})
        self.points, self.asked = points, []

    def _measured(self, bucket, measurement, fields, slices, start, stop):
        self.asked.append((bucket, measurement, fields, slices, start, stop))
        for tags in dict.fromkeys(point[0] for point in self.points):
            times, values = zip(*[(time, value) for name, time, value in self.points if name == tags])
            for name in ("web", "nobody asked for"):
                yield Segment(name, "cpu_cores", tags, np.array(np.array(times) * NANO, np.int64), np.array(values, float))

    def _own(self, bucket, name, query, fields, start, stop):
        return ()

    def _points(self, bucket, measurement, fields, start, stop):
        return ()

    def _send(self, bucket, text):
        pass


def rows(points, as_of=AS_OF, history=1200, step=300):
    return read_series(Kept(points), [REQUEST], as_of, history, step)["web", "cpu"]


@pytest.mark.parametrize("points, expected, last", [
    ([], [NAN, NAN, NAN, NAN], None),
    ([(-1200, 1), (-900, 2), (-600, 3), (-300, 4)], [1, 2, 3, 4], -300),
    ([(-1200, 1), (-1100, 3), (-901, 5), (-300, 4)], [3, NAN, NAN, 4], -300),
    ([(-300, 4), (-1200, 1), (-600, 3), (-900, 2)], [1, 2, 3, 4], -300),
    ([(-300, 4), (-300, 6), (-300, 5)], [NAN, NAN, NAN, 5], -300),
    ([(-300, 4), (0, 9), (1, 100)], [NAN, NAN, NAN, 4], 0),
    ([(-1201, 7), (-300, 4)], [NAN, NAN, NAN, 4], -300),
    ([(-600, NAN), (-300, float("inf"))], [NAN, NAN, NAN, NAN], None),
], ids=["none", "regular", "means and gaps", "out of order", "last of equal instants", "nothing after as_of", "before the rows", "not finite"])
def test_rows(points, expected, last):
    found = rows([("", AS_OF + time, value) for time, value in points])
    np.testing.assert_array_equal(found.values, expected)
    assert found.last_time == (None if last is None else AS_OF + last)
    assert (found.start, found.step_seconds, found.unit) == (AS_OF - 1200, 300, "cores")


def test_rows_end_at_a_whole_step_and_later_points_count_for_freshness_only():
    found = rows([("", AS_OF - 1, 1), ("", AS_OF + 60, 2), ("", AS_OF + 130, 3)], as_of=AS_OF + 120)
    assert found.start + 1200 == AS_OF and found.last_time == AS_OF + 60
    np.testing.assert_array_equal(found.values, [NAN, NAN, NAN, 1])
    assert rows([("", AS_OF - 1, 1)], as_of="2026-01-05T08:02:00Z").start == AS_OF - 1200


def test_several_sets_of_tags_are_averaged_then_summed():
    points = [("host=a", AS_OF - 300, 1), ("host=a", AS_OF - 200, 3), ("host=b", AS_OF - 250, 10)]
    np.testing.assert_array_equal(rows(points).values, [NAN, NAN, NAN, 12])


def test_a_silent_set_is_held_for_some_rows_then_has_ended():
    length = HELD_ROWS + 3
    points = [("host=a", AS_OF - 300 * row, 1) for row in range(1, length + 1)] + [("host=b", AS_OF - 300 * length, 10)]
    np.testing.assert_array_equal(rows(points, history=300 * length).values, [11] * (HELD_ROWS + 1) + [1, 1])
    silent = [point for point in points if point[1] != AS_OF - 300]
    assert np.isnan(rows(silent, history=300 * length).values[-1]), "all silent is a gap"


def test_one_query_for_all_slices_of_a_measurement():
    client = Kept([])
    requests = [SeriesRequest(name, resource, None, "slice_demand", field, "")
                for name in ("a", "b") for resource, field in (("cpu", "cpu_cores"), ("memory", "memory_mib"))]
    read_series(client, [*requests, SeriesRequest("c", "cpu", "other", "slice_demand", "cpu_cores", "")], AS_OF, 600, 300)
    assert client.asked == [("telemetry", "slice_demand", ["cpu_cores", "memory_mib"], ["a", "b"], AS_OF - 600, AS_OF + AHEAD),
                            ("other", "slice_demand", ["cpu_cores"], ["c"], AS_OF - 600, AS_OF + AHEAD)]


def test_requests_of_slices():
    slices = [{"name": "web", "telemetry": {"bucket": None, "measurement": "slice_demand", "query": None, "resources": {
        "cpu": {"field": "cpu_cores", "unit": "cores"}, "memory": {"field": "memory_mib", "unit": "MiB", "kind": "counter"}}}}]
    assert series_requests(slices) == [REQUEST, SeriesRequest("web", "memory", None, "slice_demand", "memory_mib", "MiB", counter=True)]


def test_coverage():
    assert rows([("", AS_OF - 300, 1), ("", AS_OF - 900, 1)]).coverage == 0.5
    assert rows([]).coverage == 0.0
