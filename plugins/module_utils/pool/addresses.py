# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Addresses of the host itself, which no slice may be given."""
from __future__ import annotations

import ipaddress
import json

from ..errors import HostError
from ..vips.process import run
from .bridged import OURS


def read():
    """What `ip -j address` tells. Raises HostError."""
    status, out, error = run(["ip", "-j", "address", "show"])
    if status != 0:
        raise HostError(f"Cannot list the addresses of this host: {error.strip()}. Check the package iproute2.")
    return json.loads(out or "[]")


def parse(links):
    """Of read(): the sorted list of addresses with prefix length, such as 192.0.2.10/24; those of slices and of the loopback are left out."""
    return sorted({f"{one['local']}/{one['prefixlen']}" for _device, _mtu, one in _global(links)})


def underlay(links, devices, wanted=None):
    """{device, address, mtu} by which the other hosts reach this one; None where it has no such address.

    links: of read(); devices: names of the links of slices; wanted: an address of the host that is to be it, wherever it is. Else it is the first address of
    the first of the devices that has any, of IPv4 before IPv6. What has an address of the loopback, as where hosts route, leaves by the devices, or else by any
    other. None too where the host has no address `wanted`, see faults().
    """
    found = [(device, mtu, ipaddress.ip_address(one["local"])) for device, mtu, one in _global(links) if not one.get("temporary")]
    if wanted:
        found = [one for one in found if str(one[2]) == wanted]
    else:
        found = sorted((one for one in found if one[0] in devices), key=lambda one: (devices.index(one[0]), one[2].version))
    if not found:
        return None
    device, mtu, address = found[0]
    if device == "lo":
        carriers = {one["ifname"]: one["mtu"] for one in links if one.get("mtu") and one["ifname"] != "lo" and not one["ifname"].startswith(OURS)}
        mtu = min([carriers[name] for name in devices if name in carriers] or carriers.values(), default=mtu)
    return {"device": device, "address": str(address), "mtu": mtu}


def faults(found, wanted):
    """[{kind, object, detail}] of the host state. found: of underlay(links, devices, wanted). Kind: underlay_wrong."""
    if found or not wanted:
        return []
    return [{"kind": "underlay_wrong", "object": wanted, "detail": "no device of this host has that address, so that no slice is joined with it by VXLAN"}]


def _global(links):
    """(device, MTU, entry of addr_info) of the addresses that others can reach, in the order of `ip`."""
    for link in links:
        if link.get("ifname", "").startswith(OURS):
            continue
        for address in link.get("addr_info", []):
            if address.get("scope") == "global" and "local" in address:
                yield link["ifname"], link.get("mtu", 1500), address
