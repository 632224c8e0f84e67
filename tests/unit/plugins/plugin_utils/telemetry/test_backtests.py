# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Replays on record: what is written, which is the last, what a file holds, and which Calibration record a pass of the past had."""
from __future__ import annotations

import json

import pytest

from ansible_collections.foresight.netslice.plugins.plugin_utils.errors import InvalidInput, TelemetryError
from ansible_collections.foresight.netslice.plugins.plugin_utils.telemetry import backtests

AT = 1767600000
ENTRY = {"slice": "web", "settings": "sha256:1", "cost_of_oracle": 1.3, "cost_of_static": 0.3, "cost_of_reactive": None, "short_of_reactive": 0.2,
         "policies": {"policy": {"short_percent": 0.4, "vm_hours": 100.0, "watt_hours": 200.0}}, "suggestion": {"candidates": [1] * 1000}}


class Store:
    """Rows of one measurement, as a Client gives them."""

    def __init__(self, *rows):
        self.stored = rows

    def rows(self, measurement, fields, start, stop, tags=None):
        return [row for row in self.stored if start <= row["time"] <= stop and all(row[key] == value for key, value in (tags or {}).items())]


def test_a_point_has_the_figures_and_the_record_without_candidates():
    (point,) = backtests.backtest_points([ENTRY], AT)
    assert (point.measurement, point.tags, point.time) == ("netslice_backtest", {"slice": "web"}, AT)
    assert point.fields["short_percent"] == 0.4 and point.fields["cost_of_static"] == 0.3 and point.fields["settings"] == "sha256:1"
    assert "suggestion" not in json.loads(point.fields["record"])


def test_the_last_replay_of_each_slice_up_to_the_instant():
    rows = [{"time": at, "slice": "web", "record": json.dumps({"number": at})} for at in (AT - 10, AT, AT + 10)]
    assert backtests.last_replays(Store(*rows), ["web", "api"], AT) == {"web": {"number": AT, "time": AT}}
    with pytest.raises(TelemetryError, match="Cannot read the replay of slice web of 2026-01-05T08:00:00Z"):
        backtests.last_replays(Store({"time": AT, "slice": "web", "record": "[]"}), ["web"], AT)


def test_a_file_holds_replays_of_its_instant(tmp_path):
    file = tmp_path / "replay.json"
    file.write_text(json.dumps({"schema": backtests.SCHEMA, "as_of": "2026-01-05T08:00:00Z", "slices": [ENTRY]}))
    assert backtests.replays_of_file(str(file))["web"]["time"] == AT
    for text in ("{}", "[]", "no json"):
        file.write_text(text)
        with pytest.raises(InvalidInput, match="replay_path: .*Give the file that slice_replay wrote"):
            backtests.replays_of_file(str(file))


def test_what_ran_is_the_count_after_each_pass():
    rows = [{"time": AT - 300.0, "slice": "web", "final": 2.0}, {"time": float(AT), "slice": "web"}, {"time": AT - 600.0, "slice": "api", "final": 1.0}]
    assert backtests.read_ran(Store(*rows), "web", AT - 900, AT) == [(AT - 300, 2)]


def test_a_pass_had_the_record_of_an_earlier_instant_that_is_not_too_old():
    rows = [{"time": at, "slice": "web", "resource": "cpu", "lead": "all", "record": json.dumps({"number": at})} for at in (AT, AT + 3600)]
    record_of = backtests.calibration_history(Store(*rows), "web", AT, AT + 10 * 86400)
    key = ("web", "cpu")
    assert record_of(key, AT) is None and record_of(("web", "memory"), AT + 60) is None
    assert record_of(key, AT + 3600)["number"] == AT and record_of(key, AT + 3660)["number"] == AT + 3600
    assert record_of(key, AT + 3600 + backtests.CALIBRATION_AGE + 1) is None
