# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Drift: whether the network still forecasts a series as it did, judged on what it said before the fact.

A series leaves its band when the network, as corrected by what was known before, lost to seasonal naive by a margin over the last two days
and in each half of them, or when its 0.95 quantile held clearly fewer values than chance explains while that of seasonal naive did better:
a fall-back that is worse still helps nobody. It is back when it has been inside a narrower band for RECOVERY_SECONDS. Holding more values
than stated is no drift: it costs, but serves.
"""
from __future__ import annotations

import math
from dataclasses import dataclass

from ..instants import format_instant, parse_instant
from .scores import QUANTILES

#: forecasts of values measured in this time are judged, in blocks of so long; fewer independent ones than FEWEST judge nothing
WINDOW_SECONDS, BLOCK_SECONDS, FEWEST = 2 * 86400, 43200, 12
#: loss relative to seasonal naive beyond which a series leaves its band, and below which it is inside again
LEAVES, INSIDE = 1.25, 1.1
#: how far below its level the coverage may fall: this much, and so many standard errors of a share of that many independent outcomes
SLACK, LEAVES_ERRORS, INSIDE_ERRORS = 0.05, 3.0, 2.0
#: how long a series must have been inside again
RECOVERY_SECONDS = 6 * 3600
LEVEL = QUANTILES[-1]


@dataclass(frozen=True)
class Figures:
    """How the network did on the values of WINDOW_SECONDS: losses are relative to the size of what was measured."""

    independent: float         # outcomes that tell something of their own
    wql: float
    wql_baseline: float
    lost: bool                 # whether it lost in every block
    upper: float               # loss of its 0.95 quantile
    upper_baseline: float
    coverage_95: float

    def least(self, errors: float) -> float:
        """The coverage below which chance does not explain it."""
        return LEVEL - SLACK - errors * math.sqrt(LEVEL * (1 - LEVEL) / max(self.independent, 1.0))


def outside(figures: Figures, ratio: float, errors: float) -> str | None:
    """Why figures lie outside the band of this ratio and so many standard errors, None where they lie inside."""
    hours = WINDOW_SECONDS // 3600
    if figures.wql > ratio * figures.wql_baseline and figures.lost:
        return f"over {hours} h the network lost, {figures.wql:.3f} against {figures.wql_baseline:.3f} of seasonal naive"
    if figures.coverage_95 < figures.least(errors) and figures.upper > figures.upper_baseline:
        return f"over {hours} h the 0.95 quantile of the network held {figures.coverage_95:.0%} of the values"
    return None


def judged(before: dict | None, figures: Figures | None, as_of: int) -> dict | None:
    """The drift of a series after `before`: {"since", "why", "inside_since"} (instants as text, the last None while outside), or None.

    figures None: nothing was there to judge, so that the state stays.
    """
    if figures is None or figures.independent < FEWEST:
        return before
    if before is None:
        why = outside(figures, LEAVES, LEAVES_ERRORS)
        return {"since": format_instant(as_of), "why": why, "inside_since": None} if why else None
    why = outside(figures, INSIDE, INSIDE_ERRORS)
    if why:
        return {**before, "why": why, "inside_since": None}
    inside = before["inside_since"] or format_instant(as_of)
    return None if as_of - parse_instant(inside) >= RECOVERY_SECONDS else {**before, "inside_since": inside}
