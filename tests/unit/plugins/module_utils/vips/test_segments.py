# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Two hosts that one slice joins by VXLAN, and one that it does not: attacks across them, and what shall pass."""
from __future__ import annotations

import struct
import subprocess

import pytest

from ansible_collections.foresight.netslice.plugins.module_utils.pool.names import link_local, vip6, vm_mac
from ansible_collections.foresight.netslice.plugins.module_utils.vips import arp
from ansible_collections.foresight.netslice.tests.unit.plugins.module_utils.vips import attacks, namespaces, packets, two_hosts
from ansible_collections.foresight.netslice.tests.unit.plugins.module_utils.vips.attacks import EVIL, EVIL6, EVIL_MAC, IP, IP6, MARK
from ansible_collections.foresight.netslice.tests.unit.plugins.module_utils.vips.packets import UDP, ethernet, icmpv6, ipv4, ipv6, udp

pytestmark = pytest.mark.skipif(not namespaces.allowed(), reason="needs root, network namespaces and nft")

VICTIM = "10.90.2.34"
VICTIM_MAC = vm_mac(VICTIM)
FAR_GATEWAY = "10.90.2.33"
FRAMES = attacks.Frames(VICTIM)
#: what a guest asks its own host alone, or says before it has an address
KEPT_HOME = ("DHCP discover", "DHCPv6 solicit", "router solicitation", "multicast listener report")
#: frames of one kind where they are counted: the kernels of guests say something by themselves meanwhile
MANY = 50
#: what concerns the far host alone: its gateway is spoken to by nobody of another host
FAR = {
    "source address of the far gateway": FRAMES.inside(udp(1, 9, MARK), source=FAR_GATEWAY),
    "source MAC of the far gateway": FRAMES.inside(udp(1, 9, MARK), source_mac=vm_mac(FAR_GATEWAY)),
    "identity of the far gateway": FRAMES.inside(udp(1, 9, MARK), source=FAR_GATEWAY, source_mac=vm_mac(FAR_GATEWAY)),
    "identity of the near gateway": FRAMES.inside(udp(1, 9, MARK), source=attacks.GATEWAY, source_mac=attacks.GATEWAY_MAC),
    "ARP reply for the far gateway": FRAMES.claim(arp.REPLY, FAR_GATEWAY),
    "ARP reply of the far gateway": FRAMES.claim(arp.REPLY, FAR_GATEWAY, vm_mac(FAR_GATEWAY), vm_mac(FAR_GATEWAY)),
    "identity of the victim's neighbour": ethernet(vm_mac("10.90.2.35"), VICTIM_MAC, IP, ipv4("10.90.2.35", VICTIM, UDP, udp(1, 9, MARK))),
    "ARP reply of the victim's neighbour": FRAMES.claim(arp.REPLY, "10.90.2.35", vm_mac("10.90.2.35"), vm_mac("10.90.2.35")),
    "ARP probe of the victim's neighbour": arp.frame(arp.REQUEST, vm_mac("10.90.2.35"), arp.ANYONE, arp.NOBODY, "10.90.2.35") + MARK,
    "link-local address of the far gateway": FRAMES.to_all(128, source=link_local(vm_mac(FAR_GATEWAY))),
    "identity of the far gateway in IPv6": ethernet(vm_mac(FAR_GATEWAY), attacks.ALL, IP6, icmpv6(link_local(vm_mac(FAR_GATEWAY)), "ff02::1", 128, MARK)),
}
#: attacks behind a guest's port: what a host without tables, or a compromised one, lets into the tunnel
INSIDE = {**FRAMES.attacks, **FAR}


@pytest.fixture(name="lab", scope="module")
def _lab():
    with two_hosts.lab("192.0.2") as found:
        yield found


@pytest.fixture(name="either", scope="module", params=["192.0.2", "2001:db8:"], ids=["underlay of IPv4", "underlay of IPv6"])
def _either(request):
    with two_hosts.lab(request.param) as found:
        yield found


@pytest.fixture(name="tables", params=["off", "on", "at the victim's host alone"])
def _tables(request):
    used = request.getfixturevalue("either" if "either" in request.fixturenames else "lab")
    used.load("a", request.param == "on")
    used.load("b", request.param != "off")
    used.announce()
    return request.param


def test_attacks_through_the_tunnel(lab, tables):
    expected = set(INSIDE) if tables == "off" else set()
    assert lab.reached("evil", INSIDE, "victim", expected) == expected


def test_there_are_attacks_enough():
    assert len(INSIDE) >= 70 and len({str(frame) for frame in INSIDE.values()}) == len(INSIDE)


def test_what_a_guest_may_send_to_those_on_other_hosts(lab, tables):
    expected = set(FRAMES.own) - (set() if tables == "off" else set(KEPT_HOME))
    assert lab.reached("evil", FRAMES.own, "victim", expected) == expected


def test_poisoning_through_the_tunnel_turns_no_frames_to_the_attacker(lab, tables):
    """A frame from the MAC of the victim's neighbour makes a learning bridge of their host send what is for the neighbour into the tunnel."""
    packets.send(lab.spaces["evil"], FRAMES.inside(udp(1, 9, b""), source_mac=vm_mac("10.90.2.35")))
    frame = ethernet(VICTIM_MAC, vm_mac("10.90.2.35"), IP, ipv4(VICTIM, "10.90.2.35", UDP, udp(1, 9, MARK)))
    assert lab.reaches("victim", frame, "evil", expected=tables == "off") is (tables == "off")


@pytest.mark.parametrize("sender, source, vni, port, passes", [
    ("a", "a", 16, 4789, True), ("world", "world", 16, 4789, False), ("world", "c", 16, 4789, False), ("c", "c", 16, 4789, False),
    ("c", "c", 17, 4789, True), ("a", "a", 17, 4789, False), ("a", "a", 18, 4789, False),
], ids=["a peer", "the world", "the world as a host without the slice", "a host without the slice", "a peer of another slice", "another slice's VNI",
        "a VNI of nobody"])
def test_vxlan_from_outside(either, tables, sender, source, vni, port, passes):
    """A whole frame of the guest EVIL, or of one of slice db, in VXLAN, from hosts and from the world."""
    inner, victim = FRAMES.own["IP"], "victim"
    if vni == 17:
        inner, victim = ethernet(vm_mac("10.90.3.66"), vm_mac("10.90.3.34"), IP, ipv4("10.90.3.66", "10.90.3.34", UDP, udp(1, 9, MARK))), "other"
    expected = vni != 18 and (passes or tables == "off")
    assert either.reaches(sender, either.outer(sender, source, "b", vni, inner, port), victim, device="up0", expected=expected) is expected


def test_what_is_refused_is_counted(either):
    either.load("a", False)
    either.load("b", True)
    for _turn in range(MANY):
        packets.send(either.spaces["world"], either.outer("world", "world", "b", 16, FRAMES.own["IP"]), "up0")
        packets.send(either.spaces["evil"], FRAMES.attacks["source MAC of nobody"])
    for table, chain in (("inet netslice", "underlay"), ("bridge netslice", "far")):
        seen = packets.waited(lambda table=table, chain=chain: (count := either.counted("b", table, chain)) >= MANY and count)
        assert MANY <= seen < 2 * MANY


@pytest.mark.parametrize("via", ["its own host", "the host behind whose address it hides"])
def test_vxlan_from_a_guest(either, tables, via):
    """A guest that knows the VNI writes the outer packet itself; in mode nat it leaves with the address of its host, which is a peer."""
    guest, sources = ("evil", (EVIL, EVIL6)) if via == "its own host" else ("hidden", ("10.90.4.2", vip6(two_hosts.RANGES6[18], "10.90.4.2")))
    source = sources[either.version == 6]
    mac = EVIL_MAC if guest == "evil" else vm_mac("10.90.4.2")
    gateway = attacks.GATEWAY_MAC if guest == "evil" else vm_mac("10.90.4.1")
    payload = udp(40000, 4789, struct.pack("!II", 0x08000000, 16 << 8) + FRAMES.own["IP"])
    if either.version == 4:
        packet = ipv4(source, either.address("b"), UDP, payload)
    else:
        packet = ipv6(source, either.address("b"), UDP, either.summed(source, "b", payload))
    if guest == "hidden":
        either.hide("a")
    frame = ethernet(mac, gateway, IP if either.version == 4 else IP6, packet)
    # What left its host with the address of that host is for its peers a frame of their peer.
    expected = tables == "off" or guest == "hidden" and tables != "on"
    assert either.reaches(guest, frame, "victim", expected=expected) is expected


@pytest.mark.parametrize("segment", [udp(4000, 53, MARK), udp(4000, 9, MARK)], ids=["DNS", "discard"])
def test_no_host_is_reached_through_the_tunnel(lab, tables, segment):
    """Neither the gateway of the far host, nor, with its MAC, its address on the link."""
    for destination in (FAR_GATEWAY, "192.0.2.12"):
        frame = FRAMES.inside(segment, destination=destination, destination_mac=vm_mac(FAR_GATEWAY))
        assert lab.arrives("b", frame, "evil", destination, expected=tables == "off") is (tables == "off")


@pytest.mark.usefixtures("tables")
def test_frames_of_full_size_pass(either):
    """1450 or 1430 bytes of IP, unfragmented, within the 1500 of the links."""
    mtu = either.mtu
    frame = FRAMES.inside(udp(1, 9, MARK + b"\0" * (mtu - 28 - len(MARK))))
    assert len(frame) == mtu + 14 and either.reaches("evil", frame, "victim", expected=True)


@pytest.mark.parametrize("vip", [EVIL, VICTIM])
@pytest.mark.usefixtures("tables")
def test_the_world_reaches_each_vip_by_its_host(lab, vip):
    with lab.spaces["world"]:
        assert subprocess.run(["ping", "-c1", "-W20", vip], stdout=subprocess.DEVNULL, check=False).returncode == 0


@pytest.mark.usefixtures("tables")
def test_guests_of_two_hosts_find_each_other(either):
    """ARP, answer, datagram: with what the kernels of the guests do by themselves, on one link."""
    either.spaces["evil"].run(f"ip neigh flush to {VICTIM}")
    with either.spaces["evil"]:
        assert subprocess.run(["ping", "-c1", "-W20", VICTIM], stdout=subprocess.DEVNULL, check=False).returncode == 0
        entry = subprocess.run(["ip", "neigh", "show", VICTIM], stdout=subprocess.PIPE, check=True).stdout.decode()
    assert VICTIM_MAC in entry


def test_other_slice_is_refused_across_hosts(lab, tables):
    frame = ethernet(EVIL_MAC, attacks.GATEWAY_MAC, IP, ipv4(EVIL, "10.90.3.34", UDP, udp(1, 9, MARK)))
    assert lab.reaches("evil", frame, "other", expected=tables == "off") is (tables == "off")
    frame = ethernet(EVIL_MAC, vm_mac("10.90.3.34"), IP, ipv4(EVIL, "10.90.3.34", UDP, udp(1, 9, MARK)))
    assert not lab.reaches("evil", frame, "other")


def test_what_enters_a_tunnel_has_the_class_of_its_slice(either):
    """The tree of the link sees the addresses of hosts alone, and goes by the priority that the packet got before."""
    host = either.spaces["a"]
    either.load("a", True)
    host.run("tc qdisc replace dev up0 root handle 51ce: htb default fffe", "tc class add dev up0 parent 51ce: classid 51ce:1 htb rate 100mbit",
             "tc class add dev up0 parent 51ce:1 classid 51ce:fffe htb rate 1mbit ceil 100mbit",
             "tc class add dev up0 parent 51ce:1 classid 51ce:10 htb rate 50mbit ceil 100mbit")
    try:
        before = either.sent("a", "51ce:10")
        for _turn in range(MANY):
            packets.send(either.spaces["evil"], FRAMES.own["IP"])
        seen = packets.waited(lambda: (count := either.sent("a", "51ce:10") - before) >= MANY and count)
        assert MANY <= seen < 2 * MANY
    finally:
        host.run("tc qdisc del dev up0 root")
