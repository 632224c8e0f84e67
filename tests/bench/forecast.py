# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Forecasts of every trace of a folder at 24 rolling origins: `make bench-forecast`.

Writes trace,origin,step,q50,q90,q95. A forecast uses rows before its origin only; a fit uses rows before the first origin only.
"""
from __future__ import annotations

import time

import numpy as np
import over_traces
from scoring import origins

from ansible_collections.foresight.netslice.plugins.plugin_utils.analytics.network import QUANTILES  # first: one thread
from ansible_collections.foresight.netslice.plugins.plugin_utils.analytics import corpus, runtime, tuning, weights
from ansible_collections.foresight.netslice.plugins.plugin_utils.analytics.limits import bounded


def fitted(nets, mode, values, start):
    """Fit to one trace where the mode says so: -> networks, their weights in the mean, a line on what was done."""
    if mode == "shipped":
        return nets, None, "as shipped"
    return tuning.fit_series(nets, corpus.corpus([values[:origins(len(values))[0]]], [start]))


def quantiles(nets, shares, values, start):
    """Forecasts of one trace at every origin, [ORIGINS, HORIZON, 3]."""
    at = origins(len(values))
    found = runtime.forecast(nets, corpus.corpus([values], [start]).inputs(np.zeros(len(at), dtype=int), at), shares)
    return np.stack([bounded(ahead, values[:origin]) for origin, ahead in zip(at, found)])


def forecast_trace(models, mode, name, values, start):
    """One trace -> rows of the CSV, a line on what was done."""
    nets, _manifest = weights.load_model(models, "torch")
    at, begun = origins(len(values)), time.monotonic()
    nets, shares, note = fitted(nets, mode, values, start)
    done = time.monotonic()
    rows = [[name, origin, step + 1] + [f"{q:.6g}" for q in row]
            for origin, ahead in zip(at, quantiles(nets, shares, values, start)) for step, row in enumerate(ahead)]
    return rows, f"{name}: {note}, fit {done - begun:.1f} s, {(time.monotonic() - done) / len(at) * 1e3:.1f} ms an origin"


if __name__ == "__main__":
    over_traces.main(__doc__, ["trace", "origin", "step"] + [f"q{round(q * 100)}" for q in QUANTILES], forecast_trace)
