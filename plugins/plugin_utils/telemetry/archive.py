# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The archive of forecasts, and what was learnt from it: measurements netslice_forecast, netslice_calibration and netslice_event.

What network and seasonal naive said is kept once an hour, which is as much as calibration learns from: forecasts of five minutes later
miss by the same events. Of a large fleet it is kept once in some hours, so that a week of it can be read at once: one query over a long
time costs a server much less than many over short ones, as it opens each series once.
"""
from __future__ import annotations

import json

from ..instants import canonical_json
from .line import Point
from .records import FORECAST, LEADS, PERCENT

HOUR = 3600
SOURCES = ("network", "naive")
CALIBRATION, EVENT = "netslice_calibration", "netslice_event"
#: records older than this, in seconds, are not used: nobody watches the forecasts any more
CALIBRATION_AGE = 26 * HOUR
#: the tag `lead` of the point that speaks for all leads of a resource, and holds the record that forecasts read
ALL = "all"
#: numbers of a week of the archive at most
MOST_NUMBERS, LONGEST = 6_000_000, 7 * 24 * HOUR
#: seconds back in which the newest record is looked for, one after another: it seldom is old, and a long stretch is slow to read
LOOKS = (2 * HOUR, CALIBRATION_AGE)


def fields() -> list[str]:
    """network50, network90, ..., naive95."""
    return [f"{source}{percent}" for source in SOURCES for percent in PERCENT]


def period(series: int) -> int:
    """Seconds, whole hours, in which what was said is kept once for a fleet of so many series: LONGEST of it is read at once."""
    return HOUR * max(1, -(-series * len(LEADS) * len(fields()) * (LONGEST // HOUR) // MOST_NUMBERS))


def kept_before(client, as_of: int, series: int) -> set[tuple[str, str]]:
    """(slice, resource) of which this period already has what network or naive said, from an earlier pass than that of `as_of` (seconds).

    series: how many the fleet has.
    """
    begin, wanted = as_of // period(series) * period(series), {f"{source}{PERCENT[0]}": float for source in SOURCES}
    if begin == as_of:
        return set()
    return {(row["slice"], row["resource"]) for row in client.rows(FORECAST, wanted, begin, as_of - 1, tags={"lead": str(LEADS[0])})}


def read_forecasts(client, slices, begin: int, end: int) -> dict:
    """What network and naive said of slices in [begin, end] (seconds): {(slice, resource, lead): {field: [(seconds int64[n], values float64[n])]}}."""
    found = {}
    for one in client.segments(FORECAST, fields(), slices, begin, end):
        tags = dict(pair.partition("=")[::2] for pair in one.tags.split(","))
        key = (one.slice, tags.get("resource"), tags.get("lead"))
        found.setdefault(key, {}).setdefault(one.field, []).append((one.times // 1_000_000_000, one.values))
    return found


def calibration_points(records: dict, as_of: int) -> list[Point]:
    """{(slice, resource): Calibration record} -> points of netslice_calibration: one for each lead, for people, and one with the record."""
    points = []
    for (name, resource), record in sorted(records.items()):
        tags = {"slice": name, "resource": resource}
        for index, lead in enumerate(LEADS):
            values = {field: record[field][index] for field in ("n", "shift90", "shift95", "coverage_95")}
            points.append(Point(CALIBRATION, {**tags, "lead": str(lead)}, values, as_of))
        points.append(Point(CALIBRATION, {**tags, "lead": ALL}, {
            **(record["accuracy"] or {}), "drifted": record["drift"] is not None, "record": canonical_json(record)}, as_of))
    return points


def event_points(events: list[dict], as_of: int) -> list[Point]:
    """[{"slice", "resource", "kind", "why"}] -> points of netslice_event."""
    return [Point(EVENT, {name: one[name] for name in ("slice", "resource", "kind")}, {"why": one["why"]}, as_of) for one in events]


def read_calibrations(client, slices, as_of: int, age: int) -> dict[tuple[str, str], dict]:
    """The newest Calibration records of these slices in the `age` seconds up to `as_of`, both included: {(slice, resource): record}.

    Each has its time, in seconds, beside what was written.
    """
    wanted = set(slices)
    for look in [look for look in LOOKS if look < age] + [age]:
        rows = client.rows(CALIBRATION, {"record": str}, as_of - look, as_of, tags={"lead": ALL})
        newest = {(row["slice"], row["resource"]): row for row in rows if row["slice"] in wanted}  # rows are in the order of time
        if newest:
            return {key: {**json.loads(row["record"]), "time": row["time"]} for key, row in newest.items()}
    return {}
