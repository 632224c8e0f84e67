# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How far telemetry can be trusted: the verdict on one series."""
from __future__ import annotations

from dataclasses import dataclass

from ..instants import parse_instant

try:
    import numpy as np
except ImportError:
    np = None

DAY = 86400
#: less history than this is cold: nothing of the day's shape is known yet
COLD_SECONDS = DAY
#: the last day must have at least this share of its rows, or the series is gappy
GAPPY_COVERAGE = 0.8
#: worst first; missing: no row and no recent point; stale: the newest point is too old
VERDICTS = ("missing", "stale", "gappy", "cold", "ok")


@dataclass(frozen=True)
class Freshness:
    """Verdict on a series, and the figures behind it; ages are None and coverage 0 where nothing was found.

    age_seconds: from the newest raw point to as_of. coverage: share of rows without a gap in the last day, or since the
    first value where that is less. history_seconds: from the first value to the end of the rows. last_value: the newest
    row that is no gap. last_time: the newest raw point, seconds since 1970.
    """

    verdict: str
    age_seconds: int | None
    coverage: float
    history_seconds: int
    last_value: float | None
    last_time: int | None


def assess(series, as_of, max_age_seconds: int) -> Freshness:
    """The Freshness of a Series at as_of (seconds since 1970 or RFC 3339). Pure.

    missing where nothing was found; else stale where the newest point is older than max_age_seconds, or the series is suspect: both hold
    what there is; else cold with less than a day of history; else gappy with less than 0.8 of the last day's rows; else ok.
    """
    as_of = int(as_of if isinstance(as_of, (int, float)) else parse_instant(as_of))
    rows = np.flatnonzero(~np.isnan(series.values))
    if series.last_time is None:
        return Freshness("missing", None, 0.0, 0, None, None)
    age = as_of - series.last_time
    history, coverage, last_value = 0, 0.0, None
    if len(rows):
        length = len(series.values)
        history = int(length - rows[0]) * series.step_seconds
        window = min(max(DAY // series.step_seconds, 1), length - int(rows[0]))
        coverage = float((rows >= length - window).sum()) / window
        last_value = float(series.values[rows[-1]])
    if age > max_age_seconds or series.suspect:
        verdict = "stale"
    elif history < COLD_SECONDS:
        verdict = "cold"
    else:
        verdict = "gappy" if coverage < GAPPY_COVERAGE else "ok"
    return Freshness(verdict, age, coverage, history, last_value, series.last_time)


def worst(verdicts) -> str:
    """The worst of some verdicts; missing when there is none."""
    return min(verdicts, key=VERDICTS.index, default="missing")
