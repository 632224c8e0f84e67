# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Kinds of values that schedules are written in: times of the day, weekdays, dates, time zones."""
from __future__ import annotations

import re
from zoneinfo import ZoneInfo

from ..errors import InvalidInput
from .schedules import DAY_MINUTES, WEEKDAYS, days_of

_CLOCK = re.compile(r"([01]\d|2[0-3]):[0-5]\d|24:00")
#: a range of dates has at most so many days
LONGEST_RANGE = 3660
YEARS = range(1971, 2200)


def clock(value, path: str, options: dict) -> str:
    """A time of the day as HH:MM. YAML 1.1 reads 10:30 without quotes as 630, a number to the base of 60: that is taken as meant."""
    if isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= DAY_MINUTES:
        value = f"{value // 60:02d}:{value % 60:02d}"
    if not _CLOCK.fullmatch(str(value)):
        raise InvalidInput(f"{path}: {str(value)[:60]!r} is no time of the day; write one like '08:30', in quotes, up to '24:00'.")
    return str(value)


def weekdays(value, path: str, options: dict) -> list[str]:
    """Names of weekdays, in the order of the week."""
    given = _listed(value, path, "weekdays such as mon")
    for index, name in enumerate(given):
        if name not in WEEKDAYS:
            raise InvalidInput(f"{path}[{index}]: {str(name)[:60]!r} is not one of {', '.join(WEEKDAYS)}.")
    if not given:
        raise InvalidInput(f"{path}: names no weekday. Leave the key out for every day.")
    return [name for name in WEEKDAYS if name in given]


def dates(value, path: str, options: dict) -> list[str]:
    """Dates as 2026-12-24, and ranges of them as 2026-12-24..2026-12-26."""
    out = []
    for index, spec in enumerate(_listed(value, path, "dates such as 2026-12-24")):
        try:
            first, last = days_of(str(spec))
        except ValueError as exc:
            raise InvalidInput(f"{path}[{index}]: {str(spec)[:60]!r} is no date; write 2026-12-24, or 2026-12-24..2026-12-26.") from exc
        if not 0 <= (last - first).days < LONGEST_RANGE or first.year not in YEARS or last.year not in YEARS:
            raise InvalidInput(f"{path}[{index}]: {spec} is no range of 1 to {LONGEST_RANGE} days between {YEARS[0]} and {YEARS[-1]}.")
        out.append(str(spec))
    return out


def timezone(value, path: str, options: dict) -> str:
    """The name of a time zone of the IANA database that this controller has."""
    try:
        ZoneInfo(str(value))
    except (KeyError, ValueError, OSError) as exc:
        raise InvalidInput(f"{path}: {str(value)[:60]!r} is no time zone this controller knows; write one like Europe/Berlin, or install tzdata.") from exc
    return str(value)


def _listed(value, path: str, what: str) -> list:
    if not isinstance(value, (list, tuple)):
        raise InvalidInput(f"{path}: must be a list of {what}, not {str(value)[:60]!r}.")
    return list(value)


KINDS = {"clock": clock, "weekdays": weekdays, "dates": dates, "timezone": timezone}
