# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A Net whose slices are one segment on two hosts by VXLAN: guests send to guests of their slice on the other host.

    guest --- nsb16 host up0 ----- up1 world nsb16 --- far guest
               nsx16 ================= nsx16

The world is the other host, and what goes no tunnel ends at its own address, as in other Nets. Devices and nft tables are those of slice_networks.
"""
from __future__ import annotations

from shaping_net import HOST, WORLD, Namespace, Net, vip

from ansible_collections.foresight.netslice.plugins.module_utils.pool.names import tap_name, vm_mac
from ansible_collections.foresight.netslice.plugins.module_utils.vips import ruleset, vxlan

MTU = 1450
#: what VXLAN adds to a frame where hosts meet by IPv4: its header, and those of UDP, IPv4 and Ethernet (RFC 7348, section 5)
VXLAN_BYTES = 8 + 8 + 20 + 14


class Segment(Net):
    """`through`: whether streams go to the far guests, by the tunnel, or to the world."""

    families, directions, protocols = ("4",), ("egress",), ("udp",)

    def __init__(self, minors):
        super().__init__("segment", minors)
        self.far = {minor: Namespace() for minor in self.minors}
        self.through = True

    @property
    def added(self):
        return VXLAN_BYTES if self.through else 0

    def target(self, minor, family):
        return far_vip(minor) if self.through else WORLD[family]

    def servers(self):
        return super().servers() + [(self.far[minor], minor) for minor in self.minors]

    def close(self):
        super().close()
        for space in self.far.values():
            space.close()

    def _wire(self):
        super()._wire()
        sides = ((self.host, "up0", HOST["4"], 0), (self.world, "up1", WORLD["4"], 32))
        for (space, link, local, first), (_space, _link, peer, theirs) in zip(sides, sides[::-1]):
            networks = [
                {"slice": f"s{minor}", "id": minor, "mode": "routed", "bridge": f"nsb{minor}", "prefix": f"10.90.{minor}.{first}/27", "mtu": MTU,
                 "overlay": {"vni": minor, "local": local, "peers": [{"address": peer, "prefix": f"10.90.{minor}.{theirs}/27"}]}}
                for minor in self.minors
            ]
            vms = [{"vip": vip(minor) if space is self.host else far_vip(minor), "want": "active"} for minor in self.minors]
            ranges = [{"slice": one["slice"], "range": f"10.90.{one['id']}.0/24"} for one in networks]
            space.run("nft", "-f", "-", input=ruleset.render(ruleset.elements(networks, vms, ranges, [], [link]), networks, [link]))
            for step in vxlan.plan(vxlan.tunnels(networks), vxlan.Found({}, {}, {local: (link, 1500)})):
                space.run(*step.argv, input=step.data)

    def _add_guest(self, minor, guest):
        for space, end, address in ((self.host, guest, vip(minor)), (self.world, self.far[minor], far_vip(minor))):
            bridge, tap = f"nsb{minor}", tap_name(address)
            space.ip(f"link add {bridge} type bridge\nlink set {bridge} up\n"
                     f"link add {tap} type veth peer name eth0 address {vm_mac(address)} netns {end.pid}\nlink set {tap} master {bridge} up\n")
            end.ip(f"link set lo up\nlink set eth0 mtu {MTU} up\naddress add {address}/24 dev eth0\n")
        self.host.ip(f"address add 10.90.{minor}.1/27 dev nsb{minor}\n")
        guest.ip(f"route add default via 10.90.{minor}.1\n")


def far_vip(minor):
    """Address of the guest of a slice on the other host."""
    return f"10.90.{minor}.34"
