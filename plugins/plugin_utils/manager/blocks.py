# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The ranges of a slice as one row of sub-prefixes, in the order in which the ranges are listed."""
from __future__ import annotations

from collections.abc import Iterator

from . import ipv4


class Blocks:
    """Sub-prefixes of one length; index 0 is the first of the first range, so that a range added at the end moves none."""

    def __init__(self, ranges: list[str], host_length: int) -> None:
        self.length, self.step = host_length, ipv4.size_of(host_length)
        self.spans = [ipv4.interval(text) for text in ranges]
        self._texts = ranges
        self.count = sum((high + 1 - low) // self.step for low, high in self.spans)

    def prefix(self, index: int) -> tuple[int, int]:
        """The sub-prefix of an index below `count`."""
        for low, high in self.spans:
            here = (high + 1 - low) // self.step
            if index < here:
                return low + index * self.step, self.length
            index -= here
        raise IndexError(index)

    def indexes(self, prefix: tuple[int, int]) -> Iterator[int]:
        """Those of the sub-prefixes that a network touches."""
        first, last, before = prefix[0], prefix[0] + ipv4.size_of(prefix[1]) - 1, 0
        for low, high in self.spans:
            if first <= high and last >= low:
                yield from range(before + (max(first, low) - low) // self.step, before + (min(last, high) - low) // self.step + 1)
            before += (high + 1 - low) // self.step

    def range_of(self, prefix: tuple[int, int]) -> str | None:
        """The range that a network lies in; None where it lies in none as a whole."""
        last = prefix[0] + ipv4.size_of(prefix[1]) - 1
        return next((text for text, (low, high) in zip(self._texts, self.spans) if low <= prefix[0] and last <= high), None)


def blocks_of(slice_: dict) -> Blocks:
    """The Blocks of a validated slice."""
    return Blocks(slice_["network"]["range"], slice_["network"]["host_prefix_length"])
