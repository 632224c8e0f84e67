# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Sub-prefixes, addresses and hosts of new VMs."""
from __future__ import annotations

import pytest

from ansible_collections.foresight.netslice.plugins.plugin_utils.manager import ipv4
from ansible_collections.foresight.netslice.plugins.plugin_utils.manager.addresses import Addresses
from ansible_collections.foresight.netslice.plugins.plugin_utils.manager.slices import validate_slices
from ansible_collections.foresight.netslice.plugins.plugin_utils.manager.view import SliceView
from ansible_collections.foresight.netslice.tests.unit.plugins.plugin_utils.manager import fleets


def addresses(hosts, networks=None, vms=(), lost=(), **network):
    (slice_,) = validate_slices([fleets.slice_(scaling={"max": 1}, network=network)])
    view = SliceView("web")
    view.networks = {host: {"prefix": prefix} for host, prefix in (networks or {}).items()}
    view.vms = [(host, {"vip": vip}) for host, vip in vms]
    return Addresses(slice_, view, {host: index for index, host in enumerate(hosts)}, lost)


def prefix(found, host):
    return ipv4.format_network(*found.prefix(host)) if found.prefix(host) else None


@pytest.mark.parametrize(("text", "number"), [("0.0.0.0", 0), ("10.90.2.4", 173670916), ("255.255.255.255", 2**32 - 1)])
def test_addresses_as_numbers(text, number):
    assert ipv4.parse_address(text) == number
    assert ipv4.format_address(number) == text


@pytest.mark.parametrize("text", ["10.90.2", "10.90.2.256", "10.90.2.01", "", "::1", "10.90.2.4/24", None])
def test_no_address(text):
    with pytest.raises(ValueError, match="is no IPv4 address"):
        ipv4.parse_address(text)


def test_position_picks_the_sub_prefix():
    found = addresses(["kvm1", "kvm2", "kvm3"])
    assert [prefix(found, host) for host in ("kvm1", "kvm2", "kvm3")] == ["10.90.2.0/27", "10.90.2.32/27", "10.90.2.64/27"]


def test_a_record_wins_over_the_position():
    found = addresses(["new", "kvm1", "kvm2"], networks={"kvm1": "10.90.2.0/27"}, vms=[("kvm2", "10.90.2.37")])
    assert prefix(found, "kvm1") == "10.90.2.0/27"
    assert prefix(found, "kvm2") == "10.90.2.32/27"  # its network is lost, its VM is not
    assert prefix(found, "new") == "10.90.2.224/27"  # its place is held: the highest free one


def test_the_place_of_a_lost_host_stays_its_own():
    hosts = ["kvm1", "kvm2", "kvm3"]
    found = addresses(hosts, lost=["kvm2"])
    assert [prefix(found, host) for host in ("kvm1", "kvm3")] == ["10.90.2.0/27", "10.90.2.64/27"]
    found = addresses(["old", "new"], networks={"old": "10.90.2.32/27"})
    assert prefix(found, "new") == "10.90.2.224/27"  # what a host gets whose place is held


@pytest.mark.parametrize(("hosts", "networks"), [
    ([f"kvm{index}" for index in range(9)], {"kvm0": "10.90.2.0/27"}),  # longer than the range has sub-prefixes
    (["kvm0", "kvm1", "kvm2"], {"kvm0": "10.90.2.32/27"}),  # its place is that of another
])
def test_no_new_sub_prefix_where_a_lost_host_may_have_any(hosts, networks):
    found = addresses(hosts, networks=networks, lost=["kvm1"])
    assert prefix(found, "kvm2") is None and not found.open()
    assert prefix(found, "kvm0") == networks["kvm0"]


def test_ranges_in_their_order():
    found = addresses([f"kvm{number}" for number in range(5)], range=["10.90.9.0/26", "10.90.2.0/26"])
    assert [prefix(found, f"kvm{number}") for number in range(5)] == [
        "10.90.9.0/27", "10.90.9.32/27", "10.90.2.0/27", "10.90.2.32/27", "10.90.2.32/27"]


def test_a_host_outside_the_ranges_gives_nothing():
    found = addresses(["kvm1", "kvm2"], networks={"kvm1": "10.90.7.0/27"}, range=["10.90.9.0/26"])
    assert found.lowest_free("kvm1") is None and prefix(found, "kvm1") == "10.90.7.0/27" and found.take("kvm2") == "10.90.9.34"


def test_a_prefix_that_a_range_cuts_is_outside():
    found = addresses(["kvm1", "kvm2"], networks={"kvm1": "10.90.9.0/26"}, range=["10.90.9.32/27", "10.90.2.0/27"])
    assert found.lowest_free("kvm1") is None and prefix(found, "kvm2") == "10.90.2.0/27"


@pytest.mark.parametrize(("networks", "vms", "leaves"), [
    ({"kvm1": "10.90.2.0/27", "kvm2": "10.90.2.0/27"}, [], ["kvm2"]),
    ({"kvm1": "10.90.2.0/27", "kvm2": "10.90.2.0/27"}, ["kvm2"], ["kvm1"]),
    ({"kvm1": "10.90.2.0/26", "kvm2": "10.90.2.32/27", "kvm3": "10.90.2.0/28"}, ["kvm1"], ["kvm2", "kvm3"]),
    ({"kvm1": "10.90.2.0/27", "kvm2": "10.90.2.32/27"}, [], []),
])
def test_of_two_hosts_with_the_same_addresses_one_gives_none(networks, vms, leaves):
    found = addresses(sorted(networks), networks=networks, vms=[(host, "10.90.2.2") for host in vms])
    assert [host for host in sorted(networks) if found.lowest_free(host) is None] == leaves


def test_a_long_roster_shares_the_range():
    hosts = [f"kvm{index}" for index in range(10)]
    found = addresses(hosts)
    for host in hosts[:8]:
        found.take(host)
    assert prefix(found, "kvm9") is None
    assert found.lowest_free("kvm9") is None
    assert not found.open()


def test_the_lowest_free_address_that_is_not_excluded():
    found = addresses(["kvm1"], vms=[("kvm1", "10.90.2.2"), ("kvm1", "10.90.2.6")], exclude=["10.90.2.3", "10.90.2.8/29"])
    assert [found.take("kvm1") for _number in range(5)] == ["10.90.2.4", "10.90.2.5", "10.90.2.7", "10.90.2.16", "10.90.2.17"]


def test_reserved_addresses_are_not_given():
    found = addresses(["kvm1"], reserved=["10.90.2.2", "10.90.2.4"])
    assert [found.take("kvm1") for _number in range(2)] == ["10.90.2.3", "10.90.2.5"]


def test_neither_network_nor_gateway_nor_broadcast():
    found = addresses(["kvm1"], range="10.90.2.0/28", host_prefix_length=29)
    given = []
    while found.lowest_free("kvm1") is not None:
        given.append(found.take("kvm1"))
    assert given == [f"10.90.2.{number}" for number in range(2, 7)]


def test_sub_prefixes_of_another_length_are_respected():
    found = addresses(["kvm1", "kvm2", "kvm3"], networks={"kvm1": "10.90.2.0/26"})
    assert prefix(found, "kvm2") == "10.90.2.224/27"
    assert prefix(found, "kvm3") == "10.90.2.64/27"


def counts(plan):
    return {host: sum(vm["want"] == "active" for vm in share["vms"]) for host, share in plan["hosts"].items()}


def test_spread_over_the_hosts_with_most_memory():
    states = [fleets.host_state("kvm1", memory_mib=64000), fleets.host_state("kvm2", memory_mib=96000), fleets.host_state("kvm3", memory_mib=32000)]
    profiles = [fleets.profile(requests=fleets.resource(200, spread=0.0))]
    assert counts(fleets.plan([fleets.slice_()], profiles, states)) == {"kvm1": 1, "kvm2": 2, "kvm3": 1}


def test_full_hosts_are_passed_over():
    states = [fleets.host_state("kvm1", memory_mib=2048 + 512), fleets.host_state("kvm2", vcpus=1), fleets.host_state("kvm3")]
    profiles = [fleets.profile(requests=fleets.resource(200, spread=0.0))]
    plan = fleets.plan([fleets.slice_()], profiles, states)
    assert counts(plan) == {"kvm1": 1, "kvm2": 0, "kvm3": 3}


def test_a_fleet_is_filled_evenly():
    slices = [fleets.slice_(f"s{index}", index) for index in range(12)]
    profiles = [fleets.profile(one["name"], requests=fleets.resource(100, spread=0.0)) for one in slices]
    states = [fleets.host_state(f"kvm{index:02d}") for index in range(12)]
    assert set(counts(fleets.plan(slices, profiles, states)).values()) == {2}
