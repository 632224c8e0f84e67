# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Slices that are one segment on all their hosts: numbers, peers and MTU in the plan."""
from __future__ import annotations

import json
import pathlib

import pytest

from ansible_collections.foresight.netslice.plugins.plugin_utils.errors import InvalidInput
from ansible_collections.foresight.netslice.plugins.plugin_utils.manager.difference import difference
from ansible_collections.foresight.netslice.tests.unit.plugins.plugin_utils.manager import fleets

ROSTER = ["kvm1", "kvm2", "kvm3"]
SCHEMAS = pathlib.Path(__file__).resolve().parents[5] / "docs" / "schemas"


def host(name, **keys):
    last = 10 + ROSTER.index(name) + 1
    return fleets.host_state(name, **{"underlay": {"device": "eth0", "address": f"192.0.2.{last}", "mtu": 1500}, **keys})


def web(index=2, name="web", **network):
    return fleets.slice_(name, index, network={"overlay": "vxlan", **network})


def demand(*names, requests=90.0):
    return [fleets.profile(name, fleets.resource(requests)) for name in names or ("web",)]


def overlays(plan, name="web"):
    return {host: next((one.get("overlay") for one in share["networks"] if one["slice"] == name), None) for host, share in plan["hosts"].items()}


def test_each_host_is_told_the_others():
    plan = fleets.plan([web()], demand(), [host("kvm1"), host("kvm2")])
    assert overlays(plan) == {
        "kvm1": {"vni": 16, "local": "192.0.2.11", "peers": [{"address": "192.0.2.12", "prefix": "10.90.2.32/27"}]},
        "kvm2": {"vni": 16, "local": "192.0.2.12", "peers": [{"address": "192.0.2.11", "prefix": "10.90.2.0/27"}]},
    }
    assert plan["slices"][0]["overlay"] == {"vni": 16, "mtu": 1450, "hosts": {"kvm1": "192.0.2.11", "kvm2": "192.0.2.12"}}
    assert {one["mtu"] for share in plan["hosts"].values() for one in share["networks"]} == {1450}
    jsonschema = pytest.importorskip("jsonschema", reason="jsonschema is not installed")
    jsonschema.validate(plan, json.loads((SCHEMAS / "plan.schema.json").read_text(encoding="utf-8")))


def test_what_is_there_stays_and_a_host_that_joins_changes_the_others():
    _plan, states = fleets.converge([web()], demand(requests=40.0), [host("kvm1"), host("kvm2"), host("kvm3")])
    assert fleets.plan([web()], demand(requests=40.0), states)["changes"] == 0
    plan = fleets.plan([web()], demand(requests=90.0), states)
    told = overlays(plan)
    assert told["kvm1"]["peers"] == [{"address": "192.0.2.12", "prefix": "10.90.2.32/27"}] and told["kvm3"] is None
    after = difference(plan, {state["host"]: state for state in states})["after"]
    assert all(f"network on {name} (routed, mtu 1450, vxlan 16 with 1 other host)" in after for name in ("kvm1", "kvm2"))


def test_the_overlay_comes_and_goes_with_the_key():
    _plan, states = fleets.converge([fleets.slice_()], demand(), [host("kvm1"), host("kvm2")])
    plan = fleets.plan([web()], demand(), states)
    assert plan["changes"] == 2 and all(overlays(plan).values())
    _plan, states = fleets.converge([web()], demand(), states)
    plan = fleets.plan([fleets.slice_()], demand(), states)
    assert plan["changes"] == 2 and not any(overlays(plan).values()) and "overlay" not in plan["slices"][0]


@pytest.mark.parametrize("underlay, network, mtu", [
    ({"address": "2001:db8::{}"}, {}, 1430), ({"mtu": 9000}, {}, 1500), ({"mtu": 9000}, {"mtu": 9000}, 8950), ({"mtu": 1400}, {}, 1350),
])
def test_mtu_leaves_room_for_what_vxlan_adds(underlay, network, mtu):
    states = [host(name, underlay={"device": "eth0", "mtu": 1500, **underlay, "address": underlay.get("address", "192.0.2.{}").format(index)})
              for index, name in enumerate(ROSTER, 1)]
    assert fleets.plan([web(**network)], demand(), states)["slices"][0]["overlay"]["mtu"] == mtu


def test_numbers_are_stable_and_no_two_slices_have_one():
    states = [host("kvm1"), host("kvm2")]
    slices = [web(), web(3, "db", vni=16), web(4, "cache")]
    plan, states = fleets.converge(slices, demand("web", "db", "cache"), states)
    numbers = {entry["name"]: entry["overlay"]["vni"] for entry in plan["slices"]}
    assert numbers["db"] == 16 and len(set(numbers.values())) == 3
    again = fleets.plan(slices, demand("web", "db", "cache"), states)
    assert again["changes"] == 0 and {entry["name"]: entry["overlay"]["vni"] for entry in again["slices"]} == numbers
    with pytest.raises(InvalidInput, match="network.vni of slice db: 99 is that of slice cache too"):
        fleets.plan([web(3, "db", vni=99), web(4, "cache", vni=99)], demand("db", "cache"), [host("kvm1")])
    with pytest.raises(InvalidInput, match=f"network.vni of slice db: {numbers['web']} is that of the networks of slice web already"):
        fleets.plan([web(), web(3, "db", vni=numbers["web"]), web(4, "cache")], demand("web", "db", "cache"), states)


def test_a_number_that_two_slices_have_on_different_hosts_is_given_up_by_one():
    _plan, first = fleets.converge([web()], demand(), [host("kvm1")])
    _plan, second = fleets.converge([web(3, "db")], demand("db"), [host("kvm2")])
    plan = fleets.plan([web(), web(3, "db")], demand("web", "db"), [*first, *second])
    numbers = {entry["name"]: entry["overlay"]["vni"] for entry in plan["slices"]}
    assert numbers["db"] == 16 and numbers["web"] != 16


def test_a_hidden_host_stays_a_peer_and_a_lost_one_does_not():
    _plan, states = fleets.converge([web()], demand(), [host("kvm1"), host("kvm2")])
    seen = [state for state in states if state["host"] == "kvm1"]
    plan = fleets.plan([web()], demand(), seen, roster=["kvm1", "kvm2"])
    assert (plan["unknown_hosts"], plan["changes"]) == (["kvm2"], 0)
    assert overlays(plan)["kvm1"]["peers"] == [{"address": "192.0.2.12", "prefix": "10.90.2.32/27"}]
    plan = fleets.plan([web()], demand(), seen, roster=["kvm1", "kvm2"], lost=["kvm2"])
    assert overlays(plan)["kvm1"]["peers"] == []


def test_a_host_whose_address_changed_is_no_hidden_peer_beside_itself():
    _plan, states = fleets.converge([web()], demand(requests=140.0), [host(name) for name in ROSTER])
    seen = [state for state in states if state["host"] != "kvm3"]
    seen[1]["underlay"] = {"device": "eth0", "address": "192.0.2.22", "mtu": 1500}
    plan = fleets.plan([web()], demand(requests=140.0), seen, roster=ROSTER)
    assert overlays(plan)["kvm1"]["peers"] == [
        {"address": "192.0.2.13", "prefix": "10.90.2.64/27"}, {"address": "192.0.2.22", "prefix": "10.90.2.32/27"}]


@pytest.mark.parametrize("ill", [["kvm2"], ["kvm1", "kvm2"]])
def test_a_host_that_has_lost_its_underlay_stops_no_plan(ill):
    """Its share tells what it was told before, and slice_networks of that host alone says what is missing."""
    _plan, states = fleets.converge([web()], demand(), [host("kvm1"), host("kvm2")])
    told = overlays(fleets.plan([web()], demand(), states))
    states = [dict(state, underlay=None) if state["host"] in ill else state for state in states]
    plan = fleets.plan([web()], demand(), states)
    assert plan["changes"] == 0 and overlays(plan) == told


WRONG = {"kind": "underlay_wrong", "object": "192.0.2.99", "detail": "no device of this host has that address"}


def test_a_host_with_a_wrong_underlay_is_known_and_gets_no_vm_of_a_segment():
    states = [host("kvm1"), host("kvm2", underlay=None, faults=[WRONG])]
    plan = fleets.plan([web(), fleets.slice_("db", 3)], [*demand(), *demand("db")], states)
    assert plan["unknown_hosts"] == [] and plan["verdict"] == "feasible"
    placed = {entry["name"]: sorted(entry["placed"]) for entry in plan["slices"]}
    assert placed == {"web": ["kvm1"], "db": ["kvm1", "kvm2"]}


def test_what_a_wrong_underlay_keeps_from_being_placed_is_told():
    plan = fleets.plan([web()], demand(), [host("kvm1", underlay=None, faults=[WRONG])])
    assert plan["verdict"] == "infeasible" and "not on kvm1, whose netslice_underlay is no address there" in plan["missing"][0]


def test_where_a_wrong_underlay_came_later_vms_stay_and_are_scaled_in():
    _plan, states = fleets.converge([web()], demand(requests=140.0), [host("kvm1"), host("kvm2")])
    states = [dict(state, underlay=None, faults=[WRONG]) if state["host"] == "kvm2" else state for state in states]
    assert fleets.plan([web()], demand(requests=140.0), states)["changes"] == 0
    less = fleets.plan([web()], demand(requests=20.0), states)["slices"][0]
    assert less["release"] or less["drain"]


@pytest.mark.parametrize("states, network, says", [
    ([host("kvm1"), host("kvm2", underlay=None)], {}, "kvm2 has no address on its links by which slice web could be joined"),
    ([host("kvm1"), host("kvm2", underlay={"device": "eth0", "address": "2001:db8::2", "mtu": 1500})], {}, "kvm1 is reached by IPv4 and kvm2 by IPv6"),
    ([host("kvm1"), host("kvm2", underlay={"device": "eth0", "address": "192.0.2.11", "mtu": 1500})], {}, "kvm1 and kvm2 are both reached by 192.0.2.11"),
    ([host("kvm1", underlay={"device": "eth0", "address": "192.0.2.11", "mtu": 1300})], {"range6": "fd00:90:2::/64"}, "leave 1250 bytes in VXLAN"),
    ([host("kvm1")], {"overlay": "none", "vni": 7}, "network.vni: means nothing without an overlay"),
    ([host("kvm1")], {"overlay": "geneve"}, "'geneve' is not one of none, vxlan"),
])
def test_what_cannot_be_joined_is_refused_by_name(states, network, says):
    with pytest.raises(InvalidInput, match=says):
        fleets.plan([web(**network)], demand(), states)
