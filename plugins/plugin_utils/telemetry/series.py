# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is asked of the telemetry and what comes back."""
from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class SeriesRequest:
    """One resource of one slice, and where its figures are.

    bucket None means the bucket of the connection. With a query of its own, measurement is not used. Of a counter the rate per second is
    wanted. time_zone: the wall clock that its days follow.
    """

    slice: str
    resource: str
    bucket: str | None
    measurement: str
    field: str
    unit: str
    query: str | None = None
    counter: bool = False
    time_zone: str = "UTC"


@dataclass(frozen=True)
class Segment:
    """Points of one series as the server sent them.

    slice: value of the tag `slice`; tags: the other tags as one text, which tells series of a slice apart.
    times: int64[n], nanoseconds since 1970; values: float64[n]. Neither sorted nor free of duplicates.
    """

    slice: str
    field: str
    tags: str
    times: Any
    values: Any


@dataclass(frozen=True)
class Series:
    """A regular series: row i is the mean over [start + i*step_seconds, start + (i+1)*step_seconds).

    start, last_time: seconds since 1970; last_time is the newest raw point not after as_of, None where there is none.
    values: float64[rows], NaN = gap: the demand as the policy reads it.
    believed: float64[rows], what the forecast learns from, None where that is values. time_zone: the wall clock that its days follow.
    treated: Notes on what was dirty; suspect: the newest level may be an error of the unit, so that nothing may shrink on it.
    """

    slice: str
    resource: str
    unit: str
    step_seconds: int
    start: int
    values: Any
    last_time: int | None
    time_zone: str = "UTC"
    believed: Any = None
    treated: tuple = ()
    suspect: bool = False

    @property
    def end(self) -> int:
        """The instant at which the last row ends, seconds since 1970."""
        return self.start + len(self.values) * self.step_seconds

    @property
    def history(self):
        """float64[rows] to learn from."""
        return self.values if self.believed is None else self.believed

    @property
    def coverage(self) -> float:
        """Share of the rows that are no gap, 0..1."""
        rows = len(self.values)
        return float((self.values == self.values).sum()) / rows if rows else 0.0  # NaN is not equal to itself
