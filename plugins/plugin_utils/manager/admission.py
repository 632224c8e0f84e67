# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the hosts can still carry, and words for what they cannot."""
from __future__ import annotations

import heapq

from .view import OCCUPYING, View


def free_memory(view: View) -> dict[str, int]:
    """MiB left on each host beside its reserve and every VM that occupies it now."""
    free = {}
    for host, state in view.states.items():
        used = sum(record["memory_mib"] for record in state["vms"] if record["lifecycle"] in OCCUPYING)
        free[host] = state["node"]["memory_mib"] - (state.get("reserve") or {}).get("memory_mib", 0) - used
    return free


class Capacity:
    """Memory (never oversubscribed) and virtual processors (by the host's vcpu_ratio) that new VMs may take."""

    def __init__(self, view: View) -> None:
        self.memory: dict[str, int] = {}
        self.vcpus: dict[str, float] = {}
        for host, state in view.states.items():
            node, reserve = state["node"], state.get("reserve") or {}
            self.memory[host] = node["memory_mib"] - reserve.get("memory_mib", 0)
            self.vcpus[host] = (node["vcpus"] - reserve.get("vcpus", 0)) * float(state.get("vcpu_ratio") or 1.0)
        self.by_memory: list[tuple[int, str]] = []  # heap of (-MiB, host); entries of an older count are skipped

    def take(self, host: str, vcpus: int, memory_mib: int) -> None:
        """Count a VM on a host."""
        self.memory[host] -= memory_mib
        self.vcpus[host] -= vcpus

    def order(self) -> None:
        """Sort the hosts by free memory, once what they have is counted."""
        self.by_memory = [(-memory, host) for host, memory in self.memory.items()]
        heapq.heapify(self.by_memory)

    def fits(self, host: str, vcpus: int, memory_mib: int) -> bool:
        """Whether one more VM fits."""
        return self.memory[host] >= memory_mib and self.vcpus[host] >= vcpus - 1e-9


def shortage(capacity: Capacity, slice_: dict, lacking: int) -> str:
    """Words for why `lacking` more VMs of a slice fit nowhere, with the amount that is missing."""
    vcpus, memory = slice_["vm"]["vcpus"], slice_["vm"]["memory_mib"]
    what = f"{lacking} VM{'s' if lacking > 1 else ''} of {vcpus} vCPU and {memory} MiB"
    hosts = sorted(capacity.memory)
    if not hosts:
        return f"{what}: no host of the roster answered"
    roomy = [host for host in hosts if capacity.memory[host] >= memory]
    if not roomy:
        best = max(hosts, key=lambda host: (capacity.memory[host], host))
        return f"{what} lack {lacking * memory} MiB of memory: at most {max(0, capacity.memory[best])} MiB are free, on {best}"
    quick = [host for host in roomy if capacity.vcpus[host] >= vcpus - 1e-9]
    if not quick:
        best = max(roomy, key=lambda host: (capacity.vcpus[host], host))
        return f"{what} lack {lacking * vcpus} vCPUs: at most {max(0.0, capacity.vcpus[best]):g} are free, on {best}"
    return f"{what} lack {lacking} VIPs: {slice_['network']['range']} has none free on a host with room ({', '.join(quick[:3])})"
