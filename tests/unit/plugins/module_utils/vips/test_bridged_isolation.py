# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Guests on a bridge that the host has already: what they send at each other, at the LAN and at the host, without the tables and with them."""
from __future__ import annotations

import contextlib
import json
import subprocess
import time

import pytest

from ansible_collections.foresight.netslice.plugins.module_utils.pool.names import vm_mac
from ansible_collections.foresight.netslice.plugins.module_utils.vips import arp, ruleset
from ansible_collections.foresight.netslice.tests.unit.plugins.module_utils.vips import attacks, namespaces, packets
from ansible_collections.foresight.netslice.tests.unit.plugins.module_utils.vips.attacks import ALL, EVIL, EVIL_MAC, IP, MARK, OTHER
from ansible_collections.foresight.netslice.tests.unit.plugins.module_utils.vips.packets import SYN, TCP, UDP, ethernet, ipv4, tcp, udp

pytestmark = pytest.mark.skipif(not namespaces.allowed(), reason="needs root, network namespaces and nft")

#: the LAN is 10.90.2.0/23: its router, a machine of it beyond the uplink, another VM of the host, and the host itself
VICTIM, ROUTER, MACHINE, NEIGHBOUR, HOST = "10.90.2.3", attacks.GATEWAY, "10.90.2.100", "10.90.2.101", "10.90.2.200"
LAN = {"mode": "bridged", "bridge": "br0", "lan": "10.90.2.0/23", "gateway": ROUTER}
WEB = {"slice": "web", "range": "10.90.2.0/27", "prefix": "10.90.2.0/27", "dscp": "af21", **LAN}
DB = {"slice": "db", "range": "10.90.3.0/27", "prefix": "10.90.3.0/27", **LAN}
INSIDE, OUTSIDE = attacks.Frames(VICTIM), attacks.Frames(MACHINE)
RULES = ruleset.render(ruleset.elements(
    [WEB, DB], [{"vip": vip, "want": "active"} for vip in (EVIL, VICTIM, OTHER)],
    [{key: network[key] for key in ("slice", "range")} for network in (WEB, DB)],
    [{"from": "web", "to": "db", "protocol": "tcp", "port": 5432}],
))
#: of what guests of other modes may send, what those of a bridge may
OWN = ("IP", "ARP request", "ARP reply", "ARP probe of its own VIP")


def _to_group(group, protocol, payload):
    """A packet of the guest's own address to a group of the link."""
    return ethernet(EVIL_MAC, "01:00:5e:00:00:" + f"{int(group.rpartition('.')[2]):02x}", IP, ipv4(EVIL, group, protocol, payload + MARK))


def _summed(head):
    """The head of a message of IGMP with the checksum of all of it, for bridges look at it."""
    return head[:2] + packets.checksum(head + MARK).to_bytes(2, "big") + head[4:]


#: what a guest must not say on a LAN with routers and a DHCP server, whatever its address
AT_THE_LAN = {
    "VRRP, as a router of a better priority": _to_group("224.0.0.18", 112, b"\x21\1\xff\1\0\1\0\0\x0a\x5a\2\1"),
    "HSRP": _to_group("224.0.0.2", UDP, udp(1985, 1985, MARK)),
    "OSPF hello": _to_group("224.0.0.5", 89, b"\2\1\0\x2c"),
    "RIP": _to_group("224.0.0.9", UDP, udp(520, 520, MARK)),
    "query of IGMP, by which the lowest address becomes the querier": _to_group("224.0.0.1", 2, _summed(b"\x11\x64\0\0\0\0\0\0")),
    **{name: frame for name, frame in OUTSIDE.own.items() if name not in OWN},
}


@pytest.fixture(name="world", scope="module")
def _world():
    """A host whose bridge br0 has an uplink to a machine of the LAN, a port of another VM, two guests of one slice and one of another."""
    with contextlib.ExitStack() as stack:
        host = namespaces.Namespace()
        stack.callback(host.close)
        host.run("ip link add br0 type bridge forward_delay 0", f"ip addr add {HOST}/23 dev br0", "ip link set dev br0 up")
        members = {"machine": (MACHINE, "up0"), "neighbour": (NEIGHBOUR, "vnet0"), "evil": (EVIL, None), "victim": (VICTIM, None), "other": (OTHER, None)}
        yield {"host": host, **{name: stack.enter_context(namespaces.guest(host, None, vip, tap, address="", bridge="br0"))
                                for name, (vip, tap) in members.items()}}


@pytest.fixture(name="isolated", params=[False, True], ids=["tables off", "tables on"])
def _isolated(request, world):
    with world["host"]:
        subprocess.run(["nft", "flush", "ruleset"], check=True)
        if request.param:
            subprocess.run(["nft", "-f", "-"], input=RULES.encode(), check=True)
    for name, vip in (("victim", VICTIM), ("machine", MACHINE), ("neighbour", NEIGHBOUR)):  # so that the bridge knows again where they are
        packets.send(world[name], arp.frame(arp.REPLY, vm_mac(vip), vip, arp.NOBODY, vip))
    time.sleep(0.01)
    return request.param


@pytest.mark.parametrize("name", INSIDE.attacks)
def test_attack_on_a_guest_and_on_a_machine_of_the_lan(world, isolated, name):
    reached = attacks.reached(world, "evil", {"victim": INSIDE.attacks[name], "machine": OUTSIDE.attacks[name]}, not isolated)
    assert reached == ([] if isolated else ["victim", "machine"])


@pytest.mark.parametrize("name", AT_THE_LAN)
def test_what_a_guest_must_not_say_on_a_lan(world, isolated, name):
    assert attacks.reaches(world, "evil", AT_THE_LAN[name], "machine", not isolated) is not isolated


@pytest.mark.parametrize("name", OWN)
@pytest.mark.usefixtures("isolated")
def test_what_a_guest_may_send(world, name):
    assert attacks.reached(world, "evil", {"victim": INSIDE.own[name], "machine": OUTSIDE.own[name]}, True) == ["victim", "machine"]
    back = attacks.Frames(EVIL).inside(udp(9, 1, MARK), MACHINE, EVIL, vm_mac(MACHINE))
    assert attacks.reaches(world, "machine", back, "evil", True)
    assert attacks.reaches(world, "machine", arp.frame(arp.REQUEST, vm_mac(MACHINE), MACHINE, arp.NOBODY, EVIL) + MARK, "evil", True)


@attacks.between_slices
def test_between_slices_of_one_bridge_and_from_one_on_another_host(world, isolated, segment, sender, receiver, passes):
    vips = {"evil": EVIL, "other": OTHER}
    protocol = UDP if segment[8:].startswith(MARK) else TCP
    expected = passes or not isolated
    frame = INSIDE.inside(segment, vips[sender], vips[receiver], vm_mac(vips[sender]), vm_mac(vips[receiver]), protocol)
    assert attacks.reaches(world, sender, frame, receiver, expected) is expected
    far = {"evil": "10.90.2.9", "other": "10.90.3.9"}[sender]
    frame = INSIDE.inside(segment, far, vips[receiver], vm_mac(far), vm_mac(vips[receiver]), protocol)
    assert attacks.reaches(world, "machine", frame, receiver, expected) is expected


def test_broadcasts_stay_in_the_slice(world, isolated):
    frame = INSIDE.inside(udp(4000, 9, MARK), EVIL, "10.90.3.255", destination_mac=ALL)
    assert attacks.reaches(world, "evil", frame, "victim", True) and attacks.reaches(world, "evil", frame, "machine", True)
    assert attacks.reaches(world, "evil", frame, "other", not isolated) is not isolated


def test_the_lan_gives_guests_no_address(world, isolated):
    offer = ethernet(vm_mac(MACHINE), ALL, IP, ipv4(MACHINE, "255.255.255.255", UDP, udp(67, 68, MARK)))
    router = ethernet(vm_mac(MACHINE), ALL, attacks.IP6, packets.icmpv6("fe80::1", "ff02::1", 134, MARK))
    assert [attacks.reaches(world, "machine", frame, "victim", not isolated) for frame in (offer, router)] == [not isolated] * 2


@pytest.mark.parametrize("name", INSIDE.attacks)
def test_other_ports_of_the_bridge_are_untouched(world, name):
    """What the tables stop at a guest's tap passes between the uplink and another VM of the host as before."""
    with world["host"]:
        subprocess.run(["nft", "-f", "-"], input=RULES.encode(), check=True)
    frames = attacks.Frames(MACHINE, next_mac=ALL).attacks[name]
    assert attacks.reaches(world, "neighbour", frames, "machine", True)


@pytest.mark.parametrize("segment, protocol, passes", [
    (udp(4000, 53, MARK), UDP, False),
    (tcp(4000, 22, SYN, MARK), TCP, False),
    (packets.icmp_echo(MARK), packets.ICMP, True),
], ids=["DNS", "SSH", "ping"])
def test_the_host_itself(world, isolated, segment, protocol, passes):
    counter = "table inet seen {\nchain input {\ntype filter hook input priority 10\niifname br0 ip saddr { %s, %s } counter\n}\n}\n" % (EVIL, NEIGHBOUR)
    with world["host"]:
        mac = json.loads(subprocess.run(["ip", "-j", "link", "show", "br0"], stdout=subprocess.PIPE, check=True).stdout)[0]["address"]
        heard = {}
        for name, vip in (("evil", EVIL), ("neighbour", NEIGHBOUR)):
            subprocess.run(["nft", "-f", "-"], input=counter.encode(), check=True)
            packets.send(world[name], INSIDE.inside(segment, vip, HOST, vm_mac(vip), mac, protocol))
            heard[name] = "counter packets 1" in subprocess.run(["nft", "list", "table", "inet", "seen"], stdout=subprocess.PIPE, check=True).stdout.decode()
            subprocess.run(["nft", "delete", "table", "inet", "seen"], check=True)
    assert heard == {"evil": passes or not isolated, "neighbour": True}


def test_what_leaves_the_slice_is_marked(world, isolated):
    marked = bytes([0x45, 18 << 2])  # af21
    frame = INSIDE.inside(udp(1, 9, MARK), EVIL, MACHINE, destination_mac=vm_mac(MACHINE))
    assert attacks.reaches(world, "evil", frame, "machine", isolated, mark=marked) is isolated
    assert not attacks.reaches(world, "evil", INSIDE.inside(udp(1, 9, MARK)), "victim", False, mark=marked)
