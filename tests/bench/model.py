#!/usr/bin/env python3
# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Train the shipped forecaster: `make model`.

Learns from the series of --traces (a folder with *.csv or *.csv.gz of series,timestamp,value), mixtures of them and synthetic
series; without the folder from synthetic series alone, and says so. Writes weights and manifest into --out.
"""
from __future__ import annotations

import argparse
import os
import sys
import time

import numpy as np
from traces import read_long

from ansible_collections.foresight.netslice.plugins.plugin_utils.analytics.network import Config  # first: one thread
from ansible_collections.foresight.netslice.plugins.plugin_utils.analytics import corpus, training, validation, weights
from ansible_collections.foresight.netslice.plugins.plugin_utils.analytics.synthetic import synthetic_series

SEED = 20260105
MONDAY = 1767571200  # 2026-01-05T00:00:00Z, nominal start of synthetic series


def groups_of(series, starts, synthetic, mixed, seed):
    """-> list of Corpus to learn from, and how often each is drawn."""
    rng = np.random.default_rng(seed)
    made = synthetic_series(synthetic, seed)
    groups, shares = [corpus.corpus(list(made), MONDAY + 300 * rng.integers(0, 2016, synthetic))], [1.0]
    if series:
        mixes, begins = corpus.mixtures(series, starts, mixed, seed + 1)
        groups += [corpus.corpus(series, starts), corpus.corpus(mixes, begins)]
        shares = [0.5, 0.25, 0.25]
    return groups, shares


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--traces", required=True)
    parser.add_argument("--out", required=True)
    parser.add_argument("--nets", type=int, default=3)
    parser.add_argument("--steps", type=int, default=4000)
    parser.add_argument("--synthetic", type=int, default=800)
    parser.add_argument("--mixtures", type=int, default=200)
    parser.add_argument("--hidden", type=int, default=Config.hidden)
    parser.add_argument("--width", type=int, default=Config.width)
    args = parser.parse_args()
    begun = time.monotonic()
    series, starts = read_long(args.traces) if os.path.isdir(args.traces) else ([], [])
    print(f"{len(series)} series of {args.traces}, " + (f"{args.mixtures} mixtures, " if series else "") + f"{args.synthetic} synthetic", flush=True)
    learnt = [values[:len(values) * 3 // 4] for values in series]
    nets = []
    for i in range(args.nets):
        groups, shares = groups_of(learnt, starts, args.synthetic, args.mixtures, SEED + 100 * i)
        net = training.new_net(Config(hidden=args.hidden, width=args.width), SEED + i)
        training.fit(net, training.stream(groups, shares), args.steps, SEED + i, say=lambda step, loss: print(
            f"net {i + 1}/{args.nets} step {step}/{args.steps} loss {loss:.4f} {time.monotonic() - begun:.0f} s", flush=True))
        nets.append(net)
    judged = validation.judge(nets, corpus.corpus(series, starts)) if series else validation.judge(
        nets, corpus.corpus(list(synthetic_series(60, SEED - 1)), [MONDAY] * 60))
    scores = {"validation": judged, "validated_on": "last quarter of each training series" if series else "60 synthetic series not trained on"}
    manifest = weights.save_model(args.out, nets, {
        "name": "lstm-global", "scores": scores, "command": "make model",
        "data": {"series": len(series), "mixtures": args.mixtures * bool(series), "synthetic": args.synthetic, "seed": SEED},
        "training": {"steps": args.steps, "nets": args.nets, "batch": 64}})
    print(manifest["weights"]["sha256"], scores, f"{time.monotonic() - begun:.0f} s", file=sys.stdout, flush=True)


if __name__ == "__main__":
    main()
