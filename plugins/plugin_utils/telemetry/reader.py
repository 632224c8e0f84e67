# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Regular series of all slices of a pass at once."""
from __future__ import annotations

from dataclasses import replace

from ..instants import parse_instant
from .cleaning import NANO, clean_points
from .counters import row_rates
from .credible import believe
from .series import Series, SeriesRequest
from .treated import Note, merged
from .walltime import changes

try:
    import numpy as np
except ImportError:
    np = None

#: rows for which the last mean of a silent series still counts in a sum of several
HELD_ROWS = 3
#: points up to so many seconds after as_of are read, only to tell of a clock that is ahead
AHEAD = 3600
#: a resource whose history is shorter than that of another one of its slice by so many seconds came late
LATE = 86400


def series_requests(slices: list[dict]) -> list[SeriesRequest]:
    """One request for each resource of validated slices, in their order."""
    return [
        SeriesRequest(one["name"], resource, one["telemetry"].get("bucket"), one["telemetry"].get("measurement") or "slice_demand",
                      spec["field"], spec["unit"], one["telemetry"].get("query"), spec.get("kind") == "counter",
                      one["telemetry"].get("time_zone") or "UTC")
        for one in slices for resource, spec in one["telemetry"]["resources"].items()
    ]


def read_series(client, requests, as_of, history_seconds: int, step_seconds: int, believed: bool = True) -> dict[tuple[str, str], Series]:
    """{(slice, resource): Series} of every request, all gaps where nothing was found.

    as_of: seconds since 1970 or RFC 3339. Rows end at floor(as_of/step)*step. Points after as_of are never used; points
    between the end of the rows and as_of count for last_time only. Of points with the same instant the last wins.
    Where several sets of tags carry a field of a slice (one for each host, say), each is averaged per row and the row is
    their sum; one that falls silent beside others keeps its last mean for HELD_ROWS rows, then has ended.
    What was dirty, and how it was treated, is told by Series.treated (docs/telemetry.md). believed False: rows as they were measured, for
    who judges a part of them by `judged`.
    """
    as_of = int(as_of if isinstance(as_of, (int, float)) else parse_instant(as_of))
    end = int(as_of // step_seconds) * step_seconds
    rows = max(int(history_seconds // step_seconds), 1)
    start = end - rows * step_seconds
    raw = client.read(requests, start, as_of + AHEAD)
    found = {}
    for request in requests:
        key = (request.slice, request.resource)
        found[key] = series_of(raw.pop(key, ()), request, start, rows, step_seconds, as_of, believed)
    return _with_late(found)


def series_of(segments, request: SeriesRequest, start: int, rows: int, step: int, as_of: int, believed: bool = True) -> Series:
    """The Series of the segments of one request. Pure."""
    values, last, notes = _regular(segments, start, rows, step, as_of, request.counter)
    series = Series(request.slice, request.resource, request.unit, step, start, values, last, request.time_zone)
    return judged(series, notes) if believed else replace(series, treated=merged(notes))


def judged(series: Series, notes=()) -> Series:
    """A Series whose rows were only read, or cut out of another: the same with what can be believed of them. notes: on its points. Pure."""
    found = believe(series.values, series.start, series.step_seconds)
    moved = [Note("clock_change", at, 1) for at, _moved in changes(series.time_zone, series.start, series.end)]
    return replace(series, values=found.seen, believed=None if found.learnt is found.seen else found.learnt, suspect=found.suspect,
                   treated=merged([*notes, *found.notes, *moved]))


def _regular(segments, start, rows, step, as_of, counter):
    """(values float64[rows], newest instant or None, notes) of the segments of one field of one slice."""
    by_tags = {}
    for segment in segments:
        by_tags.setdefault(segment.tags, []).append(segment)
    means, newest, notes = [], [], []
    for tags, parts in by_tags.items():
        times, values = (parts[0].times, parts[0].values) if len(parts) == 1 else (
            np.concatenate([part.times for part in parts]), np.concatenate([part.values for part in parts]))
        times, values, told = clean_points(times, values, start, as_of, step, counter, tags)
        notes += told
        if len(times):
            newest.append((int(times[-1] // NANO), tags))
            if counter:
                rates, told = row_rates(times, values, start, rows, step, tags)
                notes += told
            means.append(rates if counter else row_means(times, values, start, rows, step))
    if not means:
        return np.full(rows, np.nan), None, notes
    if len(means) == 1:
        return means[0], newest[0][0], notes
    last = max(newest)[0]
    notes += [Note("behind", at, 1, tags) for at, tags in newest if HELD_ROWS * step < last - at <= AHEAD]
    return _sum(np.stack(means)), last, notes


def row_means(times, values, start, rows, step):
    """Means float64[rows] of points (nanoseconds int64[n], float64[n]) over [start + i*step, start + (i+1)*step); NaN where there is none."""
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


def _with_late(found):
    """The same series; those whose history is shorter than a sibling's say so."""
    begins, first = {}, {}
    for key, one in found.items():
        known = ~np.isnan(one.values)
        if known.any():
            begins[key] = int(known.argmax()) * one.step_seconds
            first[key[0]] = min(first.get(key[0], begins[key]), begins[key])
    for key, begin in begins.items():
        if begin - first[key[0]] > LATE:
            one = found[key]
            late = Note("late", one.start + begin, int((~np.isnan(one.values)).sum()))
            found[key] = replace(one, treated=merged([*one.treated, late]))
    return found
