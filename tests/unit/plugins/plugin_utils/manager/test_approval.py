# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""An approved plan is applied where the hosts are as it found them, else refused with what changed."""
from __future__ import annotations

import copy

import pytest

from ansible_collections.foresight.netslice.plugins.plugin_utils.errors import NetsliceError
from ansible_collections.foresight.netslice.plugins.plugin_utils.manager.approval import check_unchanged
from ansible_collections.foresight.netslice.tests.unit.plugins.plugin_utils.manager import fleets

ROSTER = ["kvm1", "kvm2", "kvm3"]


def demand(act):
    return [fleets.profile(requests=fleets.resource(act, spread=0.0))]


@pytest.fixture(name="made", scope="module")
def made_plan():
    """(a plan for two VMs, the states it was made from); kvm3 did not answer."""
    _plan, states = fleets.converge([fleets.slice_()], demand(90.0), [fleets.host_state("kvm1"), fleets.host_state("kvm2")])
    found = {state["host"]: state for state in states}
    return fleets.plan([fleets.slice_()], demand(140.0), states, ROSTER), found


def test_the_same_states_pass(made):
    plan, states = made
    check_unchanged(plan, states, ROSTER)
    check_unchanged(plan, dict(reversed(states.items())), ROSTER[::-1])
    # links and processors are not what a plan is bound to
    check_unchanged(plan, {host: {**state, "attachments": [], "node": {}} for host, state in states.items()}, ROSTER)


def stopped(states):
    states["kvm1"]["vms"][0]["running"] = False


def gone(states):
    states["kvm1"]["vms"].clear()


def replaced(states):
    states["kvm2"]["vms"][0].update(name="web-10-90-2-40")


def many(states):
    states["kvm2"]["vms"] += [{**states["kvm2"]["vms"][0], "name": f"x{number}"} for number in range(7)]


def changed_network(states):
    states["kvm2"]["networks"][0]["mtu"] = 1400


@pytest.mark.parametrize(("change", "words"), [
    (stopped, "kvm1: a VM or network is not as it was"), (changed_network, "kvm2: a VM or network is not as it was"),
    (gone, "kvm1: web-10-90-2-2 is gone"), (replaced, "kvm2: web-10-90-2-34 is gone and web-10-90-2-40 is new"),
    (many, "kvm2: x0, x1, x2, x3, x4 and 2 more are new"),
    (lambda states: states.pop("kvm2"), "kvm2 does not answer any more"),
    (lambda states: states.update(kvm3=fleets.host_state("kvm3")), "kvm3 did not answer then, and does now"),
    (lambda states: (gone(states), states.pop("kvm2")), "kvm1: web-10-90-2-2 is gone; kvm2 does not answer any more"),
])
def test_a_change_is_refused_and_named(made, change, words):
    plan, states = made[0], copy.deepcopy(made[1])
    change(states)
    states = {host: fleets.renew(state) for host, state in states.items()}
    with pytest.raises(NetsliceError) as refused:
        check_unchanged(plan, states, ROSTER)
    assert str(refused.value) == (f"Cannot apply plan {plan['id']} of 2026-01-05T08:00:00Z: what it was made from has changed since. {words}. "
                                  f"Make a new plan, and have that approved.")


@pytest.mark.parametrize(("roster", "words"), [
    (["kvm1", "kvm2", "kvm3", "kvm4"], "kvm4 is new in netslice_hypervisors"), (["kvm1", "kvm2"], "kvm3 is no more in netslice_hypervisors"),
])
def test_another_roster_is_refused(made, roster, words):
    with pytest.raises(NetsliceError, match=words):
        check_unchanged(*made, roster)


def test_a_plan_that_was_applied_is_not_applied_again(made):
    slices = [fleets.slice_()]
    plan = fleets.plan(slices, demand(140.0), list(made[1].values()))
    after = {host: fleets.apply(plan["hosts"][host], state) for host, state in made[1].items()}
    with pytest.raises(NetsliceError, match=f"{plan['slices'][0]['create'][0]} is new"):
        check_unchanged(plan, after, ROSTER[:2])


def test_maintenance_that_began_since_is_refused_where_the_plan_creates(made):
    plan = fleets.plan([fleets.slice_()], demand(140.0), list(made[1].values()))
    host, = [host for host, share in plan["hosts"].items() if any(vm["action"] == "create" for vm in share["vms"])]
    other, = set(made[1]) - {host}
    check_unchanged(plan, {**made[1], other: {**made[1][other], "maintenance": "drain"}}, ROSTER[:2])
    with pytest.raises(NetsliceError, match=f"{host} is in maintenance now"):
        check_unchanged(plan, {**made[1], host: {**made[1][host], "maintenance": "cordon"}}, ROSTER[:2])


def test_a_host_that_is_no_more_lost(made):
    plan = fleets.plan([fleets.slice_()], demand(140.0), list(made[1].values()), ROSTER, lost=["kvm3"])
    check_unchanged(plan, made[1], ROSTER, ["kvm3"])
    with pytest.raises(NetsliceError, match="kvm3 is no more in netslice_lost_hosts"):
        check_unchanged(plan, made[1], ROSTER)
    with pytest.raises(NetsliceError, match="kvm3 did not answer then, and does now"):
        check_unchanged(plan, {**made[1], "kvm3": fleets.host_state("kvm3")}, ROSTER, ["kvm3"])


def test_a_host_that_is_no_more_lost_by_evidence(made):
    plan = fleets.plan([fleets.slice_()], demand(140.0), list(made[1].values()), ROSTER, lost=["kvm3"])
    plan["lost_hosts"] = [{"host": "kvm3", "by": "evidence", "why": "no answer"}]
    check_unchanged(plan, made[1], ROSTER, ["kvm3"])
    with pytest.raises(NetsliceError, match="kvm3 is no more lost by evidence"):
        check_unchanged(plan, made[1], ROSTER)
