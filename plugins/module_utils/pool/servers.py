# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The DHCP servers that libvirt started for the networks of slices: libvirt itself does not look whether they live, or how many there are."""
from __future__ import annotations

import contextlib
import os
import re
import signal
import typing as t

from . import bridged, names

CONFIGURATION = re.compile(rb"--conf-file=(\S*/(" + names.network_name("").encode() + rb"[a-z0-9-]+)\.conf)$")


class Servers(t.NamedTuple):
    """Processes for one network: those of the server libvirt knows (it has a helper), and strays. Both empty: none runs."""

    pids: t.Tuple[int, ...]
    strays: t.Tuple[int, ...]


def read(proc="/proc"):
    """{network name: Servers} of this network namespace, from the command lines of its processes."""
    found: t.Dict[str, list] = {}
    here = _namespace(proc, "self")
    for entry in os.listdir(proc):
        if not entry.isdigit():
            continue
        match = _configuration(proc, entry)
        # A lab or a container on this host may have networks of the same name.
        if match and _namespace(proc, entry) == here:
            found.setdefault(match.group(2).decode(), []).append((int(entry), _parent(proc, entry), match.group(1).decode()))
    return {network: _servers(rows) for network, rows in found.items()}


def faults(networks, serving):
    """[{kind, object, detail}]: dhcp_server_dead and dhcp_server_stray. networks: as in the host state; serving: of read()."""
    active = {network["name"] for network in networks if network["active"]}
    served = active - {network["name"] for network in networks if bridged.is_bridged(network)}
    found = [
        {"kind": "dhcp_server_dead", "object": name, "detail": "guests get no address until it is started again"}
        for name in sorted(served) if name not in serving or not serving[name].pids
    ]
    for name, one in sorted(serving.items()):
        strays = one.strays if name in active else one.pids + one.strays
        if strays:
            found.append({"kind": "dhcp_server_stray", "object": name, "detail": "libvirt does not know of " + ", ".join(map(str, strays))})
    return found


def end(pids):
    """Ask processes to end; one that has ended is no error."""
    for pid in pids:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGTERM)


def _servers(rows):
    known = _recorded(rows[0][2])
    everyone = {pid for pid, _parent_pid, _path in rows}
    pids = {pid for pid, parent, _path in rows if known in (pid, parent)} if known in everyone else set()
    return Servers(tuple(sorted(pids)), tuple(sorted(everyone - pids)))


def _recorded(configuration):
    """Pid of the server as libvirt recorded it, or None."""
    try:
        with open(configuration, encoding="utf-8") as file:
            path = re.search(r"^pid-file=(.+)$", file.read(), re.M)
        with open(path.group(1), encoding="ascii") as file:
            return int(file.read())
    except (OSError, ValueError, AttributeError):
        return None


def _configuration(proc, pid):
    try:
        with open(os.path.join(proc, pid, "cmdline"), "rb") as file:
            words = file.read().split(b"\0")
    except OSError:
        return None
    return CONFIGURATION.match(words[1]) if len(words) > 1 and os.path.basename(words[0]) == b"dnsmasq" else None


def _parent(proc, pid):
    try:
        with open(os.path.join(proc, pid, "stat"), encoding="utf-8", errors="replace") as file:
            return int(file.read().rpartition(")")[2].split()[1])
    except (OSError, ValueError, IndexError):
        return None


def _namespace(proc, pid):
    try:
        return os.readlink(os.path.join(proc, pid, "ns", "net"))
    except OSError:
        return None
