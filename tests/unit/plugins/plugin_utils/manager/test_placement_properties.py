# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What holds of shares and placement, whatever the fleet: quotas, promises, hard rules and closed hosts are kept, drains end, repeats change nothing."""
from __future__ import annotations

import pytest

hypothesis = pytest.importorskip("hypothesis", reason="property tests need hypothesis")

from hypothesis import given, strategies as st  # noqa: E402

from ansible_collections.foresight.netslice.plugins.plugin_utils.errors import InvalidInput  # noqa: E402
from ansible_collections.foresight.netslice.plugins.plugin_utils.instants import canonical_json  # noqa: E402
from ansible_collections.foresight.netslice.plugins.plugin_utils.manager.plan import make_plan  # noqa: E402
from ansible_collections.foresight.netslice.tests.unit.plugins.plugin_utils.manager import fleets  # noqa: E402
from ansible_collections.foresight.netslice.tests.unit.plugins.plugin_utils.manager.examples import dice, examples  # noqa: E402

NAMES = ("api", "batch", "db", "web")
HOSTS = ("kvm1", "kvm2", "kvm3", "kvm4")
CASES = examples(150)
MEMORY = {"api": 512, "batch": 768, "db": 1024, "web": 512}
#: passes after which nothing changes any more: a VM at a time is moved, by way of its drain
PASSES = 40


def slices_of(rng):
    """Four slices that compete, with any of the keys of quota and placement, as far as they do not contradict each other."""
    result = []
    for index, name in enumerate(NAMES):
        dedicated = rng.choice([0, 0, 0, 10, 20])
        others = [other for other in NAMES if other != name]
        keys = {"dedicated_percent": dedicated, "min_percent": rng.choice([None, None, dedicated, 25]), "max_percent": rng.choice([100, 100, 60])}
        result.append(fleets.slice_(
            name, index, priority=rng.choice([10, 100, 100, 200]), vm={"memory_mib": MEMORY[name]},
            scaling={
                "min": rng.choice([0, 0, 1]), "mode": rng.choice(["enforce"] * 6 + ["scale_out_only", "paused"]), "drain_seconds": rng.choice([0, 0, 1000]),
                "victims": rng.sample(["rebalance", "emptiest_host", "outdated_first", "oldest", "newest"], rng.randint(0, 3)),
            },
            quota={rng.choice(["memory", "vcpus"]): keys, "preemptible": rng.random() < 0.4},
            placement={
                "spread": rng.choice(["domain", "host", "none"]), "hard": rng.random() < 0.3,
                rng.choice(["with", "apart"]): rng.sample(others, rng.choice([0, 0, 1])),
                "protect": rng.sample([f"{name}-10-90-{index}-{number}" for number in (2, 3, 34)], rng.choice([0, 0, 1])),
            },
        ))
    return result


def states_of(rng):
    """Four hosts, small enough that something is short, some of which go or are busy."""
    return [
        fleets.host_state(
            host, vcpus=rng.randint(3, 9), vcpu_ratio=1.0, memory_mib=2048 + rng.randint(2, 9) * 512, rate_mbit=1000,
            failure_domain=rng.choice([None, "rack1", "rack2"]), maintenance=rng.choice(["none"] * 4 + ["cordon", "drain"]),
        )
        for host in HOSTS
    ]


def demands_of(rng):
    """Requests a second of each slice."""
    return {name: rng.choice([0, 50, 100, 200, 300, 450]) for name in NAMES}


def planned(slices_, wanted, hosts, now, reserve):
    """A plan; None where the slices contradict each other or the hosts."""
    profiles = [fleets.profile(name, requests=fleets.resource(float(value), spread=0.0)) for name, value in wanted.items()]
    found = {state["host"]: state for state in hosts}
    try:
        return make_plan(fleets.known_valid(slices_), profiles, found, list(HOSTS), now, 600, False, reserve_hosts=reserve)
    except InvalidInput:
        return None


def applied(plan, hosts):
    return [fleets.apply(plan["hosts"][state["host"]], state) for state in hosts]


def wants(plan, name, want="active"):
    """(host, entry of the share) of the VMs of a slice that shall be `want`."""
    return [(host, vm) for host, share in sorted(plan["hosts"].items()) for vm in share["vms"] if vm["slice"] == name and vm["want"] == want]


def check_new(plan, slices_, hosts):
    """New VMs: on hosts that take them, within the quota, and by the hard rules of their slice."""
    state_of = {state["host"]: state for state in hosts}
    total = sum(state["node"]["memory_mib"] - 2048 for state in hosts)
    for slice_ in slices_:
        there = wants(plan, slice_["name"])
        new = [(host, vm) for host, vm in there if vm["action"] == "create"]
        assert all(state_of[host]["maintenance"] == "none" for host, _vm in new)
        most = slice_["quota"].get("memory", {}).get("max_percent", 100)
        if new and most < 100 and not any(state["maintenance"] == "drain" for state in hosts):
            assert sum(vm["memory_mib"] for _host, vm in there) <= total * most / 100
        rules = slice_["placement"]
        if rules["hard"] and rules["spread"] == "host":
            assert all([host for host, _vm in there].count(one) == 1 for one, _vm in new)
        if rules["hard"]:
            for other in rules.get("apart", []):
                assert not {host for host, _vm in new} & {host for host, vm in wants(plan, other) if vm["action"] != "create"}
            for other in rules.get("with", []):
                assert {host for host, _vm in new} <= {host for want in ("active", "draining") for host, _vm in wants(plan, other, want)}


def check_room(hosts):
    for state in hosts:
        there = [vm for vm in state["vms"] if vm["lifecycle"] != "quarantined"]
        assert sum(vm["memory_mib"] for vm in there) <= state["node"]["memory_mib"] - 2048
        assert sum(vm["vcpus"] for vm in there) <= state["node"]["vcpus"] - 1


def check_protected(plan, slices_):
    for slice_ in slices_:
        gone = {vm["name"] for want in ("draining", "quarantined", "absent") for _host, vm in wants(plan, slice_["name"], want)
                if vm["action"] in ("drain", "release")}
        assert not gone & set(slice_["placement"]["protect"])


@CASES
@given(dice(), st.sampled_from([0, 0, 1]))
def test_rules_are_kept_and_passes_come_to_rest(rng, reserve):
    slices_, hosts, now = slices_of(rng), states_of(rng), fleets.AS_OF
    for _change in range(2):
        wanted = demands_of(rng)
        for number in range(PASSES):
            plan = planned(slices_, wanted, hosts, now, reserve)
            if plan is None:
                return
            check_new(plan, slices_, hosts)
            check_protected(plan, slices_)
            if not plan["changes"]:
                break
            hosts, now = applied(plan, hosts), now + 900
            check_room(hosts)
        assert not plan["changes"], canonical_json(plan["slices"])
        for state in hosts:
            state["maintenance"] = rng.choice(["none", "none", state["maintenance"], "drain"])


@CASES
@given(dice(), st.randoms(use_true_random=False))
def test_the_order_of_the_input_changes_nothing(rng, mess):
    slices_, hosts, wanted = slices_of(rng), states_of(rng), demands_of(rng)
    first = planned(slices_, wanted, hosts, fleets.AS_OF, 0)
    if first is None:
        return
    hosts, wanted = applied(first, hosts), demands_of(rng)
    expected = canonical_json(planned(slices_, wanted, hosts, fleets.AS_OF + 900, 1))
    for part in (slices_, hosts, *(state["vms"] for state in hosts), *(one["placement"].get("apart", []) for one in slices_)):
        mess.shuffle(part)
    wanted = dict(mess.sample(sorted(wanted.items()), len(wanted)))
    assert canonical_json(planned(slices_, wanted, hosts, fleets.AS_OF + 900, 1)) == expected


@CASES
@given(dice())
def test_a_drain_never_leaves_fewer_that_serve(rng):
    slices_, hosts, wanted, now = slices_of(rng), states_of(rng), demands_of(rng), fleets.AS_OF
    for slice_ in slices_:
        slice_["quota"]["preemptible"] = False
        slice_["quota"] = {"preemptible": False}
    for state in hosts:
        state["maintenance"] = "none"
    first = planned(slices_, wanted, hosts, now, 0)
    if first is None:
        return
    hosts = applied(first, hosts)
    hosts[0]["maintenance"] = "drain"
    serving = {name: len(wants(first, name)) for name in NAMES}
    for _number in range(PASSES):
        now += 900
        plan = planned(slices_, wanted, hosts, now, 0)
        ready = {vm["name"] for state in hosts for vm in state["vms"] if vm["lifecycle"] == "active" and vm["running"]}
        for name in NAMES:
            assert sum(vm["name"] in ready for _host, vm in wants(plan, name)) >= serving[name]
        before, hosts = fleets.copied(hosts), applied(plan, hosts)
        if before == hosts:
            break
