# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Frames as an attacker makes them, and a listener that sees all that arrives at a device."""
from __future__ import annotations

import select
import socket
import struct
import time

ETH_P_ALL = 3
TCP, UDP, ICMP, ICMP6 = 6, 17, 1, 58
SYN, SYN_ACK = 0x02, 0x12
#: extension headers of IPv6: number, and what follows the number of the next header (RFC 8200)
EXTENSIONS = {
    "hop-by-hop": (0, b"\0\1\4\0\0\0\0"),
    "destination options": (60, b"\0\1\4\0\0\0\0"),
    "first fragment": (44, b"\0\0\1\0\0\0\7"),
    "atomic fragment": (44, b"\0\0\0\0\0\0\7"),
    "later fragment": (44, b"\0\0\x10\0\0\0\7"),
}


def ethernet(source, destination, kind, payload):
    """Ethernet frame; MACs as texts."""
    return _mac(destination) + _mac(source) + struct.pack("!H", kind) + payload


def ipv4(source, destination, protocol, payload, fragment=0):
    """IPv4 packet with a right checksum, for routers look at it. fragment: flags and offset as in the header."""
    addresses = socket.inet_aton(source), socket.inet_aton(destination)
    head = struct.pack("!BBHHHBBH4s4s", 0x45, 0, 20 + len(payload), 7, fragment, 64, protocol, 0, *addresses)
    return head[:10] + struct.pack("!H", checksum(head)) + head[12:] + payload


def udp(source_port, destination_port, payload):
    """UDP datagram without a checksum."""
    return struct.pack("!HHHH", source_port, destination_port, 8 + len(payload), 0) + payload


def tcp(source_port, destination_port, flags, payload=b""):
    """TCP segment; nobody on the way looks at its checksum."""
    return struct.pack("!HHIIBBHHH", source_port, destination_port, 1, 1, 0x50, flags, 1024, 0, 0) + payload


def icmp_echo(payload):
    """ICMP echo request."""
    head = struct.pack("!BBHHH", 8, 0, 0, 1, 1)
    return struct.pack("!BBHHH", 8, 0, checksum(head + payload), 1, 1) + payload


def icmpv6(source, destination, kind, payload, extensions=()):
    """IPv6 packet with ICMPv6 and a right checksum, behind the extension headers named: of EXTENSIONS, outermost first."""
    body = struct.pack("!BBH", kind, 0, 0) + payload
    addresses = socket.inet_pton(socket.AF_INET6, source) + socket.inet_pton(socket.AF_INET6, destination)
    total = checksum(addresses + struct.pack("!IHBB", len(body), 0, 0, ICMP6) + body)
    return ipv6(source, destination, ICMP6, body[:2] + struct.pack("!H", total) + body[4:], extensions)


def ipv6(source, destination, protocol, payload, extensions=()):
    """IPv6 packet, with the extension headers named before its payload."""
    for name in reversed(extensions):
        number, rest = EXTENSIONS[name]
        protocol, payload = number, bytes([protocol]) + rest + payload
    addresses = socket.inet_pton(socket.AF_INET6, source) + socket.inet_pton(socket.AF_INET6, destination)
    return struct.pack("!IHBB", 0x60000000, len(payload), protocol, 255) + addresses + payload


def checksum(data):
    """The internet's checksum."""
    data += b"\0" * (len(data) % 2)
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


def send(space, frame, device="eth0"):
    """Send a frame from a namespace's device."""
    with space, socket.socket(socket.AF_PACKET, socket.SOCK_RAW) as out:
        out.bind((device, 0))
        out.send(frame)


def waited(condition, seconds=20):
    """The value of condition() once it is true, or its last one after so many seconds."""
    end = time.monotonic() + seconds
    while not (value := condition()) and time.monotonic() < end:
        time.sleep(0.02)
    return value


class Listener:
    """Sees every frame that arrives at a device of a namespace."""

    def __init__(self, space, device="eth0"):
        with space:
            self._socket = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(ETH_P_ALL))
            self._socket.bind((device, ETH_P_ALL))

    def hears(self, mark, seconds=0.15):
        """Whether a frame with the bytes `mark` arrives within the time."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if select.select([self._socket], [], [], max(0, end - time.monotonic()))[0]:
                data, address = self._socket.recvfrom(4096)
                if mark in data and address[2] != socket.PACKET_OUTGOING:
                    return True
        return False

    def close(self):
        """Close the socket."""
        self._socket.close()


def _mac(text):
    return bytes.fromhex(text.replace(":", ""))
