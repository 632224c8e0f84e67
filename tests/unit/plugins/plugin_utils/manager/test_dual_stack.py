# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Slices with a range6: what their shares say, what comes and goes, and what is refused."""
from __future__ import annotations

import json
from pathlib import Path

import pytest

from ansible_collections.foresight.netslice.plugins.plugin_utils.errors import InvalidInput
from ansible_collections.foresight.netslice.plugins.plugin_utils.manager.slices import validate_slices
from ansible_collections.foresight.netslice.tests.unit.plugins.plugin_utils.manager import fleets

RANGE6 = "fd00:90:2::/64"
SCHEMA = Path(__file__).parents[5] / "docs" / "schemas" / "plan.schema.json"


def web(range6=RANGE6, **network):
    return fleets.slice_(network={"range6": range6, **network})


def demand(rate):
    return [fleets.profile(requests=fleets.resource(rate, spread=0.0))]


def converged(slice_, *hosts):
    return fleets.converge([slice_], demand(100.0), [fleets.host_state(host) for host in hosts])


def test_shares_of_a_slice_with_ipv6():
    plan, states = converged(web(), "kvm1", "kvm2")
    share = plan["hosts"]["kvm2"]
    assert share["networks"] == [{
        "slice": "web", "id": 16, "want": "present", "range": "10.90.2.0/24", "prefix": "10.90.2.32/27", "mode": "routed", "mtu": 1500, "range6": RANGE6}]
    assert [(vm["vip"], vm["vip6"]) for vm in share["vms"]] == [("10.90.2.34", "fd00:90:2::a5a:222")]
    assert share["ranges"] == [{"slice": "web", "range": "10.90.2.0/24", "range6": RANGE6}]
    assert {one["range6"] for attachment in share["attachments"] for one in attachment["classes"]} == {RANGE6}
    assert fleets.plan([web()], demand(100.0), states)["changes"] == 0


def test_plan_fits_the_schema():
    jsonschema = pytest.importorskip("jsonschema", reason="the schema is checked with jsonschema")
    jsonschema.validate(converged(web(), "kvm1")[0], json.loads(SCHEMA.read_text(encoding="utf-8")))


@pytest.mark.parametrize("before, after", [(None, RANGE6), (RANGE6, None)])
def test_ipv6_comes_and_goes_with_the_network(before, after):
    states = converged(web(before), "kvm1")[1]
    plan = fleets.plan([web(after)], demand(100.0), states)
    assert plan["changes"] == 1 and plan["hosts"]["kvm1"]["networks"][0].get("range6") == after
    assert {vm.get("vip6") for vm in plan["hosts"]["kvm1"]["vms"]} == ({"fd00:90:2::a5a:202", "fd00:90:2::a5a:203"} if after else {None})
    assert fleets.plan([web(after)], demand(100.0), [fleets.apply(plan["hosts"]["kvm1"], states[0])])["changes"] == 0


@pytest.mark.parametrize("slices", [[web(None) | {"scaling": {"mode": "paused"}}], []], ids=["paused", "unlisted"])
def test_what_is_not_touched_keeps_its_ipv6(slices):
    states = converged(web(), "kvm1")[1]
    plan = fleets.plan(slices, [], states)
    share = plan["hosts"]["kvm1"]
    assert plan["changes"] == 0 and share["networks"][0]["range6"] == RANGE6 and share["ranges"][0]["range6"] == RANGE6
    assert share["vms"][0]["vip6"] == "fd00:90:2::a5a:202" and share["attachments"][0]["classes"][0]["range6"] == RANGE6


def test_another_range6_is_refused_while_a_host_has_the_first():
    states = converged(web(), "kvm1")[1]
    with pytest.raises(InvalidInput, match=r"^netslice_slices\[0\].network.range6: fd00:99::/64 is not fd00:90:2::/64, the range6 that web has on kvm1"):
        fleets.plan([web("fd00:99::/64")], [], states)
    with pytest.raises(InvalidInput, match=r"\[0\].network.range6: fd00::/16 overlaps fd00:90:2::/64 of slice web, which is on kvm1 but not listed"):
        fleets.plan([fleets.slice_("api", 3, network={"range6": "fd00::/16"})], [], states)


def test_addresses_of_hosts():
    with pytest.raises(InvalidInput, match=r"\[0\].network.range6: fd00:90:2::/64 of web holds fd00:90:2::1/128, an address of kvm1 itself"):
        fleets.plan([web()], [], [fleets.host_state("kvm1", addresses=["192.0.2.10/24", "2001:db8::10/64", "fd00:90:2::1/128"])])
    states = converged(web(), "kvm1")[1]
    states[0]["addresses"].append("fd00:90:2::a5a:201/123")  # the gateway on the slice's own bridge
    assert fleets.plan([web()], demand(100.0), states)["changes"] == 0


@pytest.mark.parametrize(("network", "words"), [
    ({"range6": "fd00:90:2::/97"}, r"network.range6: fd00:90:2::/97 has a prefix length above 96, which leaves no 32 bits for a VIP; write one like"),
    ({"range6": "fd00:90:2::1/64"}, "network.range6: fd00:90:2::1/64 has host bits set; write one like"),
    ({"range6": "10.90.2.0/24"}, "network.range6: .*; write one like fd00:90:2::/64"),
    ({"range6": "ff02::/64"}, "network.range6: ff02::/64 is no unicast network"),
    ({"range6": RANGE6, "mtu": 1279}, "network.mtu: 1279 is below 1280, the least of IPv6"),
    ({"range": RANGE6}, "network.range: 'fd00:90:2::/64' is no IPv4 network. A slice of IPv6 alone is not offered: give an IPv4 range too"),
])
def test_refused(network, words):
    with pytest.raises(InvalidInput, match=r"^netslice_slices\[0\]." + words):
        validate_slices([fleets.slice_(network=network)])


def test_ranges_of_ipv6_must_not_overlap():
    with pytest.raises(InvalidInput, match=r"^netslice_slices\[2\].network.range6: fd00:90::/32 of db overlaps fd00:90:2::/64 of web"):
        validate_slices([web(), fleets.slice_("api", 3), fleets.slice_("db", 4, network={"range6": "fd00:90::/32"})])


def test_the_range_is_told_in_its_usual_form():
    assert validate_slices([web("FD00:0090:2:0::/64")])[0]["network"]["range6"] == RANGE6
    assert validate_slices([fleets.slice_()])[0]["network"]["range6"] is None
