# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Values of slice keys that are networks and addresses."""
from __future__ import annotations

from ...module_utils.pool.names import range6_network
from ..errors import InvalidInput
from . import ipv4


def unicast(address: int) -> bool:
    """Whether an IPv4 address is one that a single machine may have."""
    return address >> 28 < 14 and address >> 24 not in (0, 127)


def network(value, path: str, options: dict) -> str:
    """One IPv4 network of unicast addresses, in its usual form. Raises InvalidInput."""
    if ":" in str(value):
        raise InvalidInput(f"{path}: {value!r} is no IPv4 network. A slice of IPv6 alone is not offered: give an IPv4 range too, and this one as range6.")
    try:
        first, length = ipv4.parse_network(value)
    except ValueError as exc:
        raise InvalidInput(f"{path}: {exc}.") from exc
    if length < 8 or length > 30:
        raise InvalidInput(f"{path}: {value} has a prefix length outside 8..30.")
    if not unicast(first):
        raise InvalidInput(f"{path}: {value} is no unicast network.")
    return ipv4.format_network(first, length)


def networks(value, path: str, options: dict) -> list[str]:
    """One IPv4 network, or a list of them, as a list. Raises InvalidInput."""
    if not isinstance(value, (list, tuple)):
        return [network(value, path, options)]
    if not value:
        raise InvalidInput(f"{path}: must name at least one network, like 10.90.2.0/24.")
    return [network(entry, f"{path}[{index}]", options) for index, entry in enumerate(value)]


def network6(value, path: str, options: dict) -> str:
    """A range6, in its usual form. Raises InvalidInput."""
    try:
        return str(range6_network(str(value)))
    except ValueError as exc:
        raise InvalidInput(f"{path}: {exc}; write one like fd00:90:2::/64.") from exc


def addresses(value, path: str, options: dict) -> list[str]:
    """A list of IPv4 addresses and networks. Raises InvalidInput."""
    if not isinstance(value, (list, tuple)):
        raise InvalidInput(f"{path}: must be a list of addresses and networks, not {str(value)[:60]!r}.")
    for index, entry in enumerate(value):
        try:
            ipv4.interval(entry)
        except ValueError as exc:
            raise InvalidInput(f"{path}[{index}]: {exc}.") from exc
    return [str(entry) for entry in value]


def reserved(value, path: str, options: dict) -> list[str]:
    """A list of IPv4 addresses, sorted, each once. Raises InvalidInput."""
    listed = addresses(value, path, options)
    for index, entry in enumerate(listed):
        if "/" in entry:
            raise InvalidInput(f"{path}[{index}]: {entry} is no single address; networks that are never given out stand in exclude.")
    return sorted(set(listed), key=ipv4.parse_address)


def address(value, path: str, options: dict) -> str:
    """One IPv4 address, in its usual form. Raises InvalidInput."""
    try:
        return ipv4.format_address(ipv4.parse_address(value))
    except ValueError as exc:
        raise InvalidInput(f"{path}: {exc}; write one like 192.0.2.1.") from exc


KINDS = {"network": network, "address": address, "networks": networks, "network6": network6, "addresses": addresses, "reserved": reserved}
