# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A steady stream of numbered datagrams, to see whether each arrives.

    shaping_probe.py send FROM TO PORT RATE       # RATE a second until its standard input ends; prints how many were sent
    shaping_probe.py receive AT PORT              # until SIGTERM and a second without any; prints how many different ones came
    shaping_probe.py mark AT PORT                 # until one comes; prints its DSCP
"""
from __future__ import annotations

import select
import signal
import socket
import sys
import time

BYTES = 200
SO_RCVBUFFORCE = 33  # of Linux; Python has no name for it
QUIET_SECONDS = 1.0


def send(source, target, port, rate):
    """Count of datagrams sent."""
    endpoint = socket.socket(socket.AF_INET6 if ":" in target else socket.AF_INET, socket.SOCK_DGRAM)
    endpoint.bind((source, 0))
    begin, number = time.monotonic(), 0
    while not select.select([sys.stdin], [], [], 0)[0]:
        due = int((time.monotonic() - begin) * rate)
        # A machine that was busy for a moment does not make up for it with a burst that no queue could hold.
        if due - number > rate // 50:
            begin += (due - number) / rate
            continue
        while number < due:
            endpoint.sendto(number.to_bytes(8, "big") + bytes(BYTES - 8), (target, port))
            number += 1
        time.sleep(0.0005)
    return number


def receive(address, port):
    """Count of different datagrams received."""
    endpoint = socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET, socket.SOCK_DGRAM)
    endpoint.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, 1 << 24)
    endpoint.bind((address, port))
    endpoint.settimeout(QUIET_SECONDS)
    over, seen = [], set()
    signal.signal(signal.SIGTERM, lambda *_args: over.append(True))
    print("ready", flush=True)
    while True:
        try:
            seen.add(endpoint.recv(2048)[:8])
        except socket.timeout:
            if over:
                return len(seen)


def mark(address, port):
    """DSCP of the first datagram that comes."""
    six = ":" in address
    endpoint = socket.socket(socket.AF_INET6 if six else socket.AF_INET, socket.SOCK_DGRAM)
    endpoint.setsockopt(*((socket.IPPROTO_IPV6, socket.IPV6_RECVTCLASS) if six else (socket.IPPROTO_IP, socket.IP_RECVTOS)), 1)
    endpoint.bind((address, port))
    endpoint.settimeout(60)
    print("ready", flush=True)
    _data, ancillary, _flags, _source = endpoint.recvmsg(2048, 64)
    return ancillary[0][2][0] >> 2


if __name__ == "__main__":
    if sys.argv[1] == "mark":
        print(mark(sys.argv[2], int(sys.argv[3])))
    elif sys.argv[1] == "send":
        print(send(sys.argv[2], sys.argv[3], int(sys.argv[4]), int(sys.argv[5])))
    else:
        print(receive(sys.argv[2], int(sys.argv[3])))
