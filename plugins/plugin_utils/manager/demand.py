# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Demand at any quantile, from the few quantiles a Demand Profile holds."""
from __future__ import annotations

import math
from functools import lru_cache
from statistics import NormalDist

from ..telemetry.freshness import VERDICTS, worst

#: verdicts of telemetry that decide nothing: what is there is held
SILENT = frozenset(("stale", "missing"))
#: what `auto` reads as where a single quantile is asked for: guarantees of bandwidth, and profiles that do not say the mean
AUTO = 0.95

_score = NormalDist().inv_cdf


def at_quantile(levels, values, quantile: float) -> float:
    """Value of a quantile, interpolated between (and extrapolated beyond) the given ones over the normal score.

    Over the score a normal distribution is a straight line, so few levels give an honest tail. Never negative, and never
    below the value of the nearest lower level.
    """
    order, right, weight, lower = _line(tuple(levels), quantile)
    known = [values[index] for index in order]
    if len(known) == 1:
        return max(0.0, float(known[0]))
    value = known[right - 1] + weight * (known[right] - known[right - 1])
    return float(max([0.0, value] + known[:lower]))


@lru_cache(maxsize=256)
def _line(levels: tuple, quantile: float):
    """Order of the levels, right end of the segment that holds the quantile, how far along it is, and how many levels lie below."""
    order = sorted(range(len(levels)), key=levels.__getitem__)
    scores = [_score(levels[index]) for index in order]
    wanted = _score(quantile)
    right = next((index for index, score in enumerate(scores) if score >= wanted), len(scores) - 1) or 1
    weight = (wanted - scores[right - 1]) / (scores[right] - scores[right - 1]) if len(scores) > 1 else 0.0
    return order, right, weight, sum(score <= wanted for score in scores)


def vms_for(demand: float, serves: float) -> int:
    """VMs that serve a demand; the tolerance keeps the dust of floating point from costing a VM."""
    return max(0, math.ceil(demand / serves - 1e-9))


class Reading:
    """One resource of a Demand Profile, as the policy uses it; `silent` where it tells nothing to decide on."""

    def __init__(self, profile: dict | None, resource: str, quantile: float | str) -> None:
        quantile = AUTO if quantile == "auto" else quantile
        entry = ((profile or {}).get("resources") or {}).get(resource) or {}
        self.resource = resource
        self.unit = entry.get("unit") or ""
        self.verdict = entry.get("verdict") or "missing"
        self.last = (entry.get("last") or {}).get("value")
        self.recent_peak = entry.get("recent_peak")
        self.dissolve_peak = entry.get("dissolve_peak")
        self.history_seconds = entry.get("history_seconds") or 0
        self.mean = entry.get("mean")
        windows, levels = entry.get("windows") or {}, (profile or {}).get("quantiles") or []
        self.age_seconds, self.coverage = entry.get("age_seconds"), entry.get("coverage")
        self.levels, self.quantiles = levels, windows
        self.earlier = [values for values in entry.get("earlier") or [] if len(values) == len(levels) and None not in values]
        for window in ("act", "hold", "horizon", "projection", "warm"):
            values = windows.get(window)
            known = values and len(values) == len(levels) and None not in values
            setattr(self, window, at_quantile(levels, values, quantile) if known else None)
        self.silent = self.verdict in SILENT or self.last is None or self.act is None or self.hold is None


class Readings:
    """The readings of one Demand Profile, made once each."""

    def __init__(self, profile: dict | None, quantile: float | str) -> None:
        self.profile, self.quantile = profile, quantile
        self.resources = sorted((profile or {}).get("resources") or {})
        self._made: dict[str, Reading] = {}

    def of(self, resource: str) -> Reading:
        """The reading of a resource, silent where the profile has none."""
        if resource not in self._made:
            self._made[resource] = Reading(self.profile, resource, self.quantile)
        return self._made[resource]


def verdict_of(profile: dict | None, readings: list[Reading]) -> str:
    """Verdict of the telemetry of a slice: the worst of its resources that count VMs."""
    if profile is None:
        return "missing"
    return worst(reading.verdict if reading.verdict in VERDICTS else "missing" for reading in readings)
