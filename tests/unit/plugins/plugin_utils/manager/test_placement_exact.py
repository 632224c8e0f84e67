# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Placement beside an exact solver on a few hundred small cases: how many VMs are placed, and how evenly each slice is spread over the hosts.

The solver (CP-SAT of OR-tools, for development only) may put any VM of any slice anywhere, but gives by rank as the planner does.
"""
from __future__ import annotations

import random

import pytest

cp_model = pytest.importorskip("ortools.sat.python.cp_model", reason="the exact solver needs ortools")

from ansible_collections.foresight.netslice.tests.unit.plugins.plugin_utils.manager import fleets  # noqa: E402

SEEDS = range(300)
#: above the most VMs of a slice: one of a better rank is worth more than all of those behind it
MOST = 9
#: most that the planner may lose, as a share of what the solver reaches over all cases
GAP = 0.03


def case_of(seed):
    """(slices, {slice: VMs wanted}, hosts) of a small case in which something may be short."""
    rng = random.Random(seed)
    hosts = [
        fleets.host_state(f"kvm{number}", vcpus=rng.randint(4, 12), vcpu_ratio=1.0, memory_mib=rng.randint(4, 16) * 512,
                          reserve={"vcpus": 0, "memory_mib": 0}, rate_mbit=10000)
        for number in range(rng.randint(2, 4))
    ]
    slices, wanted = [], {}
    for index in range(rng.randint(2, 4)):
        name = f"s{index}"
        size = {"memory_mib": rng.choice([512, 1024, 1536]), "vcpus": rng.choice([1, 1, 2])}
        slices.append(fleets.slice_(name, index, vm={**size, "serves": {"requests": 50}}, scaling={"max": 20}))
        wanted[name] = rng.randint(1, 8)
    return slices, wanted, hosts


def planned(slices, wanted, hosts):
    """{(slice, host): VMs} of the planner."""
    profiles = [fleets.profile(name, requests=fleets.resource(50.0 * count, spread=0.0)) for name, count in wanted.items()]
    plan = fleets.plan(slices, profiles, hosts)
    found = {}
    for host, share in plan["hosts"].items():
        for vm in share["vms"]:
            found[vm["slice"], host] = found.get((vm["slice"], host), 0) + 1
    return found


def solved(slices, wanted, hosts, counts=None):
    """{(slice, host): VMs} of the solver: with as many VMs as possible, or, given the counts of each slice, spread as evenly as possible."""
    model = cp_model.CpModel()
    cells = {(one["name"], state["host"]): model.new_int_var(0, wanted[one["name"]], "") for one in slices for state in hosts}
    for state in hosts:
        for key in ("memory_mib", "vcpus"):
            model.add(sum(one["vm"].get(key, 1) * cells[one["name"], state["host"]] for one in slices) <= state["node"][key])
    worst = []
    for number, one in enumerate(slices):
        total = sum(cells[one["name"], state["host"]] for state in hosts)
        model.add(total <= wanted[one["name"]] if counts is None else total == counts[number])
        top = model.new_int_var(0, wanted[one["name"]], "")
        model.add_max_equality(top, [cells[one["name"], state["host"]] for state in hosts])
        worst.append(top)
    if counts is None:
        model.maximize(sum(MOST ** (len(slices) - number) * cells[one["name"], state["host"]] for number, one in enumerate(slices) for state in hosts))
    else:
        model.minimize(sum(worst))
    solver = cp_model.CpSolver()
    solver.parameters.num_workers, solver.parameters.random_seed, solver.parameters.max_deterministic_time = 1, 1, 2.0
    assert solver.solve(model) == cp_model.OPTIMAL
    return {key: solver.value(cell) for key, cell in cells.items()}


def counts_of(found, slices):
    """VMs of each slice, those of the best rank first."""
    return [sum(count for (name, _host), count in found.items() if name == one["name"]) for one in slices]


def peaks(found, slices, hosts):
    """Sum over the slices of the most VMs that they have on one host: what the loss of a host costs each at worst."""
    return sum(max(found.get((one["name"], state["host"]), 0) for state in hosts) for one in slices)


def test_as_many_are_placed_as_an_exact_solver_places():
    ours = exact = 0
    for seed in SEEDS:
        slices, wanted, hosts = case_of(seed)
        found, best = (counts_of(way(slices, wanted, hosts), slices) for way in (planned, solved))
        assert found <= best, "a VM of a better rank is missing to the solver"
        ours, exact = ours + sum(found), exact + sum(best)
    assert ours >= (1 - GAP) * exact, f"{ours} of {exact} VMs"


def test_slices_are_spread_as_evenly_as_an_exact_solver_spreads_them():
    ours = exact = 0
    for seed in SEEDS:
        slices, wanted, hosts = case_of(seed)
        found = planned(slices, wanted, hosts)
        best = solved(slices, wanted, hosts, counts_of(found, slices))
        ours, exact = ours + peaks(found, slices, hosts), exact + peaks(best, slices, hosts)
    assert ours <= (1 + GAP) * exact, f"{ours} VMs on the fullest hosts, {exact} at best"
