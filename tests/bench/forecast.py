# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Forecasts of every trace of a folder at 24 rolling origins: `make bench-forecast`.

Writes trace,origin,step,q50,q90,q95. A forecast uses rows before its origin only; a fit uses rows before the first origin only.
"""
from __future__ import annotations

import argparse
import csv
import multiprocessing
import os
import time
from concurrent.futures import ProcessPoolExecutor

import numpy as np
from traces import read_folder

from ansible_collections.foresight.netslice.plugins.plugin_utils.analytics.network import QUANTILES  # first: one thread
from ansible_collections.foresight.netslice.plugins.plugin_utils.analytics import corpus, training, tuning, weights
from ansible_collections.foresight.netslice.plugins.plugin_utils.analytics.limits import bounded
from ansible_collections.foresight.netslice.plugins.plugin_utils.analytics.seasonal import HORIZON

ORIGINS, APART = 24, 63


def origins(rows):
    return np.array([rows - HORIZON - APART * (ORIGINS - 1 - k) for k in range(ORIGINS)])


def forecast_trace(models, mode, name, values, start):
    """One trace -> rows of the CSV, a line on what was done."""
    nets, _manifest = weights.load_model(models)
    at, begun = origins(len(values)), time.monotonic()
    shares, note = None, "as shipped"
    if mode == "site":
        nets, shares, note = tuning.fit_series(nets, corpus.corpus([values[:at[0]]], [start]))
    fitted = time.monotonic()
    quantiles = training.forecast(nets, corpus.corpus([values], [start]).inputs(np.zeros(len(at), dtype=int), at), shares)
    rows = [[name, origin, step + 1] + [f"{q:.6g}" for q in row]
            for origin, ahead in zip(at, quantiles) for step, row in enumerate(bounded(ahead, values[:origin]))]
    return rows, f"{name}: {note}, fit {fitted - begun:.1f} s, {(time.monotonic() - fitted) / len(at) * 1e3:.1f} ms an origin"


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--traces", required=True)
    parser.add_argument("--mode", choices=("site", "shipped"), default="site")
    parser.add_argument("--out", required=True)
    parser.add_argument("--models", default=os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "models"))
    parser.add_argument("--jobs", type=int, default=min(os.cpu_count() or 1, 8), help="traces worked on at the same time")
    args = parser.parse_args()
    manifest = weights.read_manifest(args.models)
    print(f"{manifest['name']} {manifest['weights']['sha256'][:19]}, mode {args.mode}", flush=True)
    os.makedirs(os.path.dirname(os.path.abspath(args.out)), exist_ok=True)
    traces, begun = read_folder(args.traces), time.monotonic()
    with (open(args.out, "w", newline="", encoding="utf-8") as file,
          ProcessPoolExecutor(args.jobs, mp_context=multiprocessing.get_context("spawn")) as workers):
        out = csv.writer(file)
        out.writerow(["trace", "origin", "step"] + [f"q{round(q * 100)}" for q in QUANTILES])
        for work in [workers.submit(forecast_trace, args.models, args.mode, name, *trace) for name, trace in traces.items()]:
            rows, line = work.result()
            out.writerows(rows)
            print(line, flush=True)
    print(f"{len(traces)} traces in {time.monotonic() - begun:.0f} s", flush=True)


if __name__ == "__main__":
    main()
