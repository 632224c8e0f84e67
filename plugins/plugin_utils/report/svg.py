# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A chart over time as inline SVG: bands, lines and steps, styled by the classes of the page, readable without colour; small ones without axes too.

Every text that comes from outside is escaped here; the result is markup.
"""
from __future__ import annotations

from dataclasses import dataclass, field
from html import escape
from itertools import groupby

from .ticks import hours_text, time_text, time_ticks, value_text, value_ticks

#: as wide as a telephone shows a chart, so that its text is nowhere smaller than written
WIDTH, HEIGHT = 360, 190
LEFT, RIGHT, TOP, BOTTOM = 44, 8, 12, 24
#: of a picture in a row of a table, which has no axes, and the points it is drawn of
SMALL_WIDTH, SMALL_HEIGHT, SMALL_POINTS = 120, 28, 60


@dataclass(frozen=True)
class Line:
    """One quantity: points are (seconds, value); a value of None is a gap. `step` holds each value until the next point."""

    label: str
    style: str
    points: list
    step: bool = False


@dataclass(frozen=True)
class Band:
    """The room between two quantiles: points are (seconds, lower, upper)."""

    label: str
    style: str
    points: list


@dataclass(frozen=True)
class Chart:
    """What one picture shows between `start` and `stop` (seconds); `now` draws the instant the report was made for.

    ahead: the seconds are not instants but distances from one.
    """

    title: str
    summary: str
    unit: str
    start: int
    stop: int
    now: int
    lines: list = field(default_factory=list)
    bands: list = field(default_factory=list)
    whole: bool = False
    ahead: bool = False


class _Scale:
    """Data to pixels."""

    def __init__(self, chart: Chart):
        values = [v for line in chart.lines for _t, v in line.points if v is not None]
        values += [u for band in chart.bands for _t, _l, u in band.points]
        self.ticks = value_ticks(max([0, *values]) or 1, chart.whole)
        self.start, self.span, self.top = chart.start, max(1, chart.stop - chart.start), self.ticks[-1]

    def x(self, instant: float) -> str:
        return f"{LEFT + (instant - self.start) / self.span * (WIDTH - LEFT - RIGHT):.1f}".rstrip("0").rstrip(".")

    def y(self, value: float) -> str:
        return f"{HEIGHT - BOTTOM - max(0.0, value) / self.top * (HEIGHT - TOP - BOTTOM):.1f}".rstrip("0").rstrip(".")


def draw(chart: Chart, name: str) -> str:
    """The `<svg>` element of a chart; `name` is unique on the page and makes the ids."""
    scale = _Scale(chart)
    inside = [*_grid(chart, scale), *_now(chart, scale)]
    inside += [_band(band, scale) for band in chart.bands if len(band.points) > 1]
    inside += [_line(line, scale, chart.stop) for line in chart.lines]
    return (
        f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-labelledby="{escape(name)}-t {escape(name)}-d">'
        f'<title id="{escape(name)}-t">{escape(chart.title)}</title><desc id="{escape(name)}-d">{escape(chart.summary)}</desc>'
        f'{"".join(inside)}</svg>'
    )


def small(points: list, start: int, stop: int, says: str) -> str:
    """The `<svg>` element of one quantity in a row of a table: the largest value of each piece of the time; `says` is its alternative text."""
    known = [(t, v) for t, v in points if v is not None]
    top, length = max((v for _t, v in known), default=0) or 1, max(1, stop - start) / SMALL_POINTS
    pieces = [(piece, max(v for _t, v in run)) for piece, run in groupby(known, key=lambda p: int((p[0] - start) // length))]
    path, before = "", None
    for piece, value in pieces:
        x, y = SMALL_WIDTH * (piece + 0.5) / SMALL_POINTS, SMALL_HEIGHT - 2 - max(0.0, value) / top * (SMALL_HEIGHT - 4)
        path += f"{'L' if before == piece - 1 else 'M'}{x:.0f} {y:.1f}"
        before = piece
    return (f'<svg class="small" viewBox="0 0 {SMALL_WIDTH} {SMALL_HEIGHT}" role="img" aria-label="{escape(says)}">'
            f'<path class="demand" d="{path}h0"/></svg>' if path else "")


def _grid(chart: Chart, scale: _Scale):
    bottom = HEIGHT - BOTTOM
    for tick in scale.ticks:
        y = scale.y(tick)
        yield f'<path class="grid" d="M{LEFT} {y}H{WIDTH - RIGHT}"/><text class="end" x="{LEFT - 6}" y="{float(y) + 4:.1f}">{value_text(tick)}</text>'
    for tick in time_ticks(chart.start, chart.stop):
        x = scale.x(tick)
        yield f'<path class="grid" d="M{x} {bottom}v4"/>'
        if float(x) < WIDTH - RIGHT - 24:  # a label at the edge would be cut
            yield f'<text class="mid" x="{x}" y="{bottom + 18}">{(hours_text if chart.ahead else time_text)(tick)}</text>'


def _now(chart: Chart, scale: _Scale):
    if chart.start <= chart.now <= chart.stop:
        yield f'<path class="now" d="M{scale.x(chart.now)} {TOP}V{HEIGHT - BOTTOM}"/>'


def _band(band: Band, scale: _Scale) -> str:
    there = [f"{scale.x(t)} {scale.y(upper)}" for t, _lower, upper in band.points]
    back = [f"{scale.x(t)} {scale.y(lower)}" for t, lower, _upper in reversed(band.points)]
    return f'<path class="{escape(band.style)}" d="M{"L".join(there + back)}Z"/>'


def _line(line: Line, scale: _Scale, stop: int) -> str:
    runs = [list(run) for whole, run in groupby(line.points, key=lambda p: p[1] is not None) if whole]
    paths = (_steps(run, scale, stop) if line.step else "M" + "L".join(f"{scale.x(t)} {scale.y(v)}" for t, v in run) + "h0" for run in runs)
    return f'<path class="{escape(line.style)}" d="{"".join(paths)}"/>' if runs else ""


def _steps(run, scale: _Scale, stop: int) -> str:
    """Horizontal pieces joined by vertical ones; only where the value changes, so that long calm stretches cost nothing."""
    path, last = f"M{scale.x(run[0][0])} {scale.y(run[0][1])}", run[0][1]
    for instant, value in run[1:]:
        if value != last:
            path, last = f"{path}H{scale.x(instant)}V{scale.y(value)}", value
    return f"{path}H{scale.x(min(stop, run[-1][0]))}"
