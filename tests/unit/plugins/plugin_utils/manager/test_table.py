# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The table of a plan: a row for each slice, those that matter where there is not room for all."""
from __future__ import annotations

from ansible_collections.foresight.netslice.plugins.plugin_utils.manager.table import table
from ansible_collections.foresight.netslice.tests.unit.plugins.plugin_utils.manager import fleets


def calm(*names):
    return [fleets.profile(name, requests=fleets.resource(40.0, spread=0.0)) for name in names]


def test_a_row_for_each_slice():
    vast = fleets.slice_("vast", 4, vm={"memory_mib": 200000}, scaling={"min": 2})
    slices = [fleets.slice_(), fleets.slice_("a", 3, scaling={"mode": "forecast_only"}), vast]
    plan = fleets.plan(slices, calm("web", "a", "vast"), [fleets.host_state("kvm1")])
    lacks = plan["slices"][1]["missing"][0]
    assert table(plan, 100) == [
        f"Plan {plan['id']} of 2026-01-05T08:00:00Z, applicable until 2026-01-05T08:10:00Z: {plan['changes']} changes, infeasible",
        "slice  mode           state      VMs           verdict     because",
        "a      forecast_only  absent     0 (wished 1)  feasible    mode: scaling.mode is forecast_only",
        "vast   enforce        preparing  0 -> 1        infeasible  " + f"capacity: {lacks}"[:97] + "...",
        "web    enforce        preparing  0 -> 1        feasible    forecast q0.95 40 1/s in 300..600 s needs 1 VM of 50 1/s",
        f"missing: vast: {lacks}",
    ]


def test_those_that_change_come_before_the_others():
    names = [f"s{number:02}" for number in range(12)]
    slices = [fleets.slice_(name, 2 + index) for index, name in enumerate(names)]
    _plan, states = fleets.converge(slices, calm(*names), [fleets.host_state("kvm1")])
    busy = [*calm(*names[:-2]), *(fleets.profile(name, requests=fleets.resource(140.0, spread=0.0)) for name in names[-2:])]
    lines = table(fleets.plan(slices, busy, states), 3)
    assert [line.split()[0] for line in lines] == ["Plan", "slice", "s00", "s10", "s11", "..."]
    assert lines[-1] == "... and 9 more slices, of which 0 change or lack something"
    assert table(fleets.plan(slices, busy, states), 1)[-1] == "... and 11 more slices, of which 1 change or lack something"


def test_the_warm_pool_stands_beside_the_count():
    ahead = [fleets.profile("web", requests=fleets.resource(40.0, spread=0.0, warm=140.0))]
    plan = fleets.plan([fleets.slice_(scaling={"warm": {"state": "parked", "max": 5}})], ahead, [fleets.host_state("kvm1")])
    assert "  0 -> 1 + 2 warm  " in table(plan, 9)[2]


def test_hosts_without_an_answer_are_named():
    plan = fleets.plan([fleets.slice_()], calm("web"), [fleets.host_state("kvm1")], ["kvm1", "kvm2"])
    assert table(plan, 9)[1] == "No answer from kvm2: no slice gets or loses a VM."


def test_lost_hosts_are_named():
    plan = fleets.plan([fleets.slice_()], calm("web"), [fleets.host_state("kvm1")], ["kvm1", "kvm2"], lost=["kvm2"])
    assert table(plan, 9)[1] == "Declared lost: kvm2. What was there does not count."
