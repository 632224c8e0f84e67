# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Addresses of the host itself, which no slice may be given."""
from __future__ import annotations

import json

from ..errors import HostError
from ..vips.process import run

#: devices of slices: their bridges and taps
_OURS = ("nsb", "nsv")


def read():
    """Sorted list of the host's addresses with prefix length, such as 192.0.2.10/24; those of slices and of the loopback are left out."""
    status, out, error = run(["ip", "-j", "address", "show"])
    if status != 0:
        raise HostError(f"Cannot list the addresses of this host: {error.strip()}. Check the package iproute2.")
    return parse(json.loads(out or "[]"))


def parse(links):
    """Output of `ip -j address` -> the sorted list."""
    found = set()
    for link in links:
        if link.get("ifname", "").startswith(_OURS):
            continue
        for address in link.get("addr_info", []):
            if address.get("scope") == "global" and "local" in address:
                found.add(f"{address['local']}/{address['prefixlen']}")
    return sorted(found)
