# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Bridges, taps and forwarding of this host, and what is wrong with them.

Everything is asked of `ip` and of /proc/sys/net, which answer for the network namespace of the process; sysfs answers for the one it was
mounted in.
"""
from __future__ import annotations

import ipaddress
import json
import os

from ..errors import HostError
from ..pool import bridged
from .process import run
from .ruleset import TABLES

#: settings of the kernel by which a host forwards IPv4, and IPv6
FORWARDING, FORWARDING6 = "net.ipv4.ip_forward", "net.ipv6.conf.all.forwarding"
BRIDGED_IPTABLES = "/proc/sys/net/bridge/bridge-nf-call-iptables"


def read():
    """{device: name of the bridge it is a port of, or None} of all devices. Raises HostError."""
    return ports(_listed())


def details():
    """What `ip -d -j link` tells of each device, with its kind. Raises HostError."""
    return _listed("-d")


def ports(rows):
    """The same as read(), of what details() found."""
    return {row["ifname"]: row.get("master") for row in rows}


def _listed(*options):
    status, out, error = run(["ip", *options, "-j", "link", "show"])
    if status != 0:
        raise HostError(f"Cannot list the network devices of this host: {error.strip()}. Check the package iproute2.")
    return [row for row in json.loads(out or "[]") if "ifname" in row]


def forwarding_off(networks):
    """The settings that are off and that these networks need: FORWARDING where the host is the gateway of any, FORWARDING6 where one has a range6."""
    needed = [FORWARDING] if any(not bridged.is_bridged(network) for network in networks) else []
    needed += [FORWARDING6] if any(network.get("range6") for network in networks) else []
    return [name for name in needed if _sysctl(_path(name)) != "1"]


def set_forwarding(name):
    """Switch a setting on. Raises HostError where the kernel's settings are read-only, or it has no IPv6."""
    try:
        with open(_path(name), "w", encoding="ascii") as file:
            file.write("1\n")
    except OSError as exc:
        raise HostError(f"Cannot set {name} to 1: {exc.strerror}. Set it on this host, or run as root.") from exc


def _path(name):
    return "/proc/sys/" + name.replace(".", "/")


def loose_taps(networks, devices):
    """[(tap, bridge)] of the taps whose VIP lies in a network but which are not ports of its bridge.

    networks: entries with `prefix` and `bridge`; devices: as read() gives them. A guest loses its bridge when somebody destroys
    the network under it.
    """
    taps = {tap: vip for tap, vip in ((tap, _vip(tap)) for tap in devices if tap.startswith("nsv")) if vip}
    loose = []
    for network in networks:
        prefix = ipaddress.ip_network(network["prefix"])
        loose += [(tap, network["bridge"]) for tap, vip in sorted(taps.items()) if vip in prefix and devices[tap] != network["bridge"]]
    return loose


def plug(tap, bridge):
    """argv that makes the tap a port of the bridge again."""
    return ["ip", "link", "set", "dev", tap, "master", bridge]


def run_plug(argv):
    """Run plug()'s argv; HostError where ip refuses."""
    status, _out, error = run(argv)
    if status != 0:
        raise HostError(f"Cannot plug {argv[4]} into {argv[6]}: {error.strip()}. Look at both with ip -d link show.")


def faults(networks):
    """[{kind, object, detail}] of the networks (as in the host state) and of the host beneath them.

    Kinds: network_inactive, bridge_missing, host_bridge_missing (that is not ours), tap_unplugged, forwarding_off, foreign_forward_drop.
    """
    devices = read()
    active = [network for network in networks if network["active"]]
    found = [_fault("network_inactive", network["name"], "libvirt does not run it") for network in networks if not network["active"]]
    found += [_fault("host_bridge_missing" if bridged.is_bridged(network) else "bridge_missing", network["bridge"], f"{network['name']} is active without it")
              for network in active if network["bridge"] not in devices]
    found += [_fault("tap_unplugged", tap, f"it is no port of {bridge}")
              for tap, bridge in loose_taps(active, devices) if bridge in devices]
    found += [_fault("forwarding_off", name, "slices are not reached from elsewhere while it is 0") for name in forwarding_off(active)]
    return found + ([_fault("foreign_forward_drop", name, detail) for name, detail in foreign_drops()] if active else [])


def foreign_drops():
    """[(chain, what it stops)] of the chains of others that drop what is forwarded unless a rule of theirs accepts it.

    An accept of ours cannot overrule them, so they are only reported.
    """
    status, out, _error = run(["nft", "-j", "list", "chains"])
    chains = [item["chain"] for item in json.loads(out).get("nftables", []) if "chain" in item] if status == 0 and out else []
    bridged = _sysctl(BRIDGED_IPTABLES) == "1"
    found = []
    for chain in chains:
        if chain.get("hook") != "forward" or chain.get("policy") != "drop" or (chain["family"], chain["table"]) in TABLES:
            continue
        if chain["family"] not in ("ip", "inet", "bridge"):
            continue
        within = chain["family"] == "bridge" or bridged
        found.append((f"{chain['family']} {chain['table']} {chain['name']}",
                      "its policy drop stops traffic to and from slices" + (", and between guests of one slice," if within else "")
                      + " unless a rule there accepts it"))
    return found


def _fault(kind, subject, detail):
    return {"kind": kind, "object": subject, "detail": detail}


def _vip(tap):
    """The VIP a tap is named after, or None."""
    try:
        return ipaddress.IPv4Address(int(tap[3:], 16))
    except ValueError:
        return None


def _sysctl(path):
    if not os.path.exists(path):
        return None
    with open(path, encoding="ascii") as file:
        return file.read().strip()
