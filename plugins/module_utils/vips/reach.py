# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether addresses answer at all, by ICMP echo or TCP, from wherever they are routed."""
from __future__ import annotations

import errno
import os
import select
import socket
import struct
import time

from ..errors import HostError

ROUNDS = 3
ECHO_REPLY, ECHO_REQUEST = 0, 8
#: a TCP connection that ends so was answered by somebody
ANSWERED = (0, errno.ECONNREFUSED, errno.ECONNRESET)
#: connections that are tried at once; each is a file
AT_ONCE = 256


def answering(addresses, ports, timeout):
    """Sorted list of those IPv4 addresses that answer an ICMP echo, or a TCP connection to one of the ports, within `timeout` seconds.

    A refused connection is an answer too. Raises HostError where this process may not ask.
    """
    left = sorted(set(addresses))
    found = _echoes(left, timeout / 2)
    return sorted(found | _connected([address for address in left if address not in found], ports, timeout / 2))


def _echoes(addresses, timeout):
    """Set of the addresses that answer an echo request; each is asked in three rounds."""
    if not addresses:
        return set()
    try:
        port = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP)
    except PermissionError as exc:
        raise HostError(f"Cannot probe {addresses[0]}: {exc.strerror}. Run as root.") from exc
    with port:
        port.setblocking(False)
        identity, found, begin = os.urandom(2), set(), time.monotonic()
        for number in range(ROUNDS):
            for address in addresses:
                if address not in found:
                    _send(port, address, _request(identity, number))
            _hear(port, identity, set(addresses), found, begin + timeout * (number + 1) / ROUNDS)
    return found


def _send(port, address, packet):
    """Send a packet; what cannot be sent, for want of a route, is not answered either."""
    try:
        port.sendto(packet, (address, 0))
    except OSError:
        return


def _hear(port, identity, asked, found, until):
    """Put those that answer before `until` into `found`, until all do."""
    while found != asked and time.monotonic() < until:
        if not select.select([port], [], [], max(0.0, until - time.monotonic()))[0]:
            return
        try:
            data, (address, _port) = port.recvfrom(2048)
        except OSError:
            continue
        header = (data[0] & 15) * 4
        if address in asked and data[header:header + 1] == bytes([ECHO_REPLY]) and data[header + 4:header + 6] == identity:
            found.add(address)


def _request(identity, number):
    """Bytes of an echo request."""
    rest = identity + struct.pack("!H", number) + b"netslice"
    return struct.pack("!BBH", ECHO_REQUEST, 0, _checksum(struct.pack("!BBH", ECHO_REQUEST, 0, 0) + rest)) + rest


def _checksum(data):
    """The checksum of the Internet (RFC 1071) of an even number of bytes."""
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xffff) + (total >> 16)
    return total ^ 0xffff


def _connected(addresses, ports, timeout):
    """Set of the addresses where a TCP connection to one of the ports is accepted or refused; each set of connections has a part of the time."""
    wanted = [(address, port) for port in ports for address in addresses]
    parts = [wanted[first:first + AT_ONCE] for first in range(0, len(wanted), AT_ONCE)]
    return {address for part in parts for address in _connect(part, timeout / len(parts))}


def _connect(targets, timeout):
    """Addresses of the targets that accept or refuse a connection."""
    waiting, pending, found, end = {}, set(), set(), time.monotonic() + timeout
    try:
        for address, port in targets:
            one = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
            one.setblocking(False)
            waiting[one] = address
            result = one.connect_ex((address, port))
            if result in ANSWERED:
                found.add(address)
            elif result == errno.EINPROGRESS:  # any other failed at once, as for want of a route
                pending.add(one)
        while pending and time.monotonic() < end:
            _readable, ready, _failed = select.select([], list(pending), [], max(0.0, end - time.monotonic()))
            pending -= set(ready)
            found.update(waiting[one] for one in ready if one.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR) in ANSWERED)
    finally:
        for one in waiting:
            one.close()
    return found
