# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Names derived from a slice and a VIP, the same on every host and on the controller."""
from __future__ import annotations

import ipaddress
import re
import uuid

#: XML namespace of the metadata element on domains and networks
NAMESPACE = "urn:foresight:netslice:1"
#: prefix of that namespace, and key of libvirt's setMetadata
PREFIX = "netslice"
#: what the whole name of a slice is like: names of domains, networks and files are made of it
SLICE = re.compile(r"[a-z][a-z0-9-]{0,30}")


def vm_name(slice_name, vip):
    """Domain of a VIP: web, 10.90.2.4 -> web-10-90-2-4."""
    return f"{slice_name}-{ipaddress.IPv4Address(vip)}".replace(".", "-")


def vm_uuid(slice_name, vip):
    """UUID of the domain, the same at each rebirth of the VM."""
    return str(uuid.uuid5(uuid.NAMESPACE_URL, f"urn:foresight:netslice:{slice_name}:{ipaddress.IPv4Address(vip)}"))


def vm_mac(vip):
    """MAC of a VIP: 02:5c and its four bytes, so that a VIP that moves needs no new ARP entry."""
    return ":".join(["02", "5c"] + [f"{byte:02x}" for byte in ipaddress.IPv4Address(vip).packed])


def tap_name(vip):
    """Tap device of a VIP: nsv and its four bytes in hex."""
    return "nsv" + ipaddress.IPv4Address(vip).packed.hex()


def network_name(slice_name):
    """libvirt network of a slice."""
    return f"netslice-{slice_name}"


def bridge_name(slice_id):
    """Bridge of a slice on every host."""
    return f"nsb{int(slice_id)}"
