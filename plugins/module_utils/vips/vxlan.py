# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The VXLAN devices of the slices on a host (RFC 7348): what there is, what to do, and doing it.

A device learns nothing: a static row for each MAC that a guest of another host may have says which host that is, and what is for all guests, or for a
MAC that none may have, is sent to each of the other hosts (head-end replication). Devices of ours are known by their group, which they are made with.
"""
from __future__ import annotations

import ipaddress
import json
import typing as t

from ..errors import HostError
from ..pool import addresses, overlay
from ..pool.names import vxlan_name
from . import links
from .process import run

#: the port that IANA gave VXLAN
PORT = 4789
#: group of our devices, as HTB's handle of the slices: ip link show group 20942 lists them
GROUP = "20942"
ALL = "00:00:00:00:00:00"


class Tunnel(t.NamedTuple):
    """The device of one slice as it shall be."""

    name: str
    slice: str
    bridge: str
    vni: int
    local: str
    mtu: int
    rows: frozenset  # (MAC, address of the host it is on)


class Found(t.NamedTuple):
    """What a host has."""

    devices: dict  # {name: entry of ip -d -j link} of all devices
    rows: dict  # {name: set of (MAC, address)}
    holders: dict  # {address of the host: (device, MTU of the device)}


class Step(t.NamedTuple):
    """One command, and what it is given to read."""

    argv: list
    data: t.Optional[str] = None


def tunnels(networks):
    """[Tunnel] of the networks, as in the host state, that have an overlay."""
    return [
        Tunnel(vxlan_name(network["id"]), network["slice"], network["bridge"], network["overlay"]["vni"], network["overlay"]["local"], network["mtu"],
               frozenset((mac, peer["address"]) for peer in network["overlay"]["peers"]
                         for mac in [ALL] + [mac for mac, _vip in overlay.guests(peer["prefix"])]))
        for network in networks if network.get("overlay")
    ]


def read():
    """Found of this host. Raises HostError."""
    devices = {one["ifname"]: one for one in links.details()}
    rows: dict = {name: set() for name in devices if _ours(name, devices)}
    for row in _forwarding_rows() if rows else ():
        if row.get("ifname") in rows and "dst" in row:
            rows[row["ifname"]].add((row["mac"], str(ipaddress.ip_address(row["dst"]))))
    holders = {}
    for link in addresses.read():
        for one in link.get("addr_info", []):
            if "local" in one:
                holders.setdefault(str(ipaddress.ip_address(one["local"])), (link["ifname"], link.get("mtu", 1500)))
    return Found(devices, rows, holders)


def _forwarding_rows():
    status, out, error = run(["bridge", "-j", "fdb", "show"])
    if status != 0:
        raise HostError(f"Cannot look at the VXLAN devices of this host: {error.strip()}. Check the package iproute2.")
    return json.loads(out or "[]")


def _ours(name, devices):
    device = devices[name]
    return _kind(device) == "vxlan" and device.get("group") == GROUP


def _kind(device):
    return device.get("linkinfo", {}).get("info_kind")


def plan(wanted, found, restarted=frozenset()):
    """[Step] that makes the wanted Tunnels true and removes any other device of ours. restarted: bridges that are made anew before.

    Raises HostError, before anything is changed, for a name or a port that somebody else uses, or an underlay that is not there or too narrow.
    """
    for one in wanted:
        _refuse(one, found)
    by_name = {one.name: one for one in wanted}
    # All that go do so first: a device that is made may have the VNI of one that is made anew.
    steps = [Step(["ip", "link", "del", "dev", name]) for name in sorted(found.rows) if name not in by_name or _anew(by_name[name], found)]
    for one in wanted:
        steps += _steps(one, found, restarted)
    return steps


def _refuse(one, found):
    subject = f"Cannot connect slice {one.slice} with its other hosts by VXLAN"
    if one.name in found.devices and one.name not in found.rows:
        raise HostError(f"{subject}: somebody else made the device {one.name}. Rename or remove it, or drop the overlay of the slice.")
    for name, device in sorted(found.devices.items()):
        if _kind(device) == "vxlan" and name not in found.rows and device["linkinfo"].get("info_data", {}).get("port") == PORT:
            raise HostError(f"{subject}: the device {name} of somebody else uses UDP port {PORT}, on which only frames of slices are let in. "
                            "Give it another port, or drop the overlay of the slice.")
    if one.local not in found.holders:
        raise HostError(f"{subject}: no device of this host has the address {one.local}. Plan again, after netslice_underlay was corrected.")
    device, mtu = found.holders[one.local]
    needed = one.mtu + overlay.OVERHEAD[ipaddress.ip_address(one.local).version]
    if mtu < needed:
        raise HostError(f"{subject}: mtu {one.mtu} makes packets of {needed} bytes, and {device} carries {mtu}. Lower network.mtu of the slice, "
                        f"or raise that of {device}.")


def _steps(one, found, restarted):
    device, have, steps = found.devices.get(one.name), found.rows.get(one.name, set()), []
    if device is None or _anew(one, found):
        have = set()
        steps.append(Step(["ip", "link", "add", one.name, "mtu", str(one.mtu), "group", GROUP, "type", "vxlan", "id", str(one.vni), "local", one.local,
                           "dstport", str(PORT), "nolearning"]))
        device = {"mtu": one.mtu}
    if device["mtu"] != one.mtu:
        steps.append(Step(["ip", "link", "set", "dev", one.name, "mtu", str(one.mtu)]))
    if device.get("inet6_addr_gen_mode") != "none":
        # The device is a port of a bridge: it needs no address of its own to speak from.
        steps.append(Step(["ip", "link", "set", "dev", one.name, "addrgenmode", "none"]))
    lines = [f"fdb del {mac} dev {one.name} dst {address}\n" for mac, address in sorted(have - one.rows)]
    lines += [f"fdb append {mac} dev {one.name} dst {address}\n" for mac, address in sorted(one.rows - have)]
    if lines:
        steps.append(Step(["bridge", "-batch", "-"], "".join(lines)))
    if device.get("master") != one.bridge or one.bridge in restarted:
        steps.append(Step(["ip", "link", "set", "dev", one.name, "master", one.bridge, "up"]))
    elif "UP" not in device.get("flags", ()):
        steps.append(Step(["ip", "link", "set", "dev", one.name, "up"]))
    return steps


def _anew(one, found):
    """Whether the device of a Tunnel is there and has to be made anew."""
    return one.name in found.devices and _fixed(found.devices[one.name]) != (one.vni, one.local, PORT, False)


def _fixed(device):
    """(VNI, local address, port, whether it learns): what only a new device changes."""
    data = device.get("linkinfo", {}).get("info_data", {})
    local = data.get("local") or data.get("local6")
    return data.get("id"), str(ipaddress.ip_address(local)) if local else None, data.get("port"), data.get("learning")


def apply(steps):
    """Do the steps in their order. Raises HostError with the cause; the next pass goes on from there."""
    for step in steps:
        status, _out, error = run(step.argv, data=step.data)
        if status != 0:
            cause = error.strip().splitlines()[0].rstrip(".") if error.strip() else "no reason given"
            raise HostError(f"Cannot do {' '.join(step.argv)}: {cause}. Check that the kernel has VXLAN, and look at ip -d link show type vxlan.")


def difference(wanted, found):
    """(before, after): {name: what people need to know of it} of the devices that are not as they shall be."""
    before, after = {}, {}
    for name in sorted(found.rows.keys() | {one.name for one in wanted}):
        want = next((one for one in wanted if one.name == name), None)
        have = _told(found.devices[name], found.rows[name]) if name in found.rows else None
        shall = _outline(want.vni, want.local, want.mtu, want.bridge, True, "none", want.rows) if want else None
        wrong = len(found.rows[name] ^ want.rows) if have and want else 0
        if wrong:
            have["rows to correct"], shall["rows to correct"] = wrong, 0
        if have != shall:
            before[name], after[name] = have, shall
    return before, after


def _told(device, rows):
    vni, local, port, learning = _fixed(device)
    found = _outline(vni, local, device["mtu"], device.get("master"), "UP" in device.get("flags", ()), device.get("inet6_addr_gen_mode"), rows)
    return dict(found, **({} if port == PORT else {"port": port}), **({"learning": True} if learning else {}))


def _outline(vni, local, mtu, bridge, is_up, gen_mode, rows):
    peers: dict = {}
    for _mac, address in rows:
        peers[address] = peers.get(address, 0) + 1
    return {"vni": vni, "local": local, "mtu": mtu, "bridge": bridge, "up": is_up, "addrgenmode": gen_mode, "rows of peers": peers}


def faults(networks, found):
    """[{kind, object, detail}] of the networks (as in the host state). Kinds: vxlan_missing, vxlan_changed, vxlan_foreign."""
    listed = []
    for one in tunnels(networks):
        if one.name not in found.rows:
            kind, why = ("vxlan_foreign", "somebody else made a device of that name: ") if one.name in found.devices else ("vxlan_missing", "")
            listed.append({"kind": kind, "object": one.name, "detail": f"{why}guests of {one.slice} do not see those on other hosts"})
            continue
        words = sorted({" ".join(step.argv) for step in _steps(one, found, frozenset())})
        if words:
            listed.append({"kind": "vxlan_changed", "object": one.name, "detail": f"somebody changed it; to be done: {', '.join(words)}"})
    return listed
