# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Regular series of all slices of a pass at once."""
from __future__ import annotations

from ..instants import parse_instant
from .series import Series, SeriesRequest

try:
    import numpy as np
except ImportError:
    np = None

NANO = 1_000_000_000
#: rows for which the last mean of a silent series still counts in a sum of several
HELD_ROWS = 3


def series_requests(slices: list[dict]) -> list[SeriesRequest]:
    """One request for each resource of validated slices, in their order."""
    return [
        SeriesRequest(one["name"], resource, one["telemetry"].get("bucket"), one["telemetry"].get("measurement") or "slice_demand",
                      spec["field"], spec["unit"], one["telemetry"].get("query"))
        for one in slices for resource, spec in one["telemetry"]["resources"].items()
    ]


def read_series(client, requests, as_of, history_seconds: int, step_seconds: int) -> dict[tuple[str, str], Series]:
    """{(slice, resource): Series} of every request, all gaps where nothing was found.

    as_of: seconds since 1970 or RFC 3339. Rows end at floor(as_of/step)*step. Points after as_of are never used; points
    between the end of the rows and as_of count for last_time only. Of points with the same instant the last wins.
    Where several sets of tags carry a field of a slice (one for each host, say), each is averaged per row and the row is
    their sum; one that falls silent beside others keeps its last mean for HELD_ROWS rows, then has ended.
    """
    as_of = as_of if isinstance(as_of, (int, float)) else parse_instant(as_of)
    end = int(as_of // step_seconds) * step_seconds
    rows = max(int(history_seconds // step_seconds), 1)
    start = end - rows * step_seconds
    raw = client.read(requests, start, int(as_of))
    found = {}
    for request in requests:
        key = (request.slice, request.resource)
        values, last = _regular(raw.pop(key, ()), start, rows, step_seconds, int(as_of))
        found[key] = Series(request.slice, request.resource, request.unit, step_seconds, start, values, last)
    return found


def _regular(segments, start, rows, step, as_of):
    """(values float64[rows], newest instant or None) of the segments of one field of one slice."""
    by_tags = {}
    for segment in segments:
        by_tags.setdefault(segment.tags, []).append(segment)
    means, newest = [], []
    for parts in by_tags.values():
        times, values = (parts[0].times, parts[0].values) if len(parts) == 1 else (
            np.concatenate([part.times for part in parts]), np.concatenate([part.values for part in parts]))
        times, values = _usable(times, values, as_of)
        if len(times):
            newest.append(int(times[-1] // NANO))
            means.append(_row_means(times, values, start, rows, step))
    if not means:
        return np.full(rows, np.nan), None
    return (means[0] if len(means) == 1 else _sum(np.stack(means))), max(newest)


def _usable(times, values, as_of):
    """Sorted, finite, not after as_of, and of equal instants the last."""
    good = np.isfinite(values) & (times <= as_of * NANO)
    if not good.all():
        times, values = times[good], values[good]
    if len(times) > 1 and not (np.diff(times) > 0).all():
        order = np.argsort(times, kind="stable")
        times, values = times[order], values[order]
        last = np.append(np.diff(times) > 0, True)
        times, values = times[last], values[last]
    return times, values


def _row_means(times, values, start, rows, step):
    row = (times - start * NANO) // (step * NANO)
    inside = (row >= 0) & (row < rows)
    if not inside.all():
        row, values = row[inside], values[inside]
    count = np.bincount(row, minlength=rows)
    total = np.bincount(row, weights=values, minlength=rows)
    return np.divide(total, count, out=np.full(rows, np.nan), where=count > 0)


def _sum(means):
    """means: float64[sets, rows] -> their sum float64[rows]; a row is a gap where every set is silent."""
    silent = np.isnan(means)
    row = np.arange(means.shape[1])
    last = np.maximum.accumulate(np.where(silent, -1, row), axis=1)
    held = np.take_along_axis(means, np.maximum(last, 0), axis=1)
    usable = (last >= 0) & (row - last <= HELD_ROWS)
    total = np.where(usable, held, 0.0).sum(axis=0)
    return np.where(silent.all(axis=0), np.nan, total)
