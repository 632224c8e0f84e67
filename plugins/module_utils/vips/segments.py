# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The part of the two nft tables that keeps a slice's segment over several hosts: who may send frames by VXLAN, and which frames come out of it; pure.

Outside: UDP port 4789 is open to the other hosts of a slice alone, by the links of this host, and for the slice's VNI. Inside: out of the tunnel come frames
of guests of those hosts alone, each with the MAC, virtual IP and IPv6 addresses of one guest; neither gateways nor hosts speak on the segment, so nothing of
DHCP or of routers crosses it.
"""
from __future__ import annotations

import ipaddress
import typing as t

from ..pool import overlay
from ..pool.names import link_local, vip6, vxlan_name
from ..substrate.tree import HANDLE


class Texts(t.NamedTuple):
    """Parts of the tables, of slices that need more than others; all empty where there is no such slice."""

    bridge_sets: str = ""
    pre: str = ""  # rules of the chain pre
    bridge_chains: str = ""
    across: str = ""  # rules of the chain across
    inet_sets: str = ""
    input: str = ""  # rules of the chains of that name
    forward: str = ""
    inet_chains: str = ""


def texts(networks: list, receivers: list) -> Texts:
    """Texts of the networks, as in the host state, all empty where none has an overlay. receivers: devices that the other hosts' packets come in by."""
    joined = [network for network in networks if network.get("overlay")]
    if not joined:
        return Texts()
    far4, far6, nd6 = _far(joined)
    return Texts(
        BRIDGE_SETS.replace("@FAR4@", listed(far4)).replace("@FAR6@", listed(far6)).replace("@FARND6@", listed(nd6)).replace(
            "@CLASSES@", listed(sorted(f'"{vxlan_name(network["id"])}" : {HANDLE:x}:{int(network["id"]):x}' for network in joined))),
        '    iifname "nsx*" goto far\n', BRIDGE_CHAINS,
        '    oifname "nsv*" iifname "nsx*" accept\n    oifname "nsx*" goto to_far\n',
        _inet_sets(joined, receivers),
        "    udp dport 4789 goto underlay\n",
        "    ip daddr @hosts4 udp dport 4789 counter drop\n    ip6 daddr @hosts6 udp dport 4789 counter drop\n",
        INET_CHAINS,
    )


def _far(joined: list):
    """Elements of the guests of other hosts: (device . MAC . VIP), the same of IPv6, and of targets of neighbour discovery."""
    far4, far6, nd6 = [], [], []
    for network in joined:
        device = vxlan_name(network["id"])
        for peer in network["overlay"]["peers"]:
            for mac, vip in overlay.guests(peer["prefix"]):
                far4.append(f'"{device}" . {mac} . {vip}')
                for address in (vip6(network["range6"], vip), link_local(mac)) if network.get("range6") else ():
                    far6.append(f'"{device}" . {mac} . {address}')
                    nd6.append(f'"{device}" . {mac} . 0x{ipaddress.IPv6Address(address).packed.hex()}')
    return far4, far6, nd6


def _inet_sets(joined: list, receivers: list) -> str:
    hosts: dict = {4: set(), 6: set()}
    accepted: dict = {4: set(), 6: set()}
    for network in joined:
        for peer in network["overlay"]["peers"]:
            version = ipaddress.ip_address(peer["address"]).version
            hosts[version].add(peer["address"])
            accepted[version] |= {f'"{device}" . {peer["address"]} . {network["overlay"]["vni"]:#x}' for device in receivers}
    text = INET_SETS
    for version in (4, 6):
        text = text.replace(f"@HOSTS{version}@", listed(sorted(hosts[version]))).replace(f"@PEERS{version}@", listed(sorted(accepted[version])))
    return text


def listed(items: list) -> str:
    """The elements of a set or map, as its definition has them."""
    return " elements = { " + ", ".join(items) + " }" if items else ""


BRIDGE_SETS = """\
  # VXLAN device . MAC . address of the guests that other hosts have room for, and their targets of neighbour discovery
  set far4 { type ifname . ether_addr . ipv4_addr;@FAR4@ }
  set far6 { type ifname . ether_addr . ipv6_addr;@FAR6@ }
  set farnd6 { typeof iifname . ether saddr . @th,64,128;@FARND6@ }
  # the class of HTB that a slice has on each link: in the tunnel its packets have the addresses of hosts
  map class_of_tunnel { type ifname : classid;@CLASSES@ }
"""

BRIDGE_CHAINS = """\
  chain far {
    ether type vmap { ip : jump far_ip4, arp : jump far_arp, ip6 : jump far_ip6 }
    counter drop
  }
  chain far_arp {
    iifname . ether saddr . arp saddr ip @far4 iifname . arp saddr ether . arp saddr ip @far4 accept
    arp operation request arp saddr ip 0.0.0.0 iifname . ether saddr . arp daddr ip @far4 accept
  }
  chain far_ip4 {
    udp dport { 67, 68 } counter drop
    iifname . ether saddr . ip saddr @far4 accept
  }
  chain far_ip6 {
    icmpv6 type { nd-router-solicit, nd-router-advert, nd-redirect } counter drop
    udp dport { 546, 547 } counter drop
    exthdr frag exists ip6 saddr fe80::/10 counter drop
    icmpv6 type nd-neighbor-advert jump far_target
    ip6 saddr :: icmpv6 type nd-neighbor-solicit jump far_target
    iifname . ether saddr . ip6 saddr @far6 accept
    ip6 saddr :: icmpv6 type nd-neighbor-solicit accept
  }
  chain far_target {
    iifname . ether saddr . @th,64,128 @farnd6 return
    counter drop
  }
  chain to_far {
    # each host serves its own guests: nothing of DHCP and routers is asked of another
    iifname != "nsv*" counter drop
    udp dport { 67, 68, 546, 547 } drop
    icmpv6 type { nd-router-solicit, nd-router-advert, nd-redirect } drop
    meta priority set oifname map @class_of_tunnel
    accept
  }
  chain from_host {
    type filter hook output priority -310; policy accept;
    oifname "nsx*" drop
  }
  chain to_host {
    type filter hook input priority -310; policy accept;
    iifname "nsx*" drop
  }
"""

INET_SETS = """\
  # the other hosts of slices with an overlay, and link . host . VNI that VXLAN is taken from
  set hosts4 { type ipv4_addr;@HOSTS4@ }
  set hosts6 { type ipv6_addr;@HOSTS6@ }
  set peers4 { typeof iifname . ip saddr . @th,96,24;@PEERS4@ }
  set peers6 { typeof iifname . ip6 saddr . @th,96,24;@PEERS6@ }
"""

INET_CHAINS = """\
  chain underlay {
    iifname . ip saddr . @th,96,24 @peers4 accept
    iifname . ip6 saddr . @th,96,24 @peers6 accept
    counter drop
  }
"""
