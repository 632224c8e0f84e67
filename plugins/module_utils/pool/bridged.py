# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Networks of mode bridged: a bridge that the host has already, in a LAN that is not ours. What the share states of it, and the record keeps; pure.

{"bridge": "br0", "lan": "192.0.2.0/24", "gateway": "192.0.2.1"}: the device on this host, the network whose mask guests have, and their way out of it,
which is left out where the LAN has none. Nothing of this bridge is ever made, changed or removed.
"""
from __future__ import annotations

import ipaddress
import re

from ..errors import PoolError

MODE = "bridged"
KEYS = ("bridge", "lan", "gateway")
DEVICE = re.compile(r"[A-Za-z0-9_.-]{1,15}")
#: devices of slices, none of which can be the bridge of somebody else
OURS = ("nsb", "nsv", "nsx")


def is_bridged(network):
    """Whether a network, of a share or of the host state, is on a bridge of somebody else."""
    return network.get("mode") == MODE


def check(subject, wanted):
    """Raise PoolError unless a wanted network of this mode can be made; subject begins the sentence."""
    bridge = wanted.get("bridge") or ""
    if not DEVICE.fullmatch(bridge) or bridge.startswith(OURS):
        raise PoolError(f"{subject}: {bridge!r} is no name of a bridge of the host. Give bridge as ip -d link shows it.")
    lan, gateway = lan_of(subject, wanted)
    whole = ipaddress.IPv4Network(wanted["range"])
    if not whole.subnet_of(lan):
        raise PoolError(f"{subject}: its range {whole} is not inside {lan}, the network of {bridge}. Take a part of it, or correct lan.")
    if gateway is not None and gateway in whole:
        raise PoolError(f"{subject}: its gateway {gateway} lies in its range {whole}, so that the host would take it for a guest. Take a range without it.")
    for key in ("range6", "overlay"):
        if wanted.get(key):
            raise PoolError(f"{subject}: it has {key}, which the LAN of a bridge of the host does not get from us. Leave it out, or use mode routed.")


def lan_of(subject, told):
    """(lan, gateway or None) of what a network or a VM is told by KEYS. Raises PoolError where they are none, or apart."""
    try:
        lan = ipaddress.IPv4Network(told.get("lan") or "")
        gateway = ipaddress.IPv4Address(told["gateway"]) if told.get("gateway") else None
    except ValueError as exc:
        raise PoolError(f"{subject}: {exc}. Give lan like 192.0.2.0/24, and gateway, where there is one, like 192.0.2.1.") from exc
    if gateway is not None and gateway not in lan:
        raise PoolError(f"{subject}: its gateway {gateway} is not inside {lan}, the network of its LAN. Correct one of them.")
    return lan, gateway


def check_record(record):
    """Raise KeyError or ValueError where the record of a network of this mode lacks its bridge or its LAN, or says what no pass writes."""
    if not DEVICE.fullmatch(record["bridge"]) or record["bridge"].startswith(OURS):
        raise ValueError(f"{record['bridge']!r} is no bridge of the host")
    ipaddress.IPv4Network(record["lan"])
    ipaddress.IPv4Address(record.get("gateway", "0.0.0.0"))


def parts(network):
    """{key: value} of KEYS that a network of this mode has; empty for any other."""
    return {key: network[key] for key in KEYS if network.get(key)} if is_bridged(network) else {}


def link(bridge):
    """What of the XML of a network of this mode is compared, as network_xml.Network has it: libvirt is told of the bridge and nothing else."""
    return {"forward": "bridge", "bridge": bridge, "mtu": 1500, "mac": None, "address": None, "address6": None, "netmask": None}


def static(network):
    """What a guest must be told of its link, for no DHCP server of ours does: {"lan": ..., "gateway": ..., "mtu": ...}; None of other modes."""
    return {"lan": network["lan"], "gateway": network.get("gateway"), "mtu": network["mtu"]} if is_bridged(network) else None


def kernel_ip(name, vip, lan):
    """The word of a kernel's command line that gives a guest its address; lan: of static()."""
    return f"ip={vip}::{lan.get('gateway') or ''}:{ipaddress.IPv4Network(lan['lan']).netmask}:{name}::off"


def seed_lines(vip, lan):
    """Lines of NoCloud's network-config, version 2, that give a guest its address; lan: of static()."""
    route = f'    routes: [{{to: 0.0.0.0/0, via: {lan["gateway"]}}}]\n' if lan.get("gateway") else ""
    return f'    addresses: ["{vip}/{ipaddress.IPv4Network(lan["lan"]).prefixlen}"]\n    mtu: {lan["mtu"]}\n{route}    accept-ra: false\n'
