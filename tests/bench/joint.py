# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the resources of one slice tell of each other: weighted quantile loss with and without, at 24 origins of 28 days.

    joint.py [--traces DIR]

Synthetic slices of three resources that a shipped model forecasts, and, where DIR holds dc_cpu_azure.csv and dc_mem_azure.csv, both as one
slice. Two figures a case: `weigh` with 8 days of every resource; `late` with a day and a half of one and 8 days of the others. A
figure is the loss with joint use by the loss without: below 1 it pays. Kinds: the resources share one wandering load with little noise, with much,
with bursts, one leading, with a ratio that drifts; `own` share no more than the hour of the day.
"""
from __future__ import annotations

import argparse
import os

import numpy as np
from traces import read_folder

from ansible_collections.foresight.netslice.plugins.plugin_utils.analytics import forecasting
from ansible_collections.foresight.netslice.plugins.plugin_utils.analytics.histories import histories
from ansible_collections.foresight.netslice.plugins.plugin_utils.analytics.registry import load_models
from ansible_collections.foresight.netslice.plugins.plugin_utils.analytics.scores import geometric_mean, wql
from ansible_collections.foresight.netslice.plugins.plugin_utils.analytics.seasonal import DAY, HORIZON, STEP_SECONDS

ROWS, ORIGINS, APART = 28 * DAY, 24, 63
HISTORY, LATE = 8 * DAY, DAY + DAY // 2
#: noise of the rows of each kind of synthetic slice
KINDS = {"little noise": 0.02, "much noise": 0.15, "bursts": 0.08, "lead": 0.03, "drift": 0.08, "own": 0.08}


def wandering(rng, day):
    """A load that keeps to the hour of the day, times a walk that comes back."""
    walk, steps = np.zeros(ROWS), rng.normal(0, 0.03, ROWS)
    for i in range(1, ROWS):
        walk[i] = 0.97 * walk[i - 1] + steps[i]
    return np.maximum(day * (1 + walk), 0.02)


def synthetic(kind, seed):
    """Three resources of one slice: {name: rows}."""
    rng, noise = np.random.default_rng(seed), KINDS[kind]
    day = 0.6 + 0.5 * np.sin(np.arange(ROWS) / DAY * 2 * np.pi - 1.5)
    load = [wandering(rng, day)] * 3
    if kind == "own":
        load = [load[0], wandering(rng, day), wandering(rng, day)]
    if kind == "bursts":
        for begin in rng.integers(0, ROWS - 40, 60):
            load[0][begin:begin + 36] += rng.uniform(0.5, 2) * np.exp(-np.arange(36) / 12)
    if kind == "lead":
        load = [load[0], np.roll(load[0], 4), np.roll(load[0], 2)]
    ratio = np.exp(np.cumsum(rng.normal(0, 0.01, ROWS))) if kind == "drift" else 1.0
    noisy = [1 + rng.normal(0, sigma, ROWS) for sigma in (0.03, noise, noise)]
    return {"requests": 200 * load[0] * noisy[0], "cpu": 1 + 4 * load[1] * ratio * noisy[1], "egress": 30 * load[2] * noisy[2]}


def cases(folder):
    """{name: {resource: rows}} of all slices."""
    out = {f"{kind} {seed}": synthetic(kind, seed) for kind in KINDS for seed in (1, 2)}
    if folder and os.path.exists(os.path.join(folder, "dc_cpu_azure.csv")):
        traces = read_folder(folder)
        out["azure"] = {"cpu": traces["dc_cpu_azure"][0], "memory": traces["dc_mem_azure"][0]}
    return out


def losses(models, resources, history, siblings):
    """Loss of 12 h and 1 h of each resource, and how often siblings were heard. history: {resource: rows of it that are read}."""
    length = min(len(rows) for rows in resources.values())
    at = [length - HORIZON - APART * k for k in range(ORIGINS)]
    keys = [(f"s{origin}", name) for origin in at for name in resources]
    rows = [resources[name][origin - history[name]:origin] for origin in at for name in resources]
    begin = np.array([origin * STEP_SECONDS for origin in at for _name in resources], dtype=np.int64)
    choices, ahead, _models = forecasting.forecast_all(histories(rows, [STEP_SECONDS] * len(rows)), keys, begin, HORIZON, lambda: models,
                                                       siblings=[siblings] * len(keys))
    actual = np.stack([resources[name][origin:origin + HORIZON] for origin in at for name in resources])
    scores, heard = {}, {}
    for i, name in enumerate(resources):
        mine = slice(i, None, len(resources))
        scores[name] = (wql(actual[mine], ahead[mine]), wql(actual[mine, :12], ahead[mine, :12]))
        heard[name] = np.mean([choice.rung == "sibling" or " says " in choice.reason for choice in choices[mine]])
    return scores, heard


def compare(models, resources, use):
    """(ratio at 12 h, ratio at 1 h, share of forecasts in which siblings were heard) of every resource."""
    out = {}
    for late in list(resources) if use == "late" else [None]:
        history = {name: LATE if name == late else HISTORY for name in resources}
        plain, _none = losses(models, resources, history, "ignore")
        joint, heard = losses(models, resources, history, use)
        for name in [late] if late else resources:
            out[name] = (joint[name][0] / plain[name][0], joint[name][1] / plain[name][1], heard[name])
    return out


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--traces", help="folder of public traces")
    args = parser.parse_args()
    models = load_models(None)
    for use in ("weigh", "late"):
        ratios = []
        for name, resources in cases(args.traces).items():
            found = compare(models, resources, use)
            ratios += [one[:2] for one in found.values()]
            print(f"{use:6s} {name:15s}", "; ".join(f"{key} 12 h {far:.3f}, 1 h {near:.3f}, heard {share:.0%}" for key, (far, near, share) in found.items()),
                  flush=True)
        far, near = np.array(ratios).T
        print(f"{use:6s} all: 12 h {geometric_mean(far):.3f}, at worst {far.max():.3f}; 1 h {geometric_mean(near):.3f}, at worst {near.max():.3f}", flush=True)


if __name__ == "__main__":
    main()
