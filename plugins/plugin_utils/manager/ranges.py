# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Ranges of slices against each other, against what is on the hosts, and against the hosts' own addresses; IPv4 and IPv6 alike."""
from __future__ import annotations

import ipaddress
from bisect import bisect_right
from collections import Counter

from ...module_utils.pool import names
from ...module_utils.pool.bridged import is_bridged
from ..errors import InvalidInput
from . import ipv4
from .blocks import blocks_of
from .view import SliceView

#: key of a slice's `network` and of the record of a network -> version of IP
VERSIONS = {"range": 4, "range6": 6}


def interval(text: str, version: int) -> tuple[int, int]:
    """First and last address of a network or an address. Raises ValueError."""
    if version == 4:
        return ipv4.interval(text)
    network = ipaddress.IPv6Network(text)
    return int(network[0]), int(network[-1])


def texts(slice_: dict, key: str) -> list[str]:
    """The ranges of a slice of one version; none where it has none."""
    value = slice_["network"][key]
    return value if isinstance(value, list) else [value] if value else []


class Spans:
    """The ranges of all slices of one version, by address."""

    def __init__(self, slices: list[dict], key: str) -> None:
        self.version = VERSIONS[key]
        self.rows = sorted((*interval(text, self.version), index, text) for index, slice_ in enumerate(slices) for text in texts(slice_, key))
        self._lows = [row[0] for row in self.rows]

    def overlapping(self, text: str):
        """(index of the slice, text of its range) of those that an address or network touches; none of the ranges overlap."""
        return self.between(*interval(text, self.version))

    def between(self, low: int, high: int):
        """The same of the addresses from `low` to `high`."""
        at = bisect_right(self._lows, high) - 1
        while at >= 0 and self.rows[at][1] >= low:
            yield self.rows[at][2:]
            at -= 1


def check_apart(slices: list[dict], root: str) -> None:
    """Raise InvalidInput where two ranges overlap."""
    for key in VERSIONS:
        rows = Spans(slices, key).rows
        for (_low, high, *one), (low, _high, *other) in zip(rows, rows[1:]):
            if low <= high:
                (first, text), (second, overlapped) = sorted((one, other), key=lambda entry: entry[0])
                raise InvalidInput(
                    f"{root}[{second}].network.{key}: {overlapped} of {slices[second]['name']} overlaps {text} of {slices[first]['name']} "
                    f"({root}[{first}]). Each slice needs a range of its own."
                )


def strays(slice_: dict | None, found: SliceView) -> frozenset[str]:
    """Hosts whose VMs shall leave: the network of the slice lies outside its ranges by now, or, where the network is lost, one of the VIPs does; or another
    host gives the same addresses."""
    if slice_ is None or not (found.networks or found.vms):
        return frozenset()
    blocks = blocks_of(slice_)
    outside = {host for host, record in found.networks.items() if blocks.range_of(ipv4.parse_network(record["prefix"])) is None}
    return doubles(found) | outside | {host for host, record in found.vms
                                       if host not in found.networks and blocks.range_of((ipv4.parse_address(record["vip"]), 32)) is None}


def doubles(found: SliceView) -> frozenset[str]:
    """Hosts whose sub-prefix another host has too, as when two controllers planned at once: of each such pair the one with fewer VMs, else the later by
    name."""
    if len(found.networks) < 2:
        return frozenset()
    vms = Counter(host for host, _record in found.vms)
    rows = sorted((*ipv4.interval(record["prefix"]), host) for host, record in found.networks.items())
    leaving, before = set(), rows[0]
    for row in rows[1:]:
        if row[0] > before[1]:
            before = row
            continue
        first, second = sorted((row, before), key=lambda one: one[2])
        loser, before = (first, second) if vms[first[2]] < vms[second[2]] else (second, first)
        leaving.add(loser[2])
    return frozenset(leaving)


def held_ranges(slice_: dict | None, name: str, found: SliceView, outside: frozenset[str]) -> list[dict]:
    """Entries of `ranges` of the shares: what a slice wants, and what hosts still have of it, whose guests are isolated by that too. outside: strays()."""
    records = [record for _host, record in sorted(found.networks.items())]
    if slice_ is not None:
        ranges = texts(slice_, "range") + [found.networks[host]["prefix"] for host in sorted(outside & found.networks.keys())]
    else:
        ranges = sorted({record["range"] for record in records})
    ranges6 = (texts(slice_, "range6") if slice_ is not None else []) + [record["range6"] for record in records if record.get("range6")]
    entries = [{"slice": name, "range": text} for text in _outermost(ranges)]
    if entries and ranges6:
        entries[0]["range6"] = ranges6[0]
    return entries


def _outermost(ranges: list[str]) -> list[str]:
    """Those that lie in no other, in their order."""
    if len(ranges) < 2:
        return ranges
    spans = {text: ipv4.interval(text) for text in ranges}
    return [text for text, (low, high) in spans.items()
            if not any(other != text and spans[other][0] <= low and high <= spans[other][1] for other in spans)]


def check_ranges(slices: list[dict], view, unlisted: list[str]) -> None:
    """Raise InvalidInput where a range holds a host's own address, or overlaps what another slice has on a host; or a range6 differs from its record."""
    missing = set(unlisted)
    for key in VERSIONS:
        spans = Spans(slices, key)
        for name, found in view.slices.items():
            _check_others(key, spans, slices, name, found, name in missing)
        for host, state in view.states.items():
            _check_host_addresses(key, spans, host, state, slices, view)
    for index, slice_ in enumerate(slices):
        _check_range6(f"netslice_slices[{index}].network.range6", slice_, view.slice(slice_["name"]))


def _check_others(key: str, spans: Spans, slices: list[dict], name: str, found: SliceView, unlisted: bool) -> None:
    """What the hosts have of a slice is in nobody else's range."""
    for host, record in found.networks.items():
        has = record.get(key if unlisted or key == "range6" else "prefix")
        other = next((entry for entry in spans.overlapping(has) if slices[entry[0]]["name"] != name), None) if has else None
        if other is None:
            continue
        index, text = other
        if unlisted:
            fix = f"which is on {host} but not listed. List {name} with state absent to remove it, or take another range."
        else:
            fix = f"which is still on {host}. Wait until its VMs have left, or take another range."
        raise InvalidInput(f"netslice_slices[{index}].network.{key}: {text} overlaps {has} of slice {name}, {fix}")


def _check_range6(path: str, slice_: dict, found: SliceView) -> None:
    """A range6 may come and go, but not become another while a host has it."""
    range6 = slice_["network"]["range6"]
    for host, record in found.networks.items():
        if range6 and record.get("range6") not in (None, range6):
            raise InvalidInput(
                f"{path}: {range6} is not {record['range6']}, the range6 that {slice_['name']} has on {host}. "
                "Restore it, or remove the slice with state absent first."
            )


def _check_host_addresses(key: str, spans: Spans, host: str, state: dict, slices: list[dict], view) -> None:
    """No range holds an address of a host, but for the gateway on the slice's own bridge; what is dissolved gets no address any more."""
    for text, address, _beside in _own_addresses(state, spans.version):
        for index, range_ in spans.between(address, address):
            slice_ = slices[index]
            record = view.slice(slice_["name"]).networks.get(host)
            gateway = record is not None and not is_bridged(record) and address == _gateway(record, spans.version)
            if not gateway and slice_["state"] != "absent":
                raise InvalidInput(f"netslice_slices[{index}].network.{key}: {range_} of {slice_['name']} holds {text}, an address of {host} itself. "
                                   "Take a range that no host uses.")


def _own_addresses(state: dict, version: int):
    """(text, address, network beside it) of the addresses of a host of one version."""
    for text in map(str, state.get("addresses") or []):
        if (":" in text) == (version == 6):
            own = ipaddress.ip_interface(text)
            yield text, int(own.ip), own.network


def beside_hosts(slices: list[dict], view) -> dict[str, str]:
    """{slice: why} of those that get no VM for now, because one of their ranges overlaps the network beside a host: others have addresses or leases there.

    Not those of which hosts have something in their ranges already, for the network may have come later, nor any where some host did not answer or is lost,
    for it may have had that. On a bridge of the hosts a range is a part of their network, by the word of who took it out of what is leased there.
    """
    found: dict[str, str] = {}
    routed = [slice_ for slice_ in slices if not is_bridged(slice_["network"])]
    for key in VERSIONS if not (view.unknown or view.lost) else ():
        rows = [(low, high, routed[index]["name"], text) for low, high, index, text in Spans(routed, key).rows]
        used = {row[2] for row in rows if _in_use(key, *row[:2], view.slice(row[2]))}
        fresh = [row for row in rows if row[2] not in used]
        for host, state in view.states.items() if fresh else ():
            for text, _address, beside in _own_addresses(state, VERSIONS[key]):
                first, last, address = int(beside[0]), int(beside[-1]), text.partition("/")[0]
                for _low, _high, name, range_ in [row for row in fresh if row[0] <= last and first <= row[1]]:
                    found.setdefault(name, f"for its {key} {range_} overlaps {beside}, where {host} has {address} and others their addresses and leases")
    return found


def _in_use(key: str, low: int, high: int, found: SliceView) -> bool:
    """Whether a host has a part of a range of a slice, from `low` to `high`, or a VM of an address in it."""
    held = [record.get("prefix" if key == "range" else key) for record in found.networks.values()]
    held += [record["vip"] for _host, record in found.vms] if key == "range" else []
    return any(low <= interval(text, VERSIONS[key])[0] <= high for text in held if text)


def _gateway(record: dict, version: int) -> int | None:
    gateway = ipv4.parse_network(record["prefix"])[0] + 1
    if version == 4:
        return gateway
    return int(names.range6_network(record["range6"])[gateway]) if record.get("range6") else None
