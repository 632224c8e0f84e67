# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Slices on a bridge that the hosts have already (network.mode bridged): what of their keys goes together, and the bridge on each host."""
from __future__ import annotations

from ...module_utils.pool.bridged import KEYS, MODE, parts
from ..errors import InvalidInput
from . import ipv4
from .slice_keys import SLICE
from .view import View

#: keys of `network` that mean nothing on a bridge of the host, and why
_REFUSED = {
    "range6": "the addresses of IPv6 in the LAN are not ours to give",
    "overlay": "the LAN is one segment on all hosts already",
}
_DEFAULTS = {key: default for key, (_kind, default, _options) in SLICE["network"][1].items()}
#: the template of the collection, which states addresses on the command line of a kernel and in no other way
_TEMPLATE = SLICE["vm"][1]["template"][1]


def check_bridged(slice_: dict, path: str) -> None:
    """Raise InvalidInput where the keys of a LAN are there without mode bridged, lack in it, or do not go with others."""
    network = slice_["network"]
    if network["mode"] != MODE:
        given = next((key for key in KEYS if network[key] is not None), None)
        if given:
            raise InvalidInput(f"{path}.network.{given}: means nothing where network.mode is {network['mode']}. Set network.mode to bridged, or leave it out.")
        return
    for key in ("bridge", "lan"):
        if network[key] is None:
            raise InvalidInput(f"{path}.network.{key}: is required where network.mode is bridged, for the LAN is not ours to be asked. "
                               "Name the bridge of the hosts, the network of its LAN, and its gateway, where it has one.")
    for key, why in _REFUSED.items():
        if network[key] != _DEFAULTS[key]:
            raise InvalidInput(f"{path}.network.{key}: cannot be had where network.mode is bridged, for {why}. Leave it out, or use routed.")
    _check_lan(network, f"{path}.network")
    _check_delivery(slice_["vm"], f"{path}.vm")


def _check_delivery(vm: dict, path: str) -> None:
    """Raise InvalidInput where nothing would tell a guest its VIP."""
    if vm["template"] != _TEMPLATE or not vm["image"] or vm["image"].get("kernel"):
        return
    if vm["image"].get("seed") or not vm["user_data"]:
        key, why = ("image.seed", "is one for all VMs, and cannot tell each its VIP") if vm["image"].get("seed") else ("user_data", "is required")
        raise InvalidInput(f"{path}.{key}: {why} where network.mode is bridged and vm.image is a volume, for the DHCP server of the LAN is not ours to reserve "
                           "addresses in. Give user_data, whose NoCloud seed states the address, or a template that does.")


def _check_lan(network: dict, path: str) -> None:
    low, high = ipv4.interval(network["lan"])
    for text in network["range"]:
        if not _within(text, network["lan"]):
            raise InvalidInput(f"{path}.range: {text} is not inside {network['lan']}, the network of the LAN (network.lan). Take a part of it.")
    if network["gateway"] is None:
        return
    gateway = ipv4.parse_address(network["gateway"])
    if not low < gateway < high:
        raise InvalidInput(f"{path}.gateway: {network['gateway']} is no address of {network['lan']}, the network of the LAN (network.lan). Correct either.")
    inside = next((text for text in network["range"] if ipv4.interval(text)[0] <= gateway <= ipv4.interval(text)[1]), None)
    if inside:
        raise InvalidInput(f"{path}.gateway: {network['gateway']} lies in {inside} of network.range, and the host and other slices would take it for a guest. "
                           "Take a range without it, in parts where need be, such as 192.0.2.128/26 and 192.0.2.192/27.")


def settle(slice_: dict, entries: dict[str, dict], records: dict[str, dict], view: View) -> None:
    """Complete the networks {host: entry} that a slice of this mode shall have, in place: the bridge of each host, and the MTU; records: what they have.

    Raises InvalidInput where a host that has the slice on another bridge has no such one, or none of its links is a port of it. A host that has lost the
    bridge of a slice that it has stops no plan: slice_networks of that host tells what has become of it.
    """
    network = slice_["network"]
    for host, entry in entries.items():
        record, state = records.get(host), view.states[host]
        if record and not _within(entry["range"], network["lan"]):
            # The slice goes to another LAN: until its guests have left, this host has the old one.
            for key in KEYS:
                entry.pop(key, None)
            entry.update(parts(record), mtu=record["mtu"])
            continue
        found = _bridge(network["bridge"], state)
        ready = found is not None and found["mtu"] is not None
        if record and not ready and any(one["device"] == record["bridge"] and one["mtu"] for one in state["bridges"]):
            raise InvalidInput(
                f"network.bridge of slice {slice_['name']}: {host} {_why_not(network['bridge'], state)}. Make it on {host}, name the one that it has in "
                f"netslice_bridges of {host}, such as {{{network['bridge']}: br0}}, or stay on {record['bridge']}; none is made for a slice of mode bridged."
            )
        entry["bridge"] = found["device"] if found else record["bridge"] if record else network["bridge"]
        entry["mtu"] = min(network["mtu"], found["mtu"]) if ready else record["mtu"] if record else network["mtu"]


def _within(text: str, lan: str) -> bool:
    """Whether a network lies in the LAN."""
    (first, last), (low, high) = ipv4.interval(text), ipv4.interval(lan)
    return low <= first and last <= high


def unfit(slices: list[dict], view: View) -> dict[str, dict[str, str]]:
    """{bridge: {host: why}} of the hosts where no VM of slices of this mode can be put, for want of their bridge, or of a link in it."""
    found: dict[str, dict[str, str]] = {}
    for name in sorted({slice_["network"]["bridge"] for slice_ in slices if slice_["network"]["mode"] == MODE}):
        why = {host: _why_not(name, state) for host, state in view.states.items()}
        found[name] = {host: f"which {words}" for host, words in why.items() if words}
    return found


def _bridge(name: str, state: dict) -> dict | None:
    """What the name of a bridge of slices stands for on a host; its mtu is None where that is no bridge."""
    return next((one for one in state.get("bridges") or [] if one["name"] == name), None)


def _why_not(name: str, state: dict) -> str:
    """What a host lacks of a bridge of slices; empty where it lacks nothing."""
    found, links = _bridge(name, state), [link["device"] for link in state.get("links") or []]
    if found is None or found["mtu"] is None:
        return f"has no Linux bridge {found['device']} (netslice_bridges)" if found and found["device"] != name else f"has no Linux bridge {name}"
    if links and not set(links) & set(found["ports"]):
        ports = ", ".join(found["ports"]) or "none"
        return f"has netslice_links ({', '.join(links)}) of which none is a port of {found['device']}, so that nobody could shape it (its ports are {ports})"
    return ""


def check_kept(slices: list[dict], view: View) -> None:
    """Raise InvalidInput where a slice that is on hosts becomes one of this mode, or is one no more: its guests would lose their way."""
    for index, slice_ in enumerate(slices):
        mode = slice_["network"]["mode"]
        for host, record in view.slice(slice_["name"]).networks.items():
            if (mode == MODE) != (record["mode"] == MODE):
                raise InvalidInput(f"netslice_slices[{index}].network.mode: {mode} cannot take the place of {record['mode']}, which {slice_['name']} has on "
                                   f"{host}. Restore it, or remove the slice as it is with state absent first.")
