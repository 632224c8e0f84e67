# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Gradient-boosted trees on hand-made lag features, one forecast a step: what an engineer with LightGBM would build in an afternoon."""
from __future__ import annotations

import numpy as np
from scoring import origins

from ansible_collections.foresight.netslice.plugins.plugin_utils.analytics.scores import QUANTILES
from ansible_collections.foresight.netslice.plugins.plugin_utils.analytics.seasonal import DAY, HORIZON, STEP_SECONDS

EVERY, STEPS = 5, 12  # rows between the origins to learn from, and steps learnt at each
TREES = 300
SETTINGS = {"objective": "quantile", "learning_rate": 0.05, "num_leaves": 63, "min_data_in_leaf": 100, "bagging_fraction": 0.7, "bagging_freq": 1,
            "feature_fraction": 0.7, "seed": 1, "deterministic": True, "force_row_wise": True, "num_threads": 1, "verbosity": -1}


def lag_features(values, start, at, ahead):
    """Features of the rows at[i] + ahead[i] - 1 from rows before at[i] alone: -> [R, 23], mean and spread of the last two days [R]."""
    middle = values.mean()
    sums, squares = (np.concatenate([[0.0], np.cumsum(series)]) for series in (values - middle, (values - middle) ** 2))
    target = at + ahead - 1

    def mean(end, rows):
        return (sums[end] - sums[end - rows]) / rows + middle

    def spread(rows):
        level = mean(at, rows) - middle
        return np.sqrt(np.maximum((squares[at] - squares[at - rows]) / rows - level ** 2, 0))

    loc = mean(at, 2 * DAY)
    scale = spread(2 * DAY) + 1e-6 * np.abs(loc) + 1e-9
    seconds = start + target * STEP_SECONDS
    levels = [values[at - lag] for lag in (1, 2, 3, 6, 12)] + [mean(at, rows) for rows in (6, 12, 36, 144, DAY)]
    levels += [values[target - days * DAY] for days in (1, 2, 3, 7)]
    levels += [mean(np.minimum(target - days * DAY, at - 7) + 7, 13) for days in (1, 7)]
    changes = [mean(at, 12) - mean(at - days * DAY, 12) for days in (1, 7)] + [spread(rows) for rows in (12, 72)]
    calendar = [ahead, seconds % 86400 // 60, (seconds // 86400 + 3) % 7]
    columns = calendar + [(level - loc) / scale for level in levels] + [change / scale for change in changes]
    return np.stack(columns, 1), loc, scale


def fit(traces):
    """{name: (values, start)} -> a model of each quantile, learnt on the rows before the first origin of every trace."""
    import lightgbm
    rng, given, wanted = np.random.default_rng(0), [], []
    for values, start in traces.values():
        at = np.arange(7 * DAY + 24, origins(len(values))[0] - HORIZON, EVERY)
        ahead = np.stack([rng.choice(np.arange(1, HORIZON + 1), STEPS, replace=False) for _origin in at]).ravel()
        at = np.repeat(at, STEPS)
        rows, loc, scale = lag_features(values, start, at, ahead)
        given.append(rows)
        wanted.append((values[at + ahead - 1] - loc) / scale)
    data = lightgbm.Dataset(np.concatenate(given), np.concatenate(wanted), free_raw_data=False)
    return [lightgbm.train({**SETTINGS, "alpha": quantile}, data, TREES) for quantile in QUANTILES]


def forecast(models, values, start):
    """Forecasts of a trace, [ORIGINS, HORIZON, 3]."""
    at = origins(len(values))
    rows, loc, scale = lag_features(values, start, np.repeat(at, HORIZON), np.tile(np.arange(1, HORIZON + 1), len(at)))
    quantiles = np.stack([model.predict(rows) for model in models], -1) * scale[:, None] + loc[:, None]
    return np.sort(quantiles, -1).reshape(len(at), HORIZON, len(models))
