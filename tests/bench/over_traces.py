# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A command that works on every trace of a folder, several at a time, and writes one CSV file."""
from __future__ import annotations

import argparse
import csv
import multiprocessing
import os
import time
from concurrent.futures import ProcessPoolExecutor

from traces import read_folder

from ansible_collections.foresight.netslice.plugins.plugin_utils.analytics import weights


def main(description, header, work):
    """Write `header` and the rows of every trace, and return these. work(models, mode, name, values, start) -> rows, a line on what was done."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--traces", required=True)
    parser.add_argument("--mode", choices=("site", "shipped"), default="site")
    parser.add_argument("--out", required=True)
    parser.add_argument("--models", default=os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "models"))
    parser.add_argument("--jobs", type=int, default=min(os.cpu_count() or 1, 8), help="traces worked on at the same time")
    args = parser.parse_args()
    manifest = weights.read_manifest(args.models)
    print(f"{manifest['name']} {manifest['weights']['sha256'][:19]}, mode {args.mode}", flush=True)
    os.makedirs(os.path.dirname(os.path.abspath(args.out)), exist_ok=True)
    traces, begun, done = read_folder(args.traces), time.monotonic(), []
    with (open(args.out, "w", newline="", encoding="utf-8") as file,
          ProcessPoolExecutor(args.jobs, mp_context=multiprocessing.get_context("spawn")) as workers):
        out = csv.writer(file)
        out.writerow(header)
        for pending in [workers.submit(work, args.models, args.mode, name, *trace) for name, trace in traces.items()]:
            rows, line = pending.result()
            out.writerows(rows)
            done += rows
            print(line, flush=True)
    print(f"{len(traces)} traces in {time.monotonic() - begun:.0f} s", flush=True)
    return done
