# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where new VMs go: spread over the hosts; a VM that exists never moves."""
from __future__ import annotations

import heapq

from .addresses import Addresses
from .admission import Capacity


def place(slice_: dict, lacking: int, counts: dict[str, int], addresses: Addresses, capacity: Capacity) -> list[tuple[str, str]]:
    """Hosts and VIPs of up to `lacking` new VMs: fewest VMs of the slice first, then most free memory, then the name.

    counts: VMs of the slice by host; grows with each VM placed, as do `addresses` and `capacity`.
    """
    vcpus, memory = slice_["vm"]["vcpus"], slice_["vm"]["memory_mib"]
    placed, aside = [], []
    while len(placed) < lacking:
        known = [host for host in addresses.held if host in capacity.memory and capacity.fits(host, vcpus, memory)]
        known.sort(key=lambda host: (counts.get(host, 0), -capacity.memory[host], host))
        chosen = next((host for host in known if addresses.lowest_free(host) is not None), None)
        if addresses.open() and (chosen is None or counts.get(chosen, 0) > 0 or _may_be_freer(capacity, chosen)):
            fresh = _most_free(addresses, capacity, vcpus, memory, aside)
            if fresh is not None and (
                chosen is None or (0, -capacity.memory[fresh], fresh) < (counts.get(chosen, 0), -capacity.memory[chosen], chosen)
            ):
                chosen = fresh
        if chosen is None:
            break
        placed.append((chosen, addresses.take(chosen)))
        counts[chosen] = counts.get(chosen, 0) + 1
        capacity.take(chosen, vcpus, memory)
        heapq.heappush(capacity.by_memory, (-capacity.memory[chosen], chosen))
    for entry in aside:
        heapq.heappush(capacity.by_memory, entry)
    return placed


def _may_be_freer(capacity: Capacity, host: str) -> bool:
    return bool(capacity.by_memory) and capacity.by_memory[0] < (-capacity.memory[host], host)


def _most_free(addresses: Addresses, capacity: Capacity, vcpus: int, memory: int, aside: list) -> str | None:
    """Host with most free memory of those without a VM or sub-prefix of the slice; hosts passed over are put into `aside`."""
    heap = capacity.by_memory
    while heap:
        negative, host = heap[0]
        if -negative != capacity.memory[host]:
            heapq.heappop(heap)
        elif -negative < memory:
            return None
        elif host in addresses.held or capacity.vcpus[host] < vcpus - 1e-9 or addresses.lowest_free(host) is None:
            aside.append(heapq.heappop(heap))
        else:
            return host
    return None
