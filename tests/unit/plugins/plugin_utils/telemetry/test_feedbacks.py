# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Proposals on record: what is written, and which are the last."""
from __future__ import annotations

import pytest

from ansible_collections.foresight.netslice.plugins.plugin_utils.errors import TelemetryError
from ansible_collections.foresight.netslice.plugins.plugin_utils.telemetry import feedbacks

AT = 1767600000
PROPOSAL = {"key": "scaling.max", "present": 10, "proposed": 14, "since": "2026-01-05T08:00:00Z", "why": "the limit was in the way"}


class Store:
    """Rows of one measurement, as a Client gives them."""

    def __init__(self, *rows):
        self.stored = rows

    def rows(self, measurement, fields, start, stop, tags=None):
        return [row for row in self.stored if start <= row["time"] <= stop and all(row[key] == value for key, value in (tags or {}).items())]


def test_the_newest_record_of_each_slice_counts_also_where_it_is_empty():
    (point,) = feedbacks.feedback_points([{"slice": "web", "proposals": [PROPOSAL]}], AT)
    assert (point.measurement, point.tags, point.fields["proposals"]) == ("netslice_feedback", {"slice": "web"}, 1)
    rows = [{"time": AT - 600, "slice": "web", "record": point.fields["record"]}, {"time": AT - 300, "slice": "api", "record": "[]"},
            {"time": AT - 900, "slice": "api", "record": point.fields["record"]}, {"time": AT + 1, "slice": "web", "record": "[]"}]
    found = feedbacks.last_proposals(Store(*sorted(rows, key=lambda row: row["time"])), ["web", "api"], AT)
    assert found == {"web": [PROPOSAL], "api": []}
    assert feedbacks.last_proposals(Store(*rows), ["web"], AT + feedbacks.LONGEST + 10) == {}


@pytest.mark.parametrize("record", ("{}", "[", "[1]", '[{"key": "scaling.max"}]'))
def test_a_record_that_is_no_list_of_proposals_is_refused(record):
    with pytest.raises(TelemetryError, match="proposals for slice web of 2026-01-05T08:00:00Z: .*Write netslice_feedback with slice_feedback alone"):
        feedbacks.last_proposals(Store({"time": AT, "slice": "web", "record": record}), ["web"], AT)
