# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The service level indicator of a slice, such as a percentile of its latency, as a regular series."""
from __future__ import annotations

from .cleaning import clean_points
from .reader import row_means
from .series import Series, SeriesRequest

try:
    import numpy as np
except ImportError:
    np = None

INDICATOR = "indicator"


def read_indicator(client, slice_: dict, as_of: int, history_seconds: int, step_seconds: int) -> Series | None:
    """The Series of the indicator of a validated slice, None where it names none. Rows end where those of read_series do. Raises TelemetryError.

    Where several sets of tags carry it (one for each VM, say), a row is the mean of what they say: percentiles cannot be added.
    """
    telemetry = slice_["telemetry"]
    spec = telemetry["indicator"]
    if not spec["field"]:
        return None
    # One of another measurement is not what the slice's own query gives.
    query = None if spec["measurement"] else telemetry["query"]
    request = SeriesRequest(slice_["name"], INDICATOR, telemetry["bucket"], spec["measurement"] or telemetry["measurement"], spec["field"], spec["unit"], query)
    end = as_of // step_seconds * step_seconds
    rows = max(history_seconds // step_seconds, 1)
    start = end - rows * step_seconds
    found = client.read([request], start, as_of)[slice_["name"], INDICATOR]
    return indicator_of(found, request, start, rows, step_seconds, as_of)


def indicator_of(segments, request: SeriesRequest, start: int, rows: int, step: int, as_of: int) -> Series:
    """The Series of the segments of one indicator. Pure."""
    by_tags: dict[str, list] = {}
    for one in segments:
        by_tags.setdefault(one.tags, []).append(one)
    means = []
    for tags, parts in sorted(by_tags.items()):
        times, values = np.concatenate([one.times for one in parts]), np.concatenate([one.values for one in parts])
        times, values, _notes = clean_points(times, values, start, as_of, step, False, tags)
        means.append(row_means(times, values, start, rows, step))
    if not means:
        return Series(request.slice, INDICATOR, request.unit, step, start, np.full(rows, np.nan), None)
    known = np.isfinite(np.stack(means))
    total, count = np.where(known, np.stack(means), 0.0).sum(0), known.sum(0)
    values = np.divide(total, count, out=np.full(rows, np.nan), where=count > 0)
    return Series(request.slice, INDICATOR, request.unit, step, start, values, None)
