# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The ruleset against attacks from a guest's tap: each reaches its victim without the tables, and not with them."""
from __future__ import annotations

import contextlib
import socket
import subprocess
import time

import pytest

from ansible_collections.foresight.netslice.plugins.module_utils.pool.names import vm_mac
from ansible_collections.foresight.netslice.plugins.module_utils.vips import arp, ruleset
from ansible_collections.foresight.netslice.tests.unit.plugins.module_utils.vips import namespaces, packets
from ansible_collections.foresight.netslice.tests.unit.plugins.module_utils.vips.packets import SYN, SYN_ACK, TCP, UDP, ethernet, ipv4, tcp, udp

pytestmark = pytest.mark.skipif(not namespaces.allowed(), reason="needs root, network namespaces and nft")

GATEWAY, EVIL, VICTIM, OTHER = "10.90.2.1", "10.90.2.2", "10.90.2.3", "10.90.3.2"
EVIL_MAC, VICTIM_MAC, GATEWAY_MAC = vm_mac(EVIL), vm_mac(VICTIM), vm_mac(GATEWAY)
ALL = arp.BROADCAST
ROGUE = "52:54:00:00:00:09"
MARK = b"netslice-attack-"
IP, ARP, IP6, VLAN, QINQ, PPPOE, RARP = 0x0800, 0x0806, 0x86DD, 0x8100, 0x88A8, 0x8863, 0x8035
LINK_LOCAL = "fe80::5c:aff:fe5a:202"
GATEWAY6, EVIL6, VICTIM6, OTHER6 = "fd00:90:2::a5a:201", "fd00:90:2::a5a:202", "fd00:90:2::a5a:203", "fd00:90:3::a5a:302"
OUTSIDE6 = "2001:db8::9"

RULES = ruleset.render(ruleset.elements(
    [{"prefix": "10.90.2.0/27", "mode": "routed"}, {"prefix": "10.90.3.0/27", "prefix6": "fd00:90:3::a5a:300/123", "mode": "nat"}],
    [{"vip": vip, "vip6": vip6, "want": "active"} for vip, vip6 in ((EVIL, EVIL6), (VICTIM, VICTIM6), (OTHER, OTHER6))],
    [{"slice": "web", "range": "10.90.2.0/24", "range6": "fd00:90:2::/64"}, {"slice": "db", "range": "10.90.3.0/24", "range6": "fd00:90:3::/64"}],
    [{"from": "web", "to": "db", "protocol": "tcp", "port": 5432}],
))


def _inside(payload, source=EVIL, destination=VICTIM, source_mac=EVIL_MAC, destination_mac=VICTIM_MAC, protocol=UDP):
    return ethernet(source_mac, destination_mac, IP, ipv4(source, destination, protocol, payload))


def _claim(operation, address, mac=EVIL_MAC, source_mac=None):
    return arp.frame(operation, mac, address, arp.NOBODY, VICTIM, source_mac=source_mac) + MARK


def _to_all(kind, payload=b"", source=LINK_LOCAL, extensions=()):
    return ethernet(EVIL_MAC, ALL, IP6, packets.icmpv6(source, "ff02::1", kind, payload + MARK, extensions))


def _inside6(kind, payload=b"", source=EVIL6, destination=VICTIM6, extensions=()):
    return ethernet(EVIL_MAC, VICTIM_MAC, IP6, packets.icmpv6(source, destination, kind, payload + MARK, extensions))


def _about(address):
    """The body of a neighbour solicitation or advertisement of an address, in the second case solicited and to override."""
    return b"\x60\0\0\0" + socket.inet_pton(socket.AF_INET6, address)


def _fragments(datagram, source):
    """Both fragments, for a bridge that follows connections puts them together before it passes them on."""
    first, last = (ipv4(source, VICTIM, UDP, part, fragment=flags) for part, flags in ((datagram[:24], 0x2000), (datagram[24:], 3)))
    return [ethernet(EVIL_MAC, VICTIM_MAC, IP, packet) for packet in (first, last)]


def _fragments6(whole, length):
    """Both fragments of an IPv6 packet, the first with so many bytes of what follows its header."""
    parts = ((whole[40:40 + length], 1), (whole[40 + length:], length))
    heads = [whole[:4] + (8 + len(part)).to_bytes(2, "big") + b"\x2c" + whole[7:40] for part, _flags in parts]
    return [ethernet(EVIL_MAC, VICTIM_MAC, IP6, head + whole[6:7] + b"\0" + flags.to_bytes(2, "big") + b"\0\0\0\x09" + part)
            for head, (part, flags) in zip(heads, parts)]


#: a bridge that claims to be the root, to the address that the bridge itself does not keep
BPDU = ethernet(EVIL_MAC, ALL, 38, b"\x42\x42\3" + b"\0\0\0\0\0" + b"\0" * 16 + MARK)
#: name -> frame, or frames, that a guest sends to a neighbour of its slice
INSIDE = {
    "source address of another guest": _inside(udp(1, 9, MARK), source="10.90.2.9"),
    "source address of the gateway": _inside(udp(1, 9, MARK), source=GATEWAY),
    "source address of another slice": _inside(udp(1, 9, MARK), source=OTHER),
    "source MAC of nobody": _inside(udp(1, 9, MARK), source_mac=ROGUE),
    "source MAC of the gateway": _inside(udp(1, 9, MARK), source_mac=GATEWAY_MAC),
    "no source address": _inside(udp(1, 9, MARK), source="0.0.0.0"),
    "ARP reply for the gateway": _claim(arp.REPLY, GATEWAY),
    "ARP request as the gateway": _claim(arp.REQUEST, GATEWAY),
    "ARP announcement of a free VIP": _claim(arp.REQUEST, "10.90.2.20"),
    "ARP with another MAC inside": _claim(arp.REPLY, EVIL, mac=ROGUE, source_mac=EVIL_MAC),
    "ARP probe of the victim's VIP": arp.frame(arp.REQUEST, EVIL_MAC, arp.ANYONE, arp.NOBODY, VICTIM) + MARK,
    "RARP": ethernet(EVIL_MAC, ALL, RARP, arp.frame(3, EVIL_MAC, EVIL, arp.NOBODY, VICTIM)[14:] + MARK),
    "DHCP offer": _inside(udp(67, 68, MARK)),
    "DHCP offer from another port": _inside(udp(6767, 68, MARK)),
    "DHCP offer to all": _inside(udp(67, 68, MARK), destination="255.255.255.255", destination_mac=ALL),
    "router advertisement": ethernet(EVIL_MAC, ALL, IP6, packets.icmpv6(LINK_LOCAL, "ff02::1", 134, MARK)),
    "neighbour advertisement": ethernet(EVIL_MAC, ALL, IP6, packets.icmpv6(LINK_LOCAL, "ff02::1", 136, b"\0" * 20 + MARK)),
    "redirect": ethernet(EVIL_MAC, ALL, IP6, packets.icmpv6(LINK_LOCAL, "ff02::1", 137, b"\0" * 36 + MARK)),
    "IPv6 from an address it was not given": ethernet(EVIL_MAC, ALL, IP6, packets.icmpv6("fd00:90:2::2", "ff02::1", 128, MARK)),
    "VLAN tag": ethernet(EVIL_MAC, VICTIM_MAC, VLAN, b"\0\5\x08\0" + ipv4("10.90.2.9", VICTIM, UDP, udp(1, 9, MARK))),
    "two VLAN tags": ethernet(EVIL_MAC, VICTIM_MAC, QINQ, b"\0\5\x81\0\0\6\x08\0" + ipv4("10.90.2.9", VICTIM, UDP, udp(1, 9, MARK))),
    "PPPoE": ethernet(EVIL_MAC, VICTIM_MAC, PPPOE, MARK),
    "source MAC of the victim": _inside(udp(1, 9, MARK), source_mac=VICTIM_MAC, destination_mac=ALL),
    "fragments of another source": _fragments(udp(1, 9, MARK) + MARK, "10.90.2.9"),
    "fragments of a DHCP offer": _fragments(udp(67, 68, MARK) + MARK, EVIL),
    "ARP reply for the victim's VIP": _claim(arp.REPLY, VICTIM),
    "ARP announcement of the victim's VIP": arp.frame(arp.REQUEST, EVIL_MAC, VICTIM, arp.NOBODY, VICTIM) + MARK,
    "ARP behind a VLAN tag": ethernet(EVIL_MAC, VICTIM_MAC, VLAN, b"\0\0\x08\6" + _claim(arp.REPLY, GATEWAY)[14:]),
    "router advertisement behind hop-by-hop": _to_all(134, extensions=["hop-by-hop"]),
    "router advertisement behind destination options": _to_all(134, extensions=["destination options"]),
    "router advertisement behind two headers": _to_all(134, extensions=["hop-by-hop", "destination options"]),
    "router advertisement in an atomic fragment": _to_all(134, extensions=["atomic fragment"]),
    "router advertisement in a first fragment": _to_all(134, extensions=["first fragment", "destination options"]),
    "router advertisement in a later fragment": _to_all(134, extensions=["later fragment"]),
    "redirect behind destination options": _to_all(137, b"\0" * 36, extensions=["destination options"]),
    "neighbour advertisement behind hop-by-hop": _to_all(136, b"\0" * 20, extensions=["hop-by-hop"]),
    "answer to another's duplicate address detection": _to_all(136, b"\xa0\0\0\0" + bytes.fromhex("fe80000000000000005c0afffe5a0203")),
    "duplicate address detection of the victim's": _to_all(135, bytes.fromhex("fe80000000000000005c0afffe5a0203"), source="::"),
    "neighbour solicitation as the gateway": _to_all(135, b"\0" * 20, source="fe80::5c:aff:fe5a:201"),
    "DHCPv6 advertise": ethernet(EVIL_MAC, ALL, IP6, packets.ipv6(LINK_LOCAL, "ff02::1:2", UDP, udp(547, 546, MARK))),
    "DHCPv6 reply from another port": ethernet(EVIL_MAC, ALL, IP6, packets.ipv6(LINK_LOCAL, "ff02::1:2", UDP, udp(5470, 546, MARK))),
    "IPv6 source of the victim": _inside6(128, source=VICTIM6),
    "IPv6 source of the gateway": _inside6(128, source=GATEWAY6),
    "IPv6 source of another slice": _inside6(128, source=OTHER6),
    "IPv6 source of nobody": _inside6(128, source="fd00:90:2::a5a:209"),
    "IPv6 source formed from the MAC, as a guest makes up one itself": _inside6(128, source="fd00:90:2::5c:aff:fe5a:202"),
    "IPv6 source of the victim behind destination options": _inside6(128, source=VICTIM6, extensions=["destination options"]),
    "IPv6 source of the victim in a fragment": _inside6(128, source=VICTIM6, extensions=["first fragment"]),
    "link-local source of the victim": _inside6(128, source="fe80::5c:aff:fe5a:203"),
    "neighbour advertisement of the victim's address": _inside6(136, _about(VICTIM6)),
    "neighbour advertisement of the gateway's address": _to_all(136, _about(GATEWAY6), source=EVIL6),
    "neighbour advertisement of the gateway's link-local address": _to_all(136, _about("fe80::5c:aff:fe5a:201"), source=EVIL6),
    "neighbour advertisement of the victim's address behind hop-by-hop": _inside6(136, _about(VICTIM6), extensions=["hop-by-hop"]),
    "neighbour advertisement of the victim's address in an atomic fragment": _inside6(136, _about(VICTIM6), extensions=["atomic fragment"]),
    "neighbour solicitation as the victim": _inside6(135, _about(GATEWAY6), source=VICTIM6),
    "duplicate address detection of the victim's address": _to_all(135, _about(VICTIM6), source="::"),
    "router advertisement from its own address": _to_all(134, source=EVIL6),
    "redirect from its own address": _inside6(137, b"\0" * 36),
    "DHCPv6 advertise from its own address": ethernet(EVIL_MAC, VICTIM_MAC, IP6, packets.ipv6(EVIL6, VICTIM6, UDP, udp(547, 546, MARK))),
    "IPv6 behind a VLAN tag": ethernet(EVIL_MAC, VICTIM_MAC, VLAN, b"\0\0\x86\xdd" + packets.icmpv6(VICTIM6, "ff02::1", 128, MARK)),
    "spanning tree": BPDU,
    "802.1X": ethernet(EVIL_MAC, VICTIM_MAC, 0x888E, MARK),
    "LLDP to the victim": ethernet(EVIL_MAC, VICTIM_MAC, 0x88CC, MARK),
    "IPX by 802.3": ethernet(EVIL_MAC, VICTIM_MAC, 3 + len(MARK), b"\xe0\xe0\3" + MARK),
}
#: frames that a guest may send to a neighbour of its slice
OWN = {
    "IP": _inside(udp(1, 9, MARK)),
    "ARP request": _claim(arp.REQUEST, EVIL),
    "ARP reply": _claim(arp.REPLY, EVIL),
    "ARP probe of its own VIP": arp.frame(arp.REQUEST, EVIL_MAC, arp.ANYONE, arp.NOBODY, EVIL) + MARK,
    "DHCP discover": _inside(udp(68, 67, MARK), source="0.0.0.0", destination="255.255.255.255", destination_mac=ALL),
    "IPv6": _inside6(128),
    "IPv6 from its link-local address": _to_all(128),
    "IPv6 in fragments": _fragments6(packets.ipv6(EVIL6, VICTIM6, UDP, udp(1, 9, MARK + MARK)), 16),
    "neighbour solicitation": _inside6(135, _about(VICTIM6)),
    "neighbour advertisement": _inside6(136, _about(EVIL6)),
    "neighbour advertisement of its link-local address": _inside6(136, _about(LINK_LOCAL)),
    "duplicate address detection": _to_all(135, _about(EVIL6), source="::"),
    "duplicate address detection of its link-local address": _to_all(135, _about(LINK_LOCAL), source="::"),
    "router solicitation": _to_all(133, b"\0\0\0\0"),
    "multicast listener report": _to_all(143, b"\0\0\0\0", source="::"),
    "DHCPv6 solicit": ethernet(EVIL_MAC, ALL, IP6, packets.ipv6(LINK_LOCAL, "ff02::1:2", UDP, udp(546, 547, MARK))),
}


@pytest.fixture(name="world", scope="module")
def _world():
    """A host of two slices; two guests of the first, one of the second, and what arrives at the victims."""
    with contextlib.ExitStack() as stack:
        host = stack.enter_context(namespaces.host({16: GATEWAY + "/27", 17: "10.90.3.1/27"}))
        host.run("sysctl -qw net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1", f"ip addr add {GATEWAY6}/123 dev nsb16 nodad",
                 "ip addr add fd00:90:3::a5a:301/123 dev nsb17 nodad")
        evil = stack.enter_context(namespaces.guest(host, 16, EVIL))
        victim = stack.enter_context(namespaces.guest(host, 16, VICTIM))
        victim.run(f"ip neigh replace {GATEWAY} lladdr {GATEWAY_MAC} dev eth0 nud permanent")  # attacks of one test shall not last to the next
        other = stack.enter_context(namespaces.guest(host, 17, OTHER))
        host.run(*(f"ip neigh replace {vip} lladdr {vm_mac(vip)} dev nsb{number} nud permanent"
                   for vip, number in ((EVIL, 16), (VICTIM, 16), (OTHER, 17))))
        host.run(*(f"ip neigh replace {vip6} lladdr {vm_mac(vip)} dev nsb{number} nud permanent"
                   for vip, vip6, number in ((EVIL, EVIL6, 16), (VICTIM, VICTIM6, 16), (OTHER, OTHER6, 17))))
        yield {"host": host, "evil": evil, "victim": victim, "other": other}


@pytest.fixture(name="isolated", params=[False, True], ids=["tables off", "tables on"])
def _isolated(request, world):
    with world["host"]:
        subprocess.run(["nft", "flush", "ruleset"], check=True)
        if request.param:
            subprocess.run(["nft", "-f", "-"], input=RULES.encode(), check=True)
    packets.send(world["victim"], arp.frame(arp.REPLY, VICTIM_MAC, VICTIM, arp.NOBODY, GATEWAY))  # so that the bridge knows again where the victim is
    time.sleep(0.01)
    return request.param


def _reaches(world, sender, frame, receiver, device="eth0", mark=MARK):
    ear = packets.Listener(world[receiver], device)
    try:
        for one in frame if isinstance(frame, list) else [frame]:
            packets.send(world[sender], one)
        return ear.hears(mark)
    finally:
        ear.close()


@pytest.mark.parametrize("name", INSIDE)
def test_attack_inside_a_slice(world, isolated, name):
    assert _reaches(world, "evil", INSIDE[name], "victim") is not isolated


def test_there_are_attacks_enough():
    assert len(INSIDE) >= 35 and len({str(frame) for frame in INSIDE.values()}) == len(INSIDE)


def test_poisoning_the_bridge_turns_no_frames_to_the_attacker(world, isolated):
    """A frame from the victim's MAC makes a learning bridge send what is for the victim to the attacker's port."""
    packets.send(world["evil"], _inside(udp(1, 9, b""), source_mac=VICTIM_MAC))
    ear = packets.Listener(world["evil"])
    try:
        with world["host"], socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as out:
            out.sendto(b"for the victim", (VICTIM, 9))
        assert ear.hears(b"for the victim") is not isolated
    finally:
        ear.close()


@pytest.mark.parametrize("name", OWN)
@pytest.mark.usefixtures("isolated")
def test_what_a_guest_may_send(world, name):
    assert _reaches(world, "evil", OWN[name], "victim")


@pytest.mark.parametrize("segment, sender, receiver, passes", [
    (tcp(4000, 80, SYN, MARK), "evil", "other", False),
    (tcp(4000, 5432, SYN, MARK), "evil", "other", True),
    (udp(4000, 5432, MARK), "evil", "other", False),
    (tcp(5432, 4000, SYN_ACK, MARK), "other", "evil", True),
    (tcp(5432, 4000, SYN, MARK), "other", "evil", False),
    (tcp(4000, 5432, SYN, MARK), "other", "evil", False),
], ids=["another port", "named flow", "its port by UDP", "its answer", "a connection from its port", "the way back"])
def test_between_slices(world, isolated, segment, sender, receiver, passes):
    vips = {"evil": EVIL, "other": OTHER}
    protocol = UDP if segment[8:].startswith(MARK) else TCP
    gateway = GATEWAY_MAC if sender == "evil" else vm_mac("10.90.3.1")
    frame = _inside(segment, vips[sender], vips[receiver], vm_mac(vips[sender]), gateway, protocol)
    assert _reaches(world, sender, frame, receiver) is (passes or not isolated)
    vips6 = {"evil": EVIL6, "other": OTHER6}
    frame = ethernet(vm_mac(vips[sender]), gateway, IP6, packets.ipv6(vips6[sender], vips6[receiver], protocol, segment))
    assert _reaches(world, sender, frame, receiver) is (passes or not isolated)


def test_an_unnamed_port_of_the_bridge_reaches_no_guest(world, isolated):
    with contextlib.ExitStack() as stack:
        world["stranger"] = stack.enter_context(namespaces.guest(world["host"], 16, "10.90.2.30", tap="stranger0"))
        frame = _inside(udp(1, 9, MARK), "10.90.2.30", VICTIM, vm_mac("10.90.2.30"))
        assert _reaches(world, "stranger", frame, "victim") is not isolated


@pytest.mark.parametrize("segment, protocol, passes", [
    (udp(4000, 53, MARK), UDP, False),
    (tcp(4000, 22, SYN, MARK), TCP, False),
    (udp(68, 67, MARK), UDP, True),
    (packets.icmp_echo(MARK), packets.ICMP, True),
], ids=["DNS", "SSH", "DHCP", "ping"])
def test_the_host_itself(world, isolated, segment, protocol, passes):
    counter = "table inet seen {\nchain input {\ntype filter hook input priority 10\niifname nsb16 ip saddr %s counter\n}\n}\n" % EVIL
    with world["host"]:
        subprocess.run(["nft", "-f", "-"], input=counter.encode(), check=True)
        packets.send(world["evil"], _inside(segment, EVIL, GATEWAY, EVIL_MAC, GATEWAY_MAC, protocol))
        listing = subprocess.run(["nft", "list", "table", "inet", "seen"], stdout=subprocess.PIPE, check=True).stdout.decode()
        subprocess.run(["nft", "delete", "table", "inet", "seen"], check=True)
    assert ("counter packets 1" in listing) is (passes or not isolated)


def test_a_nat_slice_hides_behind_the_host(world):
    with contextlib.ExitStack() as stack:
        outside = world["outside"] = namespaces.Namespace()
        stack.callback(outside.close)
        world["host"].run(f"ip link add up0 type veth peer name eth0 netns {outside.path}", "ip link set dev up0 up", "ip addr add 192.0.2.1/24 dev up0")
        stack.callback(world["host"].run, "ip link del up0")
        outside.run("ip link set dev eth0 up", "ip addr add 192.0.2.9/24 dev eth0", f"ip addr add {OUTSIDE6}/64 dev eth0 nodad")
        world["host"].run("ip addr add 2001:db8::1/64 dev up0 nodad")
        with world["host"]:
            subprocess.run(["nft", "-f", "-"], input=RULES.encode(), check=True)
        hidden = _inside(udp(4000, 9, MARK), OTHER, "192.0.2.9", vm_mac(OTHER), vm_mac("10.90.3.1"))
        assert _reaches(world, "other", hidden, "outside", mark=bytes([192, 0, 2, 1, 192, 0, 2, 9]))
        plain = _inside(udp(4000, 9, MARK), EVIL, "192.0.2.9", EVIL_MAC, GATEWAY_MAC)
        assert _reaches(world, "evil", plain, "outside", mark=bytes([10, 90, 2, 2, 192, 0, 2, 9]))
        hidden = ethernet(vm_mac(OTHER), vm_mac("10.90.3.1"), IP6, packets.icmpv6(OTHER6, OUTSIDE6, 128, MARK))
        assert _reaches(world, "other", hidden, "outside", mark=_packed("2001:db8::1") + _packed(OUTSIDE6))
        plain = ethernet(EVIL_MAC, GATEWAY_MAC, IP6, packets.icmpv6(EVIL6, OUTSIDE6, 128, MARK))
        assert _reaches(world, "evil", plain, "outside", mark=_packed(EVIL6) + _packed(OUTSIDE6))


def _packed(address):
    return socket.inet_pton(socket.AF_INET6, address)


@pytest.mark.usefixtures("isolated")
def test_a_neighbour_advertisement_in_fragments_teaches_nobody(world):
    """The table lets fragments from a guest's own address pass; what is hidden in the second one is refused by who puts them together (RFC 6980)."""
    world["victim"].run(f"ip neigh replace {GATEWAY6} lladdr {GATEWAY_MAC} dev eth0 nud stale")
    whole = packets.icmpv6(EVIL6, VICTIM6, 136, _about(GATEWAY6) + b"\2\1" + bytes.fromhex(EVIL_MAC.replace(":", "")), ["destination options"] * 2)
    for frame in _fragments6(whole, 16):
        packets.send(world["evil"], frame)
    time.sleep(0.05)
    with world["victim"]:
        entry = subprocess.run(["ip", "neigh", "show", GATEWAY6], stdout=subprocess.PIPE, check=True).stdout.decode()
    assert GATEWAY_MAC in entry
