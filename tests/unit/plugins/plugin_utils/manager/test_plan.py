# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The life of slices from plan to plan: created, scaled, healed, drained, dissolved, held; and input that is refused."""
from __future__ import annotations

import json
from pathlib import Path

import pytest

from ansible_collections.foresight.netslice.plugins.plugin_utils.errors import InvalidInput
from ansible_collections.foresight.netslice.plugins.plugin_utils.instants import format_instant
from ansible_collections.foresight.netslice.tests.unit.plugins.plugin_utils.manager import fleets

SCHEMAS = Path(__file__).resolve().parents[5] / "docs" / "schemas"
NOW = fleets.AS_OF


def demand(act, **keys):
    return [fleets.profile(requests=fleets.resource(act, spread=0.0, **keys), egress=fleets.resource(8.0, unit="Mbit/s", spread=0.0))]


def running(count, hosts=("kvm1", "kvm2"), **sections):
    """(slices, states) with `count` VMs of web spread over the hosts."""
    slices = [fleets.slice_(**sections)]
    _plan, states = fleets.converge(slices, demand(50.0 * count), [fleets.host_state(host) for host in hosts])
    return slices, states


def vms(states):
    return {vm["name"]: vm for state in states for vm in state["vms"]}


def entry(plan, name="web"):
    return next(one for one in plan["slices"] if one["name"] == name)


def actions(plan):
    return {vm["name"]: (vm["want"], vm["action"], vm["until"]) for share in plan["hosts"].values() for vm in share["vms"] if vm["action"] != "keep"}


def test_a_plan_fits_the_schema():
    jsonschema = pytest.importorskip("jsonschema", reason="schema tests need jsonschema")
    schema = json.loads((SCHEMAS / "plan.schema.json").read_text())
    jsonschema.Draft202012Validator.check_schema(schema)
    slices = [
        fleets.slice_(flows=[{"from": "api", "protocol": "tcp", "port": 80}]), fleets.slice_("api", 3, scaling={"mode": "forecast_only"}),
        fleets.slice_("batch", 4, vm={"memory_mib": 250000}),
    ]
    unlisted = fleets.slice_("old", 5)
    hosts = [fleets.host_state("kvm1"), fleets.host_state("kvm2")]
    _plan, hosts = fleets.converge([unlisted], [fleets.profile("old", requests=120.0)], hosts)
    first, hosts = fleets.converge(slices, demand(140.0) + [fleets.profile("batch", requests=120.0)], hosts)
    second = fleets.plan(slices, demand(10.0), hosts, as_of=NOW + 300)
    third = fleets.plan(slices, demand(10.0), hosts[:1], ["kvm1", "kvm2"], as_of=NOW + 300)
    for plan in (first, second, third):
        jsonschema.validate(plan, schema)
    assert entry(first, "old")["mode"] == "unlisted"
    assert first["verdict"] == "partial"
    assert first["missing"] == ["batch: 1 VM of 1 vCPU and 250000 MiB lack 250000 MiB of memory: at most 2416 MiB are free, on kvm2"]


def test_create():
    plan, states = fleets.converge([fleets.slice_()], demand(140.0), [fleets.host_state("kvm1"), fleets.host_state("kvm2")])
    assert entry(plan)["create"] == ["web-10-90-2-2", "web-10-90-2-3", "web-10-90-2-34"]
    assert entry(plan)["state"] == "preparing"
    share = plan["hosts"]["kvm2"]
    assert share["networks"] == [
        {"slice": "web", "id": 16, "want": "present", "range": "10.90.2.0/24", "prefix": "10.90.2.32/27", "mode": "routed", "mtu": 1500}
    ]
    assert share["plan_id"] == plan["id"]
    assert share["live"] is False
    assert share["fingerprint"] == fleets.host_state("kvm2")["fingerprint"]
    assert share["ranges"] == [{"slice": "web", "range": "10.90.2.0/24"}]
    # 8 Mbit/s x 1.2, one VM of three here: 3.2, on the grid 3.5
    egress = next(one for one in share["attachments"] if one["direction"] == "egress")
    assert egress["classes"] == [{
        "slice": "web", "minor": 16, "guarantee_mbit": 3.5, "ceiling_mbit": 10000.0, "vip_ceiling_mbit": None, "vips": ["10.90.2.34"],
    }]
    assert plan["changes"] == 3 + 2 + 4
    again = fleets.plan([fleets.slice_()], demand(140.0), states)
    assert again["changes"] == 0
    assert entry(again)["state"] == "active"
    assert again["id"] != plan["id"]


def test_the_id_is_of_the_content():
    one, other = (fleets.plan([fleets.slice_()], demand(140.0), [fleets.host_state("kvm1")]) for _number in range(2))
    assert one == other
    assert len(one["id"]) == 16
    assert fleets.plan([fleets.slice_()], demand(190.0), [fleets.host_state("kvm1")])["id"] != one["id"]


def test_scale_out_takes_the_lowest_free_address_of_the_emptiest_host():
    slices, states = running(2)
    plan = fleets.plan(slices, demand(240.0), states)
    assert entry(plan)["create"] == ["web-10-90-2-3", "web-10-90-2-4", "web-10-90-2-35"]


def test_scale_in_without_drain_quarantines_then_forgets():
    slices, states = running(4)
    plan, states = fleets.converge(slices, demand(90.0), states)
    until = format_instant(NOW + 300)
    assert actions(plan) == {"web-10-90-2-3": ("quarantined", "release", until), "web-10-90-2-35": ("quarantined", "release", until)}
    assert entry(plan)["vips"] == ["10.90.2.2", "10.90.2.34"]
    plan, states = fleets.converge(slices, demand(140.0), states, as_of=NOW + 299)
    assert entry(plan)["create"] == ["web-10-90-2-4"]  # not the quarantined address
    plan, states = fleets.converge(slices, demand(140.0), states, as_of=NOW + 300)
    assert entry(plan)["forget"] == ["web-10-90-2-3", "web-10-90-2-35"]
    assert fleets.plan(slices, demand(140.0), states, as_of=NOW + 300)["changes"] == 0
    assert sorted(vms(states)) == ["web-10-90-2-2", "web-10-90-2-34", "web-10-90-2-4"]


def test_no_quarantine_releases_at_once():
    slices, states = running(2, network={"quarantine_seconds": 0})
    plan, states = fleets.converge(slices, demand(10.0), states)
    assert actions(plan) == {"web-10-90-2-34": ("absent", "release", None)}
    assert len(vms(states)) == 1


def test_drain_stops_when_its_time_is_over_or_demand_returns():
    slices, states = running(3, scaling={"drain_seconds": 120})
    plan, states = fleets.converge(slices, demand(90.0), states)
    assert actions(plan) == {"web-10-90-2-3": ("draining", "drain", format_instant(NOW + 120))}
    shaped = [one for one in plan["hosts"]["kvm1"]["attachments"] if one["direction"] == "egress"][0]["classes"][0]
    assert shaped["vips"] == ["10.90.2.2", "10.90.2.3"]  # what drains still sends
    back = fleets.plan(slices, demand(140.0), states, as_of=NOW + 60)
    assert actions(back) == {"web-10-90-2-3": ("active", "start", None)}
    assert fleets.plan(slices, demand(90.0), states, as_of=NOW + 119)["changes"] == 0
    over = fleets.plan(slices, demand(90.0), states, as_of=NOW + 120)
    assert actions(over) == {"web-10-90-2-3": ("quarantined", "release", format_instant(NOW + 420))}


def test_heal_keeps_name_address_and_host():
    slices, states = running(3)
    states[0]["vms"][0]["running"] = False
    plan, states = fleets.converge(slices, demand(140.0), states)
    assert actions(plan) == {"web-10-90-2-2": ("active", "heal", None)}
    assert fleets.plan(slices, demand(140.0), states)["changes"] == 0


@pytest.mark.parametrize(("lifecycle", "age", "action"), [
    ("reserved", 10, "start"), ("probing", 10, "start"), ("starting", 10, None), ("verifying", 599, None), ("verifying", 600, "heal"),
    ("starting", 600, "heal"),
])
def test_vms_on_their_way(lifecycle, age, action):
    slices, states = running(1, hosts=("kvm1",))
    states[0]["vms"][0].update(lifecycle=lifecycle, running=lifecycle not in ("reserved", "probing"), since=format_instant(NOW - age))
    plan = fleets.plan(slices, demand(40.0), states)
    assert [done for _want, done, _until in actions(plan).values()] == ([action] if action else [])
    assert entry(plan)["state"] == "preparing"


def test_a_dead_vm_goes_first_when_one_must_go():
    slices, states = running(3, scaling={"drain_seconds": 120})
    dead = vms(states)["web-10-90-2-34"]
    dead["running"] = False
    plan = fleets.plan(slices, demand(90.0), states)
    assert actions(plan) == {"web-10-90-2-34": ("quarantined", "release", format_instant(NOW + 300))}  # nothing to drain


def test_released_from_the_fullest_host_newest_first():
    slices, states = running(4, hosts=("kvm1",))
    states.append(fleets.host_state("kvm2"))
    times = ["07:00", "07:20", "07:10", "07:05"]
    for vm, time in zip(states[0]["vms"], times):
        vm["since"] = f"2026-01-05T{time}:00Z"
    plan = fleets.plan(slices, demand(140.0), states)
    assert entry(plan)["release"] == ["web-10-90-2-3"]


def quiet(**keys):
    return demand(1.0, dissolve_peak=1.0, **keys)


def test_dissolve_leaves_nothing_and_is_undone_ahead_of_demand():
    slices, states = running(2, hosts=("kvm1",), scaling={"dissolve_after_seconds": 3600})
    plan, states = fleets.converge(slices, quiet(), states)
    assert entry(plan)["state"] == "shutting_down"
    assert [one["want"] for one in plan["hosts"]["kvm1"]["networks"]] == ["present"]  # while an address is in quarantine
    assert states[0]["attachments"] == []
    plan, states = fleets.converge(slices, quiet(), states, as_of=NOW + 300)
    assert [one["want"] for one in plan["hosts"]["kvm1"]["networks"]] == ["absent"]
    assert states[0]["vms"] == states[0]["networks"] == []
    plan = fleets.plan(slices, quiet(), states, as_of=NOW + 600)
    assert (entry(plan)["state"], plan["changes"]) == ("absent", 0)
    plan = fleets.plan(slices, quiet(hold=80.0), states, as_of=NOW + 900)
    assert len(entry(plan)["create"]) == 1


def test_absent_removes_a_busy_slice():
    slices, states = running(2, hosts=("kvm1",))
    slices[0]["state"] = "absent"
    plan, states = fleets.converge(slices, demand(500.0), states)
    assert len(entry(plan)["release"]) == 2
    plan, states = fleets.converge(slices, demand(500.0), states, as_of=NOW + 300)
    assert states[0]["vms"] == states[0]["networks"] == []


def test_an_unlisted_slice_is_held_as_it_is():
    _slices, states = running(2, hosts=("kvm1",))
    states[0]["vms"][0]["running"] = False
    plan = fleets.plan([fleets.slice_("api", 3, scaling={"mode": "forecast_only"})], [], states)
    old = entry(plan)
    assert (old["mode"], old["vms"]["final"], plan["changes"]) == ("unlisted", 2, 0)
    share = plan["hosts"]["kvm1"]
    assert [vm["want"] for vm in share["vms"]] == ["active", "active"]
    assert [one["slice"] for one in share["ranges"]] == ["api", "web"]
    assert share["attachments"][0]["classes"][0]["minor"] == 16


@pytest.mark.parametrize("mode", ["forecast_only", "paused"])
def test_held_modes_change_nothing(mode):
    slices, states = running(3)
    slices[0]["scaling"]["mode"] = mode
    states[0]["vms"][0]["running"] = False
    states[1]["networks"][0]["active"] = False
    for act in (0.0, 40.0, 900.0):
        assert fleets.plan(slices, demand(act), states, as_of=NOW + 4000)["changes"] == 0


def test_an_unseen_host_is_no_loss():
    slices, states = running(4, scaling={"dissolve_after_seconds": 3600})
    slices.append(fleets.slice_("api", 3))
    seen = states[:1]
    seen[0]["vms"][1]["running"] = False
    for profiles in (demand(900.0), quiet(), demand(900.0) + [fleets.profile("api", requests=120.0)]):
        plan = fleets.plan(slices, profiles, seen, ["kvm1", "kvm2"])
        assert plan["unknown_hosts"] == ["kvm2"]
        assert list(plan["hosts"]) == ["kvm1"]
        assert actions(plan) == {"web-10-90-2-3": ("active", "heal", None)}
        assert entry(plan, "api")["create"] == []
        assert plan["changes"] == 1
    nobody = fleets.plan(slices, demand(900.0), [], ["kvm1", "kvm2"])
    assert (nobody["hosts"], nobody["changes"]) == ({}, 0)


def test_memory_goes_by_priority_then_name():
    slices = [fleets.slice_("aaa", 2), fleets.slice_("bbb", 3), fleets.slice_("top", 4, priority=200)]
    profiles = [fleets.profile(name, requests=fleets.resource(100.0, spread=0.0)) for name in ("aaa", "bbb", "top")]
    plan = fleets.plan(slices, profiles, [fleets.host_state("kvm1", memory_mib=2048 + 3 * 512 + 100)])
    assert {one["name"]: (one["vms"]["final"], one["verdict"]) for one in plan["slices"]} == {
        "aaa": (1, "partial"), "bbb": (0, "infeasible"), "top": (2, "feasible"),
    }
    assert entry(plan, "aaa")["vms"]["rules"][-1]["rule"] == "capacity"
    assert plan["missing"][0] == (
        "aaa: 1 VM of 1 vCPU and 512 MiB lack 512 MiB of memory: at most 100 MiB are free, on kvm1; before it come top (priority 200, 2 VMs)")


def test_processors_are_short():
    state = fleets.host_state("kvm1", vcpus=2, vcpu_ratio=1.5)
    plan = fleets.plan([fleets.slice_()], demand(140.0), [state])
    assert plan["missing"] == ["web: 2 VMs of 1 vCPU and 512 MiB lack 2 vCPUs: at most 0.5 are free, on kvm1"]


def test_addresses_are_short():
    network = {"range": "10.90.2.0/26", "host_prefix_length": 28, "exclude": ["10.90.2.8/29"]}
    plan = fleets.plan([fleets.slice_(network=network)], demand(500.0), [fleets.host_state("kvm1")])
    assert entry(plan)["vms"]["final"] == 6
    assert plan["missing"] == ["web: 4 VMs of 1 vCPU and 512 MiB lack 4 VIPs: 10.90.2.0/26 has none free on a host with room (kvm1)"]


def test_what_a_release_frees_is_given_in_the_same_pass():
    slices = [fleets.slice_(), fleets.slice_("api", 3)]
    states = [fleets.host_state("kvm1", memory_mib=2048 + 4 * 512)]
    _plan, states = fleets.converge(slices, demand(140.0) + [fleets.profile("api", requests=fleets.resource(50, spread=0.0))], states)
    plan = fleets.plan(slices, demand(50.0) + [fleets.profile("api", requests=fleets.resource(150, spread=0.0))], states)
    assert len(entry(plan)["release"]) == 2
    assert len(entry(plan, "api")["create"]) == 2


def test_networks_are_repaired():
    slices, states = running(1, hosts=("kvm1",))
    states[0]["networks"][0]["active"] = False
    assert fleets.plan(slices, demand(40.0), states)["changes"] == 1
    states[0]["networks"] = []
    plan = fleets.plan(slices, demand(40.0), states)
    assert plan["hosts"]["kvm1"]["networks"][0]["prefix"] == "10.90.2.0/27"


def test_ids_are_the_lowest_free_and_the_same_everywhere():
    slices = [fleets.slice_(name, index) for index, name in enumerate(("aaa", "bbb", "ccc"), 2)]
    profiles = [fleets.profile(name, requests=90.0) for name in ("aaa", "bbb", "ccc")]
    _plan, states = fleets.converge([slices[1]], profiles, [fleets.host_state("kvm1"), fleets.host_state("kvm2")])
    plan = fleets.plan(slices, profiles, states)
    for share in plan["hosts"].values():
        assert {one["slice"]: one["id"] for one in share["networks"]} == {"aaa": 17, "bbb": 16, "ccc": 18}


REFUSED = {
    "a host that is not in the roster": (
        dict(roster=["kvm2"]), "^netslice_hypervisors: kvm1 has slices' state but is not in the roster"),
    "a roster that names a host twice": (dict(roster=["kvm1", "kvm1"]), "^netslice_hypervisors: names kvm1 twice"),
    "an address of the host in the range": (
        dict(state={"addresses": ["10.90.2.9/16"]}), r"^netslice_slices\[0\].network.range: 10.90.2.0/24 of web holds 10.90.2.9/16, an address of kvm1"),
    "guarantees above the links": (
        dict(slices=[fleets.slice_(network={"egress": {"guarantee_mbit": 60}}), fleets.slice_("api", 3, network={"egress": {"guarantee_mbit": 40}})],
             state={"links": [{"device": "eth0", "rate_mbit": 100}]}),
        r"^netslice_slices\[0\].network.egress.guarantee_mbit: 60 .*sum of the guarantees 100 Mbit/s, more than the 99 Mbit/s"),
    "a state of another version": (dict(state={"schema": "other"}), "^state of kvm1: is no foresight.netslice/host-state/1"),
}


@pytest.mark.parametrize("case", REFUSED, ids=str)
def test_refused(case):
    keys, words = REFUSED[case]
    with pytest.raises(InvalidInput, match=words):
        fleets.plan(keys.get("slices", [fleets.slice_()]), [], [fleets.host_state("kvm1", **keys.get("state", {}))], keys.get("roster"))


LAN = {"addresses": ["192.0.2.10/24", "10.90.3.9/23"]}


@pytest.mark.parametrize("network, addresses, message", [
    ({}, LAN["addresses"], "for its range 10.90.2.0/24 overlaps 10.90.2.0/23, where kvm1 has 10.90.3.9 and others their addresses and leases; take another"),
    ({"range": "192.168.122.128/25"}, ["192.168.122.1/24"], "for its range 192.168.122.128/25 overlaps 192.168.122.0/24, where kvm1 has 192.168.122.1 and"),
    ({"range6": "fd00:90:2::/64"}, ["fd00:90::9/32"], "for its range6 fd00:90:2::/64 overlaps fd00:90::/32, where kvm1 has fd00:90::9"),
])
def test_a_slice_in_a_network_beside_a_host_gets_no_vm_and_stops_no_other(network, addresses, message):
    slices = [fleets.slice_(network=network), fleets.slice_("api", 9)]
    plan = fleets.plan(slices, demand(90.0) + [fleets.profile("api", requests=90.0)], [fleets.host_state("kvm1", addresses=addresses)])
    assert not entry(plan)["create"] and entry(plan, "api")["create"] and plan["verdict"] == "infeasible"
    assert message in plan["missing"][0] and "not on kvm1, for its range" in plan["missing"][0]


@pytest.mark.parametrize("lose", ["nothing", "the network", "an answer", "a host"])
def test_a_slice_that_is_in_a_network_beside_a_host_already_goes_on(lose):
    slices, states = running(1, hosts=("kvm1", "kvm2"))
    slices[0]["network"] = {"range": ["10.90.2.0/24", "10.90.3.64/26"]}
    states = [dict(state, **LAN, networks=[] if lose == "the network" else state["networks"]) for state in states]
    states = [state for state in states if not state["vms"]] if lose in ("an answer", "a host") else states
    plan = fleets.plan(slices, demand(190.0), states, ["kvm1", "kvm2"], lost=["kvm1"] if lose == "a host" else ())
    assert entry(plan)["create"] or lose == "an answer"
    assert not any("overlaps" in text for text in plan["missing"])


def test_a_slice_is_dissolved_whatever_addresses_the_hosts_have_by_now():
    slices, states = running(1, hosts=("kvm1",))
    states = [dict(states[0], addresses=["10.90.2.9/16"])]
    with pytest.raises(InvalidInput, match="holds 10.90.2.9/16"):
        fleets.plan(slices, [], states)
    plan = fleets.plan([dict(slices[0], state="absent")], [], states)
    assert entry(plan)["drain"] or entry(plan)["release"]


def test_reserved_addresses_take_part_on_their_host():
    slices = [fleets.slice_(network={"reserved": ["10.90.2.2", "10.90.2.60", "10.90.2.200"]})]
    plan, states = fleets.converge(slices, demand(90.0), [fleets.host_state("kvm1"), fleets.host_state("kvm2")])
    assert [share["networks"][0].get("reserved") for share in plan["hosts"].values()] == [["10.90.2.2"], ["10.90.2.60"]]
    assert entry(plan)["vips"] == ["10.90.2.3", "10.90.2.34"]
    vips = [share["attachments"][0]["classes"][0]["vips"] for share in plan["hosts"].values()]
    assert vips == [["10.90.2.3", "10.90.2.2"], ["10.90.2.34", "10.90.2.60"]]
    jsonschema = pytest.importorskip("jsonschema", reason="schema tests need jsonschema")
    jsonschema.validate(plan, json.loads((SCHEMAS / "plan.schema.json").read_text()))
    assert fleets.plan(slices, demand(90.0), states)["changes"] == 0
    plan = fleets.plan([fleets.slice_(network={"reserved": ["10.90.2.60", "10.90.2.3"]})], demand(90.0), states)
    assert entry(plan)["create"] == ["web-10-90-2-2"] and plan["hosts"]["kvm1"]["networks"][0]["reserved"] == ["10.90.2.3"]
    assert plan["hosts"]["kvm1"]["attachments"][0]["classes"][0]["vips"] == ["10.90.2.2", "10.90.2.3"]


@pytest.mark.parametrize("key", ["exclude", "reserved"])
def test_a_vm_whose_address_is_given_to_none_any_more_is_replaced(key):
    slices, profiles = [fleets.slice_(network={key: ["10.90.2.2"]})], demand(90.0)
    _plan, states = fleets.converge([fleets.slice_()], profiles, [fleets.host_state("kvm1"), fleets.host_state("kvm2")])
    plan = fleets.plan(slices, profiles, states)
    assert entry(plan)["create"] == ["web-10-90-2-3"] and entry(plan)["release"] == []
    assert entry(plan)["replacement"].startswith(
        "1 VM of an earlier template, image or size, or of an address now excluded or reserved, (web-10-90-2-2): replaced")
    for number in range(1, 6):
        plan = fleets.plan(slices, profiles, states, as_of=fleets.AS_OF + 300 * number)
        states = [fleets.apply(plan["hosts"][state["host"]], state) for state in states]
    assert plan["changes"] == 0 and entry(plan)["vips"] == ["10.90.2.3", "10.90.2.34"] and "replacement" not in entry(plan)


def test_in_another_mode_it_stays_and_is_told():
    _plan, states = fleets.converge([fleets.slice_()], demand(40.0), [fleets.host_state("kvm1")])
    plan = fleets.plan([fleets.slice_(network={"exclude": ["10.90.2.0/29"]}, scaling={"mode": "scale_out_only"})], demand(40.0), states)
    assert plan["changes"] == 0
    assert entry(plan)["replacement"] == (
        "web-10-90-2-2 has an address that network.exclude or network.reserved names: left as they are, for mode scale_out_only replaces none")


def test_what_hosts_have_of_a_slice_is_no_range_of_another():
    _slices, states = running(1)
    with pytest.raises(InvalidInput, match=r"overlaps 10.90.2.0/24 of slice web, which is on kvm1 but not listed"):
        fleets.plan([fleets.slice_("api", network={"range": "10.90.2.0/25"})], [], states)


@pytest.mark.parametrize("networks", [True, False], ids=["network there", "network lost"])
def test_a_vm_outside_the_ranges_stays_until_another_serves(networks):
    _slices, states = running(1)
    states = [dict(state, networks=state["networks"] if networks else []) for state in states]
    plan = fleets.plan([fleets.slice_(network={"range": ["10.90.7.0/24", "10.90.8.0/24"]})], demand(40.0), states)
    assert entry(plan)["create"] == ["web-10-90-7-34"] and entry(plan)["release"] == []
    web = {host: {one["range"]: one["prefix"] for one in share["networks"]} for host, share in plan["hosts"].items()}
    assert web["kvm2"] == {"10.90.7.0/24": "10.90.7.32/27"}
    assert web["kvm1"] == ({"10.90.2.0/24": "10.90.2.0/27"} if networks else {"10.90.2.0/27": "10.90.2.0/27"})
    ranges = [one["range"] for one in plan["hosts"]["kvm1"]["ranges"]]
    assert ranges == ["10.90.7.0/24", "10.90.8.0/24"] + (["10.90.2.0/27"] if networks else [])


def test_an_address_that_two_hosts_gave_is_left_by_one_of_them():
    slices, profiles = [fleets.slice_()], demand(130.0)
    _plan, states = fleets.converge(slices, profiles, [fleets.host_state(host) for host in ("kvm1", "kvm2", "kvm3")])
    assert [len(state["vms"]) for state in states] == [1, 1, 1]
    # As after two controllers that planned at once: both gave the same sub-prefix.
    states[2] = fleets.renew({**fleets.copied(states[0]), "host": "kvm3"})
    plan = fleets.plan(slices, profiles, states)
    assert (plan["verdict"], plan["missing"][0]) == ("partial", "web: kvm3 and another host have the same addresses: 1 VM there shall leave")
    for number in range(1, 9):
        plan = fleets.plan(slices, profiles, states, as_of=fleets.AS_OF + 300 * number)
        assert len(entry(plan)["vips"]) >= 3
        states = [fleets.apply(plan["hosts"][state["host"]], state) for state in states]
    vips = [vm["vip"] for state in states for vm in state["vms"]]
    assert plan["changes"] == 0 and plan["verdict"] == "feasible" and len(set(vips)) == len(vips) == 3


def test_the_gateway_of_a_slice_is_no_conflict():
    slices, states = running(1, hosts=("kvm1",))
    states[0]["addresses"].append("10.90.2.1/27")
    assert fleets.plan(slices, demand(40.0), states)["changes"] == 0


def test_a_code_point_that_changes_is_a_change_of_the_network_and_stays():
    _plan, states = fleets.converge([fleets.slice_()], demand(40.0), [fleets.host_state("kvm1")])
    marked = fleets.slice_(network={"dscp": "af21"})
    plan = fleets.plan([marked], demand(40.0), states)
    assert (plan["changes"], plan["hosts"]["kvm1"]["networks"][0]["dscp"]) == (1, "af21")
    _plan, states = fleets.converge([marked], demand(40.0), states)
    assert fleets.plan([marked], demand(40.0), states)["changes"] == 0
    assert "dscp" not in fleets.plan([fleets.slice_()], demand(40.0), states)["hosts"]["kvm1"]["networks"][0]
