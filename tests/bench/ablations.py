# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What each part of the forecaster is worth: `make ablations`.

Trains every variant of variants.py as one small net on the same batches and judges it on the last quarter of each training series, which it never
saw, and cold on the traces of another folder. Writes OUT, a JSON file, after each variant, and prints a table at the end. Variants of one seed
differ in nothing but what their names say; how far the seeds of one variant lie apart says how much of a difference is chance.
"""
from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import subprocess
import time
from concurrent.futures import ProcessPoolExecutor, as_completed

import numpy as np
from forecast import quantiles
from model import SEED, groups_of
from scoring import geometric_mean, table
from traces import read_folder, read_long
from variants import FULL, KINDS, OTHER, REMOVED

from ansible_collections.foresight.netslice.plugins.plugin_utils.analytics import corpus, training, validation
from ansible_collections.foresight.netslice.plugins.plugin_utils.analytics.network import Config

VARIANTS = {one.name: one for one in (FULL, *REMOVED, *OTHER)}
SCORES = ("wql_12h", "wql_1h")
#: what the workers inherit from their parent: the series, and for the seed of now the groups, shares and batches
SHARED = {}


def prepare(seed, args):
    """Draw the data of one seed, and once the batches that most variants learn from."""
    groups, shares = groups_of([values[:len(values) * 3 // 4] for values in SHARED["series"]], SHARED["starts"], args.synthetic, args.mixtures, seed)
    source, rng = training.stream(groups, shares), np.random.default_rng(seed)
    SHARED.update(groups=groups, shares=shares, batches=[source(rng) for _step in range(args.steps)])


def source_of(variant):
    """The batches that a variant learns from."""
    if variant.kinds == KINDS and variant.tokens == FULL.tokens:
        batches = iter(SHARED["batches"])
        return lambda rng: next(batches)
    chosen = [KINDS.index(kind) for kind in variant.kinds]
    return training.stream([SHARED["groups"][i] for i in chosen], [SHARED["shares"][i] for i in chosen])


def judge_traces(net):
    """Scores of a net on traces that it never saw, from the row of a table of models."""
    forecasts = {name: quantiles([net], None, values, start) for name, (values, start) in SHARED["traces"].items()}
    row = table({name: values for name, (values, _start) in SHARED["traces"].items()}, forecasts)
    return {key: round(row[key], 4) for key in (*SCORES, "coverage")}


def train_variant(name, seed, steps):
    """-> the scores of one variant with one seed."""
    variant, begun = VARIANTS[name], time.process_time()
    with variant.reading():
        net = variant.net(Config(), seed)
        training.fit(net, source_of(variant), steps, seed)
        held_out = validation.judge([net], corpus.corpus(SHARED["series"], SHARED["starts"]))
        return {"seed": seed, "weights": sum(weight.numel() for weight in net.parameters()), "cpu_seconds": round(time.process_time() - begun, 1),
                "held_out": {key: round(held_out[key], 4) for key in (*SCORES, "coverage_95")}, "traces": judge_traces(net)}


def rows_of(found):
    """{variant: results of its seeds} -> rows of means, in the order of VARIANTS."""
    rows = []
    for name in (name for name in VARIANTS if name in found):
        runs = sorted(found[name], key=lambda run: run["seed"])
        means = {f"{on}_{score}": round(float(np.mean([run[on][score] for run in runs])), 4) for on in ("held_out", "traces") for score in SCORES}
        rows.append({"name": name, **means, "runs": runs})
    return rows


def relative(row, full):
    """A row and that of the network as shipped -> {"held_out_wql_12h", ...}: its scores by those of the same seeds, geometric means."""
    runs = {run["seed"]: run for run in full["runs"]}
    return {f"{on}_{score}": geometric_mean([run[on][score] / runs[run["seed"]][on][score] for run in row["runs"] if run["seed"] in runs])
            for on in ("held_out", "traces") for score in SCORES}


def table_of(rows):
    """Rows -> lines of a table in Markdown: scores of the network as shipped, then what each variant's are by them."""
    full = next((row for row in rows if row["name"] == FULL.name), None)
    yield "| variant | held out, 12 h | 1 h | traces, 12 h | 1 h |"
    yield "|---|---|---|---|---|"
    for row in rows:
        shown = row if full in (None, row) else relative(row, full)
        figures = " | ".join(f"{shown[f'{on}_{score}']:.3f}" for on in ("held_out", "traces") for score in SCORES)
        yield f"| {row['name']} | {figures} |"


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--train", required=True, help="folder of the series to learn from")
    parser.add_argument("--traces", required=True, help="folder of traces to judge on")
    parser.add_argument("--out", required=True)
    parser.add_argument("--steps", type=int, default=800)
    parser.add_argument("--synthetic", type=int, default=600)
    parser.add_argument("--mixtures", type=int, default=200)
    parser.add_argument("--seeds", type=int, default=2)
    parser.add_argument("--jobs", type=int, default=1, help="variants trained at the same time; changes no score")
    parser.add_argument("variants", nargs="*", metavar="VARIANT", help="names of variants; all where none is named")
    return parser.parse_args()


def main():
    args = arguments()
    SHARED["series"], SHARED["starts"] = read_long(args.train)
    SHARED["traces"] = read_folder(args.traces)
    if not SHARED["series"]:
        raise SystemExit(f"Cannot train on {args.train}: it holds no *.csv or *.csv.gz file. Name a folder of series,timestamp,value files.")
    commit = subprocess.run(["git", "describe", "--always", "--dirty"], capture_output=True, text=True, check=False).stdout.strip()
    settings = {"steps": args.steps, "batch": 64, "nets": 1, "synthetic": args.synthetic, "mixtures": args.mixtures, "seeds": args.seeds,
                "series": len(SHARED["series"]), "traces": len(SHARED["traces"])}
    found = {}
    os.makedirs(os.path.dirname(os.path.abspath(args.out)), exist_ok=True)
    for seed in range(SEED + 1000, SEED + 1000 + 100 * args.seeds, 100):
        prepare(seed, args)
        # Forked, so that the workers share the batches; the network's module keeps torch on one thread, which makes that safe.
        with ProcessPoolExecutor(args.jobs, mp_context=multiprocessing.get_context("fork")) as workers:
            pending = {workers.submit(train_variant, name, seed, args.steps): name for name in args.variants or VARIANTS}
            for done in as_completed(pending):
                name, result = pending[done], done.result()
                found.setdefault(name, []).append(result)
                print(f"{name}: {result}", flush=True)
                with open(args.out, "w", encoding="utf-8") as file:
                    json.dump({"command": "make ablations", "commit": commit, "settings": settings, "rows": rows_of(found)}, file, indent=1)
                    file.write("\n")
    print("\n".join(table_of(rows_of(found))), flush=True)


if __name__ == "__main__":
    main()
