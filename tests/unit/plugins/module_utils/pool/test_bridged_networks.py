# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Networks on a bridge that the host has already: their XML, what is refused, and how they go to another bridge."""
from __future__ import annotations

import pytest

from ansible_collections.foresight.netslice.plugins.module_utils.errors import PoolError
from ansible_collections.foresight.netslice.plugins.module_utils.pool import network_xml, networks, wishes

SHOP = {"slice": "web", "id": 16, "want": "present", "range": "192.0.2.128/26", "prefix": "192.0.2.128/27", "mode": "bridged", "mtu": 1500,
        "bridge": "br0", "lan": "192.0.2.0/24", "gateway": "192.0.2.1"}


def test_xml_of_a_network_on_a_bridge_of_the_host():
    want = network_xml.wanted_network(dict(SHOP, dscp="af21"))
    text = network_xml.render(want, 1)
    assert text.endswith("""\
  <forward mode="bridge" />
  <bridge name="br0" />
</network>
""")
    found = network_xml.parse(text)
    assert found.same(want) and found.record["lan"] == "192.0.2.0/24" and found.hosts == ()
    assert not found.same(network_xml.wanted_network(dict(SHOP, dscp="af21", gateway=None)))


def test_another_bridge_of_the_host_is_taken_under_running_guests():
    present = networks.Present(*[network_xml.wanted_network(SHOP)] * 2, True)
    users = {"netslice-web": {"web-192-0-2-130": True}}
    steps, pending = networks.plan([dict(SHOP, bridge="br1")], {"netslice-web": present}, set(), lambda: users, ("br0", "br1"))
    assert ([step.verb for step in steps], pending) == (["define", "stop", "start"], {})
    assert networks.plan([SHOP], {"netslice-web": present}, set(), lambda: users, ("br0",)) == ([], {})


@pytest.mark.parametrize("changes, message", [
    ({"bridge": None}, "'' is no name of a bridge of the host"),
    ({"bridge": "nsb17"}, "'nsb17' is no name of a bridge of the host"),
    ({"lan": None}, "Give lan like 192.0.2.0/24"),
    ({"lan": "192.0.2.0/25"}, "its range 192.0.2.128/26 is not inside 192.0.2.0/25, the network of br0"),
    ({"gateway": "192.0.2.190"}, "its gateway 192.0.2.190 lies in its range 192.0.2.128/26"),
    ({"gateway": "198.51.100.1"}, "its gateway 198.51.100.1 is not inside 192.0.2.0/24"),
    ({"range6": "fd00:90:2::/64"}, "it has range6, which the LAN of a bridge of the host does not get from us"),
])
def test_a_network_that_does_not_fit_its_lan_is_refused(changes, message):
    with pytest.raises(PoolError, match=f"Cannot define the network of slice web: .*{message}"):
        network_xml.check(dict(SHOP, **changes))


@pytest.mark.parametrize(("was", "now", "cause"), [
    (' bridge="br0"', "", "'bridge' is missing"),
    (' bridge="br0"', ' bridge="nsb17"', "'nsb17' is no bridge of the host"),
    (' lan="192.0.2.0/24"', ' lan="the LAN"', "the LAN"),
    (' gateway="192.0.2.1"', ' gateway="192.0.2"', "192.0.2"),
])
def test_damaged_record_of_a_network_on_a_bridge_of_the_host_is_named(was, now, cause):
    text = network_xml.render(network_xml.wanted_network(SHOP), 1)
    assert was in text
    with pytest.raises(PoolError, match=f"Cannot read the record of the network netslice-web: .*{cause}"):
        network_xml.parse(text.replace(was, now))


@pytest.mark.parametrize("lan, message", [
    ({"lan": "the LAN", "mtu": 1500}, "Give lan like 192.0.2.0/24"),
    ({"lan": "192.0.2.0/24", "gateway": "192.0.2.1}, {to: 10.0.0.0/8", "mtu": 1500}, "Give lan like 192.0.2.0/24, and gateway"),
    ({"lan": "192.0.2.0/24", "gateway": "198.51.100.1", "mtu": 1500}, "its gateway 198.51.100.1 is not inside 192.0.2.0/24"),
    ({"lan": "192.0.2.0/24", "mtu": 9}, "mtu 9 of its lan is outside 68..65535"),
])
def test_a_vm_that_is_told_no_lan_is_refused_before_anything_changes(lan, message):
    vm = {"name": "web-192-0-2-130", "slice": "web", "vip": "192.0.2.130", "lan": {"lan": "192.0.2.0/24", "gateway": None, "mtu": 1500}}
    wishes.check([vm])
    with pytest.raises(PoolError, match=f"Cannot manage web-192-0-2-130: .*{message}"):
        wishes.check([dict(vm, lan=lan)])
