# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The filters of VIPs and shares: what they give, and that bad input is an error, never an empty answer."""
from __future__ import annotations

import pytest

pytest.importorskip("netaddr", reason="the filters of VIPs need netaddr")

from ansible.errors import AnsibleFilterError  # noqa: E402

from ansible_collections.foresight.netslice.plugins.filter.plan_share import plan_share  # noqa: E402
from ansible_collections.foresight.netslice.plugins.filter.vip6 import vip6  # noqa: E402
from ansible_collections.foresight.netslice.plugins.filter.vip_assignments import vip_assignments  # noqa: E402
from ansible_collections.foresight.netslice.plugins.filter.vip_mac import vip_mac  # noqa: E402
from ansible_collections.foresight.netslice.plugins.filter.vip_range import vip_range  # noqa: E402
from ansible_collections.foresight.netslice.plugins.plugin_utils.manager import artifact  # noqa: E402
from ansible_collections.foresight.netslice.tests.unit.plugins.plugin_utils.manager import fleets  # noqa: E402


def vm(vip, want="active", slice_name="web"):
    return {"name": f"{slice_name}-{vip}".replace(".", "-"), "slice": slice_name, "vip": vip, "want": want}


SHARE = {
    "vms": [vm("10.90.2.10"), vm("10.90.2.9", "draining"), vm("10.90.2.2", "quarantined"), vm("10.90.2.3", "absent")],
    "networks": [{"slice": "web", "prefix": "10.90.2.0/27", "mtu": 1450}],
}


def test_mac():
    assert vip_mac("10.90.2.4") == "02:5c:0a:5a:02:04"


def test_ipv6_beside_a_vip():
    assert vip6("10.90.2.4", "fd00:90:2::/64") == "fd00:90:2::a5a:204"
    assert vip_mac("fd00:90:2::a5a:204") == "02:5c:0a:5a:02:04"


@pytest.mark.parametrize(("args", "words"), [
    (("10.90.2.300", "fd00::/64"), "vip6: vip: .* is no IPv4 address"), (("10.90.2.4", "fd00::/100"), "range6: fd00::/100 has a prefix length above 96"),
    (("10.90.2.4", ""), "range6: .*; write one like fd00:90:2::/64"),
])
def test_no_ipv6_beside_it(args, words):
    with pytest.raises(AnsibleFilterError, match=words):
        vip6(*args)


DUAL = {
    "vms": [dict(vm("10.90.2.10"), vip6="fd00:90:2::a5a:20a")],
    "networks": [{"slice": "web", "prefix": "10.90.2.0/27", "range6": "fd00:90:2::/64", "mtu": 1450}],
}


def test_assignments_with_ipv6():
    assert vip_assignments(DUAL)[0]["vip6"] == "fd00:90:2::a5a:20a" and vip_assignments(DUAL)[0]["duid"] == "00:03:00:01:02:5c:0a:5a:02:0a"
    assert vip_assignments(DUAL, "hosts") == ["10.90.2.10 web-10-90-2-10", "fd00:90:2::a5a:20a web-10-90-2-10"]
    config = vip_assignments(DUAL, "network_config")["web-10-90-2-10"]["ethernets"]["vip"]
    assert config["addresses"] == ["10.90.2.10/27", "fd00:90:2::a5a:20a/123"]
    assert config["routes"] == [{"to": "0.0.0.0/0", "via": "10.90.2.1"}, {"to": "::/0", "via": "fd00:90:2::a5a:201"}]


@pytest.mark.parametrize("gateway, routes", [("192.0.2.1", [{"to": "0.0.0.0/0", "via": "192.0.2.1"}]), (None, [])])
def test_assignments_in_a_lan(gateway, routes):
    network = {"slice": "web", "prefix": "192.0.2.128/27", "range": "192.0.2.128/26", "mtu": 1400, "mode": "bridged", "bridge": "br0", "lan": "192.0.2.0/24"}
    share = {"vms": [vm("192.0.2.130")], "networks": [{**network, **({"gateway": gateway} if gateway else {})}]}
    config = vip_assignments(share, "network_config")["web-192-0-2-130"]["ethernets"]["vip"]
    assert (config["addresses"], config["mtu"], config["routes"]) == (["192.0.2.130/24"], 1400, routes)
    with pytest.raises(AnsibleFilterError, match="web-192-0-2-130 is on the bridge br0, and the DHCP server of its LAN is not ours"):
        vip_assignments(share)


def test_range_with_ipv6():
    found = vip_range("10.90.2.0/26", range6="fd00:90:2::/64")
    assert found["range6"] == "fd00:90:2::/64"
    assert [(one["prefix6"], one["gateway6"]) for one in found["prefixes"]] == [
        ("fd00:90:2::a5a:200/123", "fd00:90:2::a5a:201"), ("fd00:90:2::a5a:220/123", "fd00:90:2::a5a:221")]


@pytest.mark.parametrize("vip", ["10.90.2", "10.90.2.256", "2001:db8::1", "", None, 7, "10.90.2.4/24", "010.90.2.4", "224.0.0.5", "0.0.0.0", "127.0.0.1"])
def test_no_vip(vip):
    with pytest.raises(AnsibleFilterError, match="vip_mac: vip: .* is no IPv4 address"):
        vip_mac(vip)


def test_reservations():
    assert vip_assignments(SHARE) == [
        {"slice": "web", "name": "web-10-90-2-9", "vip": "10.90.2.9", "mac": "02:5c:0a:5a:02:09"},
        {"slice": "web", "name": "web-10-90-2-10", "vip": "10.90.2.10", "mac": "02:5c:0a:5a:02:0a"},
    ]


def test_hosts():
    assert vip_assignments(SHARE, form="hosts") == ["10.90.2.9 web-10-90-2-9", "10.90.2.10 web-10-90-2-10"]


def test_network_config():
    assert vip_assignments(SHARE, "network_config")["web-10-90-2-10"] == {
        "version": 2,
        "ethernets": {"vip": {
            "match": {"macaddress": "02:5c:0a:5a:02:0a"}, "addresses": ["10.90.2.10/27"], "mtu": 1450,
            "routes": [{"to": "0.0.0.0/0", "via": "10.90.2.1"}],
        }},
    }


@pytest.mark.parametrize(("share", "form", "words"), [
    (SHARE, "dnsmasq", "form: 'dnsmasq' is not one of"),
    ({}, "hosts", "share: has no lists"),
    (None, "hosts", "share: has no lists"),
    ({**SHARE, "networks": []}, "network_config", "has no network of slice web"),
    ({**SHARE, "vms": [vm("10.90.2.99")]}, "network_config", "is not in 10.90.2.0/27"),
    ({**SHARE, "vms": [vm("10.90.2.999")]}, "hosts", "is no IPv4 address"),
    ({**SHARE, "vms": [None]}, "reservations", r"share: vms\[0\] is no mapping"),
    ({**SHARE, "vms": [vm("10.90.2.9"), {"name": "web", "slice": "web", "vip": "10.90.2.4"}]}, "hosts", r"share: vms\[1\] tells no want"),
    ({**SHARE, "vms": [dict(vm("10.90.2.9"), vip6="fd00:90:2::a5a:204")]}, "hosts", "does not end in 10.90.2.9"),
    ({**SHARE, "networks": [{"slice": "web", "prefix": "10.90.2.0/27"}]}, "network_config", r"networks\[0\] tells no mtu"),
    ({**DUAL, "networks": [{**DUAL["networks"][0], "range6": "fd00::/100"}]}, "network_config", "range6: fd00::/100 has a prefix length above 96"),
    ({**SHARE, "networks": [{**SHARE["networks"][0], "overlay": {"vni": 16}}]}, "network_config", "range of web: None is no IPv4 network"),
])
def test_bad_shares(share, form, words):
    with pytest.raises(AnsibleFilterError, match=words):
        vip_assignments(share, form)


def test_range():
    found = vip_range("10.90.2.0/26", exclude=["10.90.2.2", "10.90.2.30", "10.90.2.32/28"])
    assert found == {
        "range": "10.90.2.0/26", "host_prefix_length": 27, "usable": 27 + 15, "prefixes": [
            {"prefix": "10.90.2.0/27", "gateway": "10.90.2.1", "usable": 27, "first": "10.90.2.3", "last": "10.90.2.29"},
            {"prefix": "10.90.2.32/27", "gateway": "10.90.2.33", "usable": 15, "first": "10.90.2.48", "last": "10.90.2.62"},
        ],
    }


def test_an_exhausted_prefix():
    (prefix,) = vip_range("10.90.2.0/30", ["10.90.2.2"], 30)["prefixes"]
    assert prefix == {"prefix": "10.90.2.0/30", "gateway": "10.90.2.1", "usable": 0, "first": None, "last": None}


@pytest.mark.parametrize(("args", "words"), [
    (("10.90.2.0",), "range: '10.90.2.0' is no IPv4 network"),
    (("10.90.2.7/24",), "write 10.90.2.0/24"),
    (("2001:db8::/64",), "is no IPv4 network"),
    (("10.90.2.0/24", [], 27, "fd00::/97"), "range6: fd00::/97 has a prefix length above 96"),
    (("10.90.2.0/28",), "host_prefix_length: 27 is not between 28"),
    (("10.90.2.0/24", [], "x"), "host_prefix_length: x"),
    (("10.90.2.0/24", [], float("inf")), "host_prefix_length: inf"),
    (("10.90.2.0/24", [], 27.5), "host_prefix_length: 27.5"),
    (("10.0.0.0/8", [], 30), "host_prefix_length: 30 takes 10.0.0.0/8 apart into more than"),
    (("224.0.0.0/24",), "range: 224.0.0.0/24 is no unicast network"),
    (("10.90.2.0/24", ["10.90.2.300"]), r"exclude\[0\]: '10.90.2.300' is no IPv4 network"),
    (("10.90.2.0/24", "10.90.2.3"), "exclude: '10.90.2.3' is no list"),
])
def test_bad_ranges(args, words):
    with pytest.raises(AnsibleFilterError, match=words):
        vip_range(*args)


def test_share_of_a_plan_packed_or_not():
    plan = fleets.plan([fleets.slice_()], [fleets.profile(requests=90.0)], [fleets.host_state("kvm1")])
    assert plan_share(plan, "kvm1")["host"] == "kvm1"
    assert plan_share(artifact.pack(plan), "kvm1") == plan_share(plan, "kvm1")
    assert plan_share(plan, "kvm2") == {}
    with pytest.raises(AnsibleFilterError, match="is no plan"):
        plan_share([], "kvm1")
    damaged = artifact.pack(plan)
    damaged["hosts"]["kvm1"]["packed"] = "%"
    with pytest.raises(AnsibleFilterError, match="share of kvm1: its content cannot be read"):
        plan_share(damaged, "kvm1")
