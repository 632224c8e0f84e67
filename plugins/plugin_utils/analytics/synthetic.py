# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Synthetic demand: series of many kinds, from a fixed seed, so that the shipped network meets more than any one data set holds.

Each series is the sum or product of parts that real demand shows: a day (harmonics or office hours), a week, a wandering level,
noise, bursts, jobs at a fixed minute, jumps; then it may be counted, capped, thinned out or rounded.
"""
from __future__ import annotations

from .seasonal import DAY

try:
    import numpy as np
except ImportError:
    np = None

ROWS = 18 * DAY


def _recursive(shocks, keep):
    """x[t] = keep * x[t-1] + shocks[t], for series side by side: shocks [ROWS, N], keep [N]."""
    out, state = np.empty_like(shocks), np.zeros(shocks.shape[1])
    for t, shock in enumerate(shocks):
        state = keep * state + shock
        out[t] = state
    return out


def _levels(rng, count):
    """Ornstein-Uhlenbeck levels of unit spread, from hours to months of memory, [count, ROWS]."""
    theta = 10 ** rng.uniform(-5, -2, count)
    shocks = rng.standard_normal((ROWS + 2 * DAY, count)) * np.sqrt(2 * theta)
    return _recursive(shocks, 1 - theta)[2 * DAY:].T


def _noises(rng, count):
    """AR(1) noise of unit spread, Gaussian or heavy-tailed, [count, ROWS]."""
    keep = rng.choice([0.0, 0.3, 0.6, 0.8, 0.9, 0.97], count)
    shocks = rng.standard_normal((ROWS, count))
    heavy = rng.random(count) < 0.3
    shocks[:, heavy] = np.clip(rng.standard_t(3, (ROWS, heavy.sum())), -12, 12) / 1.7
    return (_recursive(shocks, keep) * np.sqrt(1 - keep ** 2)).T


def _smooth_steps(day, edges, softness):
    """Office hours: 1 between the edges (fractions of a day), with soft shoulders."""
    rise, fall = edges
    return 1 / (1 + np.exp(-(day - rise) / softness)) - 1 / (1 + np.exp(-(day - fall) / softness))


def _shape_of_day(rng, day):
    """Fractions of a day [T] -> a pattern scaled to 0..1."""
    if rng.random() < 0.35:
        rise = rng.uniform(0.2, 0.5)
        shape = _smooth_steps(day, (rise, rise + rng.uniform(0.15, 0.5)), rng.uniform(0.002, 0.04))
        if rng.random() < 0.4:
            shape = shape - rng.uniform(0.1, 0.6) * np.exp(-((day - rise - 0.17) / 0.03) ** 2)
    else:
        shape = np.zeros_like(day)
        for k in range(1, rng.integers(2, 7)):
            shape += rng.normal() / k ** rng.uniform(0.6, 1.8) * np.cos(2 * np.pi * (k * day - rng.random()))
    shape = shape - shape.min()
    return shape / max(shape.max(), 1e-9)


def _season(rng, time):
    """Daily pattern with its week: factors by day, another shape on days off, days that differ. [ROWS]."""
    shift = rng.random()
    day = (time / DAY + shift) % 1
    number = ((time / DAY + shift) // 1).astype(int)
    weekday = (number + rng.integers(7)) % 7
    pattern = _shape_of_day(rng, day)
    factor, off = np.ones(7), 2
    style = rng.random()
    if style < 0.45:
        factor[-off:] = rng.uniform(0.1, 0.9)
    elif style < 0.6:
        factor[:] = rng.uniform(0.5, 1.2, 7)
    if rng.random() < 0.2:
        pattern = np.where(weekday >= 5, _shape_of_day(rng, day) * rng.uniform(0.3, 1.2), pattern)
    varying = np.exp(rng.normal(0, rng.choice([0, 0.03, 0.1, 0.25]), number.max() + 2))
    varying[rng.random(len(varying)) < rng.choice([0, 0, 0.06])] *= 0.3      # holidays
    return pattern * factor[weekday] * varying[number]


def _jobs(rng, time):
    """A batch job at a fixed minute: jitter, skips, growth; once a day, several times a day or once a week. [ROWS]."""
    out = np.zeros(ROWS)
    period = int(rng.choice([12, 36, 72, 144, DAY, DAY, DAY, DAY, 7 * DAY]))
    length = int(np.clip(rng.lognormal(2.2, 1.0), 1, period * 0.6))
    jitter, skip, growth = rng.choice([0, 0, 1, 3]), rng.choice([0, 0, 0.05, 0.2]), rng.choice([0, 0, 0.02])
    form = np.ones(length) if rng.random() < 0.5 else np.linspace(1, rng.uniform(0.1, 1), length)
    for start in range(int(rng.integers(period)), ROWS, period):
        if rng.random() < skip:
            continue
        at = int(np.clip(start + (rng.integers(-jitter, jitter + 1) if jitter else 0), 0, ROWS))
        end = min(at + length, ROWS)
        out[at:end] += form[:end - at] * rng.uniform(0.85, 1.15) * (1 + growth * start / DAY)
    return out


def _bursts(rng):
    """Pareto-sized bursts that decay, a few a week to many a day. [ROWS]."""
    out, rate = np.zeros(ROWS), 10 ** rng.uniform(-3.3, -1.3)
    decay = np.exp(-1 / 10 ** rng.uniform(0, 1.8))
    shocks = np.where(rng.random(ROWS) < rate, np.minimum(rng.pareto(1.5, ROWS) + 0.3, 20), 0)
    state = 0.0
    for t in np.flatnonzero(shocks):
        state = shocks[t]
        length = min(ROWS - t, int(5 / -np.log(decay)) + 1)
        out[t:t + length] += state * decay ** np.arange(length)
    return out


def _jumps(rng):
    """A level that jumps a few times, and a trend. [ROWS]."""
    out = np.zeros(ROWS)
    for at in rng.integers(0, ROWS, rng.poisson(rng.choice([0, 0.5, 2, 6]))):
        out[at:] += rng.normal(0, 0.7)
    return out + rng.choice([0, 0, 1]) * rng.normal(0, 0.5) * np.linspace(0, 1, ROWS)


def _observe(rng, series):
    """What a counter makes of demand: never negative; counted, capped, on and off, or rounded."""
    series = np.maximum(series, 0)
    kind = rng.random()
    if kind < 0.2:
        series = rng.poisson(np.minimum(series / max(series.mean(), 1e-9) * 10 ** rng.uniform(-0.7, 2.3), 1e6)).astype(float)
    elif kind < 0.28:
        series = np.minimum(series, np.quantile(series, rng.uniform(0.75, 0.99)))
    elif kind < 0.36:
        series = np.where(series > np.quantile(series, rng.uniform(0.3, 0.9)), series, 0)
    elif kind < 0.42:
        series = np.round(series / max(series.max(), 1e-9) * rng.integers(3, 40))
    return series


def synthetic_series(count, seed):
    """-> float64 [count, ROWS] of non-negative demand, 18 days of 5-minute rows; the same for the same seed."""
    rng = np.random.default_rng(seed)
    levels, noises = _levels(rng, count), _noises(rng, count)
    time, out = np.arange(ROWS, dtype=float), np.empty((count, ROWS))
    for i in range(count):
        season = _season(rng, time) * rng.choice([0, 0.4, 1, 1, 2, 3])
        level = rng.choice([0, 0.05, 0.15, 0.4, 0.8]) * levels[i] + (_jumps(rng) if rng.random() < 0.35 else 0)
        noise = rng.choice([0.003, 0.01, 0.03, 0.1, 0.3]) * noises[i]
        floor = rng.choice([0.05, 0.3, 1, 3])
        if rng.random() < 0.5:
            series = (floor + season) * np.exp(np.clip(level, -3, 2)) * (1 + noise)
        else:
            series = floor + season + level + noise * (1 + season)
        if rng.random() < 0.3:
            series = series + _jobs(rng, time) * rng.choice([0.5, 2, 6])
        if rng.random() < 0.3:
            series = series + _bursts(rng) * rng.choice([0.1, 0.4, 1.5])
        out[i] = _observe(rng, series)
    return out
