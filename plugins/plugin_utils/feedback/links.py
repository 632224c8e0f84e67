# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a slice was guaranteed of the links, what it used, and what its classes dropped and held back. Pure."""
from __future__ import annotations

from ..telemetry.cleaning import clean_points
from ..telemetry.counters import row_rates

try:
    import numpy as np
except ImportError:
    np = None

DIRECTIONS = ("egress", "ingress")
COUNTERS = ("bytes", "packets", "drops", "overlimits")
FIELDS = (*COUNTERS, "backlog")


def counted(segments, start: int, rows: int, step: int) -> dict[str, dict]:
    """{direction: {bytes, packets, drops, overlimits: what their counters grew by, backlog_mean, backlog_most: bytes}} of netslice_qos.

    segments: of one slice, all fields. Counters of all hosts and devices are added; a counter that began again is not counted across that.
    """
    found: dict[str, dict] = {}
    for (tags, field), parts in _grouped(segments).items():
        counter = field in COUNTERS
        times, values = np.concatenate([one.times for one in parts]), np.concatenate([one.values for one in parts])
        times, values, _notes = clean_points(times, values, start, start + rows * step, step, counter, tags)
        told = found.setdefault(dict(pair.partition("=")[::2] for pair in tags.split(",")).get("direction", ""), {"backlogs": []})
        if counter:
            rates, _notes = row_rates(times, values, start, rows, step, tags)
            told[field] = told.get(field, 0.0) + float(np.nansum(rates) * step)
        elif len(values):
            told["backlogs"].append(values)
    return {direction: _told(one) for direction, one in sorted(found.items()) if direction in DIRECTIONS}


def _grouped(segments) -> dict:
    """{(tags, field): its segments}."""
    parts: dict[tuple, list] = {}
    for one in segments:
        parts.setdefault((one.tags, one.field), []).append(one)
    return dict(sorted(parts.items()))


def _told(one: dict) -> dict:
    backlog = np.concatenate(one["backlogs"]) if one["backlogs"] else np.zeros(0)
    return {**{name: round(one[name]) if name in one else None for name in COUNTERS},
            "backlog_mean": float(backlog.mean()) if len(backlog) else None, "backlog_most": float(backlog.max()) if len(backlog) else None}


def shares(decisions, series, direction: str, said=()) -> dict | None:
    """{guarantee, ceiling: medians, used_mean, used_p95, used_most, rows, over_percent, headroom_p95} in Mbit/s; None where nothing was measured.

    decisions: [(seconds, {direction: (guarantee, ceiling)})], oldest first; series: telemetry Series of the resource of that name; said: [(begin
    of a row in seconds, its upper quantile)]. headroom_p95: of use over what a guarantee is a multiple of, the larger of forecast and last row.
    """
    used = np.asarray(series.values, dtype=float)
    known = np.isfinite(used)
    if not known.any():
        return None
    told = {"guarantee": None, "ceiling": None, "used_mean": float(used[known].mean()), "used_p95": float(np.quantile(used[known], 0.95)),
            "used_most": float(used[known].max()), "rows": int(known.sum()), "over_percent": None, "headroom_p95": _headroom(series, used, said)}
    given = [(at, *one[direction]) for at, one in decisions if direction in one]
    if not given:
        return told
    times, guarantee = np.array([one[0] for one in given]), np.array([one[1] for one in given], dtype=float)
    begins = series.start + series.step_seconds * np.arange(len(used))
    place = np.searchsorted(times, begins, side="right") - 1
    rows = known & (place >= 0) & (guarantee[np.maximum(place, 0)] > 0)
    told.update(guarantee=float(np.median(guarantee)), ceiling=float(np.median([one[2] for one in given])))
    if rows.any():
        told["over_percent"] = float(100 * (used[rows] > guarantee[place[rows]]).mean())
    return told


def _headroom(series, used, said) -> float | None:
    """The 0.95 quantile of use over its base, whatever headroom was in force."""
    base = np.concatenate(([np.nan], used[:-1]))
    for at, upper in said:
        row = (at - series.start) // series.step_seconds
        if 0 <= row < len(base) and upper is not None:
            base[row] = np.fmax(base[row], upper)
    rows = np.isfinite(used) & (np.nan_to_num(base) > 0)
    return float(np.quantile(used[rows] / base[rows], 0.95)) if rows.any() else None
