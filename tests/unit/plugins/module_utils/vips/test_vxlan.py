# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The VXLAN devices of a host converge from any state, on the kernel of this machine."""
from __future__ import annotations

import pytest

from ansible_collections.foresight.netslice.plugins.module_utils.errors import HostError
from ansible_collections.foresight.netslice.plugins.module_utils.vips import vxlan
from ansible_collections.foresight.netslice.tests.unit.plugins.module_utils.vips import namespaces

pytestmark = pytest.mark.skipif(not namespaces.allowed(), reason="needs root, network namespaces and nft")

PEERS = [{"address": "192.0.2.12", "prefix": "10.90.2.32/29"}, {"address": "192.0.2.13", "prefix": "10.90.2.64/29"}]
WEB = {"slice": "web", "id": 16, "bridge": "nsb16", "mtu": 1450, "prefix": "10.90.2.0/29", "overlay": {"vni": 16, "local": "192.0.2.11", "peers": PEERS}}


def web(**overlay):
    return dict(WEB, overlay={**WEB["overlay"], **overlay})


@pytest.fixture(name="host")
def _host():
    with namespaces.host({16: "10.90.2.1/29"}) as space:
        with space:
            space.run("ip link add up0 type veth peer name far0", "ip link set dev up0 up", "ip addr add 192.0.2.11/24 dev up0",
                      "ip addr add 192.0.2.21/24 dev up0")
            yield space


def converge(*networks):
    """Commands that were needed; afterwards none are."""
    wanted, found = vxlan.tunnels(networks), vxlan.read()
    steps = vxlan.plan(wanted, found)
    vxlan.apply(steps)
    assert vxlan.plan(wanted, vxlan.read()) == [] and vxlan.faults(networks, vxlan.read()) == []
    assert vxlan.difference(wanted, vxlan.read()) == ({}, {})
    return [" ".join(step.argv[:3]) for step in steps]


def test_made_with_a_row_for_each_guest_of_the_others_and_removed(host):
    assert converge(WEB) == ["ip link add", "ip link set", "bridge -batch -", "ip link set"]
    found = vxlan.read()
    assert found.rows["nsx16"] == {(vxlan.ALL, "192.0.2.12"), (vxlan.ALL, "192.0.2.13")} | {
        (f"02:5c:0a:5a:02:{last:02x}", address) for address, first in (("192.0.2.12", 34), ("192.0.2.13", 66)) for last in range(first, first + 5)}
    device = found.devices["nsx16"]
    assert (device["mtu"], device["master"], "UP" in device["flags"]) == (1450, "nsb16", True)
    assert device["linkinfo"]["info_data"]["learning"] is False
    assert converge(WEB) == []
    assert converge(dict(WEB, overlay=None)) == ["ip link del"] and not vxlan.read().rows


@pytest.mark.parametrize("damage, commands", [
    ("ip link del dev nsx16", ["ip link add", "ip link set", "bridge -batch -", "ip link set"]),
    ("ip link set dev nsx16 down", ["ip link set"]),
    ("ip link set dev nsx16 nomaster", ["ip link set"]),
    ("ip link set dev nsx16 mtu 1400", ["ip link set"]),
    ("ip link set dev nsx16 addrgenmode eui64", ["ip link set"]),
    ("bridge fdb flush dev nsx16 self", ["bridge -batch -"]),
    ("bridge fdb del 02:5c:0a:5a:02:22 dev nsx16 dst 192.0.2.12", ["bridge -batch -"]),
    ("bridge fdb append 00:00:00:00:00:00 dev nsx16 dst 192.0.2.99", ["bridge -batch -"]),
    ("bridge fdb replace 02:5c:0a:5a:02:22 dev nsx16 dst 192.0.2.99", ["bridge -batch -"]),
    ("ip link set dev nsx16 type vxlan learning", ["ip link del", "ip link add", "ip link set", "bridge -batch -", "ip link set"]),
])
def test_what_others_change_is_a_fault_and_is_healed(host, damage, commands):
    converge(WEB)
    host.run(damage)
    fault, = vxlan.faults([WEB], vxlan.read())
    assert (fault["kind"], fault["object"]) == ("vxlan_missing" if "link del" in damage else "vxlan_changed", "nsx16")
    before, after = vxlan.difference(vxlan.tunnels([WEB]), vxlan.read())
    assert before != after
    assert converge(WEB) == commands


@pytest.mark.parametrize("changed, commands", [
    (web(vni=17), ["ip link del", "ip link add", "ip link set", "bridge -batch -", "ip link set"]),
    (web(local="192.0.2.21"), ["ip link del", "ip link add", "ip link set", "bridge -batch -", "ip link set"]),
    (web(peers=PEERS[:1]), ["bridge -batch -"]),
    (web(peers=PEERS + [{"address": "192.0.2.14", "prefix": "10.90.2.96/29"}]), ["bridge -batch -"]),
    (web(peers=[dict(PEERS[0], address="192.0.2.14"), PEERS[1]]), ["bridge -batch -"]),
    (web(peers=[]), ["bridge -batch -"]),
])
def test_peers_come_and_go_without_a_new_device(host, changed, commands):
    converge(WEB)
    assert converge(changed) == commands


def test_two_slices_exchange_their_numbers(host):
    db = dict(WEB, slice="db", id=17, bridge="nsb17", overlay={**WEB["overlay"], "vni": 17})
    host.run("ip link add nsb17 type bridge")
    converge(WEB, db)
    commands = converge(web(vni=17), dict(db, overlay=web(vni=16)["overlay"]))
    assert commands[:2] == ["ip link del", "ip link del"] and {
        name: device["linkinfo"]["info_data"]["id"] for name, device in vxlan.read().devices.items() if name.startswith("nsx")} == {"nsx16": 17, "nsx17": 16}


def test_a_bridge_that_is_made_anew_gets_its_port_again(host):
    converge(WEB)
    steps = vxlan.plan(vxlan.tunnels([WEB]), vxlan.read(), {"nsb16"})
    assert [step.argv for step in steps] == [["ip", "link", "set", "dev", "nsx16", "master", "nsb16", "up"]]


@pytest.mark.parametrize("made, network, says", [
    ("ip link add nsx16 type bridge", WEB, "somebody else made the device nsx16"),
    ("ip link add nsx16 type vxlan id 16 dstport 4790 local 192.0.2.11", WEB, "somebody else made the device nsx16"),
    ("ip link add theirs type vxlan id 77 dstport 4789 local 192.0.2.11", WEB, "the device theirs of somebody else uses UDP port 4789"),
    ("ip addr del 192.0.2.11/24 dev up0", WEB, "no device of this host has the address 192.0.2.11"),
    ("ip link set dev up0 mtu 1499", WEB, "mtu 1450 makes packets of 1500 bytes, and up0 carries 1499"),
])
def test_what_belongs_to_others_is_refused_by_name(host, made, network, says):
    host.run(made)
    before = vxlan.read()
    with pytest.raises(HostError, match=f"Cannot connect slice web with its other hosts by VXLAN: {says}"):
        vxlan.plan(vxlan.tunnels([network]), before)
    after = vxlan.read()
    assert (set(after.devices), after.rows) == (set(before.devices), before.rows)
    assert vxlan.faults([WEB], before)[0]["kind"] == ("vxlan_foreign" if "nsx16" in made else "vxlan_missing")


def test_a_command_that_fails_is_told(host):
    with pytest.raises(HostError, match="Cannot do ip link set dev nsx16 up: Cannot find device"):
        vxlan.apply([vxlan.Step(["ip", "link", "set", "dev", "nsx16", "up"])])
