# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a guest sends to get at another one of its slice, and what it may send: frames by name."""
from __future__ import annotations

import socket
import time

import pytest

from ansible_collections.foresight.netslice.plugins.module_utils.pool.names import link_local, vip6, vm_mac
from ansible_collections.foresight.netslice.plugins.module_utils.vips import arp
from ansible_collections.foresight.netslice.tests.unit.plugins.module_utils.vips import packets
from ansible_collections.foresight.netslice.tests.unit.plugins.module_utils.vips.packets import SYN, SYN_ACK, UDP, ethernet, ipv4, tcp, udp

RANGE6 = "fd00:90:2::/64"
GATEWAY, EVIL, OTHER = "10.90.2.1", "10.90.2.2", "10.90.3.2"
EVIL_MAC, GATEWAY_MAC = vm_mac(EVIL), vm_mac(GATEWAY)
GATEWAY6, EVIL6, OTHER6 = vip6(RANGE6, GATEWAY), vip6(RANGE6, EVIL), "fd00:90:3::a5a:302"
LINK_LOCAL = link_local(EVIL_MAC)
ALL = arp.BROADCAST
ROGUE = "52:54:00:00:00:09"
MARK = b"netslice-attack-"
IP, ARP, IP6, VLAN, QINQ, PPPOE, RARP = 0x0800, 0x0806, 0x86DD, 0x8100, 0x88A8, 0x8863, 0x8035
#: seconds for a frame that is to arrive, for the machine may be busy, and for one that is not
ARRIVES, STAYS_AWAY = 20, 0.15
#: from slice web to db, and back, where one flow is named: by TCP to port 5432
between_slices = pytest.mark.parametrize("segment, sender, receiver, passes", [
    (tcp(4000, 80, SYN, MARK), "evil", "other", False),
    (tcp(4000, 5432, SYN, MARK), "evil", "other", True),
    (udp(4000, 5432, MARK), "evil", "other", False),
    (tcp(5432, 4000, SYN_ACK, MARK), "other", "evil", True),
    (tcp(5432, 4000, SYN, MARK), "other", "evil", False),
    (tcp(4000, 5432, SYN, MARK), "other", "evil", False),
], ids=["another port", "named flow", "its port by UDP", "its answer", "a connection from its port", "the way back"])
#: a bridge that claims to be the root, to the address that the bridge itself does not keep
BPDU = ethernet(EVIL_MAC, ALL, 38, b"\x42\x42\3" + b"\0\0\0\0\0" + b"\0" * 16 + MARK)


def reached(world, sender, frames, expected, mark=MARK):
    """Whom of {receiver: frame, or several} theirs reaches. expected: whether that is to be so of all, else of none."""
    ears = {receiver: packets.Listener(world[receiver]) for receiver in frames}
    try:
        for frame in frames.values():
            for one in frame if isinstance(frame, list) else [frame]:
                packets.send(world[sender], one)
        end = time.monotonic() + (ARRIVES if expected else STAYS_AWAY)
        return [receiver for receiver, ear in ears.items() if ear.hears(mark, max(0.05, end - time.monotonic()))]
    finally:
        for ear in ears.values():
            ear.close()


def reaches(world, sender, frame, receiver, expected, mark=MARK):
    """Whether a frame, or one of several, arrives; expected as of reached()."""
    return reached(world, sender, {receiver: frame}, expected, mark) == [receiver]


class Frames:
    """Frames of the guest EVIL, by name: `attacks` on the guest of a VIP, and what it may send, `own`; a list is sent one by one.

    next_mac: whom frames to the victim are addressed to, where that is not the victim itself.
    """

    def __init__(self, victim, next_mac=None):
        self.victim, self.victim_mac, self.victim6 = victim, next_mac or vm_mac(victim), vip6(RANGE6, victim)
        self.victim_local = link_local(vm_mac(victim))
        self.attacks = {**self._of_ipv4(), **self._of_ipv6(), **self._of_neighbours(), **self._of_others()}
        self.own = self._own()

    def inside(self, payload, source=EVIL, destination=None, source_mac=EVIL_MAC, destination_mac=None, protocol=UDP):
        """An IPv4 packet to the victim, or to another destination."""
        return ethernet(source_mac, destination_mac or self.victim_mac, IP, ipv4(source, destination or self.victim, protocol, payload))

    def claim(self, operation, address, mac=EVIL_MAC, source_mac=None):
        """ARP that says an address is at a MAC."""
        return arp.frame(operation, mac, address, arp.NOBODY, self.victim, source_mac=source_mac) + MARK

    def to_all(self, kind, payload=b"", source=LINK_LOCAL, extensions=()):
        """ICMPv6 to all nodes of the link."""
        return ethernet(EVIL_MAC, ALL, IP6, packets.icmpv6(source, "ff02::1", kind, payload + MARK, extensions))

    def inside6(self, kind, payload=b"", source=EVIL6, extensions=()):
        """ICMPv6 to the victim."""
        return ethernet(EVIL_MAC, self.victim_mac, IP6, packets.icmpv6(source, self.victim6, kind, payload + MARK, extensions))

    def fragments(self, datagram, source):
        """Both fragments, for a bridge that follows connections puts them together before it passes them on."""
        first, last = (ipv4(source, self.victim, UDP, part, fragment=flags) for part, flags in ((datagram[:24], 0x2000), (datagram[24:], 3)))
        return [ethernet(EVIL_MAC, self.victim_mac, IP, packet) for packet in (first, last)]

    def fragments6(self, whole, length):
        """Both fragments of an IPv6 packet, the first with so many bytes of what follows its header."""
        parts = ((whole[40:40 + length], 1), (whole[40 + length:], length))
        heads = [whole[:4] + (8 + len(part)).to_bytes(2, "big") + b"\x2c" + whole[7:40] for part, _flags in parts]
        return [ethernet(EVIL_MAC, self.victim_mac, IP6, head + whole[6:7] + b"\0" + flags.to_bytes(2, "big") + b"\0\0\0\x09" + part)
                for head, (part, flags) in zip(heads, parts)]

    def _of_ipv4(self):
        return {
            "source address of another guest": self.inside(udp(1, 9, MARK), source="10.90.2.9"),
            "source address of the gateway": self.inside(udp(1, 9, MARK), source=GATEWAY),
            "source address of another slice": self.inside(udp(1, 9, MARK), source=OTHER),
            "source MAC of nobody": self.inside(udp(1, 9, MARK), source_mac=ROGUE),
            "source MAC of the gateway": self.inside(udp(1, 9, MARK), source_mac=GATEWAY_MAC),
            "no source address": self.inside(udp(1, 9, MARK), source="0.0.0.0"),
            "ARP reply for the gateway": self.claim(arp.REPLY, GATEWAY),
            "ARP request as the gateway": self.claim(arp.REQUEST, GATEWAY),
            "ARP announcement of a free VIP": self.claim(arp.REQUEST, "10.90.2.20"),
            "ARP with another MAC inside": self.claim(arp.REPLY, EVIL, mac=ROGUE, source_mac=EVIL_MAC),
            "ARP probe of the victim's VIP": arp.frame(arp.REQUEST, EVIL_MAC, arp.ANYONE, arp.NOBODY, self.victim) + MARK,
            "DHCP offer": self.inside(udp(67, 68, MARK)),
            "DHCP offer from another port": self.inside(udp(6767, 68, MARK)),
            "DHCP offer to all": self.inside(udp(67, 68, MARK), destination="255.255.255.255", destination_mac=ALL),
            "source MAC of the victim": self.inside(udp(1, 9, MARK), source_mac=vm_mac(self.victim), destination_mac=ALL),
            "fragments of another source": self.fragments(udp(1, 9, MARK) + MARK, "10.90.2.9"),
            "fragments of a DHCP offer": self.fragments(udp(67, 68, MARK) + b"\0" * 16, EVIL),
            "ARP reply for the victim's VIP": self.claim(arp.REPLY, self.victim),
            "ARP announcement of the victim's VIP": arp.frame(arp.REQUEST, EVIL_MAC, self.victim, arp.NOBODY, self.victim) + MARK,
        }

    def _of_ipv6(self):
        return {
            "router advertisement": ethernet(EVIL_MAC, ALL, IP6, packets.icmpv6(LINK_LOCAL, "ff02::1", 134, MARK)),
            "redirect": ethernet(EVIL_MAC, ALL, IP6, packets.icmpv6(LINK_LOCAL, "ff02::1", 137, b"\0" * 36 + MARK)),
            "IPv6 from an address it was not given": ethernet(EVIL_MAC, ALL, IP6, packets.icmpv6("fd00:90:2::2", "ff02::1", 128, MARK)),
            "router advertisement behind hop-by-hop": self.to_all(134, extensions=["hop-by-hop"]),
            "router advertisement behind destination options": self.to_all(134, extensions=["destination options"]),
            "router advertisement behind two headers": self.to_all(134, extensions=["hop-by-hop", "destination options"]),
            "router advertisement in an atomic fragment": self.to_all(134, extensions=["atomic fragment"]),
            "router advertisement in a first fragment": self.to_all(134, extensions=["first fragment", "destination options"]),
            "router advertisement in a later fragment": self.to_all(134, extensions=["later fragment"]),
            "redirect behind destination options": self.to_all(137, b"\0" * 36, extensions=["destination options"]),
            "DHCPv6 advertise": ethernet(EVIL_MAC, ALL, IP6, packets.ipv6(LINK_LOCAL, "ff02::1:2", UDP, udp(547, 546, MARK))),
            "DHCPv6 reply from another port": ethernet(EVIL_MAC, ALL, IP6, packets.ipv6(LINK_LOCAL, "ff02::1:2", UDP, udp(5470, 546, MARK))),
            "IPv6 source of the victim": self.inside6(128, source=self.victim6),
            "IPv6 source of the gateway": self.inside6(128, source=GATEWAY6),
            "IPv6 source of another slice": self.inside6(128, source=OTHER6),
            "IPv6 source of nobody": self.inside6(128, source="fd00:90:2::a5a:209"),
            "IPv6 source formed from the MAC, as a guest makes up one itself": self.inside6(128, source="fd00:90:2::5c:aff:fe5a:202"),
            "IPv6 source of the victim behind destination options": self.inside6(128, source=self.victim6, extensions=["destination options"]),
            "IPv6 source of the victim in a fragment": self.inside6(128, source=self.victim6, extensions=["first fragment"]),
            "link-local source of the victim": self.inside6(128, source=self.victim_local),
            "router advertisement from its own address": self.to_all(134, source=EVIL6),
            "redirect from its own address": self.inside6(137, b"\0" * 36),
            "DHCPv6 advertise from its own address": ethernet(EVIL_MAC, self.victim_mac, IP6, packets.ipv6(EVIL6, self.victim6, UDP, udp(547, 546, MARK))),
            "IPv6 behind a VLAN tag": ethernet(EVIL_MAC, self.victim_mac, VLAN, b"\0\0\x86\xdd" + packets.icmpv6(self.victim6, "ff02::1", 128, MARK)),
        }

    def _of_neighbours(self):
        return {
            "neighbour advertisement": ethernet(EVIL_MAC, ALL, IP6, packets.icmpv6(LINK_LOCAL, "ff02::1", 136, b"\0" * 20 + MARK)),
            "neighbour advertisement behind hop-by-hop": self.to_all(136, b"\0" * 20, extensions=["hop-by-hop"]),
            "answer to another's duplicate address detection": self.to_all(136, b"\xa0\0\0\0" + _packed(self.victim_local)),
            "duplicate address detection of the victim's": self.to_all(135, _packed(self.victim_local), source="::"),
            "neighbour solicitation as the gateway": self.to_all(135, b"\0" * 20, source="fe80::5c:aff:fe5a:201"),
            "neighbour advertisement of the victim's address": self.inside6(136, about(self.victim6)),
            "neighbour advertisement of the gateway's address": self.to_all(136, about(GATEWAY6), source=EVIL6),
            "neighbour advertisement of the gateway's link-local address": self.to_all(136, about("fe80::5c:aff:fe5a:201"), source=EVIL6),
            "neighbour advertisement of the victim's address behind hop-by-hop": self.inside6(136, about(self.victim6), extensions=["hop-by-hop"]),
            "neighbour advertisement of the victim's address in an atomic fragment": self.inside6(136, about(self.victim6), extensions=["atomic fragment"]),
            "neighbour solicitation as the victim": self.inside6(135, about(GATEWAY6), source=self.victim6),
            "duplicate address detection of the victim's address": self.to_all(135, about(self.victim6), source="::"),
        }

    def _of_others(self):
        return {
            "RARP": ethernet(EVIL_MAC, ALL, RARP, arp.frame(3, EVIL_MAC, EVIL, arp.NOBODY, self.victim)[14:] + MARK),
            "VLAN tag": ethernet(EVIL_MAC, self.victim_mac, VLAN, b"\0\5\x08\0" + ipv4("10.90.2.9", self.victim, UDP, udp(1, 9, MARK))),
            "two VLAN tags": ethernet(EVIL_MAC, self.victim_mac, QINQ, b"\0\5\x81\0\0\6\x08\0" + ipv4("10.90.2.9", self.victim, UDP, udp(1, 9, MARK))),
            "PPPoE": ethernet(EVIL_MAC, self.victim_mac, PPPOE, MARK),
            "ARP behind a VLAN tag": ethernet(EVIL_MAC, self.victim_mac, VLAN, b"\0\0\x08\6" + self.claim(arp.REPLY, GATEWAY)[14:]),
            "spanning tree": BPDU,
            "802.1X": ethernet(EVIL_MAC, self.victim_mac, 0x888E, MARK),
            "LLDP to the victim": ethernet(EVIL_MAC, self.victim_mac, 0x88CC, MARK),
            "IPX by 802.3": ethernet(EVIL_MAC, self.victim_mac, 3 + len(MARK), b"\xe0\xe0\3" + MARK),
        }

    def _own(self):
        return {
            "IP": self.inside(udp(1, 9, MARK)),
            "ARP request": self.claim(arp.REQUEST, EVIL),
            "ARP reply": self.claim(arp.REPLY, EVIL),
            "ARP probe of its own VIP": arp.frame(arp.REQUEST, EVIL_MAC, arp.ANYONE, arp.NOBODY, EVIL) + MARK,
            "DHCP discover": self.inside(udp(68, 67, MARK), source="0.0.0.0", destination="255.255.255.255", destination_mac=ALL),
            "IPv6": self.inside6(128),
            "IPv6 from its link-local address": self.to_all(128),
            "IPv6 in fragments": self.fragments6(packets.ipv6(EVIL6, self.victim6, UDP, udp(1, 9, MARK + MARK)), 16),
            "neighbour solicitation": self.inside6(135, about(self.victim6)),
            "neighbour advertisement": self.inside6(136, about(EVIL6)),
            "neighbour advertisement of its link-local address": self.inside6(136, about(LINK_LOCAL)),
            "duplicate address detection": self.to_all(135, about(EVIL6), source="::"),
            "duplicate address detection of its link-local address": self.to_all(135, about(LINK_LOCAL), source="::"),
            "router solicitation": self.to_all(133, b"\0\0\0\0"),
            "multicast listener report": self.to_all(143, b"\0\0\0\0", source="::"),
            "DHCPv6 solicit": ethernet(EVIL_MAC, ALL, IP6, packets.ipv6(LINK_LOCAL, "ff02::1:2", UDP, udp(546, 547, MARK))),
        }


def about(address):
    """The body of a neighbour solicitation or advertisement of an address, in the second case solicited and to override."""
    return b"\x60\0\0\0" + _packed(address)


def _packed(address):
    return socket.inet_pton(socket.AF_INET6, address)
