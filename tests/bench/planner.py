# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Figures of the planner alone, as JSON rows {name, value, unit, target} on standard output."""
from __future__ import annotations

import argparse
import json
import resource
import sys
import time

from ansible_collections.foresight.netslice.plugins.plugin_utils.manager import artifact
from ansible_collections.foresight.netslice.plugins.plugin_utils.manager.plan import make_plan
from ansible_collections.foresight.netslice.plugins.plugin_utils.manager.slices import validate_slices
from ansible_collections.foresight.netslice.tests.unit.plugins.plugin_utils.manager import fleets

#: slices, hosts, VMs, and the target in seconds; those without target show how time grows with size
FLEETS = ((250, 25, 1000, None), (1000, 100, 4000, 1.0), (4000, 400, 16000, None), (10000, 1000, 40000, None), (10000, 1000, 100000, 15.0))
SMALL = 1000


def rows(fleets_):
    """Rows of every fleet."""
    yield row("validate 1,000 slices", seconds(lambda: validate_slices(raw_slices(1000)), 3), "s", 0.3)
    for slices, hosts, vms, target in fleets_:
        size = f"{slices:,} slices, {hosts:,} hosts, {vms:,} VMs"
        wanted, profiles, states = fleets.fleet(slices, hosts, vms)
        found = {state["host"]: state for state in states}
        roster = sorted(found)
        plans = []
        took = seconds(lambda: plans.append(make_plan(wanted, profiles, found, roster, fleets.AS_OF, 600, False)), 3 if slices <= SMALL else 1)
        yield row(f"plan {size}", took, "s", target)
        if target:
            ruled, states_ = with_rules(wanted, found)
            took = seconds(lambda: make_plan(ruled, profiles, states_, roster, fleets.AS_OF, 600, False, reserve_hosts=1), 3 if slices <= SMALL else 1)
            yield row(f"plan {size}, failure domains, shares, affinity and a drained host", took, "s", target)
        if target and slices <= SMALL:
            applied = {host: fleets.apply(plans[-1]["hosts"][host], state) for host, state in found.items()}
            again = []
            took = seconds(lambda: again.append(make_plan(wanted, profiles, applied, roster, fleets.AS_OF, 600, False)), 3)
            yield row(f"plan again {size}", took, "s", target)
            yield row(f"changes of the second plan, {size}", again[-1]["changes"], "1", 0)
            yield row(f"characters of the packed plan, {size}", len(json.dumps(artifact.pack(plans[-1]))), "1", 700000)
            yield row(f"characters of the artifact, {size}", len(artifact.encode(plans[-1])["data"]), "1", 1000000)
    yield row("peak memory of the planner", resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, "MiB", 2048)


def with_rules(slices, states):
    """The fleet in racks of ten hosts, one of them drained, with shares for a part of its slices, which give way or are apart from another."""
    states_ = {host: {**state, "failure_domain": f"rack{index // 10}"} for index, (host, state) in enumerate(sorted(states.items()))}
    first = min(states_)
    states_[first] = {**states_[first], "maintenance": "drain"}
    ruled = []
    for index, one in enumerate(slices):
        share = {**one["quota"]["memory"], "dedicated_percent": 0.01, "min_percent": 0.02} if index % 20 == 0 else one["quota"]["memory"]
        apart = [slices[index + 1]["name"]] if index % 20 == 1 and index + 1 < len(slices) else []
        ruled.append({**one, "quota": {**one["quota"], "memory": share, "preemptible": index % 3 == 0}, "placement": {**one["placement"], "apart": apart}})
    return ruled, states_


def raw_slices(count):
    """Slices as a user writes them."""
    return [fleets.slice_(f"s{index:05d}", index, network={"range": f"10.{index >> 8}.{index & 255}.0/24"}) for index in range(count)]


def seconds(work, times):
    """The best processor time of a few runs: the planner neither waits nor reads."""
    best = float("inf")
    for _number in range(times):
        begin = time.process_time()
        work()
        best = min(best, time.process_time() - begin)
    return best


def row(name, value, unit, target):
    """One figure; the target is an upper bound."""
    return {"name": name, "value": round(value, 3), "unit": unit, "target": target}


def main():
    """Print a row as soon as it is measured."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--small", action="store_true", help="only fleets of up to 1,000 slices")
    for one in rows([fleet for fleet in FLEETS if fleet[0] <= SMALL] if parser.parse_args().small else FLEETS):
        print(json.dumps(one), flush=True)


if __name__ == "__main__":
    sys.exit(main())
