# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The archive of forecasts, and what was learnt from it: measurements netslice_forecast, netslice_calibration and netslice_event.

What network and seasonal naive said is kept once an hour, which is as much as calibration learns from: forecasts of five minutes later
miss by the same events.
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
#: numbers read at once at most; with more, only every n-th hour of the archive is read
MOST_NUMBERS = 6_000_000
#: seconds back in which the newest record is looked for, one after another: it seldom is old, and a long stretch is slow to read
LOOKS = (2 * HOUR, CALIBRATION_AGE)


def fields() -> list[str]:
    """network50, network90, ..., naive95."""
    return [f"{source}{percent}" for source in SOURCES for percent in PERCENT]


def kept_this_hour(client, as_of: int) -> set[tuple[str, str]]:
    """(slice, resource) of which this hour already has what network or naive said, from an earlier pass than that of `as_of` (seconds)."""
    begin, wanted = as_of // HOUR * HOUR, {f"{source}{PERCENT[0]}": float for source in SOURCES}
    if begin == as_of:
        return set()
    return {(row["slice"], row["resource"]) for row in client.rows(FORECAST, wanted, begin, as_of - 1, tags={"lead": str(LEADS[0])})}


def hours_to_read(series: int, begin: int, end: int) -> list[tuple[int, int]]:
    """[(start, stop)] in seconds, both included, in which the forecasts of so many series are read: all at once, or every n-th hour."""
    hours = list(range(begin // HOUR * HOUR, end, HOUR))
    every = -(-series * len(LEADS) * len(fields()) * len(hours) // MOST_NUMBERS)
    if every <= 1:
        return [(begin, end)]
    return [(max(hour, begin), min(hour + HOUR - 1, end)) for hour in hours if hour // HOUR % every == 0]


def read_forecasts(client, series: int, begin: int, end: int) -> dict:
    """What network and naive said in [begin, end] (seconds): {(slice, resource, lead): {field: (seconds int64[n], values float64[n])}}.

    series: how many are expected, which bounds how much is read.
    """
    found = {}
    for start, stop in hours_to_read(series, begin, end):
        for one in client.segments(FORECAST, fields(), start, stop):
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
