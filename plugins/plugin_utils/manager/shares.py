# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The share of each host: what it shall have of every slice."""
from __future__ import annotations

from ...module_utils.pool import names
from ...module_utils.pool.bridged import static
from . import ipv4
from .hooks import due, named
from .planned import PlannedSlice
from .ranges import held_ranges
from .resizing import roomy
from .shaping import DIRECTIONS, Claim, Need, admit, claim, default_rate
from .shortfall import NAMED, entry, holder
from .view import View


class Shares:
    """Builds the shares of all hosts from the planned slices."""

    def __init__(self, view: View, planned: list[PlannedSlice]) -> None:
        self.view, self.planned = view, planned
        self.changes = 0
        self._vms: dict[str, list[dict]] = {host: [] for host in view.hosts}
        self._networks: dict[str, list[dict]] = {host: [] for host in view.hosts}
        self._attachments: dict[str, list[dict]] = {host: [] for host in view.hosts}

    def build(self, plan: dict, live: bool) -> dict[str, dict]:
        """{host: share}, still without what is common() to all; counts `changes`, and notes in each planned slice its shaping."""
        for planned in self.planned:
            self._add_vms(planned)
            for host, entry, changes in planned.networks:
                self._networks[host].append(entry)
                self.changes += changes
        self._shape()
        return {
            host: {
                "host": host, "plan_id": plan["id"], "as_of": plan["as_of"], "expires_at": plan["expires_at"], "live": live,
                "fingerprint": self.view.states[host]["fingerprint"], "networks": self._networks[host],
                "vms": sorted(self._vms[host], key=lambda vm: ipv4.parse_address(vm["vip"])),
                "attachments": self._attachments[host],
            }
            for host in self.view.hosts
        }

    def common(self) -> dict:
        """What every share states alike: ranges and flows of all slices."""
        return {"ranges": self._ranges(), "flows": self._flows()}

    def _add_vms(self, planned: PlannedSlice) -> None:
        vm = planned.slice["vm"] if planned.slice else {"image": {}, "template": None, "user_data": None}
        most = {"most": vm["most"]} if planned.slice and roomy(vm) else {}
        ranges6 = {host: entry["range6"] for host, entry, _changes in planned.networks if "range6" in entry}
        lans = {host: {"lan": static(entry)} for host, entry, _changes in planned.networks if static(entry)}
        hooked = named(planned.slice) and not planned.frozen
        for want in planned.wants:
            vip6 = {"vip6": names.vip6(ranges6[want.host], want.vip)} if want.host in ranges6 else {}
            self._vms[want.host].append({
                "name": want.name, "slice": planned.name, "vip": want.vip, **vip6, "want": want.want, "action": want.action, "until": want.until,
                "vcpus": want.vcpus, "memory_mib": want.memory_mib, "image": vm["image"], "template": vm["template"],
                "user_data": vm["user_data"], **most, **lans.get(want.host, {}), **({"retain": True} if want.retain else {}),
            })
            hooks = due(planned.slice, want, planned.as_of) if hooked else []
            if hooks:
                self._vms[want.host][-1]["hooks"] = hooks
            self.changes += want.action != "keep" or bool(hooks)

    def _ranges(self) -> list[dict]:
        """Every slice's ranges, on every host: traffic between two slices is refused at both ends."""
        ranges = []
        for planned in self.planned:
            ranges += held_ranges(planned.slice, planned.name, planned.view, planned.outside)
        return ranges

    def _flows(self) -> list[dict]:
        return [
            {"from": flow["from"], "to": planned.name, "protocol": flow["protocol"], "port": flow["port"]}
            for planned in self.planned if planned.slice
            for flow in planned.slice["flows"]
        ]

    def _shape(self) -> None:
        """Settle the classes of every attachment of every host."""
        on_host: dict[str, list] = {host: [] for host in self.view.hosts}
        for planned in self.planned:
            networks = {host: entry for host, entry, _changes in planned.networks if entry["want"] == "present"}
            counts, vips = _by_host(planned)
            total = sum(counts.values())
            needs = dict.fromkeys(DIRECTIONS)
            if not planned.frozen:
                hold = bool(self.view.unknown)
                needs = {direction: Need(planned.slice, planned.wish.readings, direction, hold) for direction in DIRECTIONS}
            for host, network in sorted(networks.items()):
                # Guests of somebody's own on reserved addresses share the class.
                reserved = [vip for vip in network.get("reserved", ()) if vip not in vips.get(host, ())]
                if host in vips or reserved:
                    part = counts.get(host, 0) / total if total else 0.0
                    on_host[host].append((planned, network, needs, part, vips.get(host, []) + reserved))
        for host in self.view.hosts:
            self._shape_host(host, on_host[host])

    def _shape_host(self, host: str, slices: list) -> None:
        state, bridges = self.view.states[host], _bridges([network for _planned, network, *_rest in slices])
        found = {(entry["device"], entry["direction"]): entry for entry in state.get("attachments") or []}
        for link in state.get("links") or []:
            rate = float(link["rate_mbit"])
            for direction in DIRECTIONS:
                attachment = found.get((link["device"], direction)) or {}
                ours = attachment.get("owner") == "ours"
                classes = attachment.get("classes") or [] if ours else []
                present = {entry["minor"]: (entry["guarantee_mbit"], entry["ceiling_mbit"], entry.get("vip_ceiling_mbit")) for entry in classes}
                claims = []
                for planned, network, needs, part, vips in slices:
                    minor = network["id"]
                    one = claim(planned.name, minor, planned.rank, needs[direction], part, rate, present.get(minor), vips)
                    if one is not None:
                        one.range6 = network.get("range6")
                        claims.append((planned, one))
                if claims or ours:
                    admit([one for _planned, one in claims], rate)
                    self._attach(host, link["device"], direction, rate, claims, present)
                    if bridges and direction == "ingress":
                        self._attachments[host][-1]["bridges"] = bridges

    def _attach(self, host: str, device: str, direction: str, rate: float, claims: list[tuple[PlannedSlice, Claim]], present: dict) -> None:
        for planned, one in claims:
            planned.shaping.append({
                "host": host, "device": device, "direction": direction, "guarantee_mbit": one.guarantee, "ceiling_mbit": one.ceiling,
            })
            self.changes += one.differs()
            if one.short:
                planned.short(
                    "infeasible" if one.guarantee < one.minimum - 0.01 else "partial",
                    f"{one.short:g} Mbit/s of the {one.required:g} Mbit/s of {direction} it needs of {device} on {host} "
                    f"(a link of {rate:g} Mbit/s, of which {default_rate(rate):g} are for what is no slice)",
                    _lost_rate(planned, one, claims, direction, f"{device} on {host}"),
                )
        kept = {one.minor for _planned, one in claims}
        stale = sum(1 for minor in present if 16 <= minor <= 20479 and minor not in kept)
        self.changes += stale or not claims  # a tree without classes goes
        self._attachments[host].append({
            "device": device, "direction": direction, "rate_mbit": rate, "default_mbit": default_rate(rate),
            "classes": [one.entry() for one in sorted((one for _planned, one in claims), key=lambda one: one.minor)],
        })


def _lost_rate(planned: PlannedSlice, one: Claim, claims: list[tuple[PlannedSlice, Claim]], direction: str, where: str) -> dict:
    """What a slice lacks of a link, and which slices of a better rank have it, the largest first."""
    before = sorted(((other, have) for other, have in claims if other.rank < planned.rank), key=lambda pair: (-pair[1].guarantee, pair[0].name))
    to = [holder(other, guarantee_mbit=have.guarantee) for other, have in before[:NAMED]]
    return entry("priority" if to else "capacity", None, direction, one.short, to, where)


def _bridges(networks: list[dict]) -> list[str]:
    """Where ingress is shaped instead of at the link: addresses of slices in mode nat show only at the bridges, so all slices of their host are."""
    hidden = any(network["mode"] == "nat" for network in networks)
    return sorted(names.bridge_name(network["id"]) for network in networks) if hidden else []


def _by_host(planned: PlannedSlice) -> tuple[dict[str, int], dict[str, list[str]]]:
    """VMs that shall serve, and VIPs whose traffic is shaped (those of draining and parked VMs too), by host."""
    counts: dict[str, int] = {}
    vips: dict[str, list[str]] = {}
    for want in planned.wants:
        if want.want == "active":
            counts[want.host] = counts.get(want.host, 0) + 1
        if want.want in ("active", "draining", "parked"):
            vips.setdefault(want.host, []).append(want.vip)
    return counts, vips
