# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The prefixes that stand for addresses: all of them, no others, and no more than it takes."""
from __future__ import annotations

import random

import pytest

from ansible_collections.foresight.netslice.plugins.module_utils.substrate import prefixes


def held(bits):
    """The addresses in the prefixes of a block, once for each prefix."""
    return sorted(first + i for first, mask, _row in prefixes.prefixes_of(bits) for i in range(prefixes.size_of(mask)))


@pytest.mark.parametrize("bits, expected", [
    (0, []), (0xFFFF, [(0, 28)]), (0x00FF, [(0, 29)]), (0b1100, [(2, 31)]), (0b0110, [(1, 32), (2, 32)]), (0x7FFF, [(0, 29), (8, 30), (12, 31), (14, 32)]),
])
def test_prefixes_of_a_block(bits, expected):
    assert [(first, prefixes.LENGTHS[mask]) for first, mask, _row in prefixes.prefixes_of(bits)] == expected


def test_every_block_is_held_exactly_and_by_as_few_as_can():
    for bits in random.Random(1).sample(range(1 << 16), 3000):
        found = prefixes.prefixes_of(bits)
        assert held(bits) == [i for i in range(16) if bits >> i & 1]
        beside = {(first ^ prefixes.size_of(mask), mask) for first, mask, _row in found}
        assert not beside & {(first, mask) for first, mask, _row in found}, "two halves of a prefix are one"


def test_every_prefix_of_a_block_has_a_row_of_its_own():
    rows = {prefixes.row_number(first, length) for length in prefixes.MASKS for first in range(0, 16, 1 << (32 - length))}
    assert rows == set(range(0x801, 0x820))


def test_addresses_fall_into_blocks():
    assert prefixes.blocks_of([0x0A5A020F, 0x0A5A0210, 0x0A5A0200]) == {0x0A5A020: 0x8001, 0x0A5A021: 1}
