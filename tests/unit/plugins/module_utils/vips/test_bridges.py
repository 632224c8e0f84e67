# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Bridges that the host has already: which there are, what is refused for want of one, and what is told of it."""
from __future__ import annotations

import pytest

from ansible_collections.foresight.netslice.plugins.module_utils.errors import HostError
from ansible_collections.foresight.netslice.plugins.module_utils.pool import servers
from ansible_collections.foresight.netslice.plugins.module_utils.vips import bridges, lan, links, ruleset

BRIDGE = {"linkinfo": {"info_kind": "bridge"}}
LINKS = [
    {"ifname": "lo", "mtu": 65536}, {"ifname": "eth0", "mtu": 1500, "master": "br0"}, {"ifname": "br0", "mtu": 1500, **BRIDGE},
    {"ifname": "vnet0", "mtu": 1500, "master": "br0", "linkinfo": {"info_kind": "tun"}}, {"ifname": "nsv0a5a0202", "mtu": 1500, "master": "br0"},
    {"ifname": "nsb16", "mtu": 1500, **BRIDGE}, {"ifname": "bond0", "mtu": 9000, "linkinfo": {"info_kind": "bond"}}, {"ifname": "br1", "mtu": 9000, **BRIDGE},
]
WEB = {"slice": "web", "name": "netslice-web", "want": "present", "active": True, "mode": "bridged", "bridge": "br0", "lan": "10.90.0.0/16",
       "range": "10.90.2.0/24", "prefix": "10.90.2.0/27", "dscp": "ef"}
ROUTED = {"slice": "db", "want": "present", "mode": "routed", "bridge": "nsb17", "prefix": "10.90.3.0/27"}


def test_bridges_of_others_are_told_with_the_ports_of_others():
    assert bridges.parse(LINKS) == [{"name": "br0", "device": "br0", "mtu": 1500, "ports": ["eth0", "vnet0"]},
                                    {"name": "br1", "device": "br1", "mtu": 9000, "ports": []}]


def test_a_host_that_names_them_differently_says_which_is_which():
    told = {one["name"]: (one["device"], one["mtu"]) for one in bridges.parse(LINKS, {"lan": "br1", "br0": "br1", "dmz": "bond0"})}
    assert told == {"lan": ("br1", 9000), "br0": ("br1", 9000), "br1": ("br1", 9000), "dmz": ("bond0", None)}


@pytest.mark.parametrize("device, what", [("br7", "it is missing"), ("bond0", "it is no Linux bridge")])
def test_a_bridge_that_is_none_is_refused_by_host_and_name(device, what):
    with pytest.raises(HostError, match=f"Cannot put slice web on the bridge {device} of kvm1: {what}. Make the bridge, or name another"):
        bridges.require("kvm1", [dict(WEB, bridge=device)], LINKS)
    bridges.require("kvm1", [dict(WEB, bridge=device, want="absent"), WEB, ROUTED], LINKS)


def test_faults_of_a_network_without_a_bridge_or_a_dhcp_server_of_its_own(monkeypatch):
    monkeypatch.setattr(links, "read", lambda: {"eth0": "br0", "nsv0a5a0202": None})
    monkeypatch.setattr(links, "_sysctl", lambda _path: "0")
    monkeypatch.setattr(links, "foreign_drops", lambda: [])
    assert [(one["kind"], one["object"]) for one in links.faults([WEB])] == [("host_bridge_missing", "br0")]
    monkeypatch.setattr(links, "read", lambda: {"eth0": "br0", "br0": None, "nsv0a5a0202": None})
    assert [(one["kind"], one["object"]) for one in links.faults([WEB])] == [("tap_unplugged", "nsv0a5a0202")]
    assert servers.faults([WEB], {}) == []


def test_guests_of_other_modes_need_nothing_of_it():
    vms = [{"vip": vip, "want": "active"} for vip in ("10.90.2.2", "10.90.3.2")]
    ranges = [{"slice": "web", "range": "10.90.2.0/24"}, {"slice": "web", "range": "10.94.0.0/24"}, {"slice": "db", "range": "10.90.3.0/24"}]
    found = ruleset.elements([WEB, ROUTED], vms, ranges, [])
    assert found.lan == ([("nsv0a5a0202", "10.90.2.2")], [("nsv0a5a0202", "10.90.2.0/24"), ("nsv0a5a0202", "10.94.0.0/24")],
                         ["10.90.2.0/24", "10.94.0.0/24"], [("10.90.2.0/27", "ef")])
    assert lan.texts(ruleset.elements([ROUTED], vms, ranges, []).lan, found.four) == lan.Texts()
    text = ruleset.render(found, [dict(WEB, id=16), dict(ROUTED, id=17)])
    assert '    oifname != "nsv*" ip saddr 10.90.2.0/27 ip dscp set ef\n' in text and "chain classify" not in text


def test_a_slice_without_guests_on_the_host_yet_has_its_sets():
    text = ruleset.render(ruleset.elements([WEB], [], [{"slice": "web", "range": "10.90.2.0/24"}], []))
    assert "set lan_taps { type ifname; }" in text and "set lan4 { type ipv4_addr; flags interval; elements = { 10.90.2.0/24 } }" in text


@pytest.mark.parametrize("before", ["10.90.2.0/25", "10.90.0.0/20"])
def test_the_range_that_a_network_was_made_with_stands_in_no_set_beside_the_present_one(before):
    """As where a range grows under a slice that is paused: a set of intervals takes none that overlap, and no table would be loaded."""
    found = ruleset.elements([dict(WEB, range=before)], [{"vip": "10.90.2.2", "want": "active"}], [{"slice": "web", "range": "10.90.2.0/24"}], [])
    assert (found.lan.same, found.lan.ranges) == ([("nsv0a5a0202", "10.90.2.0/24")], ["10.90.2.0/24"])
