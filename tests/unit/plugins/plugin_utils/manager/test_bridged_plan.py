# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Slices on a bridge of the hosts: their keys, the bridge of each host in the plan, and what is refused before anything changes."""
from __future__ import annotations

import json
import pathlib

import pytest

from ansible_collections.foresight.netslice.plugins.module_utils.pool import network_xml
from ansible_collections.foresight.netslice.plugins.plugin_utils.errors import InvalidInput
from ansible_collections.foresight.netslice.plugins.plugin_utils.manager.difference import difference
from ansible_collections.foresight.netslice.plugins.plugin_utils.manager.slices import validate_slices
from ansible_collections.foresight.netslice.tests.unit.plugins.plugin_utils.manager import fleets

SCHEMAS = pathlib.Path(__file__).resolve().parents[5] / "docs" / "schemas"
LAN = {"mode": "bridged", "bridge": "br0", "lan": "10.90.0.0/16", "gateway": "10.90.0.1"}


def host(name, *bridges, **keys):
    """A host with an uplink eth0 in its bridge br0, or with bridges (name, device, MTU, ports)."""
    told = [dict(zip(("name", "device", "mtu", "ports"), one)) for one in bridges or [("br0", "br0", 1500, ["eth0"])]]
    return fleets.host_state(name, bridges=told, **keys)


def web(name="web", index=2, **network):
    return fleets.slice_(name, index, network={**LAN, **network})


def demand(requests=90.0):
    return [fleets.profile("web", fleets.resource(requests), egress=fleets.resource(8.0, unit="Mbit/s"), ingress=fleets.resource(4.0, unit="Mbit/s"))]


def test_each_host_is_told_its_bridge_and_each_guest_its_lan():
    states = [host("kvm1"), host("kvm2", ("br0", "lan0", 1400, ["eth0", "vnet3"]), ("other", "br9", 9000, []))]
    plan = fleets.plan([web()], demand(), states)
    first, second = (plan["hosts"][name]["networks"][0] for name in ("kvm1", "kvm2"))
    assert first == {"slice": "web", "id": 16, "want": "present", "range": "10.90.2.0/24", "prefix": "10.90.2.0/27", "mode": "bridged", "mtu": 1500,
                     "bridge": "br0", "lan": "10.90.0.0/16", "gateway": "10.90.0.1"}
    assert (second["bridge"], second["mtu"], second["prefix"]) == ("lan0", 1400, "10.90.2.32/27")
    assert plan["hosts"]["kvm2"]["vms"][0]["lan"] == {"lan": "10.90.0.0/16", "gateway": "10.90.0.1", "mtu": 1400}
    for share in plan["hosts"].values():
        assert [(one["device"], one["direction"], one["classes"][0]["vips"]) for one in share["attachments"]] == [
            ("eth0", direction, [share["vms"][0]["vip"]]) for direction in ("egress", "ingress")]
        assert not any("bridges" in one for one in share["attachments"])
    jsonschema = pytest.importorskip("jsonschema", reason="jsonschema is not installed")
    jsonschema.validate(plan, json.loads((SCHEMAS / "plan.schema.json").read_text(encoding="utf-8")))
    after = difference(plan, {state["host"]: state for state in states})["after"]
    assert "network on kvm1 (bridged on br0, mtu 1500)" in after and "network on kvm2 (bridged on lan0, mtu 1400)" in after


def test_what_is_there_stays_and_a_changed_lan_is_told():
    _plan, states = fleets.converge([web()], demand(), [host("kvm1"), host("kvm2")])
    assert fleets.plan([web()], demand(), states)["changes"] == 0
    changed = fleets.plan([web(gateway=None)], demand(), states)
    assert changed["changes"] == 2 and all("gateway" not in share["networks"][0] for share in changed["hosts"].values())
    jsonschema = pytest.importorskip("jsonschema", reason="jsonschema is not installed")
    schema = json.loads((SCHEMAS / "host_state.schema.json").read_text(encoding="utf-8"))
    jsonschema.validate({key: states[0][key] for key in ("networks", "bridges")}, {**schema, "required": []})


@pytest.mark.parametrize("bridges", [[], [{"name": "br0", "device": "br7", "mtu": None, "ports": []}]])
def test_a_host_that_has_lost_its_bridge_stops_no_plan(bridges):
    _plan, states = fleets.converge([web()], demand(), [host("kvm1"), host("kvm2")])
    states[1]["bridges"] = bridges
    plan = fleets.plan([web()], demand(), states)
    assert plan["hosts"]["kvm2"]["networks"][0]["bridge"] == (bridges[0]["device"] if bridges else "br0")


def test_a_slice_in_use_goes_to_another_bridge_that_every_host_has():
    _plan, states = fleets.converge([web()], demand(), [host("kvm1"), host("kvm2")])
    with pytest.raises(InvalidInput, match="kvm1 has no Linux bridge br1"):
        fleets.plan([web(bridge="br1")], demand(), states)
    both = [dict(state, bridges=state["bridges"] + [{"name": "br1", "device": "br1", "mtu": 1500, "ports": ["eth0"]}]) for state in states]
    assert [share["networks"][0]["bridge"] for share in fleets.plan([web(bridge="br1")], demand(), both)["hosts"].values()] == ["br1"] * 2


def test_a_slice_that_goes_to_another_lan_keeps_the_old_one_where_its_guests_still_are():
    _plan, states = fleets.converge([web()], demand(), [host("kvm1"), host("kvm2")])
    plan = fleets.plan([web(range="10.91.2.0/24", lan="10.91.0.0/16", gateway="10.91.0.1", mtu=1400)], demand(), states)
    for share in plan["hosts"].values():
        network, = share["networks"]
        network_xml.check(network)
        assert (network["range"], network["lan"], network["gateway"], network["mtu"]) == ("10.90.2.0/24", "10.90.0.0/16", "10.90.0.1", 1500)
        assert share["vms"][0]["lan"]["lan"] == "10.90.0.0/16"


@pytest.mark.parametrize("second, message", [
    (host("kvm2", ("br1", "br1", 1500, ["eth0"])), "not on kvm2, which has no Linux bridge br0"),
    (host("kvm2", ("br0", "br7", None, [])), "not on kvm2, which has no Linux bridge br7 (netslice_bridges)"),
    (fleets.host_state("kvm2"), "not on kvm2, which has no Linux bridge br0"),
    (host("kvm2", ("br0", "br0", 1500, ["eth1"])), "not on kvm2, which has netslice_links (eth0) of which none is a port of br0, so that nobody could"),
])
def test_a_host_without_the_bridge_or_whose_link_is_beside_it_gets_no_guest_and_stops_no_plan(second, message):
    first = host("kvm1")
    plan = fleets.plan([web(), fleets.slice_("db", 3)], [*demand(), fleets.profile("db", requests=90.0)], [first, second])
    assert {one["name"]: sorted(one["placed"]) for one in plan["slices"]} == {"web": ["kvm1"], "db": ["kvm1", "kvm2"]} and plan["verdict"] == "feasible"
    plan = fleets.plan([web()], demand(), [second])
    assert plan["verdict"] == "infeasible" and message in plan["missing"][0]
    assert fleets.plan([web()], demand(), [host("kvm1"), host("kvm2", ("br0", "br0", 1500, []), links=[])])["changes"]


def test_a_host_that_has_lost_its_bridge_and_the_network_with_it_stops_no_plan():
    _plan, states = fleets.converge([web()], demand(), [host("kvm1"), host("kvm2")])
    states[1].update(bridges=[], networks=[])
    plan = fleets.plan([web()], demand(), states)
    assert [(one["bridge"], one["mtu"]) for one in plan["hosts"]["kvm2"]["networks"]] == [("br0", 1500)]


def test_modes_that_are_shaped_in_different_places_are_refused_on_one_host():
    hidden = fleets.slice_("db", 3, network={"mode": "nat"})
    with pytest.raises(InvalidInput, match="db is of network.mode nat and web of bridged"):
        fleets.plan([web(), hidden], demand(), [host("kvm1")])
    assert fleets.plan([web(), dict(hidden, state="absent")], demand(), [host("kvm1")])["changes"]
    _plan, states = fleets.converge([hidden], [fleets.profile("db", requests=90.0)], [host("kvm1")])
    with pytest.raises(InvalidInput, match="db is of network.mode nat and web of bridged"):
        fleets.plan([web(), dict(hidden, state="absent")], demand(), states)


@pytest.mark.parametrize("before, after", [(fleets.slice_(), web()), (web(), fleets.slice_())])
def test_a_slice_in_use_changes_between_a_bridge_of_the_host_and_its_own_in_no_plan(before, after):
    _plan, states = fleets.converge([before], demand(), [host("kvm1")])
    with pytest.raises(InvalidInput, match=r"netslice_slices\[0\].network.mode: .* cannot take the place of .*, which web has on kvm1"):
        fleets.plan([after], demand(), states)


def test_an_address_of_a_host_in_the_range_is_refused_whatever_its_place():
    _plan, states = fleets.converge([web()], demand(), [host("kvm1")])
    with pytest.raises(InvalidInput, match="holds 10.90.2.1/16, an address of kvm1 itself"):
        fleets.plan([web()], demand(), [dict(states[0], addresses=["10.90.2.1/16"])])


def test_a_range_lies_in_the_network_of_its_hosts_on_their_bridge_alone():
    states = [host("kvm1", addresses=["10.90.0.11/16"])]
    assert fleets.plan([web(), web("db", 3)], demand(), states)["changes"]
    plan = fleets.plan([web(), fleets.slice_("db", 3)], [*demand(), fleets.profile("db", requests=90.0)], states)
    assert "db: " in plan["missing"][0] and "its range 10.90.3.0/24 overlaps 10.90.0.0/16, where kvm1 has 10.90.0.11" in plan["missing"][0]
    assert [one["name"] for one in plan["slices"] if one["create"]] == ["web"]


@pytest.mark.parametrize("network, message", [
    ({"mode": "routed"}, "network.bridge: means nothing where network.mode is routed"),
    ({"bridge": None}, "network.bridge: is required where network.mode is bridged"),
    ({"lan": None}, "network.lan: is required where network.mode is bridged"),
    ({"bridge": "nsb16"}, "network.bridge: 'nsb16' is refused; a bridge of the hosts is named as ip -d link shows it"),
    ({"bridge": "br0; reboot"}, "network.bridge: 'br0; reboot' is refused"),
    ({"lan": "10.91.0.0/16"}, r"network.range: 10.90.2.0/24 is not inside 10.91.0.0/16, the network of the LAN"),
    ({"gateway": "10.91.0.1"}, "network.gateway: 10.91.0.1 is no address of 10.90.0.0/16"),
    ({"gateway": "10.90.2"}, "network.gateway: '10.90.2' is no IPv4 address; write one like 192.0.2.1"),
    ({"gateway": "10.90.2.9"}, "network.gateway: 10.90.2.9 lies in 10.90.2.0/24 of network.range, and the host and other slices would take it"),
    ({"gateway": "10.90.2.9", "exclude": ["10.90.2.8/30"]}, "network.gateway: 10.90.2.9 lies in 10.90.2.0/24 of network.range"),
    ({"range6": "fd00:90:2::/64"}, "network.range6: cannot be had where network.mode is bridged"),
    ({"overlay": "vxlan"}, "network.overlay: cannot be had where network.mode is bridged"),
])
def test_keys_that_do_not_go_together_are_refused(network, message):
    with pytest.raises(InvalidInput, match=message):
        validate_slices([web(**network)])
    assert validate_slices([web(gateway="10.90.2.254", range=["10.90.2.0/25", "10.90.2.128/26"])])


@pytest.mark.parametrize("vm, message", [
    ({"image": {"volume": "debian.qcow2"}}, "vm.user_data: is required where network.mode is bridged .* the DHCP server of the LAN is not ours"),
    ({"image": {"volume": "debian.qcow2", "seed": "/srv/seed.iso"}, "user_data": "user-data.j2"}, "vm.image.seed: is one for all VMs"),
    ({"image": {"volume": "debian.qcow2"}, "user_data": "user-data.j2"}, None),
    ({"image": {"volume": "debian.qcow2"}, "template": "own.xml.j2"}, None),
])
def test_a_guest_that_nobody_would_tell_its_address_is_refused(vm, message):
    raw = [fleets.slice_("web", 2, network=LAN, vm=vm)]
    if message is None:
        assert validate_slices(raw)
        return
    with pytest.raises(InvalidInput, match=message):
        validate_slices(raw)
