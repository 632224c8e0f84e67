# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A surge through a real HAProxy: VMs as the policy wants them, as a reactive autoscaler of the same cost does, and as it does at its usual target.

Two weeks of telemetry know the shape of the day: the morning's surge takes a quarter of an hour. On the 15th day the rows around it are played in a
hundredth of their time: requests come as a Poisson process, each VM is a server that answers one request after the other, `slice_balancer` adds and
drains the servers. A VM that is asked for serves one row later. Written to build/bench/surge.json; what is compared is the 99th percentile of latency.
"""
from __future__ import annotations

import argparse
import json
import os
import platform
import shutil
import tempfile

import numpy as np
import replay as bench
import surge_play

from ansible_collections.foresight.netslice.plugins.plugin_utils.analytics import weights
from ansible_collections.foresight.netslice.plugins.plugin_utils.analytics.registry import SHIPPED, Member
from ansible_collections.foresight.netslice.plugins.plugin_utils.analytics.seasonal import DAY
from ansible_collections.foresight.netslice.plugins.plugin_utils.manager.outcome import World, outcome
from ansible_collections.foresight.netslice.plugins.plugin_utils.manager.rivals import TARGET, reactive

START = 1_767_571_200  # a Monday, 00:00 UTC
NIGHT, SURGE, RAMP = 0.15, 9 * 12, 3  # load of the night; row of the day when the surge begins; rows that it takes
FIRST, LAST = SURGE - 6, SURGE + 18  # what is played: from half past eight to half past ten
LEAD = 1  # rows from the request of a VM to its service
TARGETS = np.arange(0.4, 1.0, 0.01)
MOST = 0.5
SCALING = {"min": 1, "max": bench.MOST}


def telemetry(seed: int) -> np.ndarray:
    """Rows of 15 days and a bit, the largest near 1."""
    rng, rows = np.random.default_rng(seed), 15 * DAY
    day = np.arange(rows) % DAY
    ramp = np.clip((day - SURGE) / RAMP, 0, 1) * np.clip((20 * 12 - day) / 24, 0, 1)
    return (NIGHT + (0.9 - NIGHT) * ramp) * rng.normal(1, 0.03, rows)


def counts_of_policy(values: np.ndarray) -> list[int]:
    """The VMs asked for at the begin of each row of the last day."""
    nets, manifest = weights.load_model(SHIPPED)
    return bench.decisions(Member(nets, manifest, "shipped"), values, START, values)[:DAY - 1]


def counts_of_reactive(demand: list, least_hours: float) -> tuple[list[int], float]:
    """The VMs of the reactive autoscaler that costs no less than the policy, and the target that it takes."""
    best = None
    for target in sorted(TARGETS, reverse=True):
        counts = reactive(demand, demand[0], 1, 300, SCALING, float(target))
        best = counts, float(target)
        if outcome(World(demand, LEAD, 300), counts, range(FIRST, LAST))["vm_hours"] >= least_hours:
            break
    return best


def main() -> None:
    """Decide, play both, write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", default="build/bench/surge.json")
    parser.add_argument("--seconds", type=float, default=3.0, help="seconds that a row of five minutes takes")
    parser.add_argument("--rate", type=float, default=10.0, help="requests a second that one VM serves")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    if not shutil.which("haproxy"):
        raise SystemExit("surge needs haproxy: install it by `make packages`")
    values = telemetry(options.seed)
    one_vm = values[:bench.START].max() / bench.PEAK
    demand = [float(value) / one_vm for value in values[bench.START + 1:]]  # VMs' worth of the rows that decisions are for
    policy = counts_of_policy(values)
    rows = range(FIRST, LAST)
    hours = outcome(World(demand, LEAD, 300), policy, rows)["vm_hours"]
    rival, target = counts_of_reactive(demand, hours)
    report = {"machine": platform.platform(), "cores": os.cpu_count(), "load": os.getloadavg()[0], "haproxy": surge_play.version(),
              "seconds_a_row": options.seconds, "requests_a_second_a_vm": options.rate, "reactive_target": round(target, 2),
              "reactive_usual_target": TARGET, "played": {}}
    usual = reactive(demand, demand[0], 1, 300, SCALING)
    for name, counts in (("policy", policy), ("reactive", rival), ("reactive_usual", usual)):
        with tempfile.TemporaryDirectory() as directory:
            played = [demand[row] for row in rows], counts[FIRST - LEAD:LAST]
            found = surge_play.play(directory, *played, LEAD, options.seconds, options.rate, options.seed)
        report["played"][name] = {**found, "vm_hours": outcome(World(demand, LEAD, 300), counts, rows)["vm_hours"]}
        print(name, json.dumps(report["played"][name]), flush=True)
    ours, theirs, dearer = (report["played"][name]["p99_ms"] for name in report["played"])
    report["figures"] = [
        {"name": "99th percentile of latency, policy over reactive of the same cost", "value": round(ours / theirs, 4), "unit": "", "target": MOST},
        {"name": "99th percentile of latency, policy over reactive at its usual target", "value": round(ours / dearer, 4), "unit": "", "target": MOST},
        {"name": "failed requests while VMs join and leave", "value": report["played"]["policy"]["failed"], "unit": "", "target": 0}]
    os.makedirs(os.path.dirname(options.out) or ".", exist_ok=True)
    with open(options.out, "w", encoding="utf-8") as file:
        json.dump(report, file, indent=2)
    for figure in report["figures"]:
        print(json.dumps(figure))


if __name__ == "__main__":
    main()
