# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""From histories to what the network reads: scaling, hourly tokens, recent rows, statistics and seasonal bases.

The model works on rows of 5 minutes. Everything is vectorised over series; CHUNK series at a time keep within the caches.
"""
from __future__ import annotations

from dataclasses import dataclass, fields

from .seasonal import DAY, HORIZON, PAST, STEP_SECONDS, WINDOW, seasonal

try:
    import numpy as np
except ImportError:
    np = None

TOKEN, TOKENS, RECENT = 12, 48, 36  # rows of a token (1 h), tokens read (2 d), rows read one by one (3 h)
CALENDAR, STATISTICS = 6, 38
CHUNK = 128
_TINY = 1e-3
OUTLIER = 40  # rows farther from the mean than this many spreads are cut: one spike must not own the mean of a day


@dataclass
class Features:
    """Inputs of the network for N windows; float32 arrays. `loc` and `scale` undo the normalisation."""

    tokens: object      # [N, TOKENS, 2 * TOKEN + CALENDAR] values, residuals to the median day, calendar
    recent: object      # [N, 3 * RECENT] the last rows in three scalings
    statistics: object  # [N, STATISTICS] skill of the bases, noise, spread, length of history
    bases: object       # [N, BASES, HORIZON]
    spread: object      # [N, HORIZON] of the last 7 days
    reach: object       # [N, HORIZON] of the last 7 days
    calendar: object    # [N, HORIZON / TOKEN, CALENDAR] of the hours ahead
    noise: object       # [N] mean change from row to row
    loc: object         # float64 [N]
    scale: object       # float64 [N]


def calendar(seconds):
    """Epoch seconds [...] -> [..., CALENDAR]: daily phase in two harmonics, weekly phase in one."""
    day = 2 * np.pi * (seconds % 86400) / 86400
    week = 2 * np.pi * ((seconds + 3 * 86400) % 604800) / 604800
    waves = [np.sin(day), np.cos(day), np.sin(2 * day), np.cos(2 * day), np.sin(week), np.cos(week)]
    return np.stack(waves, -1).astype(np.float32)


def scaling(window, first):
    """Mean of the last two days, and a spread that neither a quiet day nor a constant series makes zero. -> loc, scale [N]."""
    near = window[:, -2 * DAY:]
    loc = near.mean(1)
    scale = np.maximum(np.maximum(near.std(1), 0.3 * window[:, -7 * DAY:].std(1)), 0.1 * window.std(1))
    return loc, scale + 1e-4 * np.abs(loc) + 1e-9


def _masked_mean(values, valid, total):
    return np.einsum("nt,nt->n", np.abs(values), valid) / total


def _skill(residual, valid):
    """Past errors [N, PAST] -> five figures [N, 5]: mean size over a day and a week, mean change over 1, 6 and 12 h."""
    counted = np.maximum(valid.sum(1), 1)
    near = 3 * DAY
    tail, seen = residual[:, -near:], valid[:, -near:]
    out = [np.abs(residual[:, -DAY:]).mean(1), _masked_mean(residual, valid, counted)]
    for distance in (12, 72, 144):
        both = seen[:, :-distance]
        out.append(_masked_mean(tail[:, distance:] - tail[:, :-distance], both, np.maximum(both.sum(1), 1)))
    return np.stack(out, 1)


def _statistics(window, first, season, noise):
    """-> [N, STATISTICS], sizes on a logarithmic scale."""
    row = np.arange(WINDOW - PAST, WINDOW)
    valid = (row >= first[:, None] + DAY).astype(np.float32)
    sizes = [_skill(residual, valid) for residual in season.residuals]
    near = window[:, -3 * DAY:]
    moves = [np.abs(near[:, d:] - near[:, :-d]).mean(1) for d in (12, 72, 144)]
    now = np.abs(np.diff(window[:, -25:], axis=1)).mean(1)
    week = window[:, -7 * DAY:]
    moves += [noise, now, season.spread.mean(1), season.reach.mean(1), week.std(1)]
    sizes = np.concatenate(sizes + [np.stack(moves, 1)], 1)
    level = np.stack([window[:, -1], window[:, -12:].mean(1), window[:, -DAY:].mean(1), week.max(1) / 4,
                      np.minimum((WINDOW - first) / DAY, 15) / 7], 1)
    return np.concatenate([np.log(sizes + _TINY) / 2, np.clip(level, -10, 10)], 1).astype(np.float32)


def _chunk(values, first, origin):
    loc, scale = scaling(values, first)
    window = np.clip((values - loc[:, None]) / scale[:, None], -OUTLIER, OUTLIER).astype(np.float32)
    season = seasonal(window, first)
    noise = np.abs(np.diff(window[:, -2 * DAY:], axis=1)).mean(1) + np.float32(1e-4)
    residual = season.residuals[3]
    rows = TOKEN * TOKENS
    shape = (len(window), TOKENS, TOKEN)
    starts = origin[:, None] - STEP_SECONDS * TOKEN * np.arange(TOKENS, 0, -1)
    tokens = np.concatenate([window[:, -rows:].reshape(shape), residual[:, -rows:].reshape(shape), calendar(starts)], 2)
    last = window[:, -RECENT:]
    recent = np.concatenate([last, (last - last[:, -1:]) / noise[:, None] / 4, residual[:, -RECENT:] / (noise[:, None] * 3 + 0.1)], 1)
    hours = origin[:, None] + STEP_SECONDS * TOKEN * np.arange(HORIZON // TOKEN)
    return Features(
        tokens=np.clip(tokens, -10, 10), recent=np.clip(recent, -6, 6), statistics=_statistics(window, first, season, noise),
        bases=season.bases, spread=season.spread, reach=season.reach, calendar=calendar(hours), noise=noise, loc=loc, scale=scale)


def features(values, first, origin):
    """Histories of N series -> Features.

    values: float64 [N, WINDOW] rows of 5 minutes that end where the forecast begins, without NaN and filled by fill_before;
    first: int [N], the row where real history starts; origin: int [N], epoch seconds of the end of the last row.
    """
    parts = [_chunk(values[i:i + CHUNK], first[i:i + CHUNK], origin[i:i + CHUNK]) for i in range(0, len(values), CHUNK)]
    return join(parts)


def join(parts):
    """Features of several batches as one."""
    return parts[0] if len(parts) == 1 else Features(**{
        f.name: np.concatenate([getattr(part, f.name) for part in parts]) for f in fields(Features)})
