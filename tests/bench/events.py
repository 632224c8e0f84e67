# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a calendar of events is worth: weighted quantile loss with it by the loss without, on every trace of a folder.

    events.py --traces DIR

Each trace gets an event of three hours every 54 hours (so that it falls on another hour each time) that multiplies it by a factor drawn
around 2.5 (log-normal, sigma .25), with ramps of half an hour. 24 origins, 8 days of history, so three events of the past or four, and the
shipped model. `inside` are rows of events, running ones too; `outside` all others, where what yesterday's event leaves behind counts.
`learned` has the calendar without a factor, `both` with the factor 2.5, `stated` gives the factor and no past events at all: what a person's
word alone is worth, where it is right on average. Covered is the share of the rows inside under the 95 % forecast. Means of three draws.
"""
from __future__ import annotations

import argparse

import numpy as np
from traces import read_folder

from ansible_collections.foresight.netslice.plugins.plugin_utils.analytics import events, forecasting
from ansible_collections.foresight.netslice.plugins.plugin_utils.analytics.histories import histories
from ansible_collections.foresight.netslice.plugins.plugin_utils.analytics.registry import load_models
from ansible_collections.foresight.netslice.plugins.plugin_utils.analytics.scores import coverage, geometric_mean, wql
from ansible_collections.foresight.netslice.plugins.plugin_utils.analytics.seasonal import DAY, HORIZON, STEP_SECONDS
from ansible_collections.foresight.netslice.plugins.plugin_utils.instants import format_instant
from ansible_collections.foresight.netslice.plugins.plugin_utils.telemetry.series import Series

ORIGINS, APART, HISTORY, SEEDS = 24, 63, 8 * DAY, (5, 6, 7)
LENGTH, EVERY, RAMP, FACTOR = 36, 54 * 12, 6, 2.5
RAMPS = np.minimum(np.minimum(np.arange(1, LENGTH + 1), np.arange(LENGTH, 0, -1)) / RAMP, 1.0)


def with_sales(values, rng):
    """A trace with events on it -> values, rows where they begin."""
    out, begins = values.copy(), np.arange(EVERY, len(values) - LENGTH, EVERY)
    for begin in begins:
        out[begin:begin + LENGTH] *= 1 + (FACTOR * np.exp(rng.normal(0, 0.25)) - 1) * RAMPS
    return out, begins


def calendar(begins, start, least, factor):
    """Events that end after row `least`, as validate_slices returns them."""
    return [{"name": "sale", "start": format_instant(start + int(begin) * STEP_SECONDS), "end": format_instant(start + int(begin + LENGTH) * STEP_SECONDS),
             "factor": factor, "resources": None} for begin in begins if begin + LENGTH > least]


def forecasts(models, values, start, at, calendars):
    """Quantiles [ORIGINS, HORIZON, 3] at rows `at`, each with its calendar (empty: without)."""
    series = [Series("web", "requests", "1/s", STEP_SECONDS, start + (int(one) - HISTORY) * STEP_SECONDS, values[one - HISTORY:one], None) for one in at]
    origin = np.array([start + int(one) * STEP_SECONDS for one in at], dtype=np.int64)
    known = [events.known_events(one, events.spans_of(told, "requests", int(when))) for one, told, when in zip(series, calendars, origin)]
    history = events.without_events(histories([one.values for one in series], [STEP_SECONDS] * len(series)), series, known)
    keys = [(f"s{one}", "requests") for one in at]
    _choices, ahead, _models = forecasting.forecast_all(history, keys, origin, HORIZON, lambda: models)
    return np.stack([plain if one is None else events.with_events(one, plain)[0] for one, plain in zip(known, ahead)])


def compare(models, values, start, seed):
    """{use: (ratio inside, ratio outside, coverage inside)} of one trace and one draw of events."""
    values, begins = with_sales(values, np.random.default_rng(seed))
    at = np.array([len(values) - HORIZON - APART * k for k in range(ORIGINS)])
    rows = at[:, None] + np.arange(HORIZON)
    actual, inside = values[rows], ((rows[..., None] >= begins) & (rows[..., None] < begins + LENGTH)).any(-1)
    plain = forecasts(models, values, start, at, [[]] * len(at))
    out = {}
    for use, factor, least in (("learned", None, lambda one: 0), ("both", FACTOR, lambda one: 0), ("stated", FACTOR, lambda one: one)):
        ahead = forecasts(models, values, start, at, [calendar(begins, start, least(one), factor) for one in at])
        out[use] = (*(wql(actual[part], ahead[part]) / wql(actual[part], plain[part]) for part in (inside, ~inside)), coverage(actual[inside], ahead[inside]))
    return out


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--traces", required=True, help="folder of traces")
    args = parser.parse_args()
    models, found = load_models(None), {}
    for name, (values, start) in read_folder(args.traces).items():
        drawn = [compare(models, values, start, seed) for seed in SEEDS]
        found[name] = {use: np.mean([one[use] for one in drawn], 0) for use in drawn[0]}
        print(f"{name:22s}", "; ".join(f"{use}: inside {near:.3f}, outside {far:.3f}, covered {share:.2f}" for use, (near, far, share) in found[name].items()),
              flush=True)
    for use in ("learned", "both", "stated"):
        near, far, share = np.array([one[use] for one in found.values()]).T
        print(f"{use}: inside {geometric_mean(near):.3f}, outside {geometric_mean(far):.3f}, covered {share.mean():.2f}", flush=True)


if __name__ == "__main__":
    main()
