# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""IPv4 addresses and networks as integers.

The planner handles 100,000 addresses a pass; objects of ipaddress or netaddr for each would cost most of its time.
A network is a pair (first address, prefix length).
"""
from __future__ import annotations

from socket import AF_INET, inet_pton


def parse_address(text: str) -> int:
    """'10.90.2.4' -> 173670916. Raises ValueError."""
    try:
        return int.from_bytes(inet_pton(AF_INET, str(text)), "big")
    except OSError as exc:
        raise ValueError(f"{text!r} is no IPv4 address") from exc


def format_address(number: int) -> str:
    """173670916 -> '10.90.2.4'."""
    return f"{number >> 24}.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}"


def parse_network(text: str) -> tuple[int, int]:
    """'10.90.2.0/24' -> (first address, 24). Raises ValueError, also where bits of the host are set."""
    address, slash, length = str(text).partition("/")
    if not slash or not (length.isascii() and length.isdigit()) or int(length) > 32:
        raise ValueError(f"{text!r} is no IPv4 network; write one like 10.90.2.0/24")
    first, bits = parse_address(address), int(length)
    if first & size_of(bits) - 1:
        raise ValueError(f"{text!r} has bits of the host set; write {format_network(first & -size_of(bits), bits)}")
    return first, bits


def format_network(first: int, length: int) -> str:
    """(first address, 24) -> '10.90.2.0/24'."""
    return f"{format_address(first)}/{length}"


def size_of(length: int) -> int:
    """Addresses of a prefix length."""
    return 1 << 32 - length


def interval(text: str) -> tuple[int, int]:
    """First and last address of an address or network. Raises ValueError."""
    if "/" in str(text):
        first, length = parse_network(text)
        return first, first + size_of(length) - 1
    address = parse_address(text)
    return address, address


def merged(intervals) -> list[tuple[int, int]]:
    """Intervals sorted, overlapping and touching ones made one."""
    result: list[tuple[int, int]] = []
    for low, high in sorted(intervals):
        if result and low <= result[-1][1] + 1:
            result[-1] = (result[-1][0], max(high, result[-1][1]))
        else:
            result.append((low, high))
    return result
