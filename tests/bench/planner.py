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

#: slices, hosts, VMs, and the target in seconds
FLEETS = ((1000, 100, 4000, 1.0), (10000, 1000, 100000, 15.0))


def rows(fleets_):
    """Rows of every fleet."""
    yield row("validate 1,000 slices", seconds(lambda: validate_slices(raw_slices(1000)), 3), "s", 0.3)
    for slices, hosts, vms, target in fleets_:
        size = f"{slices:,} slices, {hosts:,} hosts, {vms:,} VMs"
        wanted, profiles, states = fleets.fleet(slices, hosts, vms)
        found = {state["host"]: state for state in states}
        roster = sorted(found)
        plans = []
        took = seconds(lambda: plans.append(make_plan(wanted, profiles, found, roster, fleets.AS_OF, 600, False)), 3 if slices <= 1000 else 1)
        yield row(f"plan {size}", took, "s", target)
        if slices <= 1000:
            applied = {host: fleets.apply(plans[-1]["hosts"][host], state) for host, state in found.items()}
            again = []
            took = seconds(lambda: again.append(make_plan(wanted, profiles, applied, roster, fleets.AS_OF, 600, False)), 3)
            yield row(f"plan again {size}", took, "s", target)
            yield row(f"changes of the second plan, {size}", again[-1]["changes"], "1", 0)
            yield row(f"characters of the packed plan, {size}", len(json.dumps(artifact.pack(plans[-1]))), "1", 700000)
            yield row(f"characters of the artifact, {size}", len(artifact.encode(plans[-1])["data"]), "1", 1000000)
    yield row("peak memory of the planner", resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, "MiB", 2048)


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
    parser.add_argument("--small", action="store_true", help="only the smaller fleet")
    for one in rows(FLEETS[:1] if parser.parse_args().small else FLEETS):
        print(json.dumps(one), flush=True)


if __name__ == "__main__":
    sys.exit(main())
