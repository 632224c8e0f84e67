# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Virtual IPs as the filters of templates show them: assignments of a share, MACs, and what a range can give."""
from __future__ import annotations

from ...module_utils.pool import names
from ..errors import InvalidInput
from ..requirements import require

FORMS = ("reservations", "hosts", "network_config")
#: wants of VMs that are in service, and of all whose VIP is assigned; one in quarantine answers nobody
_IN_SERVICE = ("active", "draining")
_ASSIGNED = _IN_SERVICE + ("warm", "parked")


def vip_mac(vip) -> str:
    """MAC of a VIP, 02:5c and its four bytes. Raises InvalidInput."""
    return names.vm_mac(str(_address(vip, "vip")))


def vip_range(range_, exclude=(), host_prefix_length=27) -> dict:
    """What a range of VIPs can give: sub-prefixes with gateway, first, last and count of usable addresses. Raises InvalidInput."""
    netaddr = require("netaddr", "take a range of VIPs apart")
    network = _network(range_, "range")
    try:
        length = int(host_prefix_length)
    except (TypeError, ValueError):
        length = -1
    if not network.prefixlen <= length <= 30:
        raise InvalidInput(f"host_prefix_length: {host_prefix_length} is not between {network.prefixlen}, that of {network}, and 30.")
    if isinstance(exclude, str) or not hasattr(exclude, "__iter__"):
        raise InvalidInput(f"exclude: {exclude!r} is no list of addresses and networks.")
    excluded = netaddr.IPSet(_network(entry, f"exclude[{index}]", single=True) for index, entry in enumerate(exclude))
    prefixes = [_prefix(netaddr, prefix, excluded) for prefix in network.subnet(length)]
    return {
        "range": str(network), "host_prefix_length": length, "usable": sum(prefix["usable"] for prefix in prefixes), "prefixes": prefixes,
    }


def _prefix(netaddr, prefix, excluded) -> dict:
    free = netaddr.IPSet(netaddr.IPRange(prefix.first + 2, prefix.last - 1)) - excluded
    found = list(free.iter_cidrs())
    return {
        "prefix": str(prefix), "gateway": str(netaddr.IPAddress(prefix.first + 1)), "usable": len(free),
        "first": str(found[0][0]) if found else None, "last": str(found[-1][-1]) if found else None,
    }


def vip_assignments(share, form="reservations"):
    """VIPs that a share assigns, in one of FORMS. Raises InvalidInput."""
    if form not in FORMS:
        raise InvalidInput(f"form: {form!r} is not one of {', '.join(FORMS)}.")
    if not hasattr(share, "get") or not isinstance(share.get("vms"), list) or not isinstance(share.get("networks"), list):
        raise InvalidInput("share: has no lists vms and networks. Give the share of a host, as the filter foresight.netslice.plan_share does.")
    vms = sorted((vm for vm in share["vms"] if vm["want"] in _ASSIGNED), key=lambda vm: _address(vm["vip"], f"vip of {vm['name']}"))
    if form == "reservations":
        return [{"slice": vm["slice"], "name": vm["name"], "vip": vm["vip"], "mac": vip_mac(vm["vip"])} for vm in vms]
    if form == "hosts":
        return [f"{vm['vip']} {vm['name']}" for vm in vms if vm["want"] in _IN_SERVICE]
    networks = {network["slice"]: network for network in share["networks"]}
    return {vm["name"]: _network_config(vm, networks) for vm in vms}


def _network_config(vm, networks) -> dict:
    """NoCloud network-config, version 2, of one VM."""
    network = networks.get(vm["slice"])
    if network is None:
        raise InvalidInput(f"share: has no network of slice {vm['slice']}, of which {vm['name']} is. Give the share as the plan states it.")
    prefix = _network(network["prefix"], f"prefix of {vm['slice']}")
    address = _address(vm["vip"], f"vip of {vm['name']}")
    if address not in prefix:
        raise InvalidInput(f"share: {vm['vip']} of {vm['name']} is not in {prefix}, the prefix of its slice on this host.")
    return {
        "version": 2,
        "ethernets": {"vip": {
            "match": {"macaddress": vip_mac(vm["vip"])}, "addresses": [f"{address}/{prefix.prefixlen}"], "mtu": network["mtu"],
            "routes": [{"to": "0.0.0.0/0", "via": str(prefix[1])}],
        }},
    }


def _address(text, what: str):
    netaddr = require("netaddr", "read a VIP")
    try:
        return netaddr.IPAddress(str(text), version=4, flags=netaddr.INET_PTON)
    except (netaddr.AddrFormatError, ValueError, TypeError):
        raise InvalidInput(f"{what}: {text!r} is no IPv4 address; write one like 10.90.2.4") from None


def _network(text, what: str, single: bool = False):
    netaddr = require("netaddr", "read a range of VIPs")
    try:
        if not single and "/" not in str(text):
            raise ValueError("no prefix length")
        network = netaddr.IPNetwork(str(text), version=4)
    except (netaddr.AddrFormatError, ValueError, TypeError):
        raise InvalidInput(f"{what}: {text!r} is no IPv4 network; write one like 10.90.2.0/24") from None
    if network.ip != network.network:
        raise InvalidInput(f"{what}: {text!r} has bits of the host set; write {network.cidr}")
    return network
