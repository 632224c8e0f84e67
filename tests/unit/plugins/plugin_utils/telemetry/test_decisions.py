# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The newest decision of each slice, looked for close by first; results that would be too long."""
from __future__ import annotations

import json

import pytest

from ansible_collections.foresight.netslice.plugins.action import slice_decision_info
from ansible_collections.foresight.netslice.plugins.plugin_utils.errors import NetsliceError, TelemetryError
from ansible_collections.foresight.netslice.plugins.plugin_utils.telemetry import decisions

AS_OF = 1767600000


class Rows:
    """Answers as Client.rows does, and notes what was asked."""

    def __init__(self, rows):
        self.all, self.asked = rows, []

    def rows(self, measurement, fields, start, stop, bucket=None, tags=None):
        assert (measurement, fields) == ("netslice_decision", {"record": str})
        self.asked.append((AS_OF - start, (tags or {}).get("slice")))
        return [row for row in self.all if start <= row["time"] <= stop and row["slice"] == (tags or {}).get("slice", row["slice"])]


def row(ago, name="web", **record):
    return {"time": AS_OF - ago, "slice": name, "record": json.dumps(record)}


def test_the_newest_one_is_found_nearby():
    client = Rows([row(600, final=1), row(300, final=2), row(-300, final=9), row(5000, "db", final=3)])
    assert decisions.last_records(client, ["web", "db", "gone"], AS_OF, 86400) == {
        "db": {"final": 3, "as_of": "2026-01-05T06:36:40Z"}, "web": {"final": 2, "as_of": "2026-01-05T07:55:00Z"},
    }
    assert client.asked == [(900, "db"), (900, "gone"), (900, "web"), (7200, "db"), (7200, "gone"), (86400, "gone")]


def test_nothing_is_found_further_back_than_asked():
    client = Rows([row(600)])
    assert decisions.last_records(client, ["web"], AS_OF, 300) == {}
    assert client.asked == [(300, "web")]


def test_many_slices_are_read_at_once():
    names = [f"s{number}" for number in range(50)]
    client = Rows([row(0, name) for name in names] + [row(0, "other"), {"time": AS_OF, "slice": "s0"}])
    assert sorted(decisions.last_records(client, names, AS_OF, 900)) == sorted(names)
    assert client.asked == [(900, None)]


@pytest.mark.parametrize("text", ["{", "[]", "null"])
def test_a_record_that_cannot_be_read(text):
    with pytest.raises(TelemetryError, match="Cannot read the decision about slice web of 2026-01-05T08:00:00Z"):
        decisions.last_records(Rows([{"time": AS_OF, "slice": "web", "record": text}]), ["web"], AS_OF, 900)


def test_a_long_result_is_shortened(monkeypatch):
    def found():
        return [{"slice": "web", "line": "l" * 10, "text": "t" * 100, "record": {"r": "r" * 1000}}]
    for most, keys in ((5000, {"slice", "line", "text", "record"}), (500, {"slice", "line", "text"}), (90, {"slice", "line"})):
        monkeypatch.setattr(slice_decision_info, "RESULT_CHARACTERS", most)
        one = found()
        assert slice_decision_info.shorten(one) is (most != 5000)
        assert set(one[0]) == keys
    monkeypatch.setattr(slice_decision_info, "RESULT_CHARACTERS", 10)
    with pytest.raises(NetsliceError, match="Name fewer slices"):
        slice_decision_info.shorten(found())


def test_without_names_the_slices_of_the_newest_passes_are_found():
    client = Rows([row(8000, "gone"), row(1000, "web", final=1), row(950, "web", final=2), row(1000, "db", final=3)])
    assert {name: record["final"] for name, record in decisions.last_records(client, None, AS_OF, 86400).items()} == {"web": 2, "db": 3}
    assert client.asked == [(900, None), (7200, None)]
    assert decisions.last_records(Rows([]), None, AS_OF, 86400) == {}
