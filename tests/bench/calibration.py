# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What calibration and drift are worth on every trace of a folder: `make bench-calibration`.

A pass an hour from day 5 on archives what network and seasonal naive say at the six leads, from the history that a pass reads; each is
corrected by what demand_calibration learns from the passes before it, and left to seasonal naive where it finds drift. Judged from day 9
on. WQL and coverage are those of all six leads; mode site fits the model to the first 14 days, and judges from there.
"""
from __future__ import annotations

import time

import numpy as np
import over_traces
from replay import forecasts

from ansible_collections.foresight.netslice.plugins.plugin_utils.analytics import corpus, tuning, weights
from ansible_collections.foresight.netslice.plugins.plugin_utils.analytics.calibration import corrected
from ansible_collections.foresight.netslice.plugins.plugin_utils.analytics.outcomes import Outcomes
from ansible_collections.foresight.netslice.plugins.plugin_utils.analytics.recalibration import recalibrated
from ansible_collections.foresight.netslice.plugins.plugin_utils.analytics.scores import coverage, geometric_mean, wql
from ansible_collections.foresight.netslice.plugins.plugin_utils.analytics.seasonal import DAY, HORIZON, STEP_SECONDS
from ansible_collections.foresight.netslice.plugins.plugin_utils.telemetry.records import LEADS, row_of

FIRST, JUDGED, FITTED, EVERY, KEPT = 5 * DAY, 9 * DAY, 14 * DAY, 12, 168
ROWS = np.array([row_of(lead, STEP_SECONDS) for lead in LEADS])
KEY = ("trace", "demand")
HEADER = ["trace", "wql", "wql_corrected", "wql_with_drift", "wql_naive", "coverage_95", "coverage_95_corrected", "drifted", "events"]


def lived(origins, actual, network, naive):
    """Passes one after another: actual [L, T], network and naive [T, L, 3] -> corrected [T, L, 3], whether it drifted [T], events."""
    out, drifted, events, before = network.copy(), np.zeros(len(origins), dtype=bool), 0, {}
    for k, origin in enumerate(origins):
        span = slice(max(0, k - KEPT), k)
        if k:
            ends = (origins[span] + (ROWS[:, None] + 1)) * STEP_SECONDS
            found = Outcomes([KEY], ends, EVERY * STEP_SECONDS, actual[None, :, span],
                             network[span].transpose(1, 0, 2)[None], naive[span].transpose(1, 0, 2)[None])
            before, told = recalibrated(found, before, int(origin) * STEP_SECONDS)
            events += len(told)
            shift = np.array([before[KEY]["shift90"], before[KEY]["shift95"]]).T
            out[k] = corrected(network[k], shift)
            drifted[k] = before[KEY]["drift"] is not None
    return out, drifted, events


def calibrate_trace(models, mode, name, values, start):
    """One trace -> its row of the CSV, a line on what was found."""
    nets, _manifest = weights.load_model(models, "torch")
    shares, begun = None, time.monotonic()
    if mode == "site":
        nets, shares, _note = tuning.fit_series(nets, corpus.corpus([values[:FITTED]], [start]))
    origins = np.arange(FIRST if mode == "shipped" else FITTED, len(values) - HORIZON + 1, EVERY)
    network, naive = (one[:, ROWS].astype(float) for one in forecasts(nets, shares, values, start, origins))
    actual = values[origins[None, :] + ROWS[:, None]]
    better, drifted, events = lived(origins, actual, network, naive)
    judged = origins >= (JUDGED if mode == "shipped" else FITTED + 2 * DAY)
    truth, said = actual.T[judged], np.where(drifted[:, None, None], naive, better)
    losses = [wql(truth, one[judged]) for one in (network, better, said, naive)]
    held = [coverage(truth, one[judged]) for one in (network, better)]
    row = [name, *losses, *held, drifted[judged].mean(), events]
    return [row], (f"{name}: WQL {losses[0]:.4f}, corrected {losses[1]:.4f}, with drift {losses[2]:.4f}, naive {losses[3]:.4f}; coverage {held[0]:.3f}, "
                   f"corrected {held[1]:.3f}; drifted {drifted[judged].mean():.1%}; {time.monotonic() - begun:.0f} s")


def summary(rows):
    """A line over all traces."""
    found = np.array([row[1:] for row in rows], dtype=float)
    away = np.abs(found[:, 4:6] - 0.95)
    return (f"WQL corrected {geometric_mean(found[:, 1] / found[:, 0]):.4f} of uncorrected (worst {(found[:, 1] / found[:, 0]).max():.3f}), with drift "
            f"{geometric_mean(found[:, 2] / found[:, 0]):.4f} (worst {(found[:, 2] / found[:, 0]).max():.3f}); coverage is {away[:, 0].mean():.4f} from 0.95, "
            f"corrected {away[:, 1].mean():.4f}; within 0.02 on {(away[:, 0] <= 0.02).sum()}, corrected on {(away[:, 1] <= 0.02).sum()} of {len(rows)}")


if __name__ == "__main__":
    print(summary(over_traces.main(__doc__, HEADER, calibrate_trace)))
