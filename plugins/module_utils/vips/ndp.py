# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Neighbour discovery (RFC 4861) as arp.py does ARP: frames, and a raw socket on a bridge that asks, announces and hears."""
from __future__ import annotations

import ctypes
import ipaddress
import socket
import struct

from ..pool.names import link_local
from . import arp

SOLICITATION, ADVERTISEMENT = 135, 136
ALL_NODES, UNSPECIFIED = "ff02::1", "::"
_SOURCE_LINK, _TARGET_LINK = 1, 2  # options that carry a MAC
_OVERRIDE = 0x20000000
_ETHERTYPE, _ICMPV6, _HOPS = 0x86DD, 58, 255
_MESSAGE = 54  # where ICMPv6 begins, behind the headers of Ethernet and IPv6
_SO_ATTACH_FILTER = 26
#: classic BPF: next header ICMPv6, type neighbour advertisement; else what guests send through the bridge would come too
_ADVERTISEMENTS = ((0x30, 0, 0, 20), (0x15, 0, 3, _ICMPV6), (0x30, 0, 0, _MESSAGE), (0x15, 0, 1, ADVERTISEMENT), (0x06, 0, 0, 0x40000), (0x06, 0, 0, 0))


def solicitation(mac, source, target):
    """Frame that asks who has `target`. source: the asker's address, or :: for duplicate address detection."""
    group = ipaddress.IPv6Address(b"\xff\x02" + bytes(9) + b"\x01\xff" + ipaddress.IPv6Address(target).packed[-3:])
    option = b"" if source == UNSPECIFIED else _link(_SOURCE_LINK, mac)
    return _frame(mac, source, str(group), SOLICITATION, 0, target, option)


def advertisement(mac, address, source_mac):
    """Frame that tells all neighbours, unasked, that `address` is at `mac`."""
    return _frame(source_mac, address, ALL_NODES, ADVERTISEMENT, _OVERRIDE, address, _link(_TARGET_LINK, mac))


def parse(data):
    """Bytes of an Ethernet frame -> arp.Packet, or None where it is no neighbour advertisement."""
    if len(data) < _MESSAGE + 24 or data[12:14] != b"\x86\xdd" or (data[20], data[21], data[_MESSAGE]) != (_ICMPV6, _HOPS, ADVERTISEMENT):
        return None
    mac, option = data[6:12], _MESSAGE + 24
    while option + 8 <= len(data) and data[option + 1]:
        if data[option] == _TARGET_LINK:
            mac = data[option + 2:option + 8]
        option += 8 * data[option + 1]
    return arp.Packet(arp.REPLY, arp.mac_text(mac), socket.inet_ntop(socket.AF_INET6, data[_MESSAGE + 8:_MESSAGE + 24]))


class Port(arp.Port):
    """As arp.Port, for neighbour discovery."""

    ethertype = _ETHERTYPE

    def __init__(self, device):
        super().__init__(device)
        code = b"".join(struct.pack("=HBBI", *row) for row in _ADVERTISEMENTS)
        kept = ctypes.create_string_buffer(code, len(code))
        self._socket.setsockopt(socket.SOL_SOCKET, _SO_ATTACH_FILTER, struct.pack("HP", len(_ADVERTISEMENTS), ctypes.addressof(kept)))

    def question(self, address, anonymous):
        return solicitation(self.mac, UNSPECIFIED if anonymous else link_local(self.mac), address)

    def announcements(self, mac, address):
        return [advertisement(mac, address, self.mac)]

    def parse(self, data):
        return parse(data)


def ports(stack, asked):
    """{Port: [address]} of {bridge: [address]}: one of ARP and one of neighbour discovery for each bridge, as its addresses need.

    stack: contextlib.ExitStack that closes them. Raises HostError where a bridge is missing.
    """
    found = {}
    for bridge, addresses in asked.items():
        for kind, mine in ((arp.Port, [one for one in addresses if ":" not in one]), (Port, [one for one in addresses if ":" in one])):
            if mine:
                found[stack.enter_context(kind(bridge))] = mine
    return found


def _frame(source_mac, source, destination, kind, flags, target, option):
    body = struct.pack("!BBHI", kind, 0, 0, flags) + ipaddress.IPv6Address(target).packed + option
    addresses = ipaddress.IPv6Address(source).packed + ipaddress.IPv6Address(destination).packed
    total = _checksum(addresses + struct.pack("!II", len(body), _ICMPV6) + body)
    head = struct.pack("!IHBB", 0x60000000, len(body), _ICMPV6, _HOPS) + addresses
    multicast = b"\x33\x33" + ipaddress.IPv6Address(destination).packed[-4:]
    return multicast + arp.mac_bytes(source_mac) + struct.pack("!H", _ETHERTYPE) + head + body[:2] + struct.pack("!H", total) + body[4:]


def _link(kind, mac):
    return bytes([kind, 1]) + arp.mac_bytes(mac)


def _checksum(data):
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF
