# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What holds of every plan, whatever the fleet: no VIP twice, never above max, silence and hidden hosts take nothing, repeats change nothing."""
from __future__ import annotations

import random

import pytest

hypothesis = pytest.importorskip("hypothesis", reason="property tests need hypothesis")

from hypothesis import given, strategies as st  # noqa: E402

from ansible_collections.foresight.netslice.plugins.plugin_utils.instants import canonical_json  # noqa: E402
from ansible_collections.foresight.netslice.plugins.plugin_utils.manager import ipv4  # noqa: E402
from ansible_collections.foresight.netslice.tests.unit.plugins.plugin_utils.manager import fleets  # noqa: E402
from ansible_collections.foresight.netslice.tests.unit.plugins.plugin_utils.manager.examples import dice, examples, scaling_of  # noqa: E402

NAMES = ("api", "db", "web")
HOSTS = ("kvm1", "kvm2", "kvm3")
CASES = examples(120)

OFTEN = 6  # times the usual choice stands among the rare ones
DEMANDS = [value * 37.5 for value in range(1, 16)] + [0.0, 1.0]
VERDICTS = ["ok"] * OFTEN + ["cold", "gappy", "stale", "missing"]


def slices_of(rng):
    """Three slices with ranges of their own."""
    result = []
    for index, name in enumerate(NAMES):
        quarantine, scaling = rng.choice([0, 300, 7200]), scaling_of(rng)
        if quarantine < 7200:  # what was released is forgotten too soon for the other rules of down
            scaling["down"] = {key: scaling["down"][key] for key in ("tolerance", "project_seconds")}
        result.append(fleets.slice_(
            name, index + 2, priority=rng.choice([50, 100]), state=rng.choice(["present"] * OFTEN + ["absent"]),
            scaling={**scaling, "drain_seconds": rng.choice([0, 120])},
            network={
                "range": f"10.90.{index + 2}.0/26", "host_prefix_length": rng.choice([27, 28]), "exclude": [f"10.90.{index + 2}.3"],
                "quarantine_seconds": quarantine,
                "egress": {"guarantee_mbit": rng.choice([None, None, 2]), "ceiling_mbit": rng.choice([None, 40]), "vip_ceiling_mbit": rng.choice([None, 5])},
            },
        ))
    return result


def profiles_of(rng):
    """Demand Profiles, any of them silent, late or absent."""
    result = []
    for name in NAMES:
        act, last, later, peak, mean, earlier = (rng.choice([*DEMANDS, None]) for _number in range(6))
        if act is None:
            result.append(fleets.profile(name))
            continue
        verdict, later, peak = rng.choice(VERDICTS), max(act, later or 0.0), peak or 0.0
        result.append(fleets.profile(
            name, verdict=verdict,
            requests=fleets.resource(
                act, min(act, last or 0.0), later, later, verdict, peak=peak, dissolve_peak=peak, mean=mean, earlier=[earlier or 0.0],
                projection=later, warm=later, age=rng.choice([60, 60, 800]),
            ),
            egress=fleets.resource(rng.choice(DEMANDS), unit="Mbit/s", verdict=verdict),
        ))
    return result


def states_of(rng):
    """Hosts, small enough that something is short now and then."""
    return [
        fleets.host_state(host, vcpus=rng.randint(1 + (host == HOSTS[0]), 4), memory_mib=2048 + rng.randint(1, 12) * 512, rate_mbit=rng.choice([20, 100]))
        for host in HOSTS
    ]


slices, profiles, states = (dice().map(make) for make in (slices_of, profiles_of, states_of))


def damaged(states_, draw_random):
    """The hosts after some VMs died, stuck, or were caught half-made."""
    rng, result = random.Random(draw_random), fleets.copied(states_)
    for state in result:
        for vm in state["vms"]:
            fate = rng.random()
            if fate < 0.2 and vm["lifecycle"] != "quarantined":
                vm["running"] = False
            elif fate < 0.4 and vm["lifecycle"] in ("warm", "parked"):
                vm.update(lifecycle="warming", since="2026-01-05T07:30:00Z")
            elif fate < 0.5 and vm["lifecycle"] == "active":
                vm.update(lifecycle=rng.choice(["reserved", "probing", "starting", "verifying", "stopping", "draining"]), since="2026-01-05T07:30:00Z")
        fleets.renew(state)
    return result


def records(states_):
    return [(state["host"], vm) for state in states_ for vm in state["vms"]]


def pool_of(plan, name):
    return [vm for share in plan["hosts"].values() for vm in share["vms"] if vm["slice"] == name and vm["want"] in ("warm", "parked")]


def check_hosts(slices_, states_):
    """Addresses, room and bandwidth of hosts after a pass."""
    by_name = {slice_["name"]: slice_ for slice_ in slices_}
    vips = [vm["vip"] for _host, vm in records(states_)]
    assert len(vips) == len(set(vips))
    for state in states_:
        prefixes = {network["slice"]: ipv4.interval(network["prefix"]) for network in state["networks"]}
        assert len({network["id"] for network in state["networks"]}) == len(state["networks"])
        for vm in state["vms"]:
            low, high = prefixes[vm["slice"]]
            address = ipv4.parse_address(vm["vip"])
            assert low + 2 <= address <= high - 1
            assert vm["vip"] not in by_name[vm["slice"]]["network"]["exclude"]
        occupying = [vm for vm in state["vms"] if vm["lifecycle"] != "quarantined"]
        assert sum(vm["memory_mib"] for vm in occupying) <= state["node"]["memory_mib"] - state["reserve"]["memory_mib"]
        assert sum(vm["vcpus"] for vm in occupying) <= (state["node"]["vcpus"] - state["reserve"]["vcpus"]) * state["vcpu_ratio"]
        for attachment in state["attachments"]:
            rate = state["links"][0]["rate_mbit"]
            guarantees = sum(one["guarantee_mbit"] for one in attachment["classes"])
            assert guarantees <= rate - max(1, rate / 100) + 1e-6
            assert all(one["guarantee_mbit"] <= one["ceiling_mbit"] <= rate for one in attachment["classes"])


@CASES
@given(slices, profiles, profiles, states, st.integers(0, 1000))
def test_passes_converge_and_keep_every_bound(slices_, first, second, hosts, seed):
    now = fleets.AS_OF
    for found, damage in ((first, None), (second, seed), (first, seed + 1)):
        if damage is not None:
            hosts = damaged(hosts, damage)
        before = {slice_["name"]: sum(vm["slice"] == slice_["name"] for _host, vm in records(hosts)) for slice_ in slices_}
        plan, hosts = fleets.converge(slices_, found, hosts, HOSTS, now)
        check_hosts(slices_, hosts)
        for entry, slice_ in zip(plan["slices"], sorted(slices_, key=lambda one: one["name"])):
            assert len(entry["vips"]) <= max(slice_["scaling"]["max"], slice_["scaling"]["raise"].get("max", 0), before[entry["name"]])
            assert entry.get("pool", {"final": 0})["final"] <= slice_["scaling"]["warm"].get("max", 0)
            if entry["create"]:
                assert not any(vm["action"] == "keep" for vm in pool_of(plan, entry["name"])), "made anew, where one was ready"
            if slice_["scaling"]["mode"] == "paused":
                assert not entry["create"] + entry["start"] + entry["heal"] + entry["drain"] + entry["release"] + entry["forget"]
        again = fleets.plan(slices_, found, hosts, HOSTS, now)
        if again["verdict"] == "feasible":
            assert again["changes"] == 0, canonical_json(again)
        for _round in range(3):
            again, hosts = fleets.converge(slices_, found, hosts, HOSTS, now)
        assert again["changes"] == 0, canonical_json(again)
        now += 900


@CASES
@given(slices, profiles, states, st.randoms(use_true_random=False))
def test_the_order_of_the_input_changes_nothing(slices_, found, hosts, rng):
    _plan, hosts = fleets.converge(slices_, found, hosts, HOSTS)
    hosts = damaged(hosts, 1)
    expected = canonical_json(fleets.plan(slices_, found, hosts, HOSTS))
    for mess in (slices_, found, hosts, *(state["vms"] for state in hosts), *(state["networks"] for state in hosts)):
        rng.shuffle(mess)
    assert canonical_json(fleets.plan(slices_, found, hosts, HOSTS)) == expected


@CASES
@given(slices, profiles, states, st.sampled_from(["stale", "missing"]))
def test_silence_takes_nothing(slices_, found, hosts, verdict):
    for slice_ in slices_:
        slice_["state"] = "present"
    _plan, hosts = fleets.converge(slices_, found, hosts, HOSTS)
    silent = [fleets.profile(one["slice"], requests=fleets.resource(0.0, verdict=verdict), verdict=verdict) for one in found]
    for profiles_ in (silent, [fleets.profile(name) for name in NAMES], []):
        plan = fleets.plan(slices_, profiles_, hosts, HOSTS, fleets.AS_OF + 30)
        for entry in plan["slices"]:
            assert entry["vms"]["final"] >= entry["vms"]["present"]
            assert entry["drain"] == entry["release"] == entry["return"] == []
            assert entry.get("pool", {"present": 0, "final": 0})["final"] >= entry.get("pool", {"present": 0})["present"]


@CASES
@given(slices, profiles, profiles, states, st.sampled_from(HOSTS), st.integers(0, 1000))
def test_a_hidden_host_loses_nothing_and_nobody_gains(slices_, first, second, hosts, hidden, seed):
    _plan, hosts = fleets.converge(slices_, first, hosts, HOSTS)
    hosts = damaged(hosts, seed)
    seen = [state for state in hosts if state["host"] != hidden]
    plan = fleets.plan(slices_, second, seen, HOSTS, fleets.AS_OF + 3600)
    assert plan["unknown_hosts"] == [hidden]
    assert hidden not in plan["hosts"]
    for entry in plan["slices"]:
        assert entry["create"] == entry["drain"] == entry["warm"] == entry["return"] == []
    for state in seen:
        share = plan["hosts"][state["host"]]
        assert [network["want"] for network in share["networks"]] == ["present"] * len(state["networks"])
        wants = {vm["name"]: vm["want"] for vm in share["vms"]}
        for vm in state["vms"]:
            if vm["lifecycle"] in ("reserved", "probing", "starting", "verifying", "active"):
                assert wants[vm["name"]] == "active"
            if vm["lifecycle"] == "draining":
                assert wants[vm["name"]] == "draining"
            if vm["lifecycle"] in ("warm", "parked"):
                assert wants[vm["name"]] == vm["lifecycle"] or not vm["running"]


@CASES
@given(slices, profiles, profiles, states, st.sampled_from(HOSTS), st.integers(0, 1000), st.booleans())
def test_a_lost_host_comes_back_to_a_fleet_without_a_vip_on_two_vms(slices_, first, second, hosts, name, seed, fresh):
    _plan, hosts = fleets.converge(slices_[fresh:], first[fresh:], hosts, HOSTS)
    gone, now = next(state for state in damaged(hosts, seed) if state["host"] == name), fleets.AS_OF
    rest = [state for state in hosts if state["host"] != name]
    for _round in range(3):
        now += 900
        plan, rest = fleets.converge(slices_, second, rest, HOSTS, now, [name])
        assert (plan["lost_hosts"], plan["unknown_hosts"], name in plan["hosts"]) == ([{"host": name, "by": "word"}], [], False)
        check_hosts(slices_, [*rest, gone])
    hosts = [*rest, gone]
    for _round in range(6):
        now += 900
        plan, hosts = fleets.converge(slices_, second, hosts, HOSTS, now)
        check_hosts(slices_, hosts)
    again = fleets.plan(slices_, second, hosts, HOSTS, now)
    assert again["changes"] == 0, canonical_json(again)


@CASES
@given(slices, profiles, profiles, states, st.integers(1, 3), st.integers(0, 1000))
def test_replacement_never_serves_with_fewer_and_keeps_its_budget(slices_, first, second, hosts, most, seed):
    for one in slices_:
        one["scaling"].update(replace_outdated=True, disruption={"max_unavailable": most})
    now, old, new, rng = fleets.AS_OF, dict.fromkeys(NAMES, "sha256:0"), dict.fromkeys(NAMES, "sha256:1"), random.Random(seed)
    for found, asked in ((first, old), *[(second, new)] * 8):
        plan, before = fleets.plan(slices_, found, hosts, HOSTS, now, definitions=asked), damaged(hosts, seed) if asked is old else hosts
        hosts = [fleets.apply(plan["hosts"][state["host"]], state, asked) for state in before]
        for _host, vm in records(hosts):
            if vm["template"] == "sha256:1" and vm["lifecycle"] == "active" and rng.random() < 0.3:
                vm.update(lifecycle="verifying")  # one that does not answer yet, or not any more
        check_hosts(slices_, hosts)
        for entry in plan["slices"]:
            launched = max(0, len(entry["create"]) - max(0, entry["vms"]["final"] - entry["vms"]["present"]))
            assert launched <= most
            there = [vm for _host, vm in records(before) if vm["slice"] == entry["name"]]
            serving = [vm for vm in there if vm["lifecycle"] == "active" and vm["running"] and vm["name"] not in entry["drain"] + entry["release"]]
            well = sum(vm["lifecycle"] == "active" and vm["running"] for vm in there)
            assert len(serving) >= min(well, entry["vms"]["final"])
            if entry["mode"] != "enforce":
                assert "replacement" not in entry
        now += 900
