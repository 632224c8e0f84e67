# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which address, of which sub-prefix: every host gives VIPs of its own part of a slice's range."""
from __future__ import annotations

from bisect import bisect_right
from collections.abc import Collection

from . import ipv4
from .blocks import blocks_of
from .ranges import strays
from .view import COUNTED, SliceView


class _Kept:
    """The addresses of a slice that are given to no VM: excluded, or reserved for others."""

    def __init__(self, slice_: dict) -> None:
        self._spans = ipv4.merged(map(ipv4.interval, slice_["network"]["exclude"] + slice_["network"]["reserved"]))
        self._lows = [low for low, _high in self._spans]

    def __contains__(self, address: int) -> bool:
        at = bisect_right(self._lows, address) - 1
        return at >= 0 and address <= self._spans[at][1]


def displaced(slice_: dict | None, records: list[tuple[str, dict]]) -> frozenset[str]:
    """Names of the VMs of a slice that have an address which was excluded or reserved since they got it."""
    if slice_ is None or not (slice_["network"]["exclude"] or slice_["network"]["reserved"]):
        return frozenset()
    kept = _Kept(slice_)
    return frozenset(record["name"] for _host, record in records if record["lifecycle"] in COUNTED and ipv4.parse_address(record["vip"]) in kept)


class Addresses:
    """The ranges of one slice: sub-prefixes of the hosts and free addresses.

    A host's sub-prefix is the one its own record names; else that of its position in the roster; else, where another host holds
    that one or the roster is longer than the ranges, the highest free one. The first address of a sub-prefix is its gateway.

    What a lost host gave out is not given again, since the host may come back: the sub-prefix of its position stays its own. Where it may have another one,
    and nobody can read which, no host gets a new sub-prefix; those that have one give VIPs of it.
    """

    def __init__(self, slice_: dict, view: SliceView, position: dict[str, int], lost: Collection[str] = ()) -> None:
        self.blocks = blocks_of(slice_)
        self.position = position
        self._strays = strays(slice_, view)
        self._kept = _Kept(slice_)
        self.used = {ipv4.parse_address(record["vip"]) for _host, record in view.vms}
        self.held: dict[str, tuple[int, int]] = {}
        self._next: dict[str, int] = {}
        self._taken: set[int] = set()
        self._highest = self.blocks.count - 1
        for host, record in view.networks.items():
            self._hold(host, ipv4.parse_network(record["prefix"]))
        for host, record in view.vms:
            if host not in self.held:
                address = ipv4.parse_address(record["vip"])
                self._hold(host, (address - address % self.blocks.step, self.blocks.length))
        theirs = {position[host] for host in lost}
        self._sealed = bool(lost) and (len(position) > self.blocks.count or not theirs.isdisjoint(self._taken))
        self._taken |= theirs

    def _hold(self, host: str, prefix: tuple[int, int]) -> None:
        self.held[host] = prefix
        self._taken.update(self.blocks.indexes(prefix))

    def open(self) -> bool:
        """Whether a host without a sub-prefix could still get one."""
        if self._sealed:
            return False
        while self._highest >= 0 and self._highest in self._taken:
            self._highest -= 1
        return self._highest >= 0

    def prefix(self, host: str) -> tuple[int, int] | None:
        """Sub-prefix the host has, or would get; None where none is left."""
        if host in self.held:
            return self.held[host]
        if not self.open():
            return None
        index = self.position[host]
        if index >= self.blocks.count or index in self._taken:
            index = self._highest
        return self.blocks.prefix(index)

    def lowest_free(self, host: str) -> int | None:
        """Lowest address the host can give now; None where its sub-prefix is exhausted, lies outside the ranges by now, or is another host's too."""
        prefix = self.prefix(host)
        if prefix is None or host in self._strays or self.blocks.range_of(prefix) is None:
            return None
        last = prefix[0] + ipv4.size_of(prefix[1]) - 2
        address = max(prefix[0] + 2, self._next.get(host, 0))
        while address <= last and (address in self.used or address in self._kept):
            address += 1
        if host in self.held:
            self._next[host] = address
        return address if address <= last else None

    def take(self, host: str) -> str:
        """Give the lowest free address of the host to a new VM."""
        address = self.lowest_free(host)
        if host not in self.held:
            self._hold(host, self.prefix(host))
        self.used.add(address)
        return ipv4.format_address(address)
