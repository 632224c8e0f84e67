# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Conformal correction of the upper quantiles: what was measured over the forecasts of the last days moves the next ones.

Conformalised quantile regression (Romano, Patterson, Candes 2019) for each series, upper quantile and lead, with scores in units of the
forecast's own width, so that a correction learnt at night fits the day. Each lead is drawn towards what all leads of the series say, and
all of it towards no correction, as far as there is little to learn from.
"""
from __future__ import annotations

from ..telemetry.records import LEADS
from .scores import QUANTILES
from .seasonal import STEP_SECONDS

try:
    import numpy as np
except ImportError:
    np = None

#: the quantiles that are corrected
LEVELS = QUANTILES[1:]
#: a forecast is taken to be at least so wide, as a share of its median: a flat line has no width of its own
NARROWEST = 0.02
#: the furthest a quantile moves, in widths of the forecast
LOWEST, HIGHEST = -0.5, 1.0
#: fewer independent outcomes than this correct nothing
FEWEST = 12
#: so many independent outcomes count as much as the assumption that the forecast is right: of one lead beside the others, and of all
PRIOR_LEAD, PRIOR = 96, 24


def widths(forecast):
    """Distance of each upper quantile from the median, never nothing: [..., 3] -> [..., 2]."""
    return np.maximum(forecast[..., 1:] - forecast[..., :1], np.maximum(NARROWEST * np.abs(forecast[..., :1]), 1e-12))


def independent(count, spacing):
    """Outcomes that tell something of their own, of `count` [..., L] at each lead whose origins are `spacing` seconds apart.

    Forecasts of a lead longer than the spacing overlap: they miss by the same event, so only every (lead / spacing)-th counts.
    """
    return count * np.minimum(1.0, spacing / np.maximum(np.asarray(LEADS, dtype=float), spacing))


def _ranked(scores, count):
    """The (1 - a)(1 + 1/n) quantile of scores [..., T, 2] with NaN where nothing is known, 0 where nothing is: -> [..., 2]."""
    ordered = np.sort(np.where(np.isfinite(scores), scores, np.inf), axis=-2)
    rank = np.ceil((count[..., None] + 1) * np.asarray(LEVELS)).astype(int) - 1
    rank = np.clip(rank, 0, np.maximum(count[..., None] - 1, 0))
    found = np.take_along_axis(ordered, rank[..., None, :], axis=-2)[..., 0, :]
    return np.where(count[..., None] > 0, found, 0.0)


def learnt(actual, forecast, spacing):
    """Corrections of N series: actual [N, L, T], NaN where unknown, forecast [N, L, T, 3] of origins `spacing` seconds apart.

    -> shift [N, L, 2] in widths for the quantiles of LEVELS; zero where there are fewer than FEWEST independent outcomes.
    """
    if not actual.size:
        return np.zeros((*actual.shape[:2], len(LEVELS)))
    scores = (actual[..., None] - forecast[..., 1:]) / widths(forecast)
    count = np.isfinite(scores[..., -1]).sum(-1)
    effective = independent(count, spacing)
    pooled = _ranked(scores.reshape(len(scores), -1, len(LEVELS)), count.sum(-1))[:, None]
    own = np.clip(_ranked(scores, count), LOWEST, HIGHEST)
    trust = (effective / (effective + PRIOR_LEAD))[..., None]
    mixed = trust * own + (1 - trust) * np.clip(pooled, LOWEST, HIGHEST)
    every = effective.max(-1, keepdims=True)[..., None]  # leads of one series share their targets: together they know no more than the best of them
    return np.where(every >= FEWEST, mixed * every / (every + PRIOR), 0.0)


def along(shift, rows):
    """Corrections at the leads [..., L, 2] -> at every row of 5 minutes [..., rows, 2], straight between leads, level beyond them."""
    at = np.asarray(LEADS) / STEP_SECONDS - 1
    row = np.clip(np.arange(rows), at[0], at[-1])
    right = np.clip(np.searchsorted(at, row), 1, len(at) - 1)
    part = ((row - at[right - 1]) / (at[right] - at[right - 1]))[:, None]
    return shift[..., right - 1, :] * (1 - part) + shift[..., right, :] * part


def corrected(forecast, shift):
    """Quantiles [..., rows, 3] moved by corrections at the same rows [..., rows, 2]; they stay in order, the median stays."""
    upper = forecast[..., 1:] + shift * widths(forecast)
    return np.maximum.accumulate(np.concatenate([forecast[..., :1], upper], -1), axis=-1)


def applied(quantiles, records):
    """Forecasts of N series [N, rows, 3] corrected by their Calibration records (None: left as they are)."""
    which = [i for i, record in enumerate(records) if record]
    if not which:
        return quantiles
    shift = np.array([[records[i]["shift90"], records[i]["shift95"]] for i in which], dtype=float).transpose(0, 2, 1)
    quantiles = quantiles.copy()
    quantiles[which] = corrected(quantiles[which], along(shift, quantiles.shape[1]))
    return quantiles
