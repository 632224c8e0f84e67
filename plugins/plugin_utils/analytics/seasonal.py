# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Seasonal bases: simple forecasts that the network mixes and corrects.

Everything works on a window: WINDOW rows of 5 minutes that end where the forecast begins, for many series at once. Days are
counted back from that end, so that a base is a shifted copy of the window. `first` is the row where real history starts;
rows before it repeat the earliest day (see fill_before), and means and medians over days leave them out.
"""
from __future__ import annotations

from dataclasses import dataclass

try:
    import numpy as np
except ImportError:
    np = None

STEP_SECONDS = 300
DAY = 288          # rows of a day
HORIZON = 144      # rows forecast at once: 12 h
PAST = 7 * DAY     # rows over which the skill of a base is measured
WINDOW = 15 * DAY  # rows of context
#: bases whose own past errors are measured: same time yesterday, last week, mean, median and recency-weighted mean of 7 days
SKILLED = (0, 2, 3, 4, 5)
RAW, BASES = 7, 30
_RAW_NAMES = ("day before", "two days before", "week before", "mean day", "median day", "recent days", "mean of one and two weeks before")
#: what each base is called where a forecast is explained, in the order of `seasonal`
NAMES = (*_RAW_NAMES, *(f"{name}, moved to the last 15 minutes" for name in _RAW_NAMES),
         *(f"{_RAW_NAMES[i]}, moved to the last hour" for i in SKILLED), *(f"{_RAW_NAMES[i]}, moved to the last row" for i in SKILLED),
         "last row", "mean of the last hour", "mean of the last day", "trend of the last hour",
         "median day with the trend of the last hour", "median day, moved to the last 15 minutes and back")
#: comparators that sort seven values
_SORT7 = ((0, 6), (2, 3), (4, 5), (0, 2), (1, 4), (3, 6), (0, 1), (2, 5), (3, 4), (1, 2), (4, 6), (2, 3), (4, 5), (1, 2), (3, 4), (5, 6))


@dataclass
class Seasonal:
    """What the season says of a window of N series, in the units of the window."""

    bases: object      # [N, BASES, HORIZON] forecasts
    residuals: list    # SKILLED x [N, PAST] past errors of the skilled bases
    spread: object     # [N, HORIZON] mean distance of the last 7 days from their median
    reach: object      # [N, HORIZON] largest of the last 7 days above their median


def fill_before(window, first):
    """window [N, WINDOW], first [N] -> the same with every row before `first` taken from the earliest known day."""
    if not first.any():
        return window
    window = window.copy()
    for start in np.unique(first[(first > 0) & (first < WINDOW)]):
        rows = np.flatnonzero(first == start)
        day = window[rows, start:start + DAY]
        window[rows, :start] = day[:, (np.arange(start) - start) % DAY] if day.shape[1] == DAY else day.mean(1, keepdims=True)
    return window


def median_of_days(days, count):
    """days: 7 arrays [N, T], nearest first; count [N, T] in 1..7 -> median of the nearest `count` of them.

    Half of the missing days count as plus, half as minus infinity, so that the middle of the seven is the median of the rest.
    """
    lanes, least = list(days), count.min()
    for k in range(least, 7):
        missing = np.where(k >= 7 - (7 - count) // 2, np.float32(-np.inf), np.float32(np.inf))
        lanes[k] = np.where(count > k, lanes[k], missing)
    for low, high in _SORT7:
        lanes[low], lanes[high] = np.minimum(lanes[low], lanes[high]), np.maximum(lanes[low], lanes[high])
    if least == 7:
        return lanes[3]
    return np.where(count % 2 == 0, np.float32(0.5) * (lanes[2] + lanes[3]), lanes[3])


def _raw(window, first):
    """-> list of RAW bases on rows [-PAST, HORIZON) around the end of the window, and the days and counts behind them."""
    margin, weekly = 2, window[:, WINDOW - PAST - 7 * DAY:WINDOW + HORIZON - 7 * DAY].copy()
    row = np.arange(WINDOW - PAST - margin, WINDOW + HORIZON + margin)
    count = np.clip((row[None, :] - first[:, None]) // DAY, 1, 7).astype(np.int8)
    least = count.min()
    wide = [window[:, row[0] - k * DAY:row[-1] + 1 - k * DAY] for k in range(1, 8)]
    total, recency = wide[0].copy(), wide[0].copy()
    for k in range(1, 7):
        day = wide[k] if k < least else np.where(count > k, wide[k], np.float32(0))
        total += day
        recency += day * np.float32(0.7 ** k)
    total /= count
    recency = (recency * np.cumsum(0.7 ** np.arange(7)).astype(np.float32)[count - 1] ** -1)[:, margin:-margin]
    length = total.shape[1] - 2 * margin
    smooth = sum(total[:, i:i + length] for i in range(2 * margin + 1)) / np.float32(2 * margin + 1)
    days, count = [day[:, margin:-margin] for day in wide], count[:, margin:-margin]
    weekly[:, -HORIZON - DAY:] += window[:, :DAY + HORIZON]
    weekly[:, -HORIZON - DAY:] *= np.float32(0.5)
    return [days[0], days[1], days[6], smooth, median_of_days(days, count), recency, weekly], days, count


def _damped(level, trend, phi):
    steps = np.cumsum(phi ** np.arange(1, HORIZON + 1)).astype(np.float32)
    return level[:, None] + trend[:, None] * steps


def _slope(values):
    """Change per row between the last 6 rows and the 6 before them, [N]."""
    return (values[:, -6:].mean(1) - values[:, -12:-6].mean(1)) / np.float32(6)


def seasonal(window, first):
    """window float32 [N, WINDOW] (filled), first int [N] -> Seasonal."""
    raw, days, count = _raw(window, first)
    future = [base[:, PAST:] for base in raw]
    past = window[:, -PAST:]
    errors = [past[:, -12:] - base[:, PAST - 12:PAST] for base in raw]
    bases = list(future)
    bases += [base + error[:, -3:].mean(1)[:, None] for base, error in zip(future, errors)]
    bases += [future[i] + errors[i].mean(1)[:, None] for i in SKILLED]
    bases += [future[i] + errors[i][:, -1:] for i in SKILLED]
    bases += [np.repeat(past[:, -n:].mean(1)[:, None], HORIZON, 1) for n in (1, 12, DAY)]
    median, off = future[4], errors[4]
    fading = np.exp(-np.arange(1, HORIZON + 1, dtype=np.float32) / 36)
    bases.append(_damped(past[:, -3:].mean(1), _slope(past), 0.95))
    bases.append(median + _damped(off[:, -3:].mean(1), _slope(off), 0.95))
    bases.append(median + off[:, -3:].mean(1)[:, None] * fading)
    ahead, total, top = count[:, PAST:], 0, median
    for k, day in enumerate(days):
        now, seen = day[:, PAST:], ahead > k
        total = total + np.where(seen, np.abs(now - median), 0)
        top = np.maximum(top, np.where(seen, now, median))
    return Seasonal(
        bases=np.stack(bases, 1), residuals=[past - raw[i][:, :PAST] for i in SKILLED],
        spread=(total / ahead).astype(np.float32), reach=top - median)
