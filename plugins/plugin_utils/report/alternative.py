# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What charts show as a table, for those who read with their ears or their fingers, or want the figures."""
from __future__ import annotations

HOUR = 3600
#: a table is no longer than this; its rows stand for more hours where the charts do
ROWS = 36


def table(charts: list) -> dict:
    """{"hours", "columns", "rows"} of Charts of the same time: in each row the last value in its hours, None where nothing is known."""
    if not charts:
        return {}
    start, stop = min(one.start for one in charts), max(one.stop for one in charts)
    hours = max(1, -(-(stop - start) // (HOUR * ROWS)))
    series = [series for chart in charts for series in _series(chart)]
    ends = range(start // HOUR * HOUR + hours * HOUR, stop + hours * HOUR, hours * HOUR)
    cells = [_last(points, ends, hours * HOUR, step) for _name, points, step in series]
    return {"hours": hours, "columns": [name for name, _points, _step in series],
            "rows": [row for row in zip(ends, *cells) if any(value is not None for value in row[1:])]}


def _series(chart):
    """(name, [(seconds, value)], whether values hold) of the lines and the upper and lower edges of the bands of a chart."""
    subject = chart.title.split(" of ")[0]
    for line in chart.lines:
        if chart.bands and line.style == "median":
            continue  # the lower edge of the band says the same
        yield f"{subject}, {line.label}", [point for point in line.points if point[1] is not None], line.step
    for label in dict.fromkeys(band.label for band in chart.bands):
        points = [point for band in chart.bands if band.label == label for point in band.points]
        yield f"{subject}, forecast 0.5", [(t, low) for t, low, _high in points], False
        yield f"{subject}, forecast 0.95", [(t, high) for t, _low, high in points], False


def _last(points: list, ends, length: int, step: bool) -> list:
    """The last value within `length` seconds before each end; where values hold, the last one before it."""
    out, following, now = [], 0, None
    for end in ends:
        while following < len(points) and points[following][0] <= end:
            now, following = points[following], following + 1
        alive = now is not None and (now[0] > end - length or (step and following < len(points)))
        out.append(now[1] if alive else None)
    return out
