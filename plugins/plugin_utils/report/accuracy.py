# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How good the archived forecasts were, against what was measured afterwards."""
from __future__ import annotations

from dataclasses import dataclass

from ..manager.lead_time import seconds_of

#: Fewer pairs than this say nothing about a quantile of 0.95.
ENOUGH = 24


@dataclass(frozen=True)
class Score:
    """Forecasts of one resource at one lead, in seconds.

    error: sum of |measured - median| over the sum of the measured, None where the latter is 0; below: share of the
    measured values that were at most the 0.95 quantile; pairs: how many forecasts have their measured value.
    """

    resource: str
    lead: int
    pairs: int
    error: float | None
    below: float


def acting_lead(history, resource: str):
    """Of the leads archived for a resource, the one the slice acts on: the first not shorter than its lead time; None without any."""
    leads = sorted(lead for name, lead in history.forecasts if name == resource)
    wanted = seconds_of({"lead_time_seconds": "auto", **(history.slice.get("scaling") or {})})
    return next((lead for lead in leads if lead >= wanted), leads[-1] if leads else None)


def scores(history) -> list[Score]:
    """Scores of a History wherever a forecast meets a measured value, by resource, then lead."""
    found = []
    for (resource, lead), rows in sorted(history.forecasts.items()):
        measured = history.demand.get(resource)
        if measured is None:
            continue
        pairs = [(measured.at(at + lead), q50, q95) for at, q50, _q90, q95 in rows]
        pairs = [p for p in pairs if p[0] is not None]
        if pairs:
            total = sum(abs(m) for m, _q50, _q95 in pairs)
            error = sum(abs(m - q50) for m, q50, _q95 in pairs) / total if total else None
            found.append(Score(resource, lead, len(pairs), error, sum(m <= q95 for m, _q50, q95 in pairs) / len(pairs)))
    return found
