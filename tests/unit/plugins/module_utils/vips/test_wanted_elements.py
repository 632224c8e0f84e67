# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a share mentions, what it does not, and what is refused before anything changes."""
from __future__ import annotations

import pytest

from ansible_collections.foresight.netslice.plugins.module_utils.errors import HostError
from ansible_collections.foresight.netslice.plugins.module_utils.pool.domains import Machine
from ansible_collections.foresight.netslice.plugins.module_utils.pool.metadata import Record
from ansible_collections.foresight.netslice.plugins.module_utils.vips import isolation

LEFT = [{"slice": "web", "range": "10.90.2.0/24", "prefix": "10.90.2.0/27", "mode": "routed"},
        {"slice": "old", "range": "10.90.9.0/24", "prefix": "10.90.9.0/27", "mode": "routed"}]
SHARE = {
    "vms": [{"slice": "web", "vip": "10.90.2.2", "want": "active"}, {"slice": "web", "vip": "10.90.2.3", "want": "quarantined"}],
    "ranges": [{"slice": "web", "range": "10.90.2.0/24"}, {"slice": "far", "range": "10.90.4.0/24"}], "flows": [], "links": [{"device": "eth0.5"}],
}


def _machine(slice_name, vip, lifecycle):
    return Machine(None, "any", Record(slice_name, vip, lifecycle, "2026-01-05T07:00:00Z"), True, True, "booted", 1, 512)


def _vips(machines):
    return [vip for _tap, _mac, vip in isolation.wanted_elements(LEFT, machines, SHARE).vms]


def test_ranges_of_all_slices_and_of_networks_not_mentioned():
    found = isolation.wanted_elements(LEFT, [], SHARE)
    assert found.four.ranges == ["10.90.2.0/24", "10.90.4.0/24", "10.90.9.0/24"] and found.uplinks == ["eth0.5"]


def test_addresses_of_ipv6_follow_from_the_network_on_the_host():
    left = [dict(LEFT[0], range6="fd00:90:2::/64", mode="nat"), LEFT[1]]
    share = dict(SHARE, ranges=[{"slice": "web", "range": "10.90.2.0/24", "range6": "fd00:90:2::/64"}])
    found = isolation.wanted_elements(left, [_machine("old", "10.90.9.2", "active")], share)
    assert [vip6 for _tap, _mac, vip6 in found.vms6] == ["fd00:90:2::a5a:202", "fe80::5c:aff:fe5a:202"] and len(found.vms) == 2
    assert found.six.nat == ["fd00:90:2::a5a:200/123"] and found.six.ranges == ["fd00:90:2::/64"]
    for ranges in ([], [{"slice": "web", "range": "10.90.2.0/24", "range6": None}], share["ranges"]):
        found = isolation.wanted_elements(left, [], dict(share, ranges=ranges))
        assert found.six.ranges == ["fd00:90:2::/64"] and found.four.ranges == ["10.90.2.0/24", "10.90.9.0/24"]


def test_guests_on_reserved_addresses_may_send():
    left = [dict(LEFT[0], reserved=["10.90.2.30", "10.90.2.3"], range6="fd00:90:2::/64"), dict(LEFT[1], reserved=["10.90.9.9"])]
    found = isolation.wanted_elements(left, [], SHARE)
    assert [vip for _tap, _mac, vip in found.vms] == ["10.90.2.2", "10.90.2.30", "10.90.9.9"]
    assert ("nsv0a5a021e", "02:5c:0a:5a:02:1e", "fd00:90:2::a5a:21e") in found.vms6


@pytest.mark.parametrize("slice_name, vip, lifecycle, vips", [
    ("old", "10.90.9.2", "active", ["10.90.2.2", "10.90.9.2"]),
    ("old", "10.90.9.2", "verifying", ["10.90.2.2", "10.90.9.2"]),
    ("old", "10.90.9.2", "quarantined", ["10.90.2.2"]),
    ("old", "10.90.9.2", "stopping", ["10.90.2.2"]),
    ("web", "10.90.2.3", "active", ["10.90.2.2"]),
])
def test_vm_that_is_not_mentioned_keeps_its_tap(slice_name, vip, lifecycle, vips):
    assert _vips([_machine(slice_name, vip, lifecycle)]) == vips


@pytest.mark.parametrize("wrong, message", [
    ({"vms": [{"slice": "web", "vip": "10.90.2.2"}]}, "Cannot connect the VM .*: 'want' is missing or wrong"),
    ({"vms": [{"slice": "web", "vip": "nsv", "want": "active"}]}, "Cannot connect the VM"),
    ({"ranges": [{"slice": "web", "range": "10.90.2.1/24"}]}, "Cannot isolate slice web: its range 10.90.2.1/24 has host bits set"),
    ({"ranges": [{"slice": "web", "range": "10.90.2.0/24", "range6": "fe80::/64"}]}, "its range6 fe80::/64 is no unicast network"),
    ({"links": [{"device": 'eth0" }; flush ruleset'}]}, "is no name of a device"),
    ({"links": [{"device": "eth0\n"}]}, "is no name of a device"),
    ({"links": [{}]}, "Cannot use the link"),
    ({"flows": [{"from": "web", "to": "db", "protocol": "tcp", "port": 80}]}, "slice 'db' has no range"),
])
def test_bad_input_is_refused(wrong, message):
    with pytest.raises(HostError, match=message):
        isolation.wanted_elements(LEFT, [], dict(SHARE, **wrong))
