# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Virtual IPs as the filters of templates show them: assignments of a share, MACs, and what a range can give."""
from __future__ import annotations

from ...module_utils.pool import bridged, names
from ..errors import InvalidInput
from ..requirements import require
from . import ipv4, network_values

FORMS = ("reservations", "hosts", "network_config")
#: wants of VMs that are in service, and of all whose VIP is assigned; one in quarantine answers nobody
_IN_SERVICE = ("active", "draining")
_ASSIGNED = _IN_SERVICE + ("warm", "parked")
#: what every VM and network of a share tells
_OF_VM, _OF_NETWORK = ("name", "slice", "vip", "want"), ("slice", "prefix", "mtu")
#: sub-prefixes of a range that are told one by one; each costs a tenth of a millisecond
MOST_PREFIXES = 16384


def vip_mac(vip) -> str:
    """MAC of a VIP, or of the IPv6 address beside it: 02:5c and the four bytes of the VIP. Raises InvalidInput."""
    return names.vm_mac(str(_address(_beside(vip), "vip")))


def vip6(vip, range6) -> str:
    """The IPv6 address beside a VIP, in the range6 of its slice. Raises InvalidInput."""
    return names.vip6(_range6(range6), str(_address(vip, "vip")))


def _beside(text):
    """The VIP in an IPv6 address, or what was given."""
    try:
        found = names.vip_of(str(text))
    except ValueError:
        return text
    if not network_values.unicast(ipv4.parse_address(found)):
        raise InvalidInput(f"vip: {text!r} is no IPv4 address, nor does it end in a VIP; write one like 10.90.2.4 or fd00:90:2::a5a:204")
    return found


def _range6(text) -> str:
    try:
        return str(names.range6_network(str(text)))
    except ValueError as exc:
        raise InvalidInput(f"range6: {exc}; write one like fd00:90:2::/64") from None


def vip_range(range_, exclude=(), host_prefix_length=27, range6=None) -> dict:
    """What a range of VIPs can give: sub-prefixes with gateway, first, last and count of usable addresses. Raises InvalidInput.

    range6: of the slice, where it has one; then the parts of it that go with the sub-prefixes are told too.
    """
    netaddr = require("netaddr", "take a range of VIPs apart")
    network = netaddr.IPNetwork(network_values.network(range_, "range", {}))
    range6 = None if range6 is None else _range6(range6)
    length = int(str(host_prefix_length)) if str(host_prefix_length).isdecimal() else -1
    if not network.prefixlen <= length <= 30:
        raise InvalidInput(f"host_prefix_length: {host_prefix_length} is not between {network.prefixlen}, that of {network}, and 30.")
    if 1 << length - network.prefixlen > MOST_PREFIXES:
        raise InvalidInput(f"host_prefix_length: {length} takes {network} apart into more than {MOST_PREFIXES} sub-prefixes. Use a shorter one.")
    if isinstance(exclude, str) or not hasattr(exclude, "__iter__"):
        raise InvalidInput(f"exclude: {exclude!r} is no list of addresses and networks.")
    excluded = netaddr.IPSet(_network(entry, f"exclude[{index}]", single=True) for index, entry in enumerate(exclude))
    prefixes = [_prefix(netaddr, prefix, excluded, range6) for prefix in network.subnet(length)]
    return {
        "range": str(network), **({"range6": range6} if range6 else {}), "host_prefix_length": length,
        "usable": sum(prefix["usable"] for prefix in prefixes), "prefixes": prefixes,
    }


def _prefix(netaddr, prefix, excluded, range6) -> dict:
    free = netaddr.IPSet(netaddr.IPRange(prefix.first + 2, prefix.last - 1)) - excluded
    found = list(free.iter_cidrs())
    gateway = str(netaddr.IPAddress(prefix.first + 1))
    six = {"prefix6": names.prefix6(range6, str(prefix)), "gateway6": names.vip6(range6, gateway)} if range6 else {}
    return {
        "prefix": str(prefix), "gateway": gateway, "usable": len(free),
        "first": str(found[0][0]) if found else None, "last": str(found[-1][-1]) if found else None, **six,
    }


def vip_assignments(share, form="reservations"):
    """VIPs that a share assigns, in one of FORMS. Raises InvalidInput."""
    if form not in FORMS:
        raise InvalidInput(f"form: {form!r} is not one of {', '.join(FORMS)}.")
    if not hasattr(share, "get") or not isinstance(share.get("vms"), list) or not isinstance(share.get("networks"), list):
        raise InvalidInput("share: has no lists vms and networks. Give the share of a host, as the filter foresight.netslice.plan_share does.")
    known = _entries(share, "vms", _OF_VM)
    vms = sorted((vm for vm in known if vm["want"] in _ASSIGNED), key=lambda vm: _address(vm["vip"], f"vip of {vm['name']}"))
    needed = _OF_NETWORK if form == "network_config" else ("slice",)
    networks = {network["slice"]: network for network in _entries(share, "networks", needed)}
    if form == "reservations":
        for vm in vms:
            _refuse_reservation(vm, networks.get(vm["slice"], {}))
        return [
            {"slice": vm["slice"], "name": vm["name"], "vip": vm["vip"], "mac": vip_mac(vm["vip"]),
             **({"vip6": vm["vip6"], "duid": names.duid(vm["vip"])} if vm.get("vip6") else {})}
            for vm in vms
        ]
    if form == "hosts":
        return [f"{address} {vm['name']}" for vm in vms if vm["want"] in _IN_SERVICE for address in (vm["vip"], vm.get("vip6")) if address]
    return {vm["name"]: _network_config(vm, networks) for vm in vms}


def _entries(share, key: str, needed: tuple[str, ...]) -> list:
    """The VMs or networks of a share. Raises InvalidInput where one does not tell what each of them does."""
    for index, entry in enumerate(share[key]):
        if not hasattr(entry, "get"):
            raise InvalidInput(f"share: {key}[{index}] is no mapping. Give the share of a host, as the filter foresight.netslice.plan_share does.")
        lacking = next((one for one in needed if entry.get(one) is None), None)
        if lacking:
            raise InvalidInput(f"share: {key}[{index}] tells no {lacking}. Give the share of a host, as the filter foresight.netslice.plan_share does.")
        if entry.get("vip6") and _beside(entry["vip6"]) != str(entry["vip"]):
            raise InvalidInput(f"share: {entry['vip6']} of {entry['name']} does not end in {entry['vip']}. Give the share as the plan states it.")
    return share[key]


def _refuse_reservation(vm, network) -> None:
    if bridged.is_bridged(network):
        raise InvalidInput(f"share: {vm['name']} is on the bridge {network.get('bridge')}, and the DHCP server of its LAN is not ours: it gets its address "
                           "from the command line of its kernel or from NoCloud, and could use no other. Use the form network_config.")


def _network_config(vm, networks) -> dict:
    """NoCloud network-config, version 2, of one VM."""
    network = networks.get(vm["slice"])
    if network is None:
        raise InvalidInput(f"share: has no network of slice {vm['slice']}, of which {vm['name']} is. Give the share as the plan states it.")
    prefix = _network(network["prefix"], f"prefix of {vm['slice']}")
    address = _address(vm["vip"], f"vip of {vm['name']}")
    if address not in prefix:
        raise InvalidInput(f"share: {vm['vip']} of {vm['name']} is not in {prefix}, the prefix of its slice on this host.")
    # In a segment over several hosts the whole range is on the guest's link, on a bridge of the host its LAN.
    wide = "lan" if bridged.is_bridged(network) else "range" if network.get("overlay") else None
    link = _network(network.get(wide), f"{wide} of {vm['slice']}") if wide else prefix
    gateway = network.get("gateway") if bridged.is_bridged(network) else str(prefix[1])
    addresses, routes = [f"{address}/{link.prefixlen}"], [{"to": "0.0.0.0/0", "via": gateway}] if gateway else []
    if vm.get("vip6") and network.get("range6"):
        range6 = _range6(network["range6"])
        length = names.prefix6(range6, str(prefix)).partition("/")[2]
        addresses.append(f"{vm['vip6']}/{length}")
        routes.append({"to": "::/0", "via": names.vip6(range6, str(prefix[1]))})
    return {
        "version": 2,
        "ethernets": {"vip": {
            "match": {"macaddress": vip_mac(vm["vip"])}, "addresses": addresses, "mtu": network["mtu"], "routes": routes,
        }},
    }


def _address(text, what: str):
    netaddr = require("netaddr", "read a VIP")
    try:
        found = netaddr.IPAddress(str(text), version=4, flags=netaddr.INET_PTON)
    except (netaddr.AddrFormatError, ValueError, TypeError):
        raise InvalidInput(f"{what}: {text!r} is no IPv4 address; write one like 10.90.2.4") from None
    if not network_values.unicast(int(found)):
        raise InvalidInput(f"{what}: {text!r} is no IPv4 address of a machine; write one like 10.90.2.4")
    return found


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
