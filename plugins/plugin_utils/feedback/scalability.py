# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How what one VM serves falls with the number of VMs: the Universal Scalability Law (Gunther 1993, 2007). Pure.

N VMs serve N L / (1 + a (N - 1) + b N (N - 1)) together, where L is what one serves alone, a is contention for what they share, and b is the
price of keeping each other informed. What one of N serves makes that a linear law, which non-negative least squares fits.
"""
from __future__ import annotations

from .observations import BIN_ROWS, LEAST_BINS, Observations

try:
    import numpy as np
except ImportError:
    np = None

#: counts of VMs of which capacity must be known; three figures are fitted
LEAST_COUNTS = 4


def by_count(seen: Observations, counts, estimate) -> dict[int, float]:
    """{number of VMs: what one of them served}; counts: int64[n] of each row; estimate(Observations) -> load or None."""
    found = {}
    for count in np.unique(counts):
        rows = counts == count
        if rows.sum() >= BIN_ROWS * LEAST_BINS:
            value = estimate(Observations(seen.load[rows], seen.strain[rows], seen.day[rows]))
            if value is not None:
                found[int(count)] = value
    return found


def scalability(served: dict[int, float]) -> dict | None:
    """{"alone", "contention", "coherency", "most"} of {number of VMs: what one of them served}; None where too few numbers are known.

    most: the number of VMs beyond which more serve less, None where there is none below a thousand.
    """
    if len(served) < LEAST_COUNTS:
        return None
    count = np.array(sorted(served), dtype=float)
    inverse = np.array([1.0 / served[int(one)] for one in count])
    terms = np.stack([np.ones_like(count), count - 1, count * (count - 1)], 1)
    # Errors are in proportion to what is served, so that each equation is divided by its inverse.
    base, shared, informed = _non_negative(terms / inverse[:, None], np.ones_like(count))
    if base <= 0:
        return None
    alpha, beta = shared / base, informed / base
    most = float(np.sqrt(max(1 - alpha, 0.0) / beta)) if beta > 0 else None
    return {"alone": 1 / base, "contention": alpha, "coherency": beta, "most": int(most) if most and 1 <= most < 1000 else None}


def _non_negative(terms, wanted):
    """Least squares of few unknowns that are not negative: the best of all subsets of them."""
    best, least = np.zeros(terms.shape[1]), np.inf
    for mask in range(1, 2 ** terms.shape[1]):
        used = [one for one in range(terms.shape[1]) if mask >> one & 1]
        found = np.linalg.lstsq(terms[:, used], wanted, rcond=None)[0]
        wrong = ((terms[:, used] @ found - wanted) ** 2).sum()
        if (found >= 0).all() and wrong < least - 1e-12:
            best, least = np.zeros(terms.shape[1]), wrong
            best[used] = found
    return best
