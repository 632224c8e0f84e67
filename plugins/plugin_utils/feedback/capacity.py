# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What one VM serves of a resource before a service level indicator, such as the 95th percentile of latency, leaves its objective. Pure.

With an objective the share of rows that miss it is fitted by a function of the load that never falls (isotonic regression: Barlow,
Bartholomew, Bremner and Brunk 1972), and capacity is the load at which a tenth of them do. Without one it is the knee of two straight lines
through the logarithm of the indicator (segmented regression: Hinkley 1969, Muggeo 2003), where there is such a knee.
"""
from __future__ import annotations

from .observations import AGREE, DRAWS, LOW, interval

try:
    import numpy as np
except ImportError:
    np = None

OBJECTIVE, KNEE = "isotonic", "segmented"
#: share of the rows at a load that may miss the objective
MISSED = 0.1
#: the indicator at the highest load must be so many times that at the least before a knee is believed: in a queue M/M/1 a load of 0.7
RISE = 3.0
#: bins at least on either side of a knee, and how much steeper the second line must be
SIDE, STEEPER = 3, 2.0


def capacity(seen, objective: float | None) -> dict:
    """{value, low, high, least, rows, days, method, why}; value is None where nothing can be said, and why says so.

    seen: Observations; objective: the most that the indicator should be. least: the load at which it was kept for sure, where value is
    None or not, with an objective only.
    """
    told = {"value": None, "low": None, "high": None, "least": None, "rows": len(seen.load), "days": seen.days,
            "method": KNEE if objective is None else OBJECTIVE}
    why = seen.thin()
    if why is None:
        found = _knee(seen) if objective is None else _kept(seen, objective)
        told.update(found)
        return told
    return {**told, "why": why}


def isotonic(values):
    """The non-decreasing sequence nearest to values [K] in least squares: neighbours that fall are pooled."""
    pools: list[list] = []  # [mean, weight]
    for value in values:
        pools.append([float(value), 1])
        while len(pools) > 1 and pools[-2][0] > pools[-1][0]:
            mean, weight = pools.pop()
            pools[-1] = [(pools[-1][0] * pools[-1][1] + mean * weight) / (pools[-1][1] + weight), pools[-1][1] + weight]
    return np.concatenate([np.full(weight, mean) for mean, weight in pools])


def crossing(seen, objective: float) -> tuple[float | None, float | None]:
    """(the load from which on the objective is missed too often, the largest load of a bin that keeps it); None where there is none."""
    load, missed = seen.bins(lambda strain: (strain > objective).mean())
    fit = isotonic(missed)
    above = np.flatnonzero(fit > MISSED)
    if not len(above):
        return None, float(load[-1])
    first = int(above[0])
    if not first:
        return None, None
    part = (MISSED - fit[first - 1]) / (fit[first] - fit[first - 1])
    return float(load[first - 1] + part * (load[first] - load[first - 1])), float(load[first - 1])


def _kept(seen, objective: float) -> dict:
    at, held = crossing(seen, objective)
    if held is None:
        return {"why": f"the objective of {objective:g} is not kept even at the least load, so that more VMs would not help"}
    draws = [crossing(one, objective) for one in seen.drawn()]
    least = float(np.quantile([held or 0.0 for _at, held in draws], LOW))
    crossed = [at for at, held in draws if at is not None]
    if at is None or len(crossed) < AGREE * len(draws):
        return {"least": least or None, "why": f"load never came near what one VM serves: up to {least:.4g} the objective of {objective:g} was kept"}
    low, high = interval(crossed)
    return {"value": at, "low": low, "high": high, "least": least or None,
            "why": f"the objective of {objective:g} is kept up to {at:.4g} for each VM, {low:.4g} to {high:.4g}"}


def knee(seen) -> float | None:
    """The load at which the second of two lines through the logarithm of the indicator begins, None where one line does as well."""
    load, strain = seen.bins(np.median)
    if strain[0] <= 0 or strain[-SIDE:].mean() < RISE * strain[:SIDE].mean():
        return None
    logs, count = np.log(np.maximum(strain, 1e-9 * strain[-1])), len(load)
    breaks = load[SIDE:-SIDE]
    ones = np.ones((len(breaks), count))
    terms = np.stack([ones, ones * load, np.maximum(0.0, load - breaks[:, None])], -1)  # [breaks, K, 3]
    scale = np.eye(3) * 1e-12
    found = np.linalg.solve(np.einsum("bki,bkj->bij", terms, terms) + scale, np.einsum("bki,k->bi", terms, logs)[..., None])[..., 0]
    wrong = ((np.einsum("bki,bi->bk", terms, found) - logs) ** 2).sum(-1)
    best = int(wrong.argmin())
    line = np.polyfit(load, logs, 1)
    straight = ((np.polyval(line, load) - logs) ** 2).sum()
    better = count * np.log(max(straight, 1e-12) / max(wrong[best], 1e-12)) > 2 * np.log(count)  # of the Bayesian information criterion
    slope, steeper = found[best, 1], found[best, 1] + found[best, 2]
    return float(breaks[best]) if better and steeper > 0 and steeper > STEEPER * slope else None


def _knee(seen) -> dict:
    at = knee(seen)
    draws = [one for one in map(knee, seen.drawn()) if one is not None] if at is not None else []
    if at is None or len(draws) < AGREE * DRAWS:
        return {"why": "there is no knee: the indicator does not rise clearly at the loads that were seen"}
    low, high = interval(draws)
    return {"value": at, "low": low, "high": high, "why": f"the indicator rises steeply from {at:.4g} for each VM on, {low:.4g} to {high:.4g}"}
