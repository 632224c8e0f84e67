# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The two nft tables of a host as text: what a guest may send, and what may pass between slices.

`table bridge netslice` looks at every frame that leaves a guest's tap: only the tap's own MAC and VIP pass. `table inet netslice` looks at what
is routed: slices reach each other by named flows alone, and guests reach the host for DHCP and ICMP alone. Guests of a slice with a range6
also have the IPv6 address beside their VIP, and the link-local one of their MAC; others have none and send no IPv6. What VXLAN adds stands in segments.py,
and what guests on a bridge of the host need in lan.py.
"""
from __future__ import annotations

import ipaddress
import typing as t

from ..errors import HostError
from ..pool.names import link_local, tap_name, vm_mac
from . import classify, lan, segments

#: (family, name) of the tables that are ours alone
TABLES = (("bridge", "netslice"), ("inet", "netslice"))
#: what a VM is wanted to be while its tap may send
CONNECTED = ("active", "draining", "parked")


class Routed(t.NamedTuple):
    """What is routed, of one family."""

    ranges: list  # of all slices, of all hosts
    same: list  # (range, range) of one slice
    flows: list  # (from range, to range, protocol, port)
    nat: list  # sub-prefixes on this host whose slices hide behind the host's address


class Elements(t.NamedTuple):
    """What fills the sets, each list sorted and without repeats."""

    vms: list  # (tap, MAC, VIP)
    vms6: list  # (tap, MAC, IPv6 address)
    four: Routed
    six: Routed
    uplinks: list  # devices where slices in mode nat hide; none: all but the slices' own bridges
    lan: lan.Lan  # of guests on bridges of the host


def elements(networks: list, vms: list, ranges: list, flows: list, uplinks: list = ()) -> Elements:
    """Elements from networks (entries with prefix and mode), and a share's vms, ranges and flows.

    A network may have a prefix6, a VM a vip6, a range a range6. Raises HostError where a flow names a slice whose range is not in `ranges`.
    """
    of_slice: dict[str, list] = {}
    of_slice6: dict[str, list] = {}
    for entry in ranges:
        of_slice.setdefault(entry["slice"], []).append(entry["range"])
        if entry.get("range6"):
            of_slice6.setdefault(entry["slice"], []).append(entry["range6"])
    for flow in flows:
        for end in ("from", "to"):
            if flow[end] not in of_slice:
                raise HostError(f"Cannot open the flow {flow}: slice {flow[end]!r} has no range. Give its range in ranges, or drop the flow.")
    connected = [vm for vm in vms if vm["want"] in CONNECTED]
    hidden = [network for network in networks if network["mode"] == "nat"]
    return Elements(
        vms=sorted({(tap_name(vm["vip"]), vm_mac(vm["vip"]), vm["vip"]) for vm in connected}),
        vms6=sorted({(tap_name(vm["vip"]), vm_mac(vm["vip"]), address)
                     for vm in connected if vm.get("vip6") for address in (vm["vip6"], link_local(vm_mac(vm["vip"])))}),
        four=_routed(of_slice, flows, [network["prefix"] for network in hidden]),
        six=_routed(of_slice6, flows, [network["prefix6"] for network in hidden if network.get("prefix6")]),
        uplinks=sorted(set(uplinks)),
        lan=lan.elements(networks, [(tap_name(vm["vip"]), vm["vip"]) for vm in connected], of_slice),
    )


def _routed(of_slice: dict, flows: list, nat: list) -> Routed:
    return Routed(
        ranges=sorted({one for many in of_slice.values() for one in many}),
        same=sorted({(one, other) for many in of_slice.values() for one in many for other in many}),
        flows=sorted({(one, other, flow["protocol"], int(flow["port"]))
                      for flow in flows for one in of_slice.get(flow["from"], ()) for other in of_slice.get(flow["to"], ())}),
        nat=sorted(set(nat)),
    )


def render(wanted: Elements, networks: list = (), receivers: list = ()) -> str:
    """Text for one `nft -f -`, which replaces both tables in a single transaction, or nothing if a line is bad.

    networks: as in the host state, of which those in mode nat are classified for the links, and those with an overlay are one segment over several hosts, whose
    packets come in by the devices `receivers`.
    """
    macs = [f'"{tap}" . {mac}' for tap, mac, _vip in wanted.vms]
    own = [f'"{tap}" . {mac} . {vip}' for tap, mac, vip in wanted.vms]
    own6 = [f'"{tap}" . {mac} . {vip6}' for tap, mac, vip6 in wanted.vms6]
    nd6 = [f'"{tap}" . {mac} . 0x{ipaddress.IPv6Address(vip6).packed.hex()}' for tap, mac, vip6 in wanted.vms6]
    parts, near = segments.texts(networks, receivers), lan.texts(wanted.lan, wanted.four)
    bridge = BRIDGE.replace("@SETS@", parts.bridge_sets + near.bridge_sets).replace("@PRE@", parts.pre).replace("@LANPRE@", near.pre)
    bridge = bridge.replace("@FAR@", parts.bridge_chains + near.bridge_chains).replace("@ACROSS@", parts.across).replace("@LANACROSS@", near.across)
    inet = INET.replace("@SETS@", parts.inet_sets + near.inet_sets).replace("@FORWARD@", parts.forward).replace("@CHAINS@", parts.inet_chains)
    inet = inet.replace("@INPUT@", parts.input + near.input)
    for mark, listed in (("@MAC@", macs), ("@OWN4@", own), ("@OWN6@", own6), ("@ND6@", nd6)):
        bridge = bridge.replace(mark, segments.listed(listed))
    for family, routed in ((4, wanted.four), (6, wanted.six)):
        inet = inet.replace(f"@RANGES{family}@", segments.listed(routed.ranges)).replace(f"@NAT{family}@", segments.listed(routed.nat))
        inet = inet.replace(f"@SAME{family}@", segments.listed([" . ".join(pair) for pair in routed.same]))
        inet = inet.replace(f"@FLOWS{family}@", segments.listed([f"{one} . {other} . {protocol} . {port}" for one, other, protocol, port in routed.flows]))
    # A nat chain switches connection tracking on for every packet of the host: only where a slice needs it.
    out = "{ " + ", ".join(f'"{device}"' for device in wanted.uplinks) + " }" if wanted.uplinks else '!= "nsb*"'
    inet = inet.replace("@HIDE@", HIDE.replace("@UPLINKS@", out) if wanted.four.nat else "")
    inet = inet.replace("@CLASSIFY@", classify.chain(networks, out))
    return "".join(f"table {family} {name} {{}}\ndelete table {family} {name}\n" for family, name in TABLES) + bridge + inet


BRIDGE = """\
table bridge netslice {
  # tap . MAC, tap . MAC . VIP: written before the VM exists and kept over its crash, so there is no open moment
  set mac { type ifname . ether_addr;@MAC@ }
  set own4 { type ifname . ether_addr . ipv4_addr;@OWN4@ }
  set own6 { type ifname . ether_addr . ipv6_addr;@OWN6@ }
  # targets of neighbour discovery as numbers: this nft has no name for them
  set nd6 { typeof iifname . ether saddr . @th,64,128;@ND6@ }
@SETS@  chain pre {
    type filter hook prerouting priority -310; policy accept;
@LANPRE@    iifname "nsv*" goto guest
@PRE@  }
  chain guest {
    iifname . ether saddr != @mac counter drop
    ether type vmap { ip : jump from_ip4, arp : jump from_arp, ip6 : jump from_ip6 }
    counter drop
  }
  chain from_arp {
    iifname . ether saddr . arp saddr ip @own4 iifname . arp saddr ether . arp saddr ip @own4 accept
    # the probe of RFC 5227, for its own VIP
    arp operation request arp saddr ip 0.0.0.0 iifname . ether saddr . arp daddr ip @own4 accept
  }
  chain from_ip4 {
    # answers of a DHCP server
    udp sport 67 counter drop
    udp dport 68 counter drop
    iifname . ether saddr . ip saddr @own4 accept
    ip saddr 0.0.0.0 ip daddr 255.255.255.255 udp sport 68 udp dport 67 accept
  }
  chain from_ip6 {
    icmpv6 type { nd-router-advert, nd-redirect } counter drop
    udp sport 547 counter drop
    udp dport 546 counter drop
    # an advertisement or redirect hidden in a later fragment
    exthdr frag exists ip6 saddr fe80::/10 counter drop
    icmpv6 type nd-neighbor-advert jump nd_target
    ip6 saddr :: icmpv6 type nd-neighbor-solicit jump nd_target
    ip6 saddr :: icmpv6 type { mld-listener-report, mld2-listener-report } accept
    iifname . ether saddr . ip6 saddr @own6 accept
    ip6 saddr :: icmpv6 type nd-neighbor-solicit accept
  }
  chain nd_target {
    iifname . ether saddr . @th,64,128 @nd6 return
    counter drop
  }
@FAR@  chain across {
    type filter hook forward priority -310; policy accept;
@LANACROSS@    # a port of the bridge that is no guest's reaches no guest
    oifname "nsv*" iifname "nsv*" accept
@ACROSS@    oifname "nsv*" counter drop
  }
}
"""

INET = """\
table inet netslice {
  set ranges4 { type ipv4_addr; flags interval;@RANGES4@ }
  set ranges6 { type ipv6_addr; flags interval;@RANGES6@ }
  set same4 { type ipv4_addr . ipv4_addr; flags interval;@SAME4@ }
  set same6 { type ipv6_addr . ipv6_addr; flags interval;@SAME6@ }
  # named exceptions: from . to . protocol . port
  set flows4 { type ipv4_addr . ipv4_addr . inet_proto . inet_service; flags interval;@FLOWS4@ }
  set flows6 { type ipv6_addr . ipv6_addr . inet_proto . inet_service; flags interval;@FLOWS6@ }
  set nat4 { type ipv4_addr; flags interval;@NAT4@ }
  set nat6 { type ipv6_addr; flags interval;@NAT6@ }
@SETS@  chain forward {
    type filter hook forward priority -10; policy accept;
@FORWARD@    ip saddr @ranges4 ip daddr @ranges4 goto between4
    ip6 saddr @ranges6 ip6 daddr @ranges6 goto between6
  }
  chain between4 {
    ip saddr . ip daddr @same4 accept
    ip saddr . ip daddr . meta l4proto . th dport @flows4 accept
    # answers, told by their ports and flags: no connection tracking on the way of every packet
    ip daddr . ip saddr . meta l4proto . th sport @flows4 tcp flags & (syn|ack) != syn accept
    ip daddr . ip saddr . meta l4proto . th sport @flows4 meta l4proto udp accept
    counter reject with icmpx admin-prohibited
  }
  chain between6 {
    ip6 saddr . ip6 daddr @same6 accept
    ip6 saddr . ip6 daddr . meta l4proto . th dport @flows6 accept
    ip6 daddr . ip6 saddr . meta l4proto . th sport @flows6 tcp flags & (syn|ack) != syn accept
    ip6 daddr . ip6 saddr . meta l4proto . th sport @flows6 meta l4proto udp accept
    counter reject with icmpx admin-prohibited
  }
  chain input {
    type filter hook input priority -10; policy accept;
@INPUT@    iifname "nsb*" goto from_guest
  }
@CHAINS@  chain from_guest {
    udp dport { 67, 547 } accept
    icmp type { echo-request, echo-reply, destination-unreachable, time-exceeded } accept
    meta l4proto ipv6-icmp accept
    # answers to connections the host opened
    tcp flags & (syn|ack) != syn accept
    counter drop
  }
@CLASSIFY@@HIDE@}
"""

HIDE = """\
  chain hide {
    type nat hook postrouting priority 100; policy accept;
    ip saddr @nat4 oifname @UPLINKS@ ip daddr != @ranges4 masquerade
    ip6 saddr @nat6 oifname @UPLINKS@ ip6 daddr != @ranges6 masquerade
  }
"""
