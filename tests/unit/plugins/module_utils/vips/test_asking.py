# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Probing, verifying and announcing with real packets between network namespaces."""
from __future__ import annotations

import contextlib
import ipaddress
import json
import subprocess
import threading
import time

import pytest

from ansible_collections.foresight.netslice.plugins.module_utils.errors import HostError
from ansible_collections.foresight.netslice.plugins.module_utils.pool.names import vm_mac
from ansible_collections.foresight.netslice.plugins.module_utils.vips import announce, arp, ndp, probe, silence, verify
from ansible_collections.foresight.netslice.tests.unit.plugins.module_utils.vips import namespaces, packets

pytestmark = pytest.mark.skipif(not namespaces.allowed(), reason="needs root, network namespaces and nft")

GATEWAY = "10.90.2.1/24"
ONE6, TWO6, FREE6 = (f"fd00:90:2::a5a:20{last}" for last in (2, 3, 4))
ROGUE = "52:54:00:00:00:09"


@pytest.fixture(name="world")
def _world():
    """A host with guests of 10.90.2.2 and 10.90.2.3, the second with a MAC that is not its own."""
    with contextlib.ExitStack() as stack:
        host = stack.enter_context(namespaces.host({16: GATEWAY}))
        guests = [
            stack.enter_context(namespaces.guest(host, 16, "10.90.2.2", vip6=ONE6)),
            stack.enter_context(namespaces.guest(host, 16, "10.90.2.3", mac=ROGUE, vip6=TWO6)),
        ]
        yield host, guests


def test_probe_finds_the_taken_among_many(world):
    host, _guests = world
    addresses = [f"10.90.2.{last}" for last in range(2, 252)]
    begin = time.monotonic()
    with host:
        found = probe.taken("nsb16", addresses, 3)
    assert found == {"10.90.2.2": vm_mac("10.90.2.2"), "10.90.2.3": ROGUE}
    assert time.monotonic() - begin < 60  # one after another they would take minutes


def test_probe_finds_the_taken_of_both_families(world):
    host, _guests = world
    free = [f"fd00:90:2::a5a:{number:x}" for number in range(0x210, 0x2f0)]
    with host:
        found = probe.taken("nsb16", ["10.90.2.2", "10.90.2.77", ONE6, TWO6] + free, 3)
    assert found == {"10.90.2.2": vm_mac("10.90.2.2"), ONE6: vm_mac("10.90.2.2"), TWO6: ROGUE}


@pytest.mark.parametrize("address", ["10.90.2.2", ONE6])
def test_probe_teaches_nobody(world, address):
    host, guests = world
    with host:
        probe.taken("nsb16", [address], 0.3)
    assert _neighbours(guests[0]) == {}


def test_probe_of_nothing_sends_nothing():
    assert probe.taken("no-such-bridge", []) == {}


def test_missing_bridge_is_named():
    with pytest.raises(HostError, match="Cannot ask for addresses on nsb999: No such device. Run slice_networks"):
        probe.taken("nsb999", ["10.90.2.2"])


def test_verify_tells_own_macs_from_others(world):
    host, _guests = world
    with host:
        found = verify.answers({}, {"nsb16": ["10.90.2.2", "10.90.2.3"]}, {"nsb16": ["10.90.2.4"]}, 10, 3)
    assert found["10.90.2.2"].at == pytest.approx(time.time(), abs=60) and found["10.90.2.2"].others == []
    assert found["10.90.2.3"] == (None, [ROGUE])
    assert found["10.90.2.4"] == (None, [])


def test_verify_asks_for_addresses_of_both_families(world):
    host, _guests = world
    with host:
        found = verify.answers({}, {"nsb16": ["10.90.2.2", ONE6, TWO6]}, {"nsb16": [FREE6]}, 10, 3)
    assert found[ONE6].at == pytest.approx(time.time(), abs=60) and found[ONE6].others == [] and found["10.90.2.2"].at
    assert found[TWO6] == (None, [ROGUE]) and found[FREE6] == (None, [])


def test_verify_waits_for_a_guest_that_boots(world):
    host, guests = world

    def boot():
        time.sleep(0.7)
        guests[1].run(f"ip link set dev eth0 address {vm_mac('10.90.2.3')}")

    later = threading.Thread(target=boot)
    later.start()
    begin = time.monotonic()
    with host:
        found = verify.answers({"nsb16": ["10.90.2.2", "10.90.2.3"]}, {}, {}, 60)
    later.join()
    assert all(answer.at for answer in found.values())
    assert 0.6 < time.monotonic() - begin < 50


def test_verify_gives_up_at_its_timeout(world):
    host, _guests = world
    begin = time.monotonic()
    with host:
        found = verify.answers({"nsb16": ["10.90.2.77"]}, {}, {}, 0.8)
    assert found["10.90.2.77"] == (None, [])
    assert 0.7 < time.monotonic() - begin < 30


def test_announcement_corrects_a_neighbour(world):
    host, guests = world
    guests[1].run("ip neigh replace 10.90.2.2 lladdr 52:54:00:00:00:01 dev eth0 nud stale")
    with host:
        announce.announce({"nsb16": ["10.90.2.2"], "nsb17": []}, gap=0.05)
    assert packets.waited(lambda: _neighbours(guests[1])["10.90.2.2"] == vm_mac("10.90.2.2"))


def test_bridge_does_not_learn_from_an_announcement(world):
    host, _guests = world
    with host:
        announce.announce({"nsb16": ["10.90.2.50"]}, bursts=1)
        learnt = subprocess.run(["bridge", "fdb", "show", "br", "nsb16"], stdout=subprocess.PIPE, check=True).stdout.decode()
    assert vm_mac("10.90.2.50") not in learnt


def test_advertisement_corrects_a_neighbour(world):
    host, guests = world
    guests[1].run(f"ip neigh replace {ONE6} lladdr 52:54:00:00:00:01 dev eth0 nud stale")
    with host:
        announce.announce({"nsb16": [ONE6]}, gap=0.05)
        learnt = subprocess.run(["bridge", "fdb", "show", "br", "nsb16"], stdout=subprocess.PIPE, check=True).stdout.decode()
    assert packets.waited(lambda: _neighbours(guests[1])[ONE6] == vm_mac("10.90.2.2"))
    assert f"{vm_mac('10.90.2.2')} dev nsb16 " not in learnt


def test_solicitation_goes_to_the_group_of_its_target():
    data = ndp.solicitation("02:00:00:00:00:01", "::", ONE6)
    assert data[:6] == bytes.fromhex("3333ff5a0202") and data[22:38] == bytes(16) and len(data) == 78
    assert data[38:54] == ipaddress.IPv6Address("ff02::1:ff5a:202").packed
    assert len(ndp.solicitation("02:00:00:00:00:01", "fe80::1", ONE6)) == 86


def test_an_advertisement_tells_the_mac_of_its_option():
    data = ndp.advertisement(ROGUE, ONE6, "02:00:00:00:00:01")
    assert ndp.parse(data) == (arp.REPLY, ROGUE, ONE6) and data[6:12] == bytes.fromhex("020000000001")
    assert ndp.parse(data[:78]) == (arp.REPLY, "02:00:00:00:00:01", ONE6)


@pytest.mark.parametrize("change", [{12: 8}, {20: 17}, {21: 64}, {54: 135}])
def test_what_is_no_advertisement_is_nothing(change):
    data = bytearray(ndp.advertisement(ROGUE, ONE6, ROGUE))
    for at, value in change.items():
        data[at] = value
    assert ndp.parse(bytes(data)) is None and ndp.parse(bytes(data[:70])) is None


@pytest.mark.parametrize("data", [b"", b"\0" * 42, arp.frame(arp.REQUEST, ROGUE, "10.90.2.9", arp.NOBODY, "10.90.2.1")[:41]])
def test_what_is_no_arp_is_nothing(data):
    assert arp.parse(data) is None


def test_frames_come_back_as_packets():
    data = arp.frame(arp.REPLY, ROGUE, "10.90.2.9", arp.NOBODY, "10.90.2.1", source_mac="02:00:00:00:00:01")
    assert len(data) == 42 and data[6:12] == bytes.fromhex("020000000001")
    assert arp.parse(data + b"padding") == (arp.REPLY, ROGUE, "10.90.2.9")


def _neighbours(space):
    with space:
        out = subprocess.run(["ip", "-j", "neigh", "show"], stdout=subprocess.PIPE, check=True).stdout
    return {entry["dst"]: entry.get("lladdr") for entry in json.loads(out or "[]")}


def _vm(vip, silent_since="2026-01-05T07:30:00Z", lifecycle="active", running=True, name="web"):
    return {"slice": name, "vip": vip, "silent_since": silent_since, "lifecycle": lifecycle, "running": running}


def test_those_that_were_silent_are_asked_once_more(world):
    host, _guests = world
    vms = [
        _vm("10.90.2.2"), _vm("10.90.2.3"), _vm("10.90.2.4"), _vm("10.90.2.5", None), _vm("10.90.2.6", running=False), _vm("10.90.2.7", lifecycle="draining"),
        _vm("10.90.9.2", name="other"),
    ]
    with host:
        assert silence.ask([{"slice": "web", "bridge": "nsb16"}, {"slice": "other", "bridge": "nsb99"}], vms, {}) == []
    assert [vm.get("answers") for vm in vms] == [True, False, False, None, None, None, None]


def test_one_whose_ipv6_address_is_gone_does_not_answer(world):
    host, guests = world
    networks, vms = [{"slice": "web", "bridge": "nsb16"}], [_vm("10.90.2.2")]
    with host:
        assert silence.ask(networks, vms, {"web": "fd00:90:2::/64"}) == [] and vms[0].pop("answers")
    with guests[0]:
        subprocess.run(["ip", "-6", "addr", "flush", "dev", "eth0", "scope", "global"], check=True)
    with host:
        assert silence.ask(networks, vms, {"web": "fd00:90:2::/64"}) == [] and vms[0].pop("answers") is False
        assert silence.ask(networks, vms, {}) == [] and vms[0]["answers"]


def test_where_all_answered_nothing_is_asked(monkeypatch):
    monkeypatch.setattr(silence.links, "read", lambda: pytest.fail("the devices were listed"))
    assert silence.ask([], [_vm("10.90.2.2", None)] * 3, {}) == []


def test_what_cannot_be_asked_is_a_fault_and_no_silence(monkeypatch):
    def refused():
        raise HostError("Cannot list the network devices of this host: no ip.")

    monkeypatch.setattr(silence.links, "read", refused)
    vms = [_vm("10.90.2.2")]
    assert silence.ask([{"slice": "web", "bridge": "nsb16"}], vms, {}) == [
        {"kind": "vips_not_asked", "object": "silent VIPs", "detail": "Cannot list the network devices of this host: no ip."}]
    assert "answers" not in vms[0]
