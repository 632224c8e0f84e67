# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How many addresses a slice needs, and how many its ranges give."""
from __future__ import annotations

from ..errors import InvalidInput
from . import ipv4
from .blocks import blocks_of
from .bounds import largest, largest_pool


def headroom(slice_: dict) -> int:
    """Addresses kept for VMs in quarantine beside the largest count of VMs."""
    return -(-largest(slice_) // 10) if slice_["network"]["quarantine_seconds"] else 0


def check_room(slice_: dict, path: str) -> None:
    """Raise InvalidInput where the ranges of a slice are too small for its largest count of VMs."""
    network, most, room = slice_["network"], largest(slice_), 0
    host_length = network["host_prefix_length"]
    for text in network["range"]:
        first, length = ipv4.parse_network(text)
        if host_length < length:
            raise InvalidInput(f"{path}.network.host_prefix_length: {host_length} is larger than the whole range {text}. Take {length} to 30.")
        room += usable(first, length, host_length, network["exclude"] + network["reserved"])
    _check_reserved(slice_, path)
    warm, kept = largest_pool(slice_), headroom(slice_)
    need = most + warm + kept
    if room < need:
        key = "raise.max" if most > slice_["scaling"]["max"] else "max"
        raise InvalidInput(
            f"{path}.network.range: {', '.join(network['range'])} in sub-prefixes of /{host_length} has {room} usable addresses, "
            f"but scaling.{key} {most}{f', scaling.warm.max {warm}' if warm else ''} and {kept} in quarantine need {need}. "
            f"Widen the range, exclude less, or lower {key}."
        )


def _check_reserved(slice_: dict, path: str) -> None:
    """Raise InvalidInput where no guest could have a reserved address."""
    blocks = blocks_of(slice_)
    for index, text in enumerate(slice_["network"]["reserved"]):
        address = ipv4.parse_address(text)
        if blocks.range_of((address, 32)) is None or address % blocks.step in (0, 1, blocks.step - 1):
            raise InvalidInput(
                f"{path}.network.reserved[{index}]: {text} is none that a guest could have: it lies outside network.range, or is network, gateway or broadcast "
                f"address of a sub-prefix of /{blocks.length}. Take another address."
            )


def usable(first: int, length: int, host_length: int, exclude: list[str]) -> int:
    """Addresses a range can give: each sub-prefix less its network, gateway and broadcast address, less the excluded ones."""
    size, last, step = ipv4.size_of(length), first + ipv4.size_of(length) - 1, ipv4.size_of(host_length)
    room = (size // step) * (step - 3)
    for low, high in ipv4.merged(map(ipv4.interval, exclude)):
        low, high = max(low, first) - first, min(high, last) - first
        if low <= high:
            reserved = sum((high - at) // step - (low - 1 - at) // step for at in (0, 1, step - 1))
            room -= high - low + 1 - reserved
    return room
