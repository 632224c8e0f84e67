# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The Linux bridges that the host has beside those of slices: what there is, and whether it is what networks of mode bridged need."""
from __future__ import annotations

from ..errors import HostError
from ..pool import bridged


def parse(links, names=None):
    """The list `bridges` of the host state, by name: [{name, device, mtu, ports}]; ports are those of others than slices.

    links: of links.details(); names: {name that slices use: device of this host}. A bridge without such a name has that of its device; a device that is
    named and is no bridge here has the mtu None.
    """
    found = {link["ifname"]: link["mtu"] for link in links if _is_bridge(link) and not link["ifname"].startswith(bridged.OURS)}
    ports: dict = {device: [] for device in found}
    for link in links:
        if link.get("master") in ports and not link["ifname"].startswith(bridged.OURS):
            ports[link["master"]].append(link["ifname"])
    named = {**{device: device for device in found}, **(names or {})}
    return [{"name": name, "device": device, "mtu": found.get(device), "ports": sorted(ports.get(device, ()))} for name, device in sorted(named.items())]


def _is_bridge(link):
    return link.get("linkinfo", {}).get("info_kind") == "bridge"


def require(host, wanted, links):
    """Raise HostError where a wanted network of mode bridged has no bridge on this host; wanted: of a share's networks; links: of links.details()."""
    kinds = {link["ifname"]: _is_bridge(link) for link in links}
    for network in wanted:
        if network["want"] == "present" and bridged.is_bridged(network) and not kinds.get(network["bridge"]):
            what = "is no Linux bridge" if network["bridge"] in kinds else "is missing"
            raise HostError(f"Cannot put slice {network['slice']} on the bridge {network['bridge']} of {host}: it {what}. Make the bridge, "
                            f"or name another one of {host} in network.bridge of the slice or in netslice_bridges; none is made for slices of mode bridged.")
