# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The file of backends that HAProxy reads when it starts, so that a restart finds the servers that the runtime API was told. Pure."""
from __future__ import annotations

from .difference import settings

HEAD = "# Written by foresight.netslice.slice_balancer: changes are lost with the next pass.\n"


def render(backends, serving):
    """Text of the file. serving: {backend: [servers in rotation]}, each with name, address, port and weight."""
    return HEAD + "".join(section(backend, serving.get(backend["name"], [])) for backend in sorted(backends, key=lambda one: one["name"]))


def section(backend, servers):
    """One backend as text."""
    # `listen` is a backend that has its own frontend
    lines = [f"\n{'listen' if backend['bind'] else 'backend'} {backend['name']}"]
    lines += [f"    bind {address}" for address in backend["bind"]]
    lines += [f"    mode {backend['mode']}", f"    balance {backend['balance']}"]
    lines += [f"    {line}" for line in backend["lines"]]
    lines += [f"    server {server['name']} {server['address']}:{server['port']} {settings(backend, server)}"
              for server in sorted(servers, key=lambda one: one["name"])]
    return "\n".join(lines) + "\n"


def heads(text):
    """{backend: its lines but those of servers} of a file that render() made: what a running HAProxy learns by a reload alone."""
    found, name = {}, None
    for line in text.splitlines():
        if line.startswith(("backend ", "listen ")):
            name = line.split()[1]
            found[name] = []
        elif name and line.strip() and not line.startswith("    server "):
            found[name].append(line.strip())
    return found
