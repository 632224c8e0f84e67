# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Train the shipped forecaster: `make model`.

Learns from the series of --traces (a folder with *.csv or *.csv.gz of series,timestamp,value), mixtures of them and synthetic
series; without the folder from synthetic series alone, and says so. Writes weights and manifest into --out, and into --curves the course
of the training: training.json and training.html. Validation is on rows that were held out: the last quarter of each given series.
"""
from __future__ import annotations

import argparse
import multiprocessing
import os
import time
from concurrent.futures import ProcessPoolExecutor

import numpy as np
from curves import Course, write
from traces import read_long

from ansible_collections.foresight.netslice.plugins.plugin_utils.analytics.network import Config  # first: one thread
from ansible_collections.foresight.netslice.plugins.plugin_utils.analytics import corpus, training, validation, weights
from ansible_collections.foresight.netslice.plugins.plugin_utils.analytics.synthetic import synthetic_series

SEED = 20260105
MONDAY = 1767571200  # 2026-01-05T00:00:00Z, nominal start of synthetic series


def groups_of(series, starts, synthetic, mixed, seed):
    """-> list of Corpus to learn from, and how often each is drawn: synthetic series, the given ones, mixtures of both kinds."""
    rng = np.random.default_rng(seed)
    made, begins = list(synthetic_series(synthetic, seed)), MONDAY + 300 * rng.integers(0, 2016, synthetic)
    blended = corpus.mixtures(made, begins, synthetic // 4, seed + 1)
    groups, shares = [corpus.corpus(made, begins), corpus.corpus(*blended)], [0.4, 0.15]
    if series:
        groups += [corpus.corpus(series, starts), corpus.corpus(*corpus.mixtures(series, starts, mixed, seed + 2))]
        shares += [0.25, 0.2]
    return groups, shares


def held_out(series, starts):
    """-> Corpus to validate on, and its name."""
    if series:
        return corpus.corpus(series, starts), "last quarter of each training series"
    return corpus.corpus(list(synthetic_series(60, SEED - 1)), [MONDAY] * 60), "60 synthetic series not trained on"


def train_net(number, args):
    """Train one of the nets; what it learns depends on its number and the arguments alone. -> its weights, its course."""
    begun, course = time.monotonic(), Course()
    series, starts = read_long(args.traces) if os.path.isdir(args.traces) else ([], [])
    learnt = [values[:len(values) * 3 // 4] for values in series]
    groups, shares = groups_of(learnt, starts, args.synthetic, args.mixtures, SEED + 100 * number)
    net = training.new_net(Config(hidden=args.hidden, width=args.width), SEED + number)

    def say(step, loss):
        print(f"net {number + 1}/{args.nets} step {step}/{args.steps} loss {loss:.4f} {time.monotonic() - begun:.0f} s", flush=True)

    watch = course.watch(net, held_out(series, starts)[0], args.steps)
    training.fit(net, training.stream(groups, shares), args.steps, SEED + number, say=say, watch=watch)
    return net.state_dict(), course


def arguments():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--traces", required=True)
    parser.add_argument("--out", required=True)
    parser.add_argument("--curves", required=True, help="folder of the course of the training")
    parser.add_argument("--nets", type=int, default=3)
    parser.add_argument("--steps", type=int, default=5000)
    parser.add_argument("--synthetic", type=int, default=1000)
    parser.add_argument("--mixtures", type=int, default=200)
    parser.add_argument("--hidden", type=int, default=Config.hidden)
    parser.add_argument("--width", type=int, default=Config.width)
    parser.add_argument("--jobs", type=int, default=min(os.cpu_count() or 1, 2), help="nets trained at the same time; changes nothing in them")
    return parser.parse_args()


def main():
    args, begun = arguments(), time.monotonic()
    series, starts = read_long(args.traces) if os.path.isdir(args.traces) else ([], [])
    print((f"{len(series)} series of {args.traces}, {args.mixtures} mixtures of them, " if series else f"{args.traces} has no series; ")
          + f"{args.synthetic} synthetic series and mixtures of those, {args.nets} nets", flush=True)
    with ProcessPoolExecutor(args.jobs, mp_context=multiprocessing.get_context("spawn")) as workers:
        states, courses = zip(*workers.map(train_net, range(args.nets), [args] * args.nets))
    config = Config(hidden=args.hidden, width=args.width)
    nets = [training.with_state(training.new_net(config, 0), state) for state in states]
    judged, on = held_out(series, starts)
    scores = {"validation": validation.judge(nets, judged), "validated_on": on}
    manifest = weights.save_model(args.out, nets, {
        "name": "lstm-global", "scores": scores, "command": "make model",
        "data": {"series": len(series), "mixtures": args.mixtures * bool(series), "synthetic": args.synthetic,
                 "synthetic_mixtures": args.synthetic // 4, "seed": SEED},
        "training": {"steps": args.steps, "nets": args.nets, "batch": 64}})
    write(args.curves, courses, manifest)
    print(manifest["weights"]["sha256"], scores, f"{time.monotonic() - begun:.0f} s", flush=True)


if __name__ == "__main__":
    main()
