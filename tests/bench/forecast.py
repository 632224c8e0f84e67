#!/usr/bin/env python3

"""Forecasts of every trace of a folder at 24 rolling origins: `make bench-forecast`.

Writes trace,origin,step,q50,q90,q95. A forecast uses rows before its origin only; a fit uses rows before the first origin only.
"""
from __future__ import annotations

import argparse
import csv
import os
import time

import numpy as np
from traces import read_folder

from ansible_collections.foresight.netslice.plugins.plugin_utils.analytics.network import QUANTILES  # first: one thread
from ansible_collections.foresight.netslice.plugins.plugin_utils.analytics import corpus, training, tuning, weights
from ansible_collections.foresight.netslice.plugins.plugin_utils.analytics.limits import bounded
from ansible_collections.foresight.netslice.plugins.plugin_utils.analytics.seasonal import HORIZON

ORIGINS, APART = 24, 63


def origins(rows):
    return np.array([rows - HORIZON - APART * (ORIGINS - 1 - k) for k in range(ORIGINS)])


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--traces", required=True)
    parser.add_argument("--mode", choices=("site", "shipped"), default="site")
    parser.add_argument("--out", required=True)
    parser.add_argument("--models", default=os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "models"))
    args = parser.parse_args()
    nets, manifest = weights.load_model(args.models)
    print(f"{manifest['name']} {manifest['weights']['sha256'][:19]}, mode {args.mode}", flush=True)
    os.makedirs(os.path.dirname(os.path.abspath(args.out)), exist_ok=True)
    with open(args.out, "w", newline="", encoding="utf-8") as file:
        out = csv.writer(file)
        out.writerow(["trace", "origin", "step"] + [f"q{round(q * 100)}" for q in QUANTILES])
        for name, (values, start) in read_folder(args.traces).items():
            at, begun = origins(len(values)), time.monotonic()
            group = corpus.corpus([values], [start])
            members, shares, note = nets, None, "as shipped"
            if args.mode == "site":
                members, shares, note = tuning.fit_series(nets, corpus.corpus([values[:at[0]]], [start]))
            fitted = time.monotonic()
            which = np.zeros(len(at), dtype=int)
            quantiles = training.forecast(members, group.inputs(which, at), shares)
            for origin, rows in zip(at, quantiles):
                rows = bounded(rows, values[:origin])
                out.writerows([name, origin, step + 1] + [f"{q:.6g}" for q in row] for step, row in enumerate(rows))
            print(f"{name}: {note}, fit {fitted - begun:.1f} s, {(time.monotonic() - fitted) / len(at) * 1e3:.1f} ms an origin", flush=True)


if __name__ == "__main__":
    main()
