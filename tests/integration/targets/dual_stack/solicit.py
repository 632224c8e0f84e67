# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Asks on a bridge for an IPv6 address, as a guest with a MAC does that knows itself by its DUID-LL, and prints what a server offers (RFC 8415)."""
from __future__ import annotations

import socket
import struct
import sys

SOLICIT, ADVERTISE, CLIENT_ID, ADDRESS_REQUEST, ADDRESS = 1, 2, 1, 3, 5
GROUP, CLIENT_PORT, SERVER_PORT = "ff02::1:2", 546, 547


def option(kind, payload):
    return struct.pack("!HH", kind, len(payload)) + payload


def options(data):
    """{kind: payload}"""
    found, at = {}, 0
    while at + 4 <= len(data):
        kind, length = struct.unpack_from("!HH", data, at)
        found[kind] = data[at + 4:at + 4 + length]
        at += 4 + length
    return found


def main(bridge, mac):
    duid = b"\0\3\0\1" + bytes.fromhex(mac.replace(":", ""))
    message = bytes([SOLICIT]) + b"\1\2\3" + option(CLIENT_ID, duid) + option(ADDRESS_REQUEST, struct.pack("!III", 1, 0, 0)) + option(8, b"\0\0")
    with socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as out:
        index = socket.if_nametoindex(bridge)
        out.bind(("::", CLIENT_PORT))
        out.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_MULTICAST_IF, index)
        out.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_MULTICAST_LOOP, 1)
        out.settimeout(2)
        for _attempt in range(30):
            out.sendto(message, (GROUP, SERVER_PORT, 0, index))
            try:
                answer = out.recv(2048)
            except TimeoutError:
                continue
            if answer[0] == ADVERTISE:
                association = options(answer[4:])[ADDRESS_REQUEST]
                print(socket.inet_ntop(socket.AF_INET6, options(association[12:])[ADDRESS][:16]))
                return
    sys.exit("no server offered an address")


if __name__ == "__main__":
    main(*sys.argv[1:])
