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
#: what begins the words on a guest that runs with something else than it was made of
LIVE = "live"
#: a range6 leaves at least 32 bits, those of a VIP
LONGEST_RANGE6 = 96


def vm_name(slice_name, vip):
    """Domain of a VIP: web, 10.90.2.4 -> web-10-90-2-4."""
    return f"{slice_name}-{ipaddress.IPv4Address(vip)}".replace(".", "-")


def vm_uuid(slice_name, vip):
    """UUID of the domain, the same at each rebirth of the VM."""
    return str(uuid.uuid5(uuid.NAMESPACE_URL, f"urn:foresight:netslice:{slice_name}:{ipaddress.IPv4Address(vip)}"))


def vm_mac(vip):
    """MAC of a VIP: 02:5c and its four bytes, so that a VIP that moves needs no new ARP entry."""
    return ":".join(["02", "5c"] + [f"{byte:02x}" for byte in ipaddress.IPv4Address(vip).packed])


def range6_network(range6):
    """IPv6Network of a slice's range6, of which every address ends in the four bytes of a VIP. Raises ValueError."""
    network = ipaddress.IPv6Network(range6)
    if network.prefixlen > LONGEST_RANGE6:
        raise ValueError(f"{range6} has a prefix length above {LONGEST_RANGE6}, which leaves no 32 bits for a VIP")
    first = network.network_address
    if first.is_multicast or first.is_link_local or int(first) >> 32 == 0:
        raise ValueError(f"{range6} is no unicast network that can be routed")
    return network


def vip6(range6, vip):
    """IPv6 address beside a VIP: the slice's range6 and the four bytes of the VIP, so that nothing else allocates it. Raises ValueError."""
    return str(range6_network(range6)[int(ipaddress.IPv4Address(vip))])


def prefix6(range6, prefix):
    """The part of range6 that belongs to a sub-prefix of VIPs: fd00:90:2::/64, 10.90.2.0/27 -> fd00:90:2::a5a:200/123. Raises ValueError."""
    network = ipaddress.IPv4Network(prefix)
    return f"{vip6(range6, network.network_address)}/{LONGEST_RANGE6 + network.prefixlen}"


def vip_of(vip6_text):
    """The VIP an IPv6 address beside it ends in. Raises ValueError."""
    return str(ipaddress.IPv4Address(ipaddress.IPv6Address(vip6_text).packed[-4:]))


def link_local(mac):
    """IPv6 link-local address of a MAC (EUI-64)."""
    octets = bytes.fromhex(mac.replace(":", ""))
    return str(ipaddress.IPv6Address(b"\xfe\x80" + bytes(6) + bytes([octets[0] ^ 2]) + octets[1:3] + b"\xff\xfe" + octets[3:]))


def duid(vip):
    """DUID-LL of the MAC of a VIP (RFC 8415), by which a DHCPv6 server knows the guest at each rebirth."""
    return "00:03:00:01:" + vm_mac(vip)


def tap_name(vip):
    """Tap device of a VIP: nsv and its four bytes in hex."""
    return "nsv" + ipaddress.IPv4Address(vip).packed.hex()


def network_name(slice_name):
    """libvirt network of a slice."""
    return f"netslice-{slice_name}"


def bridge_name(slice_id):
    """Bridge of a slice on every host."""
    return f"nsb{int(slice_id)}"


def vxlan_name(slice_id):
    """VXLAN device of a slice on every host that has one: the port of its bridge towards the other hosts."""
    return f"nsx{int(slice_id)}"
