# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The charts of a backtest: what was forecast and measured, and how good each forecast is in every hour ahead."""
from __future__ import annotations

import math

from .svg import Band, Chart, Line
from .ticks import value_text

#: origins that the chart over time shows
SHOWN = 8
#: the class that draws each forecast
STYLES = {"engine": "engine", "network": "network", "seasonal-naive": "naive", "stl-ets": "statistical"}
ROW = 300  # seconds of a row of a backtest


def charts(series: dict, rolled) -> list[Chart]:
    """Of one series: its entry in the document, and its rolling origins (analytics/rolling.py)."""
    return [chart for chart in (_over_time(series, rolled), _loss(series), _coverage(series)) if chart is not None]


def _last_apart(rolled) -> list[int]:
    """The last origins whose forecasts do not overlap, oldest first, at most SHOWN."""
    span, chosen = len(rolled.actual[0]) * ROW, []
    for i in reversed(range(len(rolled.at))):
        if len(chosen) < SHOWN and (not chosen or rolled.at[i] + span <= rolled.at[chosen[-1]]):
            chosen.append(i)
    return chosen[::-1]


def _over_time(series, rolled):
    shown = [i for i in _last_apart(rolled) if rolled.members["engine"][i] is not None]
    if not shown:
        return None
    name, measured, median, bands = f"{series['slice']}/{series['resource']}", [], [], []
    for i in shown:
        instants = [rolled.at[i] + (row + 0.5) * ROW for row in range(len(rolled.actual[i]))]
        ahead = rolled.members["engine"][i]
        # A gap between origins, where nothing is forecast, parts the lines.
        measured += [(t, None if math.isnan(v) else float(v)) for t, v in zip(instants, rolled.actual[i])] + [(instants[-1], None)]
        median += [(t, float(v)) for t, v in zip(instants, ahead[:, 0])] + [(instants[-1], None)]
        bands.append(Band("engine, quantiles 0.5 to 0.95", "band", [(t, float(low), float(high)) for t, low, high in zip(instants, ahead[:, 0], ahead[:, -1])]))
    most = max((v for _t, v in measured if v is not None), default=0.0)
    summary = (f"What a pass would have forecast at the last {len(shown)} origins that do not overlap, and what was then measured, at most "
               f"{value_text(most)} {series['unit']}.")
    return Chart(f"{name}, {series['unit']}", summary, series["unit"], rolled.at[shown[0]], int(instants[-1]) + ROW, -1,
                 lines=[Line("measured", "demand", measured), Line("engine, median", "median", median)], bands=bands)


def _ahead(series, key, title, summary):
    hours = series["by_hour"]
    lines = [Line(name, STYLES[name], [((i + 0.5) * 3600, value) for i, value in enumerate(one[key])]) for name, one in hours.items()]
    count = max(len(line.points) for line in lines)
    return Chart(f"{title} of {series['slice']}/{series['resource']} by hours ahead", summary, "", 0, count * 3600, -1, lines=lines, ahead=True)


def _loss(series):
    mean = {name: [v for v in one["wql"] if v is not None] for name, one in series["by_hour"].items()}
    told = ", ".join(f"{name} {value_text(sum(values) / len(values))}" for name, values in mean.items() if values)
    return _ahead(series, "wql", "Quantile loss", f"Weighted quantile loss in each hour ahead, less is better; means: {told or 'nothing was measured'}.")


def _coverage(series):
    return _ahead(series, "coverage_95", "Share under the 0.95 quantile",
                  "Share of the measured rows at or below the 0.95 quantile in each hour ahead; 0.95 is right.")
