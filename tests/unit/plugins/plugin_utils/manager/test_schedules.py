# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Windows of schedules on clocks that jump, and the values they are written in."""
from __future__ import annotations

from datetime import date

import pytest

from ansible_collections.foresight.netslice.plugins.plugin_utils.errors import InvalidInput
from ansible_collections.foresight.netslice.plugins.plugin_utils.instants import format_instant, parse_instant
from ansible_collections.foresight.netslice.plugins.plugin_utils.manager.schedules import ceiling_of, floor_of, meeting, occurrence
from ansible_collections.foresight.netslice.plugins.plugin_utils.manager.slices import validate_slices
from ansible_collections.foresight.netslice.tests.unit.plugins.plugin_utils.manager import fleets


def schedules(*raw):
    """Schedules as validation fills them in."""
    (slice_,) = validate_slices([fleets.slice_(scaling={"max": 30, "schedules": list(raw)})])
    return slice_["scaling"]["schedules"]


def window(day, **keys):
    (schedule,) = schedules({"name": "one", "floor": 5, "timezone": "Europe/Berlin", **keys})
    found = occurrence(schedule, date.fromisoformat(day))
    return found and tuple(format_instant(at) for at in found)


@pytest.mark.parametrize(("day", "start", "end", "expected"), [
    ("2026-01-05", "08:00", "18:00", ("2026-01-05T07:00:00Z", "2026-01-05T17:00:00Z")),
    ("2026-07-06", "08:00", "18:00", ("2026-07-06T06:00:00Z", "2026-07-06T16:00:00Z")),
    ("2026-01-05", "00:00", "24:00", ("2026-01-04T23:00:00Z", "2026-01-05T23:00:00Z")),
    ("2026-01-05", "22:00", "06:00", ("2026-01-05T21:00:00Z", "2026-01-06T05:00:00Z")),
    # 2026-03-29: 02:00 CET is followed by 03:00 CEST, at 01:00 UTC
    ("2026-03-29", "00:00", "24:00", ("2026-03-28T23:00:00Z", "2026-03-29T22:00:00Z")),
    ("2026-03-29", "02:30", "06:00", ("2026-03-29T01:00:00Z", "2026-03-29T04:00:00Z")),
    ("2026-03-29", "01:00", "02:30", ("2026-03-29T00:00:00Z", "2026-03-29T01:00:00Z")),
    ("2026-03-29", "02:10", "02:50", ("2026-03-29T01:00:00Z", "2026-03-29T01:00:00Z")),
    # 2026-10-25: 03:00 CEST is followed by 02:00 CET, at 01:00 UTC
    ("2026-10-25", "00:00", "24:00", ("2026-10-24T22:00:00Z", "2026-10-25T23:00:00Z")),
    ("2026-10-25", "02:30", "06:00", ("2026-10-25T00:30:00Z", "2026-10-25T05:00:00Z")),
    ("2026-10-25", "01:00", "02:30", ("2026-10-24T23:00:00Z", "2026-10-25T00:30:00Z")),
    ("2026-10-24", "22:00", "02:30", ("2026-10-24T20:00:00Z", "2026-10-25T00:30:00Z")),
])
def test_windows_on_clocks_that_jump(day, start, end, expected):
    assert window(day, start=start, end=end) == expected


def test_windows_that_meet_on_the_clock_meet_on_every_day():
    night, day = schedules(
        {"name": "night", "ceiling": 3, "timezone": "Europe/Berlin", "start": "22:00", "end": "02:30"},
        {"name": "day", "floor": 9, "timezone": "Europe/Berlin", "start": "02:30", "end": "22:00"},
    )
    for on in ("2026-03-28", "2026-03-29", "2026-10-24", "2026-10-25", "2026-06-01"):
        before, after = date.fromisoformat(on), date.fromordinal(date.fromisoformat(on).toordinal() + 1)
        assert occurrence(night, before)[1] == occurrence(day, after)[0]
        assert occurrence(day, before)[1] == occurrence(night, before)[0]


def test_a_window_in_the_skipped_hour_does_not_take_place():
    one = schedules({"name": "one", "floor": 5, "timezone": "Europe/Berlin", "start": "02:10", "end": "02:50"})
    jump = parse_instant("2026-03-29T01:00:00Z")
    assert floor_of(one, jump - 60, jump + 60) == (0, None)
    assert floor_of(one, jump - 86400 + 1800, jump - 86400 + 1800) == (5, "one")


@pytest.mark.parametrize(("day", "keys", "takes_place"), [
    ("2026-01-05", {"days": ["mon"]}, True),
    ("2026-01-06", {"days": ["mon"]}, False),
    ("2026-01-06", {"dates": ["2026-01-05..2026-01-07"]}, True),
    ("2026-01-08", {"dates": ["2026-01-05..2026-01-07"]}, False),
    ("2026-01-06", {"dates": ["2026-01-05..2026-01-07"], "except": ["2026-01-06"]}, False),
    ("2026-01-06", {"dates": ["2026-01-05..2026-01-07"], "days": ["mon"]}, False),
])
def test_days_and_dates(day, keys, takes_place):
    assert (window(day, **keys) is not None) is takes_place


def test_the_largest_floor_and_the_smallest_ceiling_count():
    several = schedules(*({"name": f"s{count}", "floor": count, "ceiling": count + 20} for count in (2, 7, 4)))
    assert floor_of(several, fleets.AS_OF, fleets.AS_OF) == (7, "s7")
    assert ceiling_of(several, fleets.AS_OF) == (22, "s2")
    assert ceiling_of([], fleets.AS_OF) == (None, None)


@pytest.mark.parametrize(("first", "second", "day"), [
    ({}, {}, "sat"),
    ({"days": ["mon"]}, {"days": ["tue"]}, None),
    ({"days": ["mon"], "start": "22:00", "end": "06:00"}, {"days": ["tue"], "end": "05:00"}, "mon"),
    ({"days": ["sun"], "start": "22:00", "end": "06:00"}, {"days": ["mon"], "end": "05:00"}, "sun"),
    ({"start": "08:00", "end": "18:00"}, {"start": "18:00", "end": "08:00"}, None),
    ({"start": "08:00", "end": "18:00", "timezone": "Europe/Berlin"}, {"start": "18:00", "end": "08:00", "timezone": "Europe/Paris"}, None),
    ({"start": "08:00", "end": "18:00", "timezone": "Europe/Berlin"}, {"start": "18:00", "end": "08:00", "timezone": "America/New_York"}, "sat"),
    ({"start": "08:00", "end": "18:00", "timezone": "Europe/Berlin"}, {"start": "07:00", "end": "07:30"}, "sat"),
    # Only in winter do eight o'clock in Berlin and seven by UTC fall together.
    ({"start": "08:00", "end": "08:30", "timezone": "Europe/Berlin"}, {"start": "07:00", "end": "07:30"}, "sat"),
    ({"dates": ["2027-12-24"]}, {"except": ["2027-12-24"]}, None),
    ({"dates": ["2027-12-24..2027-12-26"]}, {"except": ["2027-12-24"]}, "2027-12-25"),
    ({"dates": ["2027-12-24"]}, {"dates": ["2027-12-25"]}, None),
])
def test_where_schedules_meet(first, second, day):
    one, other = schedules({"name": "one", "floor": 1, **first}, {"name": "other", "floor": 1, **second})
    assert meeting(one, other) == day
    assert (meeting(other, one) is None) is (day is None)


@pytest.mark.parametrize(("key", "value", "words"), [
    ("start", "8:00", "is no time of the day"),
    ("start", "25:00", "is no time of the day"),
    ("end", "24:01", "is no time of the day"),
    ("end", 37800, "is no time of the day"),
    ("days", ["monday"], "is not one of mon, tue"),
    ("days", [], "names no weekday"),
    ("days", "mon", "must be a list of weekdays"),
    ("dates", ["24.12.2026"], "is no date"),
    ("dates", ["2026-12-26..2026-12-24"], "is no range"),
    ("except", ["1000-01-01"], "is no range"),
    ("timezone", "Europe/Atlantis", "is no time zone this controller knows"),
    ("timezone", "../etc/passwd", "is no time zone"),
    ("floor", 11, "of schedule one is more than scaling.max, 10"),
    ("ceiling", 1, "of schedule one is less than scaling.min, 2"),
    ("floors", 1, "did you mean floor?"),
])
def test_refusals(key, value, words):
    with pytest.raises(InvalidInput, match="scaling.schedules") as caught:
        validate_slices([fleets.slice_(scaling={"min": 2, "schedules": [{"name": "one", "floor": 1, key: value}]})])
    assert words in str(caught.value)


def test_what_yaml_makes_of_times_and_dates_is_taken_as_meant():
    (one,) = schedules({"name": "one", "floor": 1, "start": 630, "end": 1440, "dates": [date(2026, 12, 24)], "days": ["sun", "mon"]})
    assert (one["start"], one["end"], one["dates"], one["days"]) == ("10:30", "24:00", ["2026-12-24"], ["mon", "sun"])
    assert schedules(one) == [one]
