# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The record of a VM survives its way through XML."""
from __future__ import annotations

import xml.etree.ElementTree as ET

import pytest

from ansible_collections.foresight.netslice.plugins.module_utils.errors import PoolError
from ansible_collections.foresight.netslice.plugins.module_utils.pool import metadata

FULL = metadata.Record(
    slice="web", vip="10.90.2.4", lifecycle="quarantined", since="2026-01-05T08:00:00Z", until="2026-01-05T08:05:00Z", generation=7,
    template="sha256:ab", boot_seconds=6.1, started=1767600000.125, reason='a "b" & <c>',
    silent_since="2026-01-05T07:55:00Z", restarts="2026-01-05T07:00:00Z 2026-01-05T07:10:00Z",
)  # fmt: skip
LEAN = metadata.Record(slice="web", vip="10.90.2.4", lifecycle="reserved", since="2026-01-05T08:00:00Z")


@pytest.mark.parametrize("record", [FULL, LEAN])
def test_round_trip(record):
    assert metadata.parse(metadata.render(record)) == record
    assert metadata.parse(ET.tostring(metadata.element(record), encoding="unicode")) == record


def test_what_is_not_known_is_not_written():
    assert "until" not in metadata.render(LEAN) and "None" not in metadata.render(LEAN)


def test_attributes_of_later_versions_are_passed_over():
    assert metadata.parse('<vm slice="web" vip="10.90.2.4" lifecycle="active" since="2026-01-05T08:00:00Z" color="red"/>').slice == "web"


@pytest.mark.parametrize(
    "text",
    [
        "<vm",
        "<vm/>",
        '<vm slice="web" vip="10.90.2.4" lifecycle="asleep" since="2026-01-05T08:00:00Z"/>',
        '<vm slice="web" vip="10.90.2.4" lifecycle="active" since="2026-01-05T08:00:00Z" generation="many"/>',
        '<vm slice="web" vip="10.90.2.999" lifecycle="active" since="2026-01-05T08:00:00Z"/>',
        '<vm slice="Web &amp; co" vip="10.90.2.4" lifecycle="active" since="2026-01-05T08:00:00Z"/>',
        '<vm slice="web" vip="10.90.2.4" lifecycle="active" since="this morning"/>',
        '<vm slice="web" vip="10.90.2.4" lifecycle="quarantined" since="2026-01-05T08:00:00Z" until=""/>',
        '<vm slice="web" vip="10.90.2.4" lifecycle="active" since="2026-01-05T08:00:00Z" restarts="twice"/>',
        '<vm slice="web" vip="10.90.2.4" lifecycle="active" since="2026-01-05T08:00:00Z" made="vcpus"/>',
        '<vm slice="web" vip="10.90.2.4" lifecycle="active" since="2026-01-05T08:00:00Z" size="large"/>',
    ],
)
def test_damaged_records_are_named(text):
    with pytest.raises(PoolError, match="Cannot read the metadata of web-10-90-2-4, .*virsh metadata web-10-90-2-4 --uri urn:foresight:netslice:1 --edit"):
        metadata.parse(text, "web-10-90-2-4")


def test_next_record():
    later = "2026-01-05T09:00:00Z"
    same = FULL.changed(later, until=later)
    assert (same.generation, same.since, same.until) == (8, FULL.since, later)
    moved = FULL.changed(later, lifecycle="reserved", until=None)
    assert (moved.generation, moved.since, moved.until) == (8, later, None)


def test_the_last_restarts_are_remembered_once_a_pass():
    assert LEAN.restarted("2026-01-05T08:00:00Z") == "2026-01-05T08:00:00Z"
    assert FULL.restarted("2026-01-05T07:10:00Z") == FULL.restarts
    record = FULL
    for minute in range(20, 40):
        record = record.changed("2026-01-05T09:00:00Z", restarts=record.restarted(f"2026-01-05T07:{minute}:00Z"))
    assert record.restarts.split() == [f"2026-01-05T07:{minute}:00Z" for minute in range(30, 40)]
