# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The part of the two nft tables for guests on a bridge of the host (mode bridged): they share a LAN with each other, with the host and with strangers; pure.

What a guest sends is held to its MAC and VIP as in all modes, at its own tap alone; nothing is said of other ports of the bridge. The LAN's DHCP server
is not asked, for an address that it gave could not be used, and neither IPv6 nor the protocols of routers are spoken. Slices reach each other by
named flows alone, where they are routed and where they meet on the bridge, and guests reach the host for ICMP alone.
"""
from __future__ import annotations

import ipaddress
import typing as t

from ..pool import bridged
from .segments import Texts, listed


class Lan(t.NamedTuple):
    """What fills the sets, each list sorted and without repeats; all empty where no slice is bridged."""

    taps: list  # (tap, VIP)
    same: list  # (tap, range of its slice): from where a guest hears broadcasts too
    ranges: list  # of the bridged slices of this host
    marks: list  # (sub-prefix, DSCP that its packets leave with)


def elements(networks: list, vms: list, of_slice: dict) -> Lan:
    """Lan of networks (entries with prefix and mode, bridged ones with slice and range), (tap, VIP) of the connected VMs, and the ranges of each slice."""
    taps, same, ranges, marks = set(), set(), set(), set()
    for network in filter(bridged.is_bridged, networks):
        # What the network itself has of it may be an earlier range, which a set of intervals does not take beside the present one.
        prefix, own = ipaddress.IPv4Network(network["prefix"]), set(of_slice.get(network["slice"]) or [network["range"]])
        here = {(tap, vip) for tap, vip in vms if ipaddress.IPv4Address(vip) in prefix}
        taps |= here
        same |= {(tap, one) for tap, _vip in here for one in own}
        ranges |= own
        marks |= {(network["prefix"], network["dscp"])} if network.get("dscp") else set()
    return Lan(sorted(taps), sorted(same), sorted(ranges), sorted(marks))


def texts(lan: Lan, routed) -> Texts:
    """Texts of the elements, all empty where no slice is bridged. routed: ruleset.Routed of IPv4, whose ranges and flows hold on the bridge too."""
    if not lan.ranges:
        return Texts()
    marks = "".join(f'    oifname != "nsv*" ip saddr {prefix} ip dscp set {name}\n' for prefix, name in lan.marks)
    sets = SETS
    for mark, items in (
        ("@TAPS@", [f'"{tap}"' for tap, _vip in lan.taps]), ("@OWN@", [f'"{tap}" . {vip}' for tap, vip in lan.taps]),
        ("@NEAR@", [f'"{tap}" . {one}' for tap, one in lan.same]), ("@RANGES@", routed.ranges), ("@SAME@", [" . ".join(pair) for pair in routed.same]),
        ("@FLOWS@", [f"{one} . {other} . {protocol} . {port}" for one, other, protocol, port in routed.flows]),
    ):
        sets = sets.replace(mark, listed(items))
    return Texts(sets, PRE, CHAINS.replace("@MARKS@", marks), ACROSS, INET_SETS.replace("@LAN@", listed(lan.ranges)), INPUT)


SETS = """\
  # taps on bridges of the host: their names, tap . VIP, and tap . range of the slice
  set lan_taps { type ifname;@TAPS@ }
  set lan_own { type ifname . ipv4_addr;@OWN@ }
  set lan_near { type ifname . ipv4_addr; flags interval;@NEAR@ }
  # as in the table inet: slices meet on the bridge without being routed
  set ranges4 { type ipv4_addr; flags interval;@RANGES@ }
  set same4 { type ipv4_addr . ipv4_addr; flags interval;@SAME@ }
  set flows4 { type ipv4_addr . ipv4_addr . inet_proto . inet_service; flags interval;@FLOWS@ }
"""

PRE = """\
    iifname @lan_taps goto lan_guest
"""

CHAINS = """\
  chain lan_guest {
    ether type ip6 counter drop
    udp dport 67 counter drop
    # routers speak to each other so (RFC 5771): VRRP, HSRP, OSPF, queries of IGMP; reports of IGMPv3 and mDNS are no such
    ip daddr 224.0.0.0/24 ip daddr != { 224.0.0.22, 224.0.0.251 } counter drop
    goto guest
  }
  chain from_lan_guest {
    ip saddr @ranges4 ip daddr @ranges4 jump lan_flows
@MARKS@  }
  chain to_lan_guest {
    ether type arp accept
    ether type != ip counter drop
    udp dport 68 counter drop
    oifname . ip saddr @lan_near accept
    ip saddr != @ranges4 accept
    # of another slice: no broadcast, and what a named flow allows
    oifname . ip daddr != @lan_own counter drop
    jump lan_flows
    accept
  }
  chain lan_flows {
    ip saddr . ip daddr @same4 return
    ip saddr . ip daddr . meta l4proto . th dport @flows4 return
    ip daddr . ip saddr . meta l4proto . th sport @flows4 tcp flags & (syn|ack) != syn return
    ip daddr . ip saddr . meta l4proto . th sport @flows4 meta l4proto udp return
    counter drop
  }
"""

ACROSS = """\
    iifname @lan_taps jump from_lan_guest
    oifname @lan_taps goto to_lan_guest
    iifname @lan_taps oifname "nsv*" counter drop
"""

INET_SETS = """\
  # ranges of the slices on bridges of the host, which its own addresses are on too
  set lan4 { type ipv4_addr; flags interval;@LAN@ }
"""

INPUT = """\
    ip saddr @lan4 goto from_guest
"""
