# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Questions to the kernel over rtnetlink; it only reads, `tc` and `ip` write."""
from __future__ import annotations

import errno
import os
import socket
import struct
from typing import Iterator, List, Optional

from ..errors import HostError
from . import wire

NETLINK_ROUTE = 0
NLM_F_REQUEST, NLM_F_DUMP, NLM_F_DUMP_INTERRUPTED = 0x01, 0x300, 0x10
NLMSG_ERROR, NLMSG_DONE = 2, 3
RTM_GETLINK, RTM_GETQDISC, RTM_GETTCLASS, RTM_GETTFILTER = 18, 38, 42, 46
RECEIVE_BYTES = 1 << 18
ATTEMPTS = 5  # of a dump that a change elsewhere interrupted
TIMEOUT_SECONDS = 10


class Netlink:
    """A socket of rtnetlink in the network namespace of the caller; a context manager.

    Raises HostError where the kernel refuses or does not answer.
    """

    def __init__(self) -> None:
        self._socket = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW | socket.SOCK_CLOEXEC, NETLINK_ROUTE)
        self._socket.settimeout(TIMEOUT_SECONDS)
        self._socket.bind((0, 0))
        self._sequence = 0

    def __enter__(self) -> "Netlink":
        return self

    def __exit__(self, *_exception) -> None:
        self._socket.close()

    def link(self, name: str) -> Optional[wire.Link]:
        """The device of this name, None where there is none."""
        payload = name.encode() + b"\0"
        attribute = wire.ATTRIBUTE.pack(4 + len(payload), wire.IFLA_IFNAME) + payload + b"\0" * (-len(payload) % 4)
        try:
            bodies = list(self._ask(RTM_GETLINK, 0, wire.IFINFO.pack(0, 0, 0, 0, 0, 0) + attribute))
        except OSError as exc:
            if exc.errno in (errno.ENODEV, errno.ENOENT):
                return None
            raise _refused("read the device " + name, exc) from exc
        return wire.decode_link(bodies[0]) if bodies else None

    def names(self) -> List[str]:
        """Names of all devices."""
        return [wire.decode_link(body).name for body in self._ask(RTM_GETLINK, NLM_F_DUMP, wire.IFINFO.pack(0, 0, 0, 0, 0, 0))]

    def qdiscs(self, index: int) -> List[wire.Qdisc]:
        """Queueing disciplines of the device."""
        wanted = struct.pack("=i", index)
        # The kernel dumps those of every device: the others are told by their four bytes.
        return [wire.decode_qdisc(body) for body in self._dump(RTM_GETQDISC, index, 0) if body[4:8] == wanted]

    def classes(self, index: int) -> List[wire.HtbClass]:
        """HTB classes of the device."""
        decoded = (wire.decode_class(body) for body in self._dump(RTM_GETTCLASS, index, 0))
        return [row for row in decoded if row is not None]

    def filters(self, index: int, parent: int) -> List[wire.Filter]:
        """Filters at a qdisc or hook of the device, tables of u32 and heads of each preference among them."""
        decode = wire.FilterDecoder().decode
        return [decode(body) for body in self._dump(RTM_GETTFILTER, index, parent)]

    def _dump(self, kind: int, index: int, parent: int) -> List[bytes]:
        request = wire.TCMSG.pack(0, 0, 0, index, 0, parent, 0)
        for _attempt in range(ATTEMPTS):
            try:
                return list(self._ask(kind, NLM_F_DUMP, request))
            except InterruptedError:
                continue
            except OSError as exc:
                # A hook that does not exist is refused by some kernels and empty on others.
                if exc.errno in (errno.ENODEV, errno.EINVAL, errno.ENOENT):
                    return []
                raise _refused("read the traffic control of the host", exc) from exc
        raise HostError(
            f"Cannot read the traffic control of the host: it changed during each of {ATTEMPTS} readings. "
            f"End what else is changing it, and run again."
        )

    def _ask(self, kind: int, flags: int, body: bytes) -> Iterator[bytes]:
        self._sequence += 1
        length = wire.NLMSG_HEADER.size + len(body)
        self._socket.send(wire.NLMSG_HEADER.pack(length, kind, NLM_F_REQUEST | flags, self._sequence, 0) + body)
        interrupted = False
        while True:
            data = self._socket.recv(RECEIVE_BYTES)
            start = 0
            while start < len(data):
                length, answer, answer_flags, sequence, _port = wire.NLMSG_HEADER.unpack_from(data, start)
                first, start = start + wire.NLMSG_HEADER.size, start + ((length + 3) & ~3)
                if sequence != self._sequence:
                    continue  # the rest of a dump that was given up
                interrupted = interrupted or bool(answer_flags & NLM_F_DUMP_INTERRUPTED)
                if answer == NLMSG_ERROR:
                    code = -struct.unpack_from("=i", data, first)[0]
                    raise OSError(code, os.strerror(code))
                if answer == NLMSG_DONE:
                    if interrupted:
                        raise InterruptedError
                    return
                yield data[first:first - wire.NLMSG_HEADER.size + length]
            if not flags & NLM_F_DUMP:
                return


def _refused(what: str, exc: OSError) -> HostError:
    return HostError(f"Cannot {what}: the kernel answers {exc.strerror or exc}. Run as root, in the namespace of the device.")
