# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Rows by the wall clock of a time zone: what happens at 9 stays at 9 when the clock changes. Pure, beside the zone database.

A forecaster that counts days back in rows needs days of equal length. So the hour that a change skips is put in as a gap, and the hour
that it doubles is one hour, the mean of both; and a forecast made on such rows is laid back onto the rows of real time.
"""
from __future__ import annotations

from datetime import datetime, timezone
from functools import lru_cache
from zoneinfo import ZoneInfo

try:
    import numpy as np
except ImportError:
    np = None

UTC = "UTC"


def offset(name: str, at: int) -> int:
    """Seconds that the wall clock is ahead of UTC at an instant."""
    if name == UTC:
        return 0
    return int(datetime.fromtimestamp(at, timezone.utc).astimezone(ZoneInfo(name)).utcoffset().total_seconds())


@lru_cache(maxsize=4096)
def changes(name: str, start: int, stop: int) -> tuple[tuple[int, int], ...]:
    """(instant, seconds the clock is put forward) of each change after start and up to stop."""
    found, low = [], start
    while name != UTC and low < stop:
        high = min(low + 86400, stop)
        moved = offset(name, high) - offset(name, low)
        if moved:
            begin, end = low, high
            while begin + 1 < end:
                middle = (begin + end) // 2
                begin, end = (middle, end) if offset(name, middle) == offset(name, low) else (begin, middle)
            found.append((end, moved))
        low = high
    return tuple(found)


def by_wall_clock(values, start: int, step: int, name: str):
    """values float64[rows] from `start` on -> float64[other rows] that end at the same instant, each day as long as any other."""
    end = start + len(values) * step
    for at, moved in changes(name, start, end):
        after = min(max(-(-(end - at) // step), 0), len(values))  # rows after the change; the newest rows never move
        count = int(round(abs(moved) / step))
        split = len(values) - after
        if moved > 0:
            values = np.concatenate([values[:split], np.full(count, np.nan), values[split:]])
        else:
            values = _doubled(values, split, min(count, split))
    return values


def _doubled(values, split, count):
    """The `count` rows before and after `split` made one; of the first time round only what the second has reached stays."""
    first, second = values[split - count:split], values[split:split + count]
    both = np.stack([first[:len(second)], second]) if len(second) else np.empty((2, 0))
    known = np.isfinite(both)
    mean = np.divide(np.where(known, both, 0.0).sum(0), known.sum(0), out=np.full(both.shape[1], np.nan), where=known.any(0))
    return np.concatenate([values[:split - count], mean, values[split + count:]])


def wall_rows(series, values):
    """Rows of a telemetry Series by the wall clock of its zone."""
    return by_wall_clock(values, series.start, series.step_seconds, series.time_zone)


def spare_rows(series, rows: int, step: int) -> int:
    """Rows that forecasts of telemetry Series by wall clock have to reach beyond `rows`, so that a skipped hour can be left out."""
    skipped = [moved for name, end in {(one.time_zone, one.end) for one in series} for _at, moved in changes(name, end, end + rows * step)]
    return max([0] + skipped) // step


def in_real_time(forecast, end: int, step: int, name: str, rows: int):
    """forecast [more rows, ...] by wall clock from `end` on -> [rows, ...] in real time: a skipped hour is left out, a doubled one comes twice."""
    place = np.arange(rows)
    for at, moved in changes(name, end, end + rows * step):
        place[-(-(at - end) // step):] += int(round(moved / step))
    return forecast[np.clip(place, 0, len(forecast) - 1)] if name != UTC else forecast[:rows]
