# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What makes the bridges of a slice on several hosts one segment: its VXLAN, as the share states it and the record of the network keeps it; pure.

{"vni": 16, "local": "192.0.2.11", "peers": [{"address": "192.0.2.12", "prefix": "10.90.2.32/27"}]}: the number of the segment, the address of this host that
its frames leave from, and each other host that has the slice, with its sub-prefix. Every guest has the MAC of its virtual IP, so this tells where each MAC is.
"""
from __future__ import annotations

import ipaddress

from ..errors import PoolError
from . import names

VNIS = range(1, 1 << 24)
#: what VXLAN puts around a frame (RFC 7348), by the version of IP beneath: outer Ethernet payload minus inner IP packet
OVERHEAD = {4: 50, 6: 70}
#: guests that the other hosts of a segment may have room for: each has its row in the tables
MOST_GUESTS = 16384


def check(subject, wanted):
    """Raise PoolError unless the overlay of a wanted network can be made; subject begins the sentence."""
    overlay, own = wanted["overlay"], ipaddress.IPv4Network(wanted["prefix"])
    if overlay["vni"] not in VNIS:
        raise PoolError(f"{subject}: its VNI {overlay['vni']} is outside {VNIS.start}..{VNIS.stop - 1}. Let slice_plan choose it.")
    version, seen, taken = _version(subject, overlay["local"]), {str(ipaddress.ip_address(overlay["local"]))}, [own]
    for peer in overlay["peers"]:
        if _version(subject, peer["address"]) != version:
            raise PoolError(f"{subject}: its peer {peer['address']} and its local address {overlay['local']} are of two versions of IP. "
                            "Give all hosts an underlay of one version.")
        if str(ipaddress.ip_address(peer["address"])) in seen:
            raise PoolError(f"{subject}: the address {peer['address']} stands twice among it and its peers. Give each host its own underlay.")
        seen.add(str(ipaddress.ip_address(peer["address"])))
        try:
            prefix = ipaddress.IPv4Network(peer["prefix"])
        except ValueError as exc:
            raise PoolError(f"{subject}: the prefix of its peer {peer['address']}: {exc}. Write it like 10.90.2.32/27.") from exc
        if any(prefix.overlaps(other) for other in taken):
            raise PoolError(f"{subject}: the prefix {prefix} of its peer {peer['address']} is that of another host too. Let slice_plan choose them.")
        taken.append(prefix)
    count = sum(prefix.num_addresses for prefix in taken[1:])
    if count > MOST_GUESTS:
        raise PoolError(f"{subject}: its other hosts have room for {count} guests, and {MOST_GUESTS} can be told apart by VXLAN. "
                        "Use a larger network.host_prefix_length, or no overlay.")


def _version(subject, address):
    try:
        return ipaddress.ip_address(address).version
    except ValueError as exc:
        raise PoolError(f"{subject}: {exc}. Write the addresses of its overlay like 192.0.2.11.") from exc


def normal(overlay):
    """The overlay as it is kept: addresses in their usual form, peers sorted."""
    peers = sorted((str(ipaddress.ip_address(peer["address"])), peer["prefix"]) for peer in overlay["peers"])
    return {"vni": int(overlay["vni"]), "local": str(ipaddress.ip_address(overlay["local"])),
            "peers": [{"address": address, "prefix": prefix} for address, prefix in peers]}


def attributes(overlay):
    """Attributes of the metadata element that keep it."""
    return {"vni": str(overlay["vni"]), "local": overlay["local"], "peers": " ".join(f"{peer['address']}={peer['prefix']}" for peer in overlay["peers"])}


def parse(attrib):
    """The overlay of such attributes; None where they tell of none. Raises KeyError and ValueError."""
    if "vni" not in attrib:
        return None
    pairs = [entry.partition("=") for entry in attrib["peers"].split()]
    return {"vni": int(attrib["vni"]), "local": attrib["local"], "peers": [{"address": address, "prefix": prefix} for address, _equals, prefix in pairs]}


def netmask(wanted):
    """The mask that guests are told where it is not that of the bridge: the slice's whole range is on their link; None without an overlay."""
    return str(ipaddress.IPv4Network(wanted["range"]).netmask) if wanted.get("overlay") else None


def guests(prefix):
    """[(MAC, VIP)] of the guests that a sub-prefix has room for: not the gateway, which is spoken to on its own host alone."""
    return [(names.vm_mac(vip), str(vip)) for vip in list(ipaddress.IPv4Network(prefix).hosts())[1:]]
