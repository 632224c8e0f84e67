# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Schedules: windows of weekdays, times and dates in a time zone, with a floor or a ceiling of the count in each.

A window belongs to the day on which it begins. A time that the clock passes twice means its first pass, one that the clock skips the
instant of the jump: windows that meet on the clock meet on every day.
"""
from __future__ import annotations

from datetime import date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
#: keys that say when a schedule is in force
WHEN = ("timezone", "days", "start", "end", "dates", "except")
DAY_MINUTES = 1440
#: days looked at to find whether two undated schedules of different time zones meet: a year, with every change of their clocks
YEAR = tuple(date(2028, 1, 1) + timedelta(days=number) for number in range(366))
WEEK = YEAR[:8]


def floor_of(schedules: list[dict], begin: int, end: int) -> tuple[int, str | None]:
    """(largest floor in force at any instant of begin..end, name of its schedule); (0, None) without any."""
    found = [(one["floor"], one["name"]) for one in schedules if one["floor"] is not None and _meets(one, begin, end)]
    return max(found, default=(0, None))


def ceiling_of(schedules: list[dict], at: int) -> tuple[int | None, str | None]:
    """(smallest ceiling in force, name of its schedule); (None, None) without any."""
    found = [(one["ceiling"], one["name"]) for one in schedules if one["ceiling"] is not None and _meets(one, at, at)]
    return min(found, default=(None, None))


def in_force(windows: list[dict], at: int) -> bool:
    """Whether an instant lies in any of the windows."""
    return any(_meets(one, at, at) for one in windows)


def occurrence(schedule: dict, day: date) -> tuple[int, int] | None:
    """Seconds since 1970 [begin, end) of the window that begins on a day of the schedule's time zone; None where it has none."""
    if not _on(schedule, day):
        return None
    zone, (begin, end) = ZoneInfo(schedule["timezone"]), _minutes(schedule)
    return _instant(day, begin, zone), _instant(day, end, zone)


def days_of(spec: str) -> tuple[date, date]:
    """First and last day of `2026-12-24` or `2026-12-24..2026-12-26`. Raises ValueError."""
    first, _dots, last = spec.partition("..")
    return date.fromisoformat(first), date.fromisoformat(last or first)


def meeting(first: dict, second: dict) -> str | None:
    """The first day on which two schedules are in force at the same time, as text; None where there is none."""
    return _meeting(_key(first), _key(second))


def _key(schedule: dict) -> tuple:
    return tuple(tuple(value) if isinstance(value, list) else value for value in map(schedule.get, WHEN))


@lru_cache(maxsize=1024)
def _meeting(first: tuple, second: tuple) -> str | None:
    one, other = (dict(zip(WHEN, key)) for key in (first, second))
    if other["dates"] and not one["dates"]:
        one, other = other, one
    clock = _naive if one["timezone"] == other["timezone"] else occurrence
    if one["dates"]:
        days = sorted({low + timedelta(days=number) for low, high in map(days_of, one["dates"]) for number in range((high - low).days + 1)})
    else:
        days = WEEK if clock is _naive else YEAR
    for day in days:
        window = clock(one, day)
        for off in range(-2, 3) if window else ():
            met = clock(other, day + timedelta(days=off))
            if met and window[0] < met[1] and met[0] < window[1]:
                return day.isoformat() if one["dates"] else WEEKDAYS[day.weekday()]
    return None


def _naive(schedule: dict, day: date) -> tuple[int, int] | None:
    """The window on the clock of its time zone, in minutes."""
    if not _on(schedule, day):
        return None
    begin, end = _minutes(schedule)
    return day.toordinal() * DAY_MINUTES + begin, day.toordinal() * DAY_MINUTES + end


def _meets(schedule: dict, begin: int, end: int) -> bool:
    """Whether a window of the schedule holds an instant of begin..end."""
    zone = ZoneInfo(schedule["timezone"])
    day, last = (datetime.fromtimestamp(at, zone).date() for at in (begin, end))
    day -= timedelta(days=1)
    while day <= last:
        window = occurrence(schedule, day)
        if window and window[0] <= end and begin < window[1] and window[0] < window[1]:
            return True
        day += timedelta(days=1)
    return False


def _on(schedule: dict, day: date) -> bool:
    if WEEKDAYS[day.weekday()] not in schedule["days"]:
        return False
    if schedule["dates"] and not any(low <= day <= high for low, high in map(days_of, schedule["dates"])):
        return False
    return not any(low <= day <= high for low, high in map(days_of, schedule["except"]))


def _minutes(schedule: dict) -> tuple[int, int]:
    """Begin and end in minutes after midnight; an end at or before the begin is on the next day."""
    begin, end = (int(text[:2]) * 60 + int(text[3:]) for text in (schedule["start"], schedule["end"]))
    return begin, end if end > begin else end + DAY_MINUTES


@lru_cache(maxsize=4096)
def _instant(day: date, minutes: int, zone: ZoneInfo) -> int:
    local = datetime.combine(day, time()) + timedelta(minutes=minutes)
    first, second = (int(local.replace(tzinfo=zone, fold=fold).timestamp()) for fold in (0, 1))
    return first if first <= second else _jump(zone, second, first)


def _jump(zone: ZoneInfo, before: int, after: int) -> int:
    """The second in (before, after] at which the clock of a time zone jumps."""
    offset = datetime.fromtimestamp(before, zone).utcoffset()
    while after - before > 1:
        middle = (before + after) // 2
        if datetime.fromtimestamp(middle, zone).utcoffset() == offset:
            before = middle
        else:
            after = middle
    return after
