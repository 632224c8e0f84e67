# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Ranges of slices against each other, against what is on the hosts, and against the hosts' own addresses; IPv4 and IPv6 alike."""
from __future__ import annotations

import ipaddress
from bisect import bisect_right

from ...module_utils.pool import names
from ..errors import InvalidInput
from . import ipv4
from .view import SliceView

#: key of a slice's `network` and of the record of a network -> version of IP
VERSIONS = {"range": 4, "range6": 6}


def interval(text: str, version: int) -> tuple[int, int]:
    """First and last address of a network or an address. Raises ValueError."""
    if version == 4:
        return ipv4.interval(text)
    network = ipaddress.IPv6Network(text)
    return int(network[0]), int(network[-1])


def check_apart(slices: list[dict], root: str) -> None:
    """Raise InvalidInput where the ranges of two slices overlap."""
    for key, version in VERSIONS.items():
        spans = _spans(slices, key, version)
        for (_low, high, index), (low, _high, other) in zip(spans, spans[1:]):
            if low <= high:
                first, second = sorted((index, other))
                raise InvalidInput(
                    f"{root}[{second}].network.{key}: {slices[second]['network'][key]} of {slices[second]['name']} overlaps "
                    f"{slices[first]['network'][key]} of {slices[first]['name']} ({root}[{first}]). Each slice needs a range of its own."
                )


def _spans(slices: list[dict], key: str, version: int) -> list[tuple[int, int, int]]:
    """(first, last, index) of the ranges there are, sorted."""
    return sorted((*interval(slice_["network"][key], version), index) for index, slice_ in enumerate(slices) if slice_["network"][key])


def check_ranges(slices: list[dict], view, unlisted: list[str]) -> None:
    """Raise InvalidInput where a range overlaps a host's own address, a slice that is not listed, or differs from its record."""
    for key, version in VERSIONS.items():
        spans = _spans(slices, key, version)
        lows = [low for low, _high, _index in spans]

        def overlapping(low: int, high: int, spans=spans, lows=lows):
            at = bisect_right(lows, high) - 1
            return spans[at][2] if at >= 0 and spans[at][1] >= low else None

        _check_unlisted(key, version, slices, view, unlisted, overlapping)
        for host, state in view.states.items():
            _check_host_addresses(key, version, host, state, slices, view, overlapping)
    for index, slice_ in enumerate(slices):
        _check_records(f"netslice_slices[{index}].network", slice_, view.slice(slice_["name"]))


def _check_unlisted(key: str, version: int, slices: list[dict], view, unlisted: list[str], overlapping) -> None:
    for name in unlisted:
        for host, record in view.slices[name].networks.items():
            index = overlapping(*interval(record[key], version)) if record.get(key) else None
            if index is not None:
                raise InvalidInput(
                    f"netslice_slices[{index}].network.{key}: {slices[index]['network'][key]} overlaps {record[key]} of slice {name}, "
                    f"which is on {host} but not listed. List {name} with state absent to remove it, or take another range."
                )


def _check_records(path: str, slice_: dict, found: SliceView) -> None:
    """A slice keeps its range as long as any of its networks or VMs is on a host; a range6 may come and go, but not become another."""
    range_, range6 = slice_["network"]["range"], slice_["network"]["range6"]
    fix = "Restore it, or remove the slice with state absent first."
    for host, record in found.networks.items():
        if record["range"] != range_:
            raise InvalidInput(f"{path}.range: {range_} is not {record['range']}, the range that {slice_['name']} has on {host}. {fix}")
        if range6 and record.get("range6") not in (None, range6):
            raise InvalidInput(f"{path}.range6: {range6} is not {record['range6']}, the range6 that {slice_['name']} has on {host}. {fix}")
    low, high = ipv4.interval(range_)
    for host, record in found.vms:
        if not low <= ipv4.parse_address(record["vip"]) <= high:
            raise InvalidInput(f"{path}.range: {range_} does not hold {record['vip']}, the VIP of {record['name']} on {host}. {fix}")


def _check_host_addresses(key: str, version: int, host: str, state: dict, slices: list[dict], view, overlapping) -> None:
    for text in state.get("addresses") or []:
        address, _slash, _length = str(text).partition("/")
        if (":" in address) != (version == 6):
            continue
        index = overlapping(*interval(address, version))
        if index is None:
            continue
        slice_ = slices[index]
        record = view.slice(slice_["name"]).networks.get(host)
        if record is not None and interval(address, version)[0] == _gateway(record, version):
            continue  # the gateway on the slice's own bridge
        raise InvalidInput(
            f"netslice_slices[{index}].network.{key}: {slice_['network'][key]} of {slice_['name']} holds {text}, "
            f"an address of {host} itself. Take a range that no host uses."
        )


def _gateway(record: dict, version: int) -> int | None:
    gateway = ipv4.parse_network(record["prefix"])[0] + 1
    if version == 4:
        return gateway
    return int(names.range6_network(record["range6"])[gateway]) if record.get("range6") else None
