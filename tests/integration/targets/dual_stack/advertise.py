# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Makes the host believe that a guest sent a router advertisement: the frame is turned to the guest's tap as if it came in there."""
from __future__ import annotations

import ipaddress
import socket
import struct
import subprocess
import sys
import time

ALL_NODES = "ff02::1"
ON_LINK_AND_AUTONOMOUS = 0xC0


def advertisement(mac, source, prefix):
    """Ethernet frame with a router advertisement of a /64 from which hosts may form addresses."""
    link = bytes([1, 1]) + mac
    told = struct.pack("!BBBBIII16s", 3, 4, 64, ON_LINK_AND_AUTONOMOUS, 1800, 1800, 0, ipaddress.IPv6Address(prefix).packed)
    body = struct.pack("!BBHBBHII", 134, 0, 0, 64, 0, 1800, 0, 0) + link + told
    addresses = ipaddress.IPv6Address(source).packed + ipaddress.IPv6Address(ALL_NODES).packed
    total = checksum(addresses + struct.pack("!II", len(body), 58) + body)
    packet = struct.pack("!IHBB", 0x60000000, len(body), 58, 255) + addresses + body[:2] + struct.pack("!H", total) + body[4:]
    return b"\x33\x33\0\0\0\1" + mac + b"\x86\xdd" + packet


def checksum(data):
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


def main(tap, mac, source, prefix):
    def run(line):
        subprocess.run(line.split(), check=True)

    run("ip link add evil0 type veth peer name evil1")
    try:
        for device in ("evil0", "evil1"):
            run(f"ip link set dev {device} addrgenmode none")
            run(f"ip link set dev {device} up")
        run("tc qdisc add dev evil1 clsact")
        run(f"tc filter add dev evil1 ingress protocol all u32 match u32 0 0 action mirred ingress redirect dev {tap}")
        with socket.socket(socket.AF_PACKET, socket.SOCK_RAW) as out:
            out.bind(("evil0", 0))
            for _number in range(3):
                out.send(advertisement(bytes.fromhex(mac.replace(":", "")), source, prefix))
                time.sleep(0.5)
    finally:
        run("ip link del evil0")


if __name__ == "__main__":
    main(*sys.argv[1:])
