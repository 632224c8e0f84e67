# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Slices whose networks are one segment on all their hosts, by VXLAN: the number of the segment, its hosts, and what its packets may measure."""
from __future__ import annotations

import ipaddress

from ...module_utils.pool import overlay
from ...module_utils.pool.network_xml import LEAST_MTU6
from ..errors import InvalidInput
from .view import View

FIRST_VNI = 16


class Overlays:
    """Gives each slice with network.overlay vxlan its VNI: the one it states, else the one its networks have, else its id, else the lowest free one.

    Raises InvalidInput where a slice states a number that another one has.
    """

    def __init__(self, slices: list[dict], view: View) -> None:
        self.view = view
        self._owner: dict[int, str] = {}
        stated = {slice_["name"]: slice_["network"]["vni"] for slice_ in slices if slice_["network"]["vni"] is not None}
        for name, vni in sorted(stated.items()):
            other = self._owner.setdefault(vni, name)
            if other != name:
                raise InvalidInput(f"network.vni of slice {name}: {vni} is that of slice {other} too. Give each its own, or leave one of them out.")
        self._stated = stated
        for name in sorted(view.slices.keys() - stated.keys()):
            for vni in sorted({record["overlay"]["vni"] for record in view.slices[name].networks.values() if record.get("overlay")}):
                # A number that two slices have on different hosts, as after one was lost, stays with the first by name.
                other = self._owner.setdefault(vni, name)
                if other in stated:
                    raise InvalidInput(f"network.vni of slice {other}: {vni} is that of the networks of slice {name} already. State another one.")

    def join(self, slice_: dict, slice_id: int, entries: dict[str, dict], records: dict[str, dict]) -> None:
        """Make one segment of the networks that a slice shall have: complete each entry of entries {host: entry}, in place; records: what the hosts have.

        Raises InvalidInput where a host that is to be joined has no underlay that the others reach.
        """
        name, mtu = slice_["name"], slice_["network"]["mtu"]
        local = {host: self._local(name, host, records.get(host) or {}) for host in entries}
        version = self._version(name, local)
        width = min((state["underlay"]["mtu"] for state in self.view.states.values() if state.get("underlay")), default=1 << 16) - overlay.OVERHEAD[version]
        if slice_["network"]["range6"] and min(mtu, width) < LEAST_MTU6:
            raise InvalidInput(f"network.overlay of slice {name}: the links of the hosts leave {min(mtu, width)} bytes in VXLAN, less than the {LEAST_MTU6} "
                               "of IPv6. Raise their MTU, or leave range6 out.")
        vni, seen = self._vni(name, slice_id), {network["prefix"] for network in (*entries.values(), *records.values())}
        for host, entry in entries.items():
            record = records.get(host) or {}
            peers = [{"address": local[other], "prefix": entries[other]["prefix"]} for other in entries if other != host]
            entry["overlay"] = overlay.normal({"vni": vni, "local": local[host], "peers": peers + self._hidden(record, seen)})
            # Nobody knows how wide the links of a host are that did not answer, or has no address there: guests keep what they were told.
            known = not self.view.unknown and self.view.states[host].get("underlay")
            entry["mtu"] = min(mtu, width) if known or not record.get("overlay") else record["mtu"]

    def _local(self, name: str, host: str, record: dict) -> str:
        found = self.view.states[host].get("underlay")
        if found:
            return found["address"]
        if record.get("overlay"):
            # It had one. What has become of it is for slice_networks of that host to tell, and stops no other host.
            return record["overlay"]["local"]
        raise InvalidInput(f"netslice_underlay: {host} has no address on its links by which slice {name} could be joined by VXLAN. "
                           f"Give {host} netslice_links and an address on one of them, name one in netslice_underlay, or leave network.overlay out.")

    def _version(self, name: str, local: dict[str, str]) -> int:
        hosts: dict = {}
        for host, address in local.items():
            other = hosts.setdefault(address, host)
            if other != host:
                raise InvalidInput(f"netslice_underlay: {other} and {host} are both reached by {address}, so that slice {name} cannot be joined by VXLAN. "
                                   "Name an address of its own for each.")
        versions = {ipaddress.ip_address(address).version: host for host, address in local.items()}
        if len(versions) > 1:
            raise InvalidInput(f"netslice_underlay: {versions[4]} is reached by IPv4 and {versions[6]} by IPv6, so that slice {name} cannot be joined by "
                               "VXLAN. Name addresses of one version.")
        return next(iter(versions), 4)

    def _hidden(self, record: dict, seen: set[str]) -> list[dict]:
        """Peers of a network that may be hosts without state in this pass: they have not left the segment. seen: sub-prefixes of the hosts with state."""
        if not self.view.unknown or not record.get("overlay"):
            return []
        known = {state["underlay"]["address"] for state in self.view.states.values() if state.get("underlay")}
        return [peer for peer in record["overlay"]["peers"] if peer["address"] not in known and peer["prefix"] not in seen]

    def _vni(self, name: str, slice_id: int) -> int:
        if name in self._stated:
            return self._stated[name]
        own = [vni for vni, owner in self._owner.items() if owner == name]
        vni = min(own) if own else slice_id
        if not own and vni in self._owner:
            vni = next(free for free in range(FIRST_VNI, overlay.VNIS.stop) if free not in self._owner)
        self._owner[vni] = name
        return vni


def unjoined(states: dict[str, dict]) -> frozenset[str]:
    """Hosts that say that they do not have the underlay they were given: no VM of a slice that is one segment is put there. states: {host: Host state}."""
    return frozenset(host for host, state in states.items() if any(fault["kind"] == "underlay_wrong" for fault in state.get("faults", [])))


def segment_of(entries: list) -> dict:
    """{overlay: ...} of the entry of a slice in the plan; empty where its networks are no segment. entries: of networks.network_wants()."""
    joined = {host: entry for host, entry, _changes in entries if entry["want"] == "present" and entry.get("overlay")}
    if not joined:
        return {}
    first = next(iter(joined.values()))
    return {"overlay": {"vni": first["overlay"]["vni"], "mtu": first["mtu"], "hosts": {host: entry["overlay"]["local"] for host, entry in joined.items()}}}
