# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Series whose unit changed on the way: a lasting jump by a power of a thousand is taken for one, and all rows are put into one unit. Pure.

Up or down, the history before is rescaled to the newest level, so that the shape of day and week is kept. A jump down makes the series
suspect: nothing may shrink on what may be an error. A jump up is taken for the true load.
"""
from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from .treated import Note

try:
    import numpy as np
except ImportError:
    np = None

DAY = 86400
#: decimal logarithms: of a factor between units, of the least leap that is looked at, and how far a factor may lie from its power
FACTOR, LEAP, NEAR, NEAR_BY_DAY = 3.0, 2.5, 0.5, 0.8
#: a jump up has to last so long to be one of the unit, in seconds; a jump down is suspect at once
LASTING = 1800
#: rows at both sides of a jump that are compared where no day before tells more
NEIGHBOURS = 12
#: a series that jumps more often does so by nature; so does one with more rows that leap, to whatever level (a jump is two or three of them)
MOST_JUMPS, MOST_LEAPS = 2, 36


@dataclass(frozen=True)
class Unit:
    """values: float64[rows] in the unit of the newest row; suspect: that unit is larger than the one that held for longest before."""

    values: Any
    suspect: bool = False
    notes: list = field(default_factory=list)


def one_unit(values, start: int, step: int) -> Unit:
    """values: float64[rows], not negative, NaN = gap -> Unit. Zeros have no unit and stay."""
    with np.errstate(invalid="ignore"):
        at = np.flatnonzero(values > 0)
    logs = np.log10(values[at])
    leaps = np.flatnonzero(np.abs(logs[2:] - logs[:-2]) >= LEAP)
    if not 0 < len(leaps) <= MOST_LEAPS:
        return Unit(values)
    part = _parts(logs, leaps)
    powers = _powers(logs, at, part, DAY // step, max(LASTING // step, 2))
    jumps = np.flatnonzero(np.diff(powers)) + 1
    if not len(jumps) or len(jumps) > MOST_JUMPS:
        return Unit(values)
    out = values.copy()
    for number, power in enumerate(powers):
        out[at[part == number]] *= 10 ** (FACTOR * (powers[-1] - power))
    out[at[part < 0]] = np.nan  # rows in which the unit changed
    rows = np.array([(part == number).sum() for number in range(len(powers))])
    return _told(Unit(out), powers, rows, [int(at[part == jump][0]) * step + start for jump in jumps], jumps)


def _told(unit, powers, rows, since, jumps):
    """The unit with its notes, and whether it is suspect."""
    now, before = powers[-1], powers[:-1]
    weight = {int(power): int(rows[:-1][before == power].sum()) for power in set(before.tolist())}
    usual = max(weight, key=weight.get)
    if now < usual or now != powers[0]:
        note = Note("unit_down" if now < usual else "unit_up", since[-1], int(rows[jumps[-1]:].sum()))
    else:  # away and back
        note = Note("unit_excursion", since[0], int(rows[:-1][before != now].sum()))
    return Unit(unit.values, bool(now < usual), [note])


def _parts(logs, leaps):
    """The part of the series, between leaps, that each row belongs to; -1 for a row in the middle of a leap."""
    part = np.zeros(len(logs), int)
    for run in np.split(leaps, np.flatnonzero(np.diff(leaps) > 1) + 1):
        before, after = int(run[0]), int(run[-1]) + 2
        part[after:] += 1
        for row in range(before + 1, after):
            low, high = abs(logs[row] - logs[before]), abs(logs[row] - logs[after])
            part[row] = part[before] + (high < low) if min(low, high) <= NEAR_BY_DAY else -1
    return part


def _powers(logs, at, part, day, lasting):
    """For each part the power of a thousand that it lies above the first one."""
    level = np.full(int(at[-1]) + 1, np.nan)  # logarithms of rows, in the unit of the first part
    powers = np.zeros(int(part.max()) + 1, int)
    for number in range(len(powers)):
        mine = part == number
        if number:
            power = _power(logs[mine], at[mine], level, day)
            newest = number == len(powers) - 1
            young = mine.sum() < lasting and not (newest and power < powers[number - 1])
            powers[number] = powers[number - 1] if young else power
        level[at[mine]] = logs[mine] - FACTOR * powers[number]
    return powers


def _power(logs, at, level, day):
    """The power of a thousand by which rows lie above `level`: by the same time of days before, else by the rows around the leap."""
    earlier = level[:at[0]]
    known = earlier[np.isfinite(earlier)]
    beside = float(np.median(logs[:NEIGHBOURS]) - np.median(known[-NEIGHBOURS:]))
    reference = np.full(len(at), np.nan)
    for back in range(1, int(at[-1]) // max(day, 1) + 1):
        row = at - back * day
        usable = np.isnan(reference) & (row >= 0) & (row < at[0])
        reference[usable] = earlier[row[usable]]
    matched = np.isfinite(reference)
    if not matched.any():
        power = round(beside / FACTOR)
        return power if abs(beside - FACTOR * power) <= NEAR else 0
    by_day = float(np.median((logs - reference)[matched]))
    power = round(by_day / FACTOR)
    return power if abs(by_day - FACTOR * power) <= NEAR_BY_DAY or abs(beside - FACTOR * power) <= NEAR else 0
