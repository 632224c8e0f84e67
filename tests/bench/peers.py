# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The forecaster beside what one could install, on every trace of a folder: `make bench-peers`.

All forecast the same 24 origins; what is fitted is fitted on the rows before the first of them, or at each origin on rows before it. Writes
scores and processor times into OUT, a JSON file. LightGBM and statsmodels are used where they are installed, else said to be absent.
"""
from __future__ import annotations

import argparse
import json
import os
import subprocess
import time
from importlib import metadata

import forecast
import lags
import numpy as np
from run import machine
from scoring import naive, origins, score, table
from traces import read_folder

from ansible_collections.foresight.netslice.plugins.plugin_utils.analytics import weights
from ansible_collections.foresight.netslice.plugins.plugin_utils.analytics.seasonal import DAY, HORIZON
from ansible_collections.foresight.netslice.plugins.plugin_utils.analytics.statistical import stl_ets

SEASONS = 14  # days that the statistical model is fitted to at each origin


def _own(mode):
    def run(traces, models):
        nets, _manifest = weights.load_model(models, "torch")
        out, fitted = {}, 0.0
        for name, (values, start) in traces.items():
            begun = time.process_time()
            chosen, shares, note = forecast.fitted(nets, mode, values, start)
            fitted += time.process_time() - begun
            print(f"  {name}: {note}", flush=True)
            out[name] = forecast.quantiles(chosen, shares, values, start)
        return out, fitted
    return run


def _trees(traces, _models):
    begun = time.process_time()
    models = lags.fit(traces)
    fitted = time.process_time() - begun
    return {name: lags.forecast(models, values, start) for name, (values, start) in traces.items()}, fitted


def _decomposed(traces, _models):
    return {name: np.stack([stl_ets(values[at - SEASONS * DAY:at], HORIZON) for at in origins(len(values))])
            for name, (values, _start) in traces.items()}, 0.0


def _naive(traces, _models):
    return {name: naive(values) for name, (values, _start) in traces.items()}, 0.0


SHIPPED, FITTED, TREES = "this model as shipped", "the same, fitted to each series (mode site)", "LightGBM, direct, hand-made lags"
#: name of a model: what makes its forecasts (-> {trace: forecasts}, processor seconds of its fit), and the library it needs
MODELS = {
    SHIPPED: (_own("shipped"), "torch"),
    FITTED: (_own("site"), "torch"),
    TREES: (_trees, "lightgbm"),
    "STL + exponential smoothing, day": (_decomposed, "statsmodels"),
    "seasonal naive, day": (_naive, "numpy"),
}


def measure(name, traces, models):
    """-> a row: scores relative to seasonal naive, processor times, WQL of each trace."""
    begun = time.process_time()
    found, fitted = MODELS[name][0](traces, models)
    used = time.process_time() - begun - fitted
    values = {trace: one for trace, (one, _start) in traces.items()}
    count = sum(len(origins(len(one))) for one in values.values())
    each = {trace: {span: round(part["wql"], 5) for span, part in score(one, found[trace]).items()} for trace, one in values.items()}
    return {"name": name, **{key: round(value, 5) for key, value in table(values, found).items()},
            "fit_seconds": round(fitted, 1), "ms_a_forecast": round(1000 * used / count, 2), "wql_of_traces": each}


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--traces", required=True)
    parser.add_argument("--out", required=True)
    parser.add_argument("--models", default="models")
    return parser.parse_args()


def main():
    args = arguments()
    traces, rows, absent, libraries = read_folder(args.traces), [], {}, {}
    commit = subprocess.run(["git", "describe", "--always", "--dirty"], capture_output=True, text=True, check=False).stdout.strip()
    document = {"command": "make bench-peers", "commit": commit, "model": weights.read_manifest(args.models)["weights"]["sha256"], "machine": machine(),
                "libraries": libraries, "absent": absent, "rows": rows}
    os.makedirs(os.path.dirname(os.path.abspath(args.out)), exist_ok=True)
    for name, (_run, library) in MODELS.items():
        try:
            libraries[library] = metadata.version(library)
        except metadata.PackageNotFoundError:
            absent[name] = f"{library} is not installed"
            print(f"{name}: {absent[name]}", flush=True)
            continue
        rows.append(measure(name, traces, args.models))
        print({key: value for key, value in rows[-1].items() if key != "wql_of_traces"}, flush=True)
        with open(args.out, "w", encoding="utf-8") as file:
            json.dump(document, file, indent=1)
            file.write("\n")


if __name__ == "__main__":
    main()
