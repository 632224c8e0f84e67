# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What fills the sets, and the text of the two tables."""
from __future__ import annotations

import pathlib

import pytest

from ansible_collections.foresight.netslice.plugins.module_utils.errors import HostError
from ansible_collections.foresight.netslice.plugins.module_utils.vips import classify, ruleset

NETWORKS = [{"prefix": "10.90.2.0/27", "mode": "routed"}, {"prefix": "10.90.3.0/27", "mode": "nat"}]
RANGES = [{"slice": "web", "range": "10.90.2.0/24"}, {"slice": "web", "range": "10.91.0.0/24"}, {"slice": "db", "range": "10.90.3.0/24"}]
FLOWS = [{"from": "web", "to": "db", "protocol": "tcp", "port": 5432}]
VMS = [{"vip": f"10.90.2.{last}", "want": want} for last, want in enumerate(("active", "draining", "quarantined", "absent"), 2)]


NETWORKS6 = [dict(NETWORKS[0], prefix6="fd00:90:2::a5a:200/123"), dict(NETWORKS[1], prefix6="fd00:90:3::a5a:300/123")]
RANGES6 = [dict(RANGES[0], range6="fd00:90:2::/64"), RANGES[1], dict(RANGES[2], range6="fd00:90:3::/64")]
VMS6 = [dict(VMS[0], vip6="fd00:90:2::a5a:202")] + VMS[1:]


def test_ruleset_is_that_of_the_golden_file():
    text = ruleset.render(ruleset.elements(NETWORKS6, VMS6, RANGES6, FLOWS, ["eth1", "eth0"]))
    assert text == (pathlib.Path(__file__).parent / "ruleset.nft").read_text(encoding="utf-8")


def test_connected_are_active_and_draining_alone():
    found = ruleset.elements([], VMS, [], [])
    assert found.vms == [("nsv0a5a0202", "02:5c:0a:5a:02:02", "10.90.2.2"), ("nsv0a5a0203", "02:5c:0a:5a:02:03", "10.90.2.3")]


def test_ranges_of_one_slice_reach_each_other():
    found = ruleset.elements([], [], RANGES, [])
    assert found.four.ranges == ["10.90.2.0/24", "10.90.3.0/24", "10.91.0.0/24"]
    assert len(found.four.same) == 5 and ("10.90.2.0/24", "10.91.0.0/24") in found.four.same and ("10.90.2.0/24", "10.90.3.0/24") not in found.four.same


def test_flows_go_from_each_range_to_each():
    assert ruleset.elements([], [], RANGES, FLOWS).four.flows == [
        ("10.90.2.0/24", "10.90.3.0/24", "tcp", 5432), ("10.91.0.0/24", "10.90.3.0/24", "tcp", 5432),
    ]


def test_ipv6_has_ranges_and_flows_of_its_own_where_both_ends_have_one():
    found = ruleset.elements(NETWORKS6, VMS6, RANGES6, FLOWS).six
    assert found == (["fd00:90:2::/64", "fd00:90:3::/64"], [(one, one) for one in ("fd00:90:2::/64", "fd00:90:3::/64")],
                     [("fd00:90:2::/64", "fd00:90:3::/64", "tcp", 5432)], ["fd00:90:3::a5a:300/123"])
    assert ruleset.elements(NETWORKS, VMS, RANGES6[:1] + RANGES[2:], FLOWS).six.flows == []


def test_a_guest_has_its_ipv6_address_and_the_link_local_one_of_its_mac():
    assert [vip6 for _tap, _mac, vip6 in ruleset.elements([], VMS6, RANGES6, []).vms6] == ["fd00:90:2::a5a:202", "fe80::5c:aff:fe5a:202"]
    assert ruleset.elements([], VMS, RANGES6, []).vms6 == []


def test_flow_of_an_unknown_slice_is_refused():
    with pytest.raises(HostError, match="slice 'db' has no range"):
        ruleset.elements([], [], RANGES[:1], FLOWS)


@pytest.mark.parametrize("networks, uplinks, line", [
    (NETWORKS[:1], [], None),
    (NETWORKS, [], 'ip saddr @nat4 oifname != "nsb*" ip daddr != @ranges4 masquerade'),
    (NETWORKS, ["eth0"], 'ip saddr @nat4 oifname { "eth0" } ip daddr != @ranges4 masquerade'),
])
def test_connection_tracking_only_where_a_slice_hides(networks, uplinks, line):
    text = ruleset.render(ruleset.elements(networks, [], RANGES, [], uplinks))
    assert ("type nat hook" in text) is (line is not None)
    assert line is None or line in text


def test_slices_that_hide_are_classified_before_their_addresses_are_translated():
    networks = [{"bridge": "nsb17", "id": 17, **NETWORKS[1]}, {"bridge": "nsb16", "id": 16, **NETWORKS[0]}]
    text = ruleset.render(ruleset.elements(networks, [], RANGES, [], ["eth0"]), networks)
    assert '  map class_of_bridge { type ifname : classid; elements = { "nsb17" : 51ce:11 } }\n' in text
    assert '    oifname { "eth0" } meta priority set iifname map @class_of_bridge\n' in text
    assert "classify" not in ruleset.render(ruleset.elements(networks[1:], [], RANGES, []), networks[1:])


def test_what_leaves_a_slice_is_marked_by_its_bridge():
    networks = [{"bridge": f"nsb{16 + i}", "id": 16 + i, "mode": "routed", **({"dscp": name} if name else {})}
                for i, name in enumerate(("af41", None, "af41", "ef"))]
    text = classify.chain(networks, '"eth0"')
    assert [line.strip() for line in text.splitlines() if "dscp" in line] == [
        'iifname { "nsb16", "nsb18" } ip dscp set af41', 'iifname { "nsb16", "nsb18" } ip6 dscp set af41',
        'iifname { "nsb19" } ip dscp set ef', 'iifname { "nsb19" } ip6 dscp set ef',
    ]
    assert "class_of_bridge" not in text and classify.chain(networks[1:2], '"eth0"') == ""
