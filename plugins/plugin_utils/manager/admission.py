# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the hosts can still carry, and words for what they cannot."""
from __future__ import annotations

import heapq

from .shortfall import Shortage
from .view import OCCUPYING, View, held

#: a host whose mean load of 15 minutes is more than this share of its CPUs gets new VMs last
BUSY = 0.8
DUST = 1e-9


def usable(state: dict) -> tuple[float, float]:
    """(virtual processors, MiB) that an empty host has for slices: beside its reserve, by its ratios. Memory has a ratio of 1 unless it is given."""
    node, reserve = state["node"], state.get("reserve") or {}
    vcpus = (node["vcpus"] - reserve.get("vcpus", 0)) * float(state.get("vcpu_ratio") or 1.0)
    memory, ratio = node["memory_mib"] - reserve.get("memory_mib", 0), float(state.get("memory_ratio") or 1.0)
    return vcpus, memory if ratio == 1.0 else int(memory * ratio)


def total_capacity(view: View) -> dict[str, float]:
    """{resource of a quota: what all hosts have for slices}."""
    sizes = [usable(state) for state in view.states.values()]
    return {"vcpus": sum(vcpus for vcpus, _memory in sizes), "memory": sum(memory for _vcpus, memory in sizes)}


def free_memory(view: View) -> dict[str, int]:
    """MiB left on each host beside its reserve and every VM that occupies it now."""
    free = {}
    for host, state in view.states.items():
        used = sum(held(record)[1] for record in state["vms"] if record["lifecycle"] in OCCUPYING)
        free[host] = usable(state)[1] - used
    return free


class Capacity:
    """Memory (oversubscribed only where a host says so) and virtual processors (by the host's vcpu_ratio) that new VMs may take.

    Where a host tells what its memory is used for by all that runs on it, a new VM must fit into what is available as well. `closed`: hosts that take no
    new VM. `domains`: failure domain of each host. `busy`: hosts that get new VMs last. reserve_hosts: 1 keeps room for the VMs of any one host.
    """

    def __init__(self, view: View, reserve_hosts: int = 0) -> None:
        self.memory: dict[str, int] = {}
        self.vcpus: dict[str, float] = {}
        self.available: dict[str, int] = {}
        self.closed = {host: state["maintenance"] for host, state in view.states.items() if state.get("maintenance", "none") != "none"}
        self.domains, self.busy = {}, set()
        for host, state in view.states.items():
            node = state["node"]
            self.vcpus[host], self.memory[host] = usable(state)
            self.domains[host] = state.get("failure_domain") or None
            if node.get("memory_used_mib") is not None:
                self.available[host] = node["memory_mib"] - node["memory_used_mib"]
            if (node.get("load") or 0.0) > BUSY * node["vcpus"]:
                self.busy.add(host)
        self._sizes = {host: (self.vcpus[host], self.memory[host]) for host in self.vcpus} if reserve_hosts else {}
        self._largest = self._free = (0.0, 0)
        self._heaps: dict[tuple, list[tuple[int, str]]] = {}  # (busy, domain) -> heap of (-MiB, host); entries of an older count are skipped

    def take(self, host: str, vcpus: int, memory_mib: int) -> None:
        """Count a VM that is on a host."""
        self.memory[host] -= memory_mib
        self.vcpus[host] -= vcpus

    def order(self) -> None:
        """Sort the hosts by free memory, once what they have is counted."""
        for host, memory in self.memory.items():
            if host not in self.closed:
                self._heaps.setdefault((host in self.busy, self.domains[host]), []).append((-memory, host))
        for heap in self._heaps.values():
            heapq.heapify(heap)
        if self._sizes:
            open_hosts = [host for host in self._sizes if host not in self.closed]
            lost = [self._sizes[host] if host not in self.closed else self._used(host) for host in self._sizes]
            self._largest = tuple(max(sizes) for sizes in zip(*lost))
            self._free = sum(self.vcpus[host] for host in open_hosts), sum(self.memory[host] for host in open_hosts)

    def _used(self, host: str) -> tuple[float, int]:
        return self._sizes[host][0] - self.vcpus[host], self._sizes[host][1] - self.memory[host]

    def add(self, host: str, vcpus: int, memory_mib: int) -> None:
        """Count a new VM, once the hosts are in order."""
        self.take(host, vcpus, memory_mib)
        if host in self.available:
            self.available[host] -= memory_mib
        if host not in self.closed:
            self._free = self._free[0] - vcpus, self._free[1] - memory_mib
            heapq.heappush(self._heaps[host in self.busy, self.domains[host]], (-self.memory[host], host))

    def give(self, host: str, vcpus: int, memory_mib: int) -> None:
        """Count a VM no more, once the hosts are in order."""
        self.add(host, -vcpus, -memory_mib)

    def room(self, host: str) -> int:
        """MiB that a new VM may take of a host."""
        return min(self.memory[host], self.available.get(host, self.memory[host]))

    def fits(self, host: str, vcpus: int, memory_mib: int) -> bool:
        """Whether one more VM fits on a host that takes new ones."""
        return host not in self.closed and self.room(host) >= memory_mib and self.vcpus[host] >= vcpus - DUST

    def carries(self, host: str, vcpus: int, memory_mib: int) -> bool:
        """Whether a VM that is there already finds room beside what was counted, be its host closed for new ones."""
        return self.memory[host] >= memory_mib and self.vcpus[host] >= vcpus - DUST

    def grows(self, host: str, vcpus: int, memory_mib: int) -> bool:
        """Whether a VM that is there may take so much more, beside what was counted and what is kept for the loss of a host."""
        return self.carries(host, vcpus, memory_mib) and self.room(host) >= memory_mib and self.absorbs(vcpus, memory_mib)

    def spare(self, host: str, memory_mib: int) -> None:
        """Memory in use now that is free as soon as it is asked for."""
        if host in self.available:
            self.available[host] += memory_mib

    def exhausted(self, vcpus: int, memory_mib: int) -> bool:
        """Whether one more VM fits on no host."""
        return not any(self.fits(host, vcpus, memory_mib) for host in self.memory)

    def absorbs(self, vcpus: float, memory_mib: int) -> bool:
        """Whether, with so much more taken, what is free on the other hosts is as much as the VMs of any one host can take."""
        return not self._sizes or (self._free[0] - vcpus >= self._largest[0] - DUST and self._free[1] - memory_mib >= self._largest[1])

    def roomiest(self, vcpus: int, memory_mib: int, refuse, aside: list) -> list[str]:
        """Of each failure domain the host with most free memory where one more VM fits and that is not refused; busy hosts apart.

        Hosts passed over are put into `aside`, to be restored.
        """
        found = []
        for key, heap in self._heaps.items():
            while heap and -heap[0][0] >= memory_mib:
                negative, host = heap[0]
                if -negative != self.memory[host]:
                    heapq.heappop(heap)
                elif not self.fits(host, vcpus, memory_mib) or refuse(host):
                    aside.append((key, heapq.heappop(heap)))
                else:
                    found.append(host)
                    break
        return found

    def restore(self, aside: list) -> None:
        """Put hosts that were passed over back in their order."""
        for key, entry in aside:
            heapq.heappush(self._heaps[key], entry)

    def hold(self, count: int, vcpus: int, memory_mib: int) -> list[str]:
        """Keep room for up to `count` VMs, each on the host that then has most free memory; the hosts, one entry a VM."""
        aside, held = [], []
        while len(held) < count:
            hosts = self.roomiest(vcpus, memory_mib, lambda _host: False, aside)
            if not hosts:
                break
            host = min(hosts, key=lambda one: (one in self.busy, -self.memory[one], one))
            self.add(host, vcpus, memory_mib)
            held.append(host)
        self.restore(aside)
        return held


def shortage(capacity: Capacity, slice_: dict, lacking: int, refused: str = "") -> Shortage:
    """Why `lacking` more VMs of a slice fit nowhere, with the amount that is missing. refused: the rule of the slice that keeps hosts from it."""
    vcpus, memory = slice_["vm"]["vcpus"], slice_["vm"]["memory_mib"]
    what = f"{lacking} VM{'s' if lacking > 1 else ''} of {vcpus} vCPU and {memory} MiB"
    hosts = sorted(set(capacity.memory) - set(capacity.closed))
    closed = ", ".join(f"{host} ({why})" for host, why in sorted(capacity.closed.items())[:3])
    closed = f"; no new VM is put on {closed}" if closed else ""
    if not hosts:
        return Shortage(f"{what}: no host of the roster {'takes new VMs' if closed else 'answered'}{closed}", "no_host")
    roomy = [host for host in hosts if capacity.room(host) >= memory]
    if not roomy:
        best = max(hosts, key=lambda host: (capacity.room(host), host))
        text = f"{what} lack {lacking * memory} MiB of memory: at most {max(0, capacity.room(best))} MiB are free, on {best}{closed}"
        return Shortage(text, "capacity", "memory", lacking * memory)
    quick = [host for host in roomy if capacity.vcpus[host] >= vcpus - DUST]
    if not quick:
        best = max(roomy, key=lambda host: (capacity.vcpus[host], host))
        text = f"{what} lack {lacking * vcpus} vCPUs: at most {max(0.0, capacity.vcpus[best]):g} are free, on {best}{closed}"
        return Shortage(text, "capacity", "vcpus", lacking * vcpus)
    if not capacity.absorbs(vcpus, memory):
        text = f"{what}: what is free is kept for the loss of one host (netslice_reserve_hosts is 1), which would not be absorbed beside them{closed}"
        return Shortage(text, "reserve_hosts")
    if refused:
        return Shortage(f"{what}: {refused}{closed}", "placement")
    text = f"{what} lack {lacking} VIPs: {', '.join(slice_['network']['range'])} has none free on a host with room ({', '.join(quick[:3])})"
    return Shortage(text, "vips", "vips", lacking)
