# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A replay of the policy as one page that needs nothing but itself."""
from __future__ import annotations

from ..instants import parse_instant
from . import replay_table
from .svg import Chart, Line
from .templates import fill, pictures
from .ticks import value_text

ROW = 300  # seconds of a row of a replay
#: the chart shows this much of the end, the largest of every hour
SHOWN_SECONDS, HOUR_ROWS = 7 * 86400, 12
#: the class that draws each
STYLES = {"demand": "demand", "policy": "final", "static": "guarantee", "reactive": "wished", "ran": "present"}


def render(document: dict, drawn: dict, detailed: int) -> str:
    """document: of analytics/replay_document.py; drawn: {slice: {name: counts of each row}}; detailed: how many slices are shown, the worst first."""
    views = [{"slice": one, "rows": replay_table.rows(one), "sentence": replay_table.sentence(one),
              "candidates": replay_table.candidates(one) if one["suggestion"] else [], "advice": replay_table.advice(one) if one["suggestion"] else "",
              "charts": pictures([chart(one, drawn[one["slice"]])], f"s{number}")}
             for number, one in enumerate(replay_table.ordered(document)[:detailed])]
    return fill("replay.html.j2", document=document, views=views, columns=replay_table.COLUMNS, candidates=replay_table.CANDIDATES,
                legend=" ".join(replay_table.LEGEND))


def chart(one: dict, counts: dict) -> Chart:
    """Demand in VMs' worth and the VMs of each policy over the last days of a replay."""
    rows = len(counts["demand"])
    first, begin = max(0, rows - SHOWN_SECONDS // ROW), parse_instant(one["begin"])
    lines = [Line("demand, VMs' worth" if name == "demand" else name, style, _hourly(counts[name], first, begin), step=name != "demand")
             for name, style in STYLES.items() if name in counts]
    policy, most = counts["policy"][first:], max((one for one in counts["demand"][first:] if one is not None), default=0.0)
    summary = (f"Of the last {(rows - first) * ROW // 86400} days: the policy asks for between {min(policy)} and {max(policy)} VMs, the static peak is "
               f"{counts['static'][0]}, and demand is worth at most {value_text(most)} VMs.")
    return Chart(f"VMs of {one['slice']}, the largest of each hour", summary, "VMs", begin + first * ROW, begin + rows * ROW, -1, lines=lines)


def _hourly(values, first, begin) -> list:
    """(seconds, the largest value) of every hour of rows from `first` on; a gap where nothing is known."""
    out = []
    for row in range(first, len(values), HOUR_ROWS):
        known = [value for value in values[row:row + HOUR_ROWS] if value is not None]
        out.append((begin + row * ROW, float(max(known)) if known else None))
    return out
