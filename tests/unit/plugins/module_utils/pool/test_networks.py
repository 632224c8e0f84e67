# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The XML of a network, and what is done to make networks true."""
from __future__ import annotations

import pathlib
import re

import pytest

from ansible_collections.foresight.netslice.plugins.module_utils.errors import PoolError
from ansible_collections.foresight.netslice.plugins.module_utils.pool import network_xml, networks, servers

HERE = pathlib.Path(__file__).parent
WEB = {"slice": "web", "id": 16, "want": "present", "range": "10.90.2.0/24", "prefix": "10.90.2.0/29", "mode": "routed", "mtu": 1450}
NAME = "netslice-web"


def _wanted(**changes):
    return dict(WEB, **changes)


def _present(active=True, autostart=True, live=None, **changes):
    stored = network_xml.wanted_network(_wanted(**changes))
    return networks.Present(stored, (live or stored) if active else None, autostart)


def _plan(wanted, present=None, users=None, devices=("nsb16", "nsb17"), foreign=()):
    have = {NAME: present} if present else {}
    steps, pending = networks.plan(wanted, have, set(foreign), lambda: {NAME: users or {}}, devices)
    return [step.verb for step in steps], pending


def test_xml_is_that_of_the_golden_file():
    text = network_xml.render(network_xml.wanted_network(WEB), 3)
    assert text == (HERE / "network.xml").read_text(encoding="utf-8")


DUAL = dict(WEB, range6="fd00:90:2::/64", prefix="10.90.2.0/30", range="10.90.2.0/28")


def test_xml_of_a_network_with_ipv6():
    text = network_xml.render(network_xml.wanted_network(DUAL), 1)
    assert 'prefix="10.90.2.0/30" mode="routed" mtu="1450" range6="fd00:90:2::/64"' in text
    assert text.endswith("""\
  <ip family="ipv6" address="fd00:90:2::a5a:201" prefix="126">
    <dhcp>
      <host id="00:03:00:01:02:5c:0a:5a:02:02" ip="fd00:90:2::a5a:202" />
    </dhcp>
  </ip>
</network>
""")
    assert network_xml.parse(text).same(network_xml.wanted_network(DUAL))


def test_a_code_point_stands_in_the_record_alone():
    want = network_xml.wanted_network(_wanted(dscp="af21"))
    found = network_xml.parse(network_xml.render(want, 3))
    assert found.same(want) and found.record["dscp"] == "af21"
    steps, pending = networks.plan([_wanted(dscp="af21")], {NAME: _present()}, set(), lambda: {NAME: {"web-1": True}}, ("nsb16",))
    assert ([step.verb for step in steps], pending) == (["define"], {}), "guests that run need not wait"


def test_an_overlay_is_kept_in_the_record_and_told_to_guests_when_none_runs():
    segment = {"vni": 16, "local": "192.0.2.11", "peers": [{"address": "192.0.2.12", "prefix": "10.90.2.32/27"}]}
    want = network_xml.wanted_network(_wanted(overlay=segment))
    text = network_xml.render(want, 3)
    found = network_xml.parse(text)
    assert found.same(want) and found.record["overlay"] == segment and found.link["netmask"] == "255.255.255.0"
    assert 'value="dhcp-option=option:netmask,255.255.255.0"' in text and 'peers="192.0.2.12=10.90.2.32/27"' in text
    assert networks.as_state({NAME: networks.Present(want, want, True)})[0]["overlay"] == segment
    steps, pending = networks.plan([_wanted(overlay=segment)], {NAME: _present()}, set(), lambda: {NAME: {"web-1": True}}, ("nsb16",))
    assert [step.verb for step in steps] == ["define"] and NAME in pending
    more = dict(segment, peers=segment["peers"] + [{"address": "192.0.2.13", "prefix": "10.90.2.64/27"}])
    steps, pending = networks.plan([_wanted(overlay=more)], {NAME: _present(overlay=segment)}, set(), lambda: {NAME: {"web-1": True}}, ("nsb16",))
    assert ([step.verb for step in steps], pending) == (["define"], {}), "guests that run meet the new host at once"
    # libvirt's test driver keeps nothing of what is said to dnsmasq.
    bare = text[:text.index("  <dnsmasq:options")] + "</network>"
    assert network_xml.parse(bare).link["netmask"] is None and network_xml.parse(bare, False).same(want)


@pytest.mark.parametrize("segment, says", [
    ({"vni": 0}, "its VNI 0 is outside 1..16777215"),
    ({"local": "192.0.2"}, "'192.0.2' does not appear to be an IPv4 or IPv6 address"),
    ({"local": "2001:db8::1"}, "are of two versions of IP"),
    ({"local": "192.0.2.12"}, "the address 192.0.2.12 stands twice"),
    ({"peers": [{"address": "192.0.2.12", "prefix": "10.90.2.0/24"}]}, "the prefix 10.90.2.0/24 of its peer 192.0.2.12 is that of another host too"),
    ({"peers": [{"address": "192.0.2.12", "prefix": "10.90.2.33/27"}]}, "the prefix of its peer 192.0.2.12: 10.90.2.33/27 has host bits set"),
    ({"peers": [{"address": f"192.0.2.{last}", "prefix": f"10.91.{16 * last}.0/20"} for last in range(5)]}, "have room for 20480 guests"),
])
def test_an_overlay_that_cannot_be_is_refused(segment, says):
    good = {"vni": 16, "local": "192.0.2.11", "peers": [{"address": "192.0.2.12", "prefix": "10.90.2.32/27"}]}
    with pytest.raises(PoolError, match=re.escape(says)):
        network_xml.check(_wanted(overlay={**good, **segment}))


def test_reserved_addresses_stand_in_the_record_alone():
    want = network_xml.wanted_network(_wanted(reserved=["10.90.2.4", "10.90.2.3"]))
    found = network_xml.parse(network_xml.render(want, 2))
    assert found.same(want) and found.record["reserved"] == ["10.90.2.4", "10.90.2.3"]
    steps, pending = networks.plan([_wanted(reserved=["10.90.2.4"])], {NAME: _present()}, set(), lambda: {NAME: {"web-1": True}}, ("nsb16",))
    assert [step.verb for step in steps] == ["define"] and not pending
    assert networks.as_state({NAME: networks.Present(want, want, True)})[0]["reserved"] == ["10.90.2.4", "10.90.2.3"]


@pytest.mark.parametrize("before, after, users, verbs, waits", [
    (dict(DUAL, range6=None), DUAL, {}, ["define", "stop", "start"], False),
    (dict(DUAL, range6=None), DUAL, {"web-1": True}, ["define"], True),
    (DUAL, dict(DUAL, range6="fd00:90:3::/64"), {}, ["define", "stop", "start"], False),
    (DUAL, DUAL, {"web-1": True}, [], False),
])
def test_ipv6_comes_with_a_restart_of_the_network(before, after, users, verbs, waits):
    stored = network_xml.wanted_network(before)
    have = networks.Present(stored, stored, True)
    steps, pending = networks.plan([after], {NAME: have}, set(), lambda: {NAME: users}, ("nsb16",))
    assert [step.verb for step in steps] == verbs and bool(pending) is waits
    assert networks.ranges6({NAME: have}) == ({"web": before["range6"]} if before["range6"] else {})


def test_reservations_of_ipv6_are_for_the_duid_of_the_mac():
    assert network_xml.reservations("10.90.2.0/30", "fd00:90:2::/64") == (
        ("00:03:00:01:02:5c:0a:5a:02:02", "fd00:90:2::a5a:202"), ("02:5c:0a:5a:02:02", "10.90.2.2"))


def test_a_dhcp_server_that_died_is_started_by_a_reservation_of_ipv4():
    have = networks.Present(network_xml.wanted_network(DUAL), network_xml.wanted_network(DUAL), True)
    steps, _pending = networks.plan([DUAL], {NAME: have}, set(), dict, ("nsb16",), {})
    assert [step.xml for step in steps] == ["<host mac='02:5c:0a:5a:02:02' ip='10.90.2.2'/>"]


@pytest.mark.parametrize("name", ["network.xml", "network_of_libvirt.xml"])
def test_xml_comes_back_as_what_was_wanted(name):
    """The second file is what libvirt 9.0 gives of the first once the network is active."""
    found = network_xml.parse((HERE / name).read_text(encoding="utf-8"))
    assert found.same(network_xml.wanted_network(WEB)) and found.generation == 3


def test_network_of_others_has_no_record():
    found = network_xml.parse("<network><name>netslice-lab</name><ip address='192.0.2.1' netmask='255.255.255.0'/></network>")
    assert found.record is None and found.link["address"] == "192.0.2.1/24" and found.link["forward"] is None


@pytest.mark.parametrize(("was", "now", "cause"), [
    (' mtu="1450"', "", "'mtu' is missing"),
    (' mtu="1450"', ' mtu="wide"', "invalid literal for int.*'wide'"),
    (' prefix="10.90.2.0/29"', ' prefix="10.90.2.999/27"', "10.90.2.999"),
    (' slice="web"', ' slice="Web &amp; co"', "'Web & co' is no name of a slice"),
])
def test_damaged_record_is_named(was, now, cause):
    text = (HERE / "network.xml").read_text(encoding="utf-8")
    assert was in text
    with pytest.raises(PoolError, match=f"Cannot read the record of the network netslice-web: .*{cause}.*Restore its metadata"):
        network_xml.parse(text.replace(was, now))


def test_every_usable_address_is_reserved():
    assert network_xml.reservations("10.90.2.8/29") == tuple(
        (f"02:5c:0a:5a:02:{last:02x}", f"10.90.2.{last}") for last in range(10, 15))
    assert len(network_xml.reservations("10.90.0.0/20")) == 4093


@pytest.mark.parametrize("changes, message", [
    ({"slice": "We b"}, "Cannot define the network of slice 'We b': libvirt takes no such name"),
    ({"slice": "web\n"}, "libvirt takes no such name"),
    ({"id": 15}, "its id 15 is outside 16..20479"),
    ({"mtu": 10}, "mtu 10 is outside 68..65521"),
    ({"range": "10.90.2.1/24"}, "10.90.2.1/24 has host bits set"),
    ({"prefix": "10.91.2.0/27"}, "its prefix 10.91.2.0/27 is not inside its range 10.90.2.0/24"),
    ({"reserved": ["10.90.2.1"]}, "its reserved address 10.90.2.1 is none that a guest of its prefix 10.90.2.0/29 may have"),
    ({"range6": "fd00:90:2::/97"}, "its range6 fd00:90:2::/97 has a prefix length above 96"),
    ({"range6": "fd00:90:2::/64", "mtu": 1200}, "mtu 1200 is below 1280, the least of IPv6"),
    ({"prefix": "10.90.2.0/31"}, "its prefix 10.90.2.0/31 is not between /20 and /30"),
    ({"range": "10.0.0.0/8", "prefix": "10.0.0.0/19"}, "its prefix 10.0.0.0/19 is not between /20 and /30"),
])
def test_bad_input_is_named(changes, message):
    with pytest.raises(PoolError) as caught:
        _plan([_wanted(**changes)])
    assert message in str(caught.value)


@pytest.mark.parametrize("second, message", [
    ({}, "slice web: it stands twice in networks"),
    ({"want": "absent"}, "slice web: it stands twice in networks"),
    ({"slice": "db", "range": "10.90.3.0/24", "prefix": "10.90.3.0/27"}, "slice db: slice web has the id 16 too"),
])
def test_two_networks_of_one_name_or_bridge(second, message):
    with pytest.raises(PoolError, match=message):
        _plan([_wanted(), _wanted(**second)])


ALL = ["define", "autostart", "start"]
LIVE_OTHER = network_xml.wanted_network(_wanted(mtu=1500))


@pytest.mark.parametrize("present, users, devices, verbs", [
    (None, {}, ("eth0",), ALL),
    (_present(), {"web-1": True}, ("nsb16",), []),
    (_present(active=False), {}, (), ["start"]),
    (_present(autostart=False), {}, ("nsb16",), ["autostart"]),
    (_present(active=False, autostart=False, mtu=1500), {}, (), ALL),
    (_present(), {"web-1": True}, ("eth0",), ["stop", "start"]),
    (_present(), {"web-1": True}, None, []),
    (_present(mtu=1500), {}, ("nsb16",), ["define", "stop", "start"]),
    (_present(mtu=1500), {"web-1": False}, ("nsb16",), ["define", "stop", "start"]),
    (_present(live=LIVE_OTHER), {}, ("nsb16",), ["stop", "start"]),
    (_present(mode="nat"), {"web-1": True}, ("nsb16",), ["define"]),
], ids=["new", "same", "stopped", "no autostart", "stopped and other", "bridge deleted", "test driver", "other mtu", "other mtu, guest off",
        "stored before", "record alone"])
def test_steps_of_a_network_that_shall_be(present, users, devices, verbs):
    assert _plan([WEB], present, users, devices) == (verbs, {})


@pytest.mark.parametrize("present, verbs", [(_present(mtu=1500), ["define"]), (_present(live=LIVE_OTHER), [])])
def test_settings_wait_for_running_guests(present, verbs):
    found, pending = _plan([WEB], present, {"web-2": True, "web-1": True, "web-3": False})
    assert found == verbs
    assert pending == {NAME: "netslice-web takes its new settings when it restarts; these guests run on it: web-1, web-2"}


@pytest.mark.parametrize("present, verbs", [(None, []), (_present(), ["stop", "undefine"]), (_present(active=False), ["undefine"])])
def test_steps_of_a_network_that_shall_go(present, verbs):
    assert _plan([_wanted(want="absent")], present) == (verbs, {})


def test_network_with_domains_is_not_removed():
    with pytest.raises(PoolError, match="Cannot remove the network netslice-web: these domains .*: web-1, web-2. Release them first"):
        _plan([_wanted(want="absent")], _present(), {"web-2": False, "web-1": True})


@pytest.mark.parametrize("want", ["present", "absent"])
def test_network_of_others_is_not_taken(want):
    with pytest.raises(PoolError, match="Cannot take the network netslice-web: somebody else made it"):
        _plan([_wanted(want=want)], foreign=[NAME])


def test_definition_counts_generations():
    have = networks.Present(network_xml.wanted_network(_wanted(mtu=1500))._replace(generation=4), None, True)
    steps, _pending = networks.plan([WEB], {NAME: have}, set(), dict, ())
    assert network_xml.parse(steps[0].xml).generation == 5


def test_users_are_only_asked_for_where_they_matter():
    def fail():
        raise AssertionError("every domain would be read")

    assert networks.plan([WEB], {NAME: _present()}, set(), fail, ("nsb16",)) == ([], {})


@pytest.mark.parametrize("want, present", [("present", None), ("present", _present(active=False, mtu=1500)), ("present", _present(autostart=False)),
                                           ("absent", _present())])
def test_prediction(want, present):
    wanted = [_wanted(want=want)]
    have = {NAME: present} if present else {}
    after = networks.predicted(have, networks.plan(wanted, have, set(), dict, ("nsb16",))[0], wanted)
    assert networks.as_state(after) == ([] if want == "absent" else [{
        "slice": "web", "id": 16, "name": NAME, "range": "10.90.2.0/24", "prefix": "10.90.2.0/29", "bridge": "nsb16", "mode": "routed", "mtu": 1450,
        "active": True, "autostart": True}])


def test_present_comes_before_absent():
    wanted = [_wanted(want="absent"), _wanted(slice="db", id=17, range="10.90.3.0/24", prefix="10.90.3.0/29")]
    steps, _pending = networks.plan(wanted, {NAME: _present()}, set(), dict, ("nsb16",))
    assert [(step.verb, step.name) for step in steps] == [
        ("define", "netslice-db"), ("autostart", "netslice-db"), ("start", "netslice-db"), ("stop", NAME), ("undefine", NAME)]
    assert steps[0].argv == ["virsh", "net-define", "netslice-db"]


@pytest.mark.parametrize("present, serving, argvs", [
    (_present(), {NAME: servers.Servers((20, 21), ())}, []),
    (_present(), {}, [["virsh", "net-update", NAME, "modify", "ip-dhcp-host", "<host mac='02:5c:0a:5a:02:02' ip='10.90.2.2'/>", "--live"]]),
    (_present(), {NAME: servers.Servers((20, 21), (8, 9))}, [["kill", "8", "9"]]),
    (_present(active=False), {NAME: servers.Servers((8, 9), ())}, [["kill", "8", "9"], ["virsh", "net-start", NAME]]),
    (_present(active=False), {}, [["virsh", "net-start", NAME]]),
    (_present(), {NAME: servers.Servers((20, 21), ()), "netslice-gone": servers.Servers((8,), ())}, [["kill", "8"]]),
])
def test_dhcp_servers_that_died_and_strays(present, serving, argvs):
    steps, _pending = networks.plan([WEB], {NAME: present}, set(), dict, ("nsb16",), serving)
    assert [step.argv for step in steps] == argvs
    assert set(networks.predicted({NAME: present}, steps, [WEB])) == {NAME}


def test_servers_of_a_network_of_others_are_left_alone():
    assert networks.plan([], {}, {"netslice-lab"}, dict, (), {"netslice-lab": servers.Servers((8,), ())}) == ([], {})
