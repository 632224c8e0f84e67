# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What was observed of one VM's share of the load, row by row, in bins of equal size, and drawn again by whole days for intervals. Pure."""
from __future__ import annotations

from dataclasses import dataclass

try:
    import numpy as np
except ImportError:
    np = None

DAY = 86400
#: fewer rows, or rows of fewer days, say nothing: those of one day are alike
LEAST_ROWS, LEAST_DAYS = 200, 3
#: rows in a bin at least, and bins at least and at most
BIN_ROWS, LEAST_BINS, MOST_BINS = 20, 8, 40
#: times that the days are drawn again, and the seed of it: the same rows give the same interval
DRAWS, SEED = 200, 20140501
#: the interval holds the middle nine tenths of what the draws say; a finding must come of so many of them
LOW, HIGH, AGREE = 0.05, 0.95, 0.95


@dataclass(frozen=True)
class Observations:
    """n rows. load: float64[n], a resource's demand for each serving VM; strain: float64[n], what rises with it; day: int64[n]."""

    load: object
    strain: object
    day: object

    @property
    def days(self) -> int:
        """How many days the rows are of."""
        return len(np.unique(self.day))

    def thin(self) -> str | None:
        """Why the rows are too few to learn from, None where they are enough."""
        if len(self.load) >= LEAST_ROWS and self.days >= LEAST_DAYS:
            return None
        return f"{len(self.load)} rows of {self.days} days are too few; {LEAST_ROWS} rows of {LEAST_DAYS} days are wanted"

    def drawn(self):
        """DRAWS times the observations of as many days, drawn with replacement: the bootstrap of whole blocks (Künsch 1989)."""
        rows = [np.flatnonzero(self.day == one) for one in np.unique(self.day)]
        random = np.random.default_rng(SEED)
        for _draw in range(DRAWS):
            which = np.concatenate([rows[one] for one in random.integers(0, len(rows), len(rows))])
            yield Observations(self.load[which], self.strain[which], self.day[which])

    def bins(self, of):
        """(median load [K], of(strain) [K]) of bins of equal size, by load."""
        order = np.argsort(self.load, kind="stable")
        count = int(np.clip(len(order) // BIN_ROWS, LEAST_BINS, MOST_BINS))
        parts = np.array_split(order, count)
        return np.array([np.median(self.load[one]) for one in parts]), np.array([of(self.strain[one]) for one in parts])


def known_rows(load, strain):
    """bool[rows]: where both are known, and there is load; float64[rows] with NaN where something is unknown."""
    return np.isfinite(load) & np.isfinite(strain) & (np.nan_to_num(load) > 0)


def observations(load, strain, times) -> Observations:
    """Of the known rows; times: their seconds."""
    known = known_rows(load, strain)
    return Observations(load[known], strain[known], (np.asarray(times) // DAY)[known])


def interval(values) -> tuple[float, float]:
    """The middle nine tenths of what the draws said."""
    return float(np.quantile(values, LOW)), float(np.quantile(values, HIGH))
