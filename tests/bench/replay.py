# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Decisions of the policy, row by row, on every trace of a folder: `make bench-replay`.

Writes trace,step,vms for the rows from day 14 to the last but one. The largest demand of the first 14 days needs 20 VMs. A decision uses
rows up to its own only: the Demand Profile that the engine makes at the end of that row from its default history, and the policy with
the default settings of a slice. Mode site fits the model to the first 14 days, as demand_model would. Forecasts of a trace are
made in batches of origins; what a pass forecast earlier, or its backtest, is taken from the same batch. With SILENCE=seed in the
environment telemetry stops for 2 h at random times of each trace, and never comes.
"""
from __future__ import annotations

import os
import time
import zlib

import numpy as np
import over_traces

from ansible_collections.foresight.netslice.plugins.plugin_utils.analytics import network  # first: one thread
from ansible_collections.foresight.netslice.plugins.plugin_utils.analytics import corpus, ladder, runtime, tuning, weights
from ansible_collections.foresight.netslice.plugins.plugin_utils.analytics.baselines import seasonal_naive
from ansible_collections.foresight.netslice.plugins.plugin_utils.analytics.engine import Settings
from ansible_collections.foresight.netslice.plugins.plugin_utils.analytics.features import CHUNK, features
from ansible_collections.foresight.netslice.plugins.plugin_utils.analytics.histories import histories
from ansible_collections.foresight.netslice.plugins.plugin_utils.analytics.limits import bounded
from ansible_collections.foresight.netslice.plugins.plugin_utils.analytics.profile import Outlook, demand_profile, earlier_rows
from ansible_collections.foresight.netslice.plugins.plugin_utils.analytics.seasonal import DAY, HORIZON, STEP_SECONDS, WINDOW
from ansible_collections.foresight.netslice.plugins.plugin_utils.instants import parse_instant
from ansible_collections.foresight.netslice.plugins.plugin_utils.manager.past import Past
from ansible_collections.foresight.netslice.plugins.plugin_utils.manager.policy import decide
from ansible_collections.foresight.netslice.plugins.plugin_utils.manager.slices import validate_slices
from ansible_collections.foresight.netslice.plugins.plugin_utils.telemetry.freshness import assess
from ansible_collections.foresight.netslice.plugins.plugin_utils.telemetry.series import Series

START, PEAK, MOST = 14 * DAY, 20, 1000
SILENT_ROWS = 24  # 2 h
SETTINGS = Settings()
HISTORY = SETTINGS.history_seconds // STEP_SECONDS
assert network.QUANTILES == (0.5, 0.9, 0.95)


def slice_of(values):
    """A slice with default settings, of which 20 VMs serve the peak of the first 14 days."""
    (slice_,) = validate_slices([{
        "name": "trace", "telemetry": {"resources": {"demand": {"field": "demand"}}},
        "vm": {"memory_mib": 512, "serves": {"demand": float(values[:START].max()) / PEAK}, "image": {"kernel": "/srv/vmlinuz"}},
        "scaling": {"mode": "enforce", "max": MOST}, "network": {"range": "10.90.0.0/16"}}])
    return slice_


def muted(values, name):
    """The trace as it is measured: with SILENCE=seed, telemetry stops for 2 h at random times, on the average every day."""
    if not os.environ.get("SILENCE"):
        return values
    rng, values = np.random.default_rng([int(os.environ["SILENCE"]), zlib.crc32(name.encode())]), values.copy()
    for first in rng.integers(START, len(values) - SILENT_ROWS, (len(values) - START) // DAY):
        values[first:first + SILENT_ROWS] = np.nan
    return values


def forecasts(nets, shares, values, start, origins):
    """Bounded quantiles [N, HORIZON, 3] of network and seasonal naive at each origin, and the rows of its backtests [N, BACKTESTS, HORIZON], latest first.

    Each from the history that a pass at the origin reads, its gaps filled as the engine fills them.
    """
    ours, theirs, actual = [], [], []
    for begin in range(0, len(origins), CHUNK):
        at = origins[begin:begin + CHUNK]
        history = histories([values[max(origin - HISTORY, 0):origin] for origin in at], [STEP_SECONDS] * len(at))
        seen = history.values[:, WINDOW - HISTORY:]
        inputs = features(history.values, history.first, start + at * STEP_SECONDS)
        ours.append(bounded(runtime.forecast(nets, inputs, shares), seen).astype(np.float32))
        theirs.append(bounded(seasonal_naive(history.values, history.first), seen).astype(np.float32))
        actual.append(history.values[:, -ladder.BACKTESTS * HORIZON:].reshape(len(at), ladder.BACKTESTS, HORIZON)[:, ::-1])
    return np.concatenate(ours), np.concatenate(theirs), np.concatenate(actual)


def choices_of(ours, theirs, actual):
    """The rung of the ladder at every origin that has its backtests before it (origins are consecutive rows)."""
    back = HORIZON * np.arange(1, ladder.BACKTESTS + 1)
    known = ladder.Choice(ladder.NETWORK, "8.0 d of history")
    return {index: ladder.judge(known, actual[index], ours[index - back], theirs[index - back]) for index in range(back[-1], len(ours))}


def profiles_of(slice_, nets, shares, values, start, name):
    """Demand Profiles at the end of rows START..len - 2."""
    origins = np.arange(START + 1 - ladder.BACKTESTS * HORIZON - 12, len(values))
    ours, theirs, actual = forecasts(nets, shares, values, start, origins)
    choices, shifts = choices_of(ours, theirs, actual), earlier_rows(slice_["scaling"])
    measured = np.maximum.accumulate(np.where(np.isnan(values), 0, np.arange(1, len(values) + 1)))
    for index in range(len(origins) - (len(values) - 1 - START), len(origins)):
        origin, choice = origins[index], choices[index]
        at = int(start + origin * STEP_SECONDS)
        last = int(start + measured[origin - 1] * STEP_SECONDS) - 1  # points come all the time: the newest is of the end of its row
        quantiles = ours if choice.rung == ladder.NETWORK else theirs
        series = Series("trace", "demand", "1", STEP_SECONDS, at - HISTORY * STEP_SECONDS, values[origin - HISTORY:origin], last)
        fresh = assess(series, at, slice_["telemetry"]["max_age_seconds"])
        model = name if choice.rung == ladder.NETWORK else choice.rung
        outlook = Outlook("1", series, fresh, choice, model, None, quantiles[index], [quantiles[index - rows] for rows in shifts])
        yield demand_profile(slice_, {"demand": outlook}, at, SETTINGS, False)


def decisions(slice_, profiles):
    """What the policy makes of each profile, the VMs of one pass being present in the next."""
    records = []
    for profile in profiles:
        now = profile["as_of"]
        count = decide(slice_, profile, Past(parse_instant(now), records), []).count
        records = [*records[:count], *({"lifecycle": "active", "since": now} for _number in range(count - len(records)))]
        yield count


def replay_trace(models, mode, name, values, start):
    """One trace -> rows of the CSV, a line on what was done."""
    nets, manifest = weights.load_model(models)
    shares, note, begun = None, "as shipped", time.monotonic()
    if mode == "site":
        nets, shares, note = tuning.fit_series(nets, corpus.corpus([values[:START]], [start]))
    fitted = time.monotonic()
    slice_, seen = slice_of(values), muted(values, name)
    counts = list(decisions(slice_, profiles_of(slice_, nets, shares, seen, start, manifest["name"])))
    rows = [[name, START + index, count] for index, count in enumerate(counts)]
    line = f"{name}: {note}, fit {fitted - begun:.1f} s, {len(rows)} decisions in {time.monotonic() - fitted:.1f} s"
    return rows, line + silence(counts, np.isnan(seen[START:START + len(counts)]))


def silence(counts, silent):
    """What happened in the passes without telemetry of their row, in words. Raises SystemExit where VMs were released."""
    if not silent.any():
        return ""
    steps = np.diff(counts)[silent[1:]]
    text = f", of them {silent.sum()} in silence: {(steps < 0).sum()} scale-ins, {(steps > 0).sum()} scale-outs"
    if (steps < 0).any():
        raise SystemExit(f"VMs were released in silence{text}")
    return text


if __name__ == "__main__":
    over_traces.main(__doc__, ["trace", "step", "vms"], replay_trace)
