# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The runtime API of HAProxy: one command, one answer, over its socket (HAProxy management guide, section 9.3)."""
from __future__ import annotations

import csv
import io
import socket
import typing as t

from ..errors import HostError

#: bits of srv_admin_state: put into maintenance, or into draining, by a command; and into maintenance by the configuration
FORCED_MAINTENANCE, CONFIGURED_MAINTENANCE, FORCED_DRAIN = 0x01, 0x04, 0x08
ABSENT_BACKEND = "Can't find backend."


class Server(t.NamedTuple):
    """A server of a backend as HAProxy has it now."""

    address: str
    port: int
    weight: int
    want: str  # ready, drain or maint: what it was told last
    sessions: int  # requests it answers, and those queued for it


class Runtime:
    """The socket at `path`. Raises HostError where HAProxy does not answer on it."""

    def __init__(self, path, timeout=10.0):
        self.path, self.timeout = path, timeout

    def command(self, text):
        """Answer to a command, without blank lines around it."""
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as pipe:
                pipe.settimeout(self.timeout)
                pipe.connect(self.path)
                pipe.sendall(text.encode() + b"\n")
                answer = b"".join(iter(lambda: pipe.recv(65536), b""))
        except OSError as exc:
            raise HostError(f"Cannot reach HAProxy at {self.path}: {exc.strerror or exc}. "
                            f"Start HAProxy, and give it `stats socket {self.path} level admin`.") from exc
        if answer.startswith(b"Permission denied"):
            raise HostError(f"Cannot command HAProxy at {self.path}: it gives this socket too low a level. Set `level admin` on its stats socket.")
        return answer.decode(errors="replace").strip()

    def servers(self, backend):
        """{name: Server} of a backend, or None where HAProxy has no such backend."""
        state = self.command(f"show servers state {backend}")
        if state == ABSENT_BACKEND:
            return None
        sessions = parse_sessions(self.command(f"show stat {backend} 4 -1"))
        return parse_state(state, sessions)


def parse_state(text, sessions):
    """Answer of `show servers state` and {name: sessions} -> {name: Server}."""
    lines = text.splitlines()
    head = lines[1].lstrip("# ").split()
    found = {}
    for line in lines[2:]:
        row = dict(zip(head, line.split()))
        found[row["srv_name"]] = Server(
            row["srv_addr"], int(row["srv_port"]), int(row["srv_uweight"]), _told(int(row["srv_admin_state"])), sessions.get(row["srv_name"], 0))
    return found


def _told(bits):
    if bits & (FORCED_MAINTENANCE | CONFIGURED_MAINTENANCE):
        return "maint"
    return "drain" if bits & FORCED_DRAIN else "ready"


def parse_sessions(text):
    """Answer of `show stat` -> {server: sessions now, with those in its queue}."""
    rows = csv.DictReader(io.StringIO(text.lstrip("# ")))
    return {row["svname"]: int(row["scur"] or 0) + int(row["qcur"] or 0) for row in rows}
