# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where new VMs go: spread over failure domains and hosts, by the slice's rules of placement; a VM that exists never moves by itself."""
from __future__ import annotations

from .addresses import Addresses
from .admission import Capacity
from .affinity import Rules


def place(slice_: dict, lacking: int, rules: Rules, addresses: Addresses, capacity: Capacity, replacing: int = 0) -> list[tuple[str, str]]:
    """Hosts and VIPs of up to `lacking` new VMs: each on the best host by `rules`, then the one with most free memory, then by name.

    `rules`, `addresses` and `capacity` grow with each VM placed. replacing: so many of them replace VMs of a host that goes, for which the room that is kept
    for the loss of a host may be used.
    """
    vcpus, memory = slice_["vm"]["vcpus"], slice_["vm"]["memory_mib"]
    placed, aside = [], []
    while len(placed) < lacking and (len(placed) < replacing or capacity.absorbs(vcpus, memory)):
        hosts = rules.hosts(addresses.held if rules.plain else capacity.memory)
        known = [host for host in hosts if host in capacity.memory and capacity.fits(host, vcpus, memory)]
        ranked = sorted((rules.rank(host, capacity), host) for host in known)
        best = next((entry for entry in ranked if addresses.lowest_free(entry[1]) is not None), None)
        if rules.plain and addresses.open():
            fresh = capacity.roomiest(vcpus, memory, lambda host: host in addresses.held or rules.refuses(host) or addresses.lowest_free(host) is None, aside)
            best = min([*((rules.rank(host, capacity), host) for host in fresh), *([best] if best else [])], default=None)
        if best is None:
            break
        placed.append((best[1], addresses.take(best[1])))
        rules.count(best[1])
        capacity.add(best[1], vcpus, memory)
    capacity.restore(aside)
    return placed
