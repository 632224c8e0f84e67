# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The fewest prefixes that hold some addresses of IPv4 and no others, within blocks of 16 addresses; pure.

VIPs are given out in a row, so that most blocks of a slice are whole and take one row of a classifier instead of 16. What is not the slice's is
never within a prefix: addresses here and there take a prefix each. A prefix depends on the addresses of its own block alone, so that an address
more or less changes the rows of one block.
"""
from __future__ import annotations

import functools
from typing import Dict, Iterable, Tuple

BLOCK = 16  # addresses
BLOCK_LENGTH = 28  # of its prefix
MASKS = {length: 0xFFFFFFFF << (32 - length) & 0xFFFFFFFF for length in range(BLOCK_LENGTH, 33)}
LENGTHS = {mask: length for length, mask in MASKS.items()}
FIRST_ROW = 0x800  # what rows of u32 that the kernel numbers by itself begin with


def blocks_of(addresses: Iterable[int]) -> Dict[int, int]:
    """Addresses -> {the first 28 bits of an address: which of the 16 are among them, a bit for each}."""
    found: Dict[int, int] = {}
    for address in addresses:
        found[address >> 4] = found.get(address >> 4, 0) | 1 << (address & 15)
    return found


@functools.lru_cache(maxsize=4096)
def prefixes_of(bits: int) -> Tuple[Tuple[int, int, int], ...]:
    """Bits of a block -> (first of its addresses, mask, number of the row) of each prefix."""
    return tuple((first, MASKS[length], row_number(first, length)) for first, length in _split(bits, 0, BLOCK_LENGTH))


def _split(bits: int, first: int, length: int) -> Tuple[Tuple[int, int], ...]:
    size = 1 << (32 - length)
    whole = (1 << size) - 1
    part = bits >> first & whole
    if not part:
        return ()
    if part == whole:
        return ((first, length),)
    return _split(bits, first, length + 1) + _split(bits, first + size // 2, length + 1)


def row_number(first: int, length: int) -> int:
    """Number of the row of a prefix within its block: every prefix has its own, 0x801 for the block as a whole to 0x81f."""
    return FIRST_ROW | 1 << (length - BLOCK_LENGTH) | first >> (32 - length)


def size_of(mask: int) -> int:
    """Count of the addresses of a prefix; 1 for a mask that is none of those here."""
    return 1 << (32 - LENGTHS.get(mask, 32))
