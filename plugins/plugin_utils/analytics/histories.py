# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""From measured series of any step to windows of 5-minute rows without gaps, and forecasts back to the step asked for.

The model lives on rows of 5 minutes. A series of another step is re-binned so that means are kept: shorter steps are averaged,
longer ones repeated. Windows are anchored at their end, forecasts at their begin, so that nothing crosses the origin.
"""
from __future__ import annotations

from dataclasses import dataclass, field

from .seasonal import DAY, STEP_SECONDS, WINDOW, fill_before

try:
    import numpy as np
except ImportError:
    np = None


@dataclass
class Histories:
    """N series as windows that end at one instant."""

    values: object    # float64 [N, WINDOW], gaps filled; rows before `first` repeat the earliest day
    first: object     # int [N], row where measured history starts; WINDOW where nothing was measured
    measured: object  # int [N], rows with a measured value
    recent: object    # float64 [N], share of the last 3 days (or of the history, if shorter) that was measured
    holed: dict = field(default_factory=dict)  # {i: float64 [WINDOW], NaN = gap}: what was measured of the series with gaps

    def moved(self, which, shifts):
        """Windows of series `which` [B] as they were `shifts` [B] rows before the end, without anything that came later.

        Every series must have measured rows that far back. -> values [B, WINDOW], first [B]. A gap is filled from what was known then.
        """
        first = self.first[which] + shifts
        values = np.zeros((len(which), WINDOW))
        for row, i, back, begin in zip(values, which, shifts, first):
            whole = self.holed.get(i)
            row[back:] = (self.values[i] if whole is None else whole)[:WINDOW - back]
            if whole is not None:
                row[:back] = np.nan
                row[:] = fill_gaps(row, begin)
        return fill_before(values, first), first


def rebin(values, step, to, count):
    """Means over steps of `step` seconds -> `count` means over steps of `to` seconds from the same begin. NaN stays unknown.

    A row counts as known when at least half of it is. Beyond the end of `values` nothing is known.
    """
    if step == to:  # most forecasts, of which a pass has thousands
        return np.concatenate([values[:count], np.full(max(0, count - len(values)), np.nan)])
    known = np.isfinite(values)
    edges = np.arange(len(values) + 1) * step
    wanted = np.arange(count + 1) * to
    amount = np.diff(np.interp(wanted, edges, np.concatenate([[0.0], np.cumsum(np.where(known, values, 0.0))]) * step))
    seconds = np.diff(np.interp(wanted, edges, np.concatenate([[0.0], np.cumsum(known)]) * step))
    return np.where(seconds >= 0.5 * to - 1e-6, amount / np.maximum(seconds, 1e-9), np.nan)


def _tail(values, step, rows):
    """The last `rows` rows of 5 minutes of a series [T] that ends where the window ends, NaN where unknown."""
    row = np.full(rows, np.nan)
    if step != STEP_SECONDS:
        count = min(int(len(values) * step // STEP_SECONDS), rows)
        values = rebin(values[::-1], step, STEP_SECONDS, count)[::-1]
    values = values[-rows:]
    if len(values):
        row[-len(values):] = values
    return row


def _median(days):
    """Median of what is known of each column [D, T], each with a known value; many times quicker here than numpy's nanmedian."""
    count = np.isfinite(days).sum(0)
    ranked, column = np.sort(days, axis=0), np.arange(days.shape[1])
    return (ranked[(count - 1) // 2, column] + ranked[count // 2, column]) / 2


def _usual_day(row, slots):
    """The median day of a row of whole days [T] at `slots` of the day; a slot that no day has is interpolated around the clock."""
    days = row.reshape(-1, DAY)
    some = np.isfinite(days).any(0)
    if some[slots].all():
        return _median(days[:, slots])
    where = np.flatnonzero(some)
    around = np.concatenate([where - DAY, where, where + DAY])
    return np.interp(slots, around, np.tile(_median(days[:, where]), 3))


def fill_gaps(row, first):
    """Whole days of rows with NaN after `first` -> without: the median day, shifted to the level on both sides of the gap."""
    known = np.isfinite(row)
    at, missing = np.flatnonzero(known), np.flatnonzero(~known[first:]) + first
    if not len(missing):
        return row
    after = np.searchsorted(at, missing)
    beside = at[np.unique(np.clip(np.concatenate([after - 1, after]), 0, len(at) - 1))]
    base = np.zeros(DAY)
    if len(row) - first > DAY:
        slots = np.unique(np.concatenate([missing, beside]) % DAY)
        base[slots] = _usual_day(row, slots)
    level = np.interp(missing, beside, row[beside] - base[beside % DAY])
    filled = row.copy()
    filled[missing] = np.clip(base[missing % DAY] + level, row[at].min(), row[at].max())
    return filled


def histories(rows, steps):
    """rows: list of arrays (the values of Series that end together), steps: their seconds -> Histories."""
    window = np.stack([_tail(np.asarray(values, dtype=float), step, WINDOW) for values, step in zip(rows, steps)])
    window[~np.isfinite(window)] = np.nan
    known = np.isfinite(window)
    measured = known.sum(1)
    first = np.where(measured > 0, known.argmax(1), WINDOW)
    near = np.minimum(np.maximum(WINDOW - first, 1), 3 * DAY)
    recent = known[:, -3 * DAY:].sum(1) / near
    holed = {int(i): window[i].copy() for i in np.flatnonzero((measured > 0) & (measured < WINDOW - first))}
    for i, row in holed.items():
        window[i] = fill_gaps(row, first[i])
    return Histories(fill_before(window, first), first, measured, recent, holed)


def regular(values, step):
    """One series of any step and length -> its rows of 5 minutes from the first measured one on, without gaps, and the share measured."""
    days = -(-len(values) * step // (DAY * STEP_SECONDS))
    row = _tail(np.asarray(values, dtype=float), step, max(int(days), 1) * DAY)
    row[~np.isfinite(row)] = np.nan
    known = np.flatnonzero(np.isfinite(row))
    if not len(known):
        return np.zeros(0), 0.0
    return fill_gaps(row, known[0])[known[0]:], len(known) / (len(row) - known[0])
