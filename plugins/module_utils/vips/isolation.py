# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The networks of the slices on a host with what isolates them, as one plan: forwarding, networks, nft tables, taps."""
from __future__ import annotations

import ipaddress
import re
import typing as t

from ..arguments import host_name
from ..errors import HostError
from ..pool import names, networks, servers
from . import bridges, links, nft, ruleset, vxlan

#: lifecycles of a VM whose tap must not send any more
SILENT = ("stopping", "quarantined", "warm")


class Plan(t.NamedTuple):
    """What a host lacks. `commands` lists it in the order it is done; empty: nothing to do."""

    forwarding: list  # settings of the kernel to be switched on
    make: list  # networks.Step
    tables: t.Optional[nft.Tables]  # None on libvirt's test driver
    tunnels: list  # vxlan.Step
    tunnel_diff: tuple  # vxlan.difference
    plugs: list  # argv lists
    remove: list  # networks.Step
    present: dict  # {name: networks.Present} before
    after: dict  # and after
    pending: dict  # {name of a network: why it must wait}

    @property
    def commands(self):
        """argv lists of everything to do."""
        tables = self.tables.commands if self.tables else []
        load, unload = (tables, []) if self.tables and self.tables.text is not None else ([], tables)
        first = [["sysctl", "-w", f"{name}=1"] for name in self.forwarding]
        plugs = [s.argv for s in self.tunnels] + self.plugs
        return first + [s.argv for s in self.make] + load + plugs + [s.argv for s in self.remove] + unload

    def diff(self):
        """Before and after of what changes, as Ansible shows it."""
        before = {"networks": networks.as_state(self.present)}
        after = {"networks": networks.as_state(self.after)}
        for name in self.forwarding:
            before[name], after[name] = 0, 1
        if self.tables and self.tables.commands:
            before["nft"], after["nft"] = nft.difference(self.tables)
        dhcp = {step.name: step.verb for step in self.make + self.remove if step.verb in ("serve", "end")}
        if dhcp:
            before["dhcp"], after["dhcp"] = {name: {"serve": "dead", "end": "stray"}[verb] for name, verb in dhcp.items()}, {}
        if self.tunnels:
            before["vxlan"], after["vxlan"] = self.tunnel_diff
        if self.plugs:
            before["unplugged"], after["unplugged"] = [argv[4] for argv in self.plugs], []
        return {"before": before, "after": after}


def plan(connection, inspected, machines, params):
    """Plan of the parameters of slice_networks. inspected: of networks.inspect(); machines: of domains.read(). Raises HostError, before anything is changed."""
    wanted, real, devices = params["networks"], not connection.is_test_driver, None
    if real:
        rows = links.details()
        bridges.require(host_name(params), wanted, rows)
        devices = links.ports(rows)
    present, foreign = inspected
    serving = servers.read() if real else None
    steps, pending = networks.plan(wanted, present, foreign, lambda: networks.users(connection), devices, serving)
    going = {names.network_name(entry["slice"]) for entry in wanted if entry["want"] == "absent"}
    after = networks.predicted(present, steps, wanted)
    make, remove = [s for s in steps if s.name not in going], [s for s in steps if s.name in going]
    if not real:
        return Plan([], make, None, [], ({}, {}), [], remove, present, after, pending)
    left = networks.as_state(after)
    segments, found = vxlan.tunnels(left), vxlan.read()
    restarted = {network["bridge"] for network in left if any(step.verb == "start" and step.name == network["name"] for step in make)}
    tunnels = vxlan.plan(segments, found, restarted)
    text = ruleset.render(wanted_elements(left, machines, params), left, receivers(segments, found, params)) if left else None
    plugs = [links.plug(tap, bridge) for tap, bridge in links.loose_taps(left, devices)]
    tables = nft.plan(params["state_dir"], text)
    return Plan(links.forwarding_off(left), make, tables, tunnels, vxlan.difference(segments, found), plugs, remove, present, after, pending)


def apply(connection, state_dir, todo):
    """Do what plan() found. The tables are loaded before a tap or a VXLAN device is plugged, and go after the last network."""
    for name in todo.forwarding:
        links.set_forwarding(name)
    networks.apply(connection, todo.make)
    if todo.tables and todo.tables.text is not None:
        nft.apply(state_dir, todo.tables)
    vxlan.apply(todo.tunnels)
    for argv in todo.plugs:
        links.run_plug(argv)
    networks.apply(connection, todo.remove)
    if todo.tables and todo.tables.text is None:
        nft.apply(state_dir, todo.tables)


def receivers(segments, found, params):
    """Devices by which packets of VXLAN come in: the links, and those that have the addresses the segments end at."""
    own = {found.holders[one.local][0] for one in segments}
    return sorted(own | {_device(link) for link in params["links"]}) if segments else []


def wanted_elements(left, machines, params):
    """Elements for the networks that are left on the host.

    What the share does not mention keeps what it has: a network its range, a running VM its tap. IPv6 addresses follow from the range6 of
    the network that is left, and so do the taps of VMs of somebody's own on its reserved addresses.
    """
    vms = [_vm(entry) for entry in params["vms"]]
    named = {(vm["slice"], vm["vip"]) for vm in vms}
    vms += [{"slice": one.record.slice, "vip": one.record.vip, "want": "active"} for one in machines
            if (one.record.slice, one.record.vip) not in named and one.record.lifecycle not in SILENT]
    vms += [{"slice": network["slice"], "vip": vip, "want": "active"} for network in left for vip in network.get("reserved") or ()
            if (network["slice"], vip) not in named]
    ranges6 = {network["slice"]: network["range6"] for network in left if network.get("range6")}
    vms = [dict(vm, vip6=names.vip6(ranges6[vm["slice"]], vm["vip"])) if vm["slice"] in ranges6 else vm for vm in vms]
    ranges = [_range(entry) for entry in params["ranges"]]
    mentioned = {(entry["slice"], bool(entry.get("range6"))) for entry in ranges}
    mentioned |= {(slice_name, False) for slice_name, _six in mentioned}
    ranges += [{key: network.get(key) for key in ("slice", "range", "range6")} for network in left
               if (network["slice"], bool(network.get("range6"))) not in mentioned]
    uplinks = [_device(link) for link in params["links"]]
    with_parts = [dict(one, prefix6=names.prefix6(one["range6"], one["prefix"])) if one.get("range6") else one for one in left]
    return ruleset.elements(with_parts, vms, ranges, params["flows"], uplinks)


def _vm(entry):
    try:
        return {"slice": str(entry["slice"]), "vip": str(ipaddress.IPv4Address(entry["vip"])), "want": str(entry["want"])}
    except (KeyError, ValueError) as exc:
        raise HostError(f"Cannot connect the VM {entry.get('name', entry)}: {exc} is missing or wrong. Give slice, vip and want as a plan does.") from exc


def _range(entry):
    try:
        found = {"slice": entry["slice"], "range": str(ipaddress.IPv4Network(entry["range"]))}
    except ValueError as exc:
        raise HostError(f"Cannot isolate slice {entry['slice']}: its range {exc}. Write it like 10.90.2.0/24.") from exc
    try:
        return dict(found, range6=str(names.range6_network(entry["range6"]))) if entry.get("range6") else found
    except ValueError as exc:
        raise HostError(f"Cannot isolate slice {entry['slice']}: its range6 {exc}. Write it like fd00:90:2::/64.") from exc


def _device(link):
    device = str(link.get("device", ""))
    if not re.fullmatch(r"[A-Za-z0-9_.@-]{1,15}", device):
        raise HostError(f"Cannot use the link {link}: {device!r} is no name of a device. Name it as ip link shows it.")
    return device
