# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The network of each slice on each host, and the number all hosts know the slice by."""
from __future__ import annotations

from ...module_utils.pool.bridged import is_bridged, parts
from ..errors import InvalidInput
from . import bridged, ipv4
from .addresses import Addresses
from .blocks import Blocks, blocks_of
from .overlays import Overlays
from .view import SliceView, View

FIRST_ID, LAST_ID = 16, 20479


class Ids:
    """Numbers of slices: tc minor and bridge, lowest free first, the same on every host unless the number was given again while a host was lost.

    Networks that are there keep theirs; a number that two slices have, on different hosts, is given to no further network.
    """

    def __init__(self, view: View) -> None:
        owner: dict[int, str] = {}
        on_host: dict[tuple[str, int], str] = {}
        self._contested: set[int] = set()
        for name in sorted(view.slices):
            for host, record in sorted(view.slices[name].networks.items()):
                if owner.setdefault(record["id"], name) != name:
                    self._contested.add(record["id"])
                there = on_host.setdefault((host, record["id"]), name)
                if there != name:
                    raise InvalidInput(
                        f"state of {host}: id {record['id']} of slice {name} is that of slice {there} too. "
                        f"Remove one of them with state absent in a roster of its hosts alone."
                    )
        self._used = set(owner)
        self._next = FIRST_ID

    def of(self, slice_: SliceView) -> int | None:
        """The number for further networks of a slice; None where it has none that is its own."""
        return min((record["id"] for record in slice_.networks.values() if record["id"] not in self._contested), default=None)

    def give(self) -> int:
        """The lowest free id."""
        while self._next in self._used:
            self._next += 1
        if self._next > LAST_ID:
            raise InvalidInput(f"netslice_slices: more than {LAST_ID - FIRST_ID + 1} slices. Divide them over inventories of their own.")
        self._used.add(self._next)
        return self._next


def network_wants(slice_: dict | None, view: SliceView, slice_id: int | None, addresses: Addresses | None, wants: list, gone: bool, frozen: bool,
                  outside: frozenset[str] = frozenset(), overlays: Overlays | None = None, hosts: View | None = None):
    """[(host, want, changes)] of one slice: the entries of `networks` of the shares, and whether each differs from the host.

    gone: nothing of the slice shall remain, so a network goes with the last record on its host. outside: hosts where it goes so too, for it lies outside the
    slice's ranges. frozen: what is there stays as it is. overlays: joins the networks of a slice that asks for it. hosts: those that have the bridges.
    """
    if frozen or slice_ is None:
        return [(host, _entry(record, "present", record), False) for host, record in sorted(view.networks.items())]
    needed = {want.host for want in wants if want.want != "absent"}
    blocks, kept, going = blocks_of(slice_), {}, {}
    for host in sorted(needed | view.networks.keys()):
        record = view.networks.get(host)
        if host in needed or not (gone or host in outside):
            kept[host] = _kept(record, slice_, blocks) if record else _new(slice_, blocks, slice_id, addresses.prefix(host))
        else:
            going[host] = _entry(record, "absent", record)
    if overlays and kept and slice_["network"]["overlay"] == "vxlan":
        overlays.join(slice_, slice_id or min(entry["id"] for entry in kept.values()), kept, view.networks)
    if hosts and is_bridged(slice_["network"]):
        bridged.settle(slice_, kept, view.networks, hosts)
    return sorted(
        [(host, entry, host not in view.networks or _drifted(view.networks[host], entry)) for host, entry in kept.items()]
        + [(host, entry, True) for host, entry in going.items()],
        key=lambda one: one[0],
    )


def _entry(record: dict, want: str, settings: dict) -> dict:
    return {
        "slice": record["slice"], "id": record["id"], "want": want, "range": record["range"], "prefix": record["prefix"],
        "mode": settings["mode"], "mtu": settings["mtu"], **_optional(settings, record["prefix"]),
    }


def _kept(record: dict, slice_: dict, blocks: Blocks) -> dict:
    """The entry of a network that is there; a range that grew or shrank around it is told anew."""
    entry = _entry(record, "present", slice_["network"])
    entry["range"] = blocks.range_of(ipv4.parse_network(record["prefix"])) or record["range"]
    return entry


def _new(slice_: dict, blocks: Blocks, slice_id: int, prefix: tuple[int, int]) -> dict:
    network = slice_["network"]
    return {
        "slice": slice_["name"], "id": slice_id, "want": "present", "prefix": ipv4.format_network(*prefix),
        # A network that was lost under VMs outside the ranges is made again until they have left.
        "range": blocks.range_of(prefix) or ipv4.format_network(*prefix),
        "mode": network["mode"], "mtu": network["mtu"], **_optional(network, ipv4.format_network(*prefix)),
    }


def _optional(settings: dict, prefix: str) -> dict:
    """The keys range6, dscp and reserved, of a sub-prefix, where there are any, those of mode bridged, and the overlay of a record."""
    found = {**{key: settings[key] for key in ("range6", "dscp") if settings.get(key)}, **parts(settings)}
    if isinstance(settings.get("overlay"), dict):
        found["overlay"] = settings["overlay"]
    if settings.get("reserved"):
        low, high = ipv4.interval(prefix)
        reserved = [text for text in settings["reserved"] if low <= ipv4.parse_address(text) <= high]
        found.update({"reserved": reserved} if reserved else {})
    return found


def _drifted(record: dict, entry: dict) -> bool:
    return (
        not record.get("active", True) or not record.get("autostart", True)
        or any(record.get(key) != entry.get(key) for key in ("mode", "mtu", "range", "range6", "reserved", "dscp", "overlay"))
        or parts(record) != parts(entry)
    )
