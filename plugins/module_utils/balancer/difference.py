# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What lies between the servers of a backend as they are and as they shall be, as commands of HAProxy's runtime API. Pure."""
from __future__ import annotations

import typing as t

#: a server that is released: no new requests, no old ones, and gone
RELEASE = ("set server {0} state maint", "shutdown sessions server {0}", "del server {0}")


class Step(t.NamedTuple):
    """One change of one server. `commands` are given in order; an answer to one that is no empty line is an error, but for `expected`."""

    server: str
    verb: str  # add, change, drain or remove
    commands: tuple
    before: str
    after: str


def is_ours(name, slice_name, address):
    """Whether a server carries the name that a VM of the slice with this address has; others of the backend are somebody else's."""
    return name == f"{slice_name}-{address.replace('.', '-')}"


def steps(backend, wanted, present):
    """[Step] that make the servers of `backend` ({name, slice, servers, prune, slowstart_seconds, ...}) what is wanted.

    wanted: the backend's `servers` that may be in rotation or leave it: those that are new and do not answer are not among them.
    present: {name: Server} of runtime. Servers that are no VM of the slice are left alone. Releases come first, additions last.
    """
    named = {server["name"]: server for server in wanted}
    found = []
    for name, server in sorted(present.items()):
        if name in named:
            found += _existing(backend, named[name], server)
        elif backend["prune"] and is_ours(name, backend["slice"], server.address):
            found.append(_remove(backend, name, server))
    found += [_add(backend, server) for server in wanted if server["want"] == "ready" and server["name"] not in present]
    return sorted(found, key=lambda step: ("remove", "drain", "change", "add").index(step.verb))


def _existing(backend, server, present):
    name, target = server["name"], f"{backend['name']}/{server['name']}"
    if server["want"] == "absent":
        return [_remove(backend, name, present)]
    if server["want"] == "drain":
        if present.want != "ready":
            return []
        return [Step(name, "drain", (f"set server {target} state drain",), told(present), told(present._replace(want="drain")))]
    commands = []
    if (present.address, present.port) != (server["address"], server["port"]):
        commands.append(f"set server {target} addr {server['address']} port {server['port']}")
    if present.weight != server["weight"]:
        commands.append(f"set server {target} weight {server['weight']}")
    if present.want != "ready":
        commands.append(f"set server {target} state ready")
    return [Step(name, "change", tuple(commands), told(present), _as_wanted(server))] if commands else []


def _remove(backend, name, present):
    target = f"{backend['name']}/{name}"
    return Step(name, "remove", tuple(line.format(target) for line in RELEASE), told(present), "")


def _add(backend, server):
    target = f"{backend['name']}/{server['name']}"
    return Step(server["name"], "add", (
        f"add server {target} {server['address']}:{server['port']} {settings(backend, server)}",
        f"enable health {target}",
        f"set server {target} state ready",
    ), "", _as_wanted(server))


def settings(backend, server):
    """Keywords of a server, the same by the runtime API and in a file: its health is checked, and its weight ramped when it comes up."""
    words = ["check", f"inter {backend['check_milliseconds']}ms", f"weight {server['weight']}"]
    if backend["slowstart_seconds"]:
        words.append(f"slowstart {backend['slowstart_seconds']}s")
    if backend["max_connections"]:
        words.append(f"maxconn {backend['max_connections']}")
    return " ".join(words)


def told(present):
    """A present server in a few words, for the diff."""
    return f"{present.want} {present.address}:{present.port} weight {present.weight}"


def _as_wanted(server):
    return f"ready {server['address']}:{server['port']} weight {server['weight']}"
