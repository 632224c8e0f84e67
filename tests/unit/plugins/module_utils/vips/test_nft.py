# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Loading the tables, and noticing what others do to them, on the kernel of this machine."""
from __future__ import annotations

import json
import os
import subprocess

import pytest

from ansible_collections.foresight.netslice.plugins.module_utils.errors import HostError
from ansible_collections.foresight.netslice.plugins.module_utils.vips import links, nft, ruleset
from ansible_collections.foresight.netslice.tests.unit.plugins.module_utils.vips import namespaces

pytestmark = pytest.mark.skipif(not namespaces.allowed(), reason="needs root, network namespaces and nft")

NETWORK = {"name": "netslice-web", "slice": "web", "prefix": "10.90.2.0/27", "bridge": "nsb16", "mode": "routed", "active": True}


def _text(count):
    vms = [{"vip": f"10.90.{2 + number // 250}.{2 + number % 250}", "want": "active"} for number in range(count)]
    return ruleset.render(ruleset.elements([NETWORK], vms, [{"slice": "web", "range": "10.90.0.0/16"}], []))


@pytest.fixture(name="host")
def _host():
    with namespaces.host({16: "10.90.2.1/27"}) as space:
        with space:
            links.set_forwarding(links.FORWARDING)
            yield space


def _converge(state_dir, text):
    step = nft.plan(state_dir, text)
    nft.apply(state_dir, step)
    return step.commands


def test_first_load_second_pass_and_removal(host, tmp_path):
    state_dir = str(tmp_path)
    assert nft.plan(state_dir, _text(3)).before == {}
    assert _converge(state_dir, _text(3)) == [nft.LOAD]
    assert set(nft.read()) == {"bridge netslice", "inet netslice"}
    assert _converge(state_dir, _text(3)) == []
    assert _converge(state_dir, _text(4)) == [nft.LOAD]
    assert _converge(state_dir, None) == [["nft", "delete", "table", "bridge", "netslice"], ["nft", "delete", "table", "inet", "netslice"]]
    assert nft.read() == {} and os.listdir(state_dir) == []
    assert _converge(state_dir, None) == []


@pytest.mark.parametrize("edit", [
    "flush ruleset", "delete table bridge netslice", "add rule inet netslice from_guest accept", "flush chain bridge netslice guest",
    "delete element bridge netslice mac { nsv0a5a0202 . 02:5c:0a:5a:02:02 }", "add element inet netslice ranges4 { 192.0.2.0/24 }",
])
def test_what_others_edit_is_a_fault_and_is_healed(host, tmp_path, edit):
    state_dir = str(tmp_path)
    _converge(state_dir, _text(2))
    assert nft.faults(state_dir, [NETWORK]) == []
    wanted = nft.read()
    subprocess.run(["nft", edit], check=True)
    assert {fault["kind"] for fault in nft.faults(state_dir, [NETWORK])} <= {"nft_missing", "nft_changed"} != set()
    assert nft.faults(state_dir, [NETWORK]) != []
    assert _converge(state_dir, _text(2)) == [nft.LOAD]
    assert nft.read() == wanted and nft.faults(state_dir, [NETWORK]) == []


def test_cache_is_only_a_cache(host, tmp_path):
    state_dir = str(tmp_path)
    _converge(state_dir, _text(2))
    for damage in (None, "not JSON", "[]", '{"wanted": 1, "live": 2}'):
        (tmp_path / nft.CACHE).unlink()
        if damage is not None:
            (tmp_path / nft.CACHE).write_text(damage, encoding="utf-8")
        assert _converge(state_dir, _text(2)) == []
    assert nft.faults(state_dir, [NETWORK]) == []


@pytest.mark.parametrize("name, damage", [
    (nft.SAVED, None), (nft.SAVED, b"table inet netslice {}"), (nft.SAVED, b"\xff"), (nft.CACHE, None), (nft.CACHE, b'{"wanted": 1}')])
def test_what_a_boot_needs_is_written_again(host, tmp_path, name, damage):
    _converge(str(tmp_path), _text(2))
    whole = {one: (tmp_path / one).read_bytes() for one in (nft.SAVED, nft.CACHE)}
    assert nft.stored(str(tmp_path), nft.plan(str(tmp_path), _text(2)))
    (tmp_path / name).unlink()
    if damage is not None:
        (tmp_path / name).write_bytes(damage)
    assert not nft.stored(str(tmp_path), nft.plan(str(tmp_path), _text(2)))
    assert _converge(str(tmp_path), _text(2)) == []
    assert {one: (tmp_path / one).read_bytes() for one in whole} == whole


def test_digests_of_another_version_of_nft_are_no_lasting_fault(host, tmp_path):
    _converge(str(tmp_path), _text(2))
    cache = json.loads((tmp_path / nft.CACHE).read_text(encoding="utf-8"))
    (tmp_path / nft.CACHE).write_text(json.dumps({**cache, "live": "sha256:of other words"}), encoding="utf-8")
    assert [fault["kind"] for fault in nft.faults(str(tmp_path), [NETWORK])] == ["nft_changed"]
    assert _converge(str(tmp_path), _text(2)) == []
    assert nft.faults(str(tmp_path), [NETWORK]) == []


def test_saved_ruleset_restores_the_tables(host, tmp_path):
    _converge(str(tmp_path), _text(2))
    wanted = nft.read()
    subprocess.run(["nft", "flush", "ruleset"], check=True)
    subprocess.run(["nft", "-f", str(tmp_path / nft.SAVED)], check=True)
    assert nft.read() == wanted


def test_bad_text_is_refused_before_anything_changes(host, tmp_path):
    _converge(str(tmp_path), _text(1))
    wanted = nft.read()
    with pytest.raises(HostError, match="Cannot check the nft tables of the slices: "):
        nft.plan(str(tmp_path), _text(1).replace("elements = { 10.90.0.0/16 }", "elements = { 10.90.0.0/16, nonsense }"))
    assert nft.read() == wanted


def test_tables_of_others_stay(host, tmp_path):
    subprocess.run(["nft", "add table inet theirs"], check=True)
    _converge(str(tmp_path), _text(1))
    _converge(str(tmp_path), None)
    assert subprocess.run(["nft", "list", "tables"], stdout=subprocess.PIPE, check=True).stdout == b"table inet theirs\n"


def test_difference_shows_elements_and_only_the_rules_that_changed(host, tmp_path):
    _converge(str(tmp_path), _text(1))
    before, after = nft.difference(nft.plan(str(tmp_path), _text(2)))
    assert before["bridge netslice"] == {"elements": {
        "mac": ['"nsv0a5a0202" . 02:5c:0a:5a:02:02'], "own4": ['"nsv0a5a0202" . 02:5c:0a:5a:02:02 . 10.90.2.2']}}
    assert len(after["bridge netslice"]["elements"]["own4"]) == 2
    subprocess.run(["nft", "add rule inet netslice from_guest accept"], check=True)
    before, after = nft.difference(nft.plan(str(tmp_path), _text(1)))
    assert set(before["inet netslice"]["rules"]) ^ set(after["inet netslice"]["rules"]) == {"accept"}


def test_faults_of_the_host(host, tmp_path):
    host.run("sysctl -qw net.ipv4.ip_forward=0", "ip link add nsv0a5a0205 type veth peer name far")
    subprocess.run(["nft", "-f", "-"], input=b"table ip filter { chain FORWARD { type filter hook forward priority 0; policy drop; }; }", check=True)
    networks = [NETWORK, dict(NETWORK, name="netslice-db", prefix="10.90.3.0/27", bridge="nsb17"), dict(NETWORK, name="netslice-off", active=False)]
    found = [(fault["kind"], fault["object"]) for fault in links.faults(networks)]
    assert found == [
        ("network_inactive", "netslice-off"), ("bridge_missing", "nsb17"), ("tap_unplugged", "nsv0a5a0205"),
        ("forwarding_off", "net.ipv4.ip_forward"), ("foreign_forward_drop", "ip filter FORWARD"),
    ]
    assert nft.faults(str(tmp_path), []) == []


def test_loose_tap_is_plugged_again(host):
    host.run("ip link add nsv0a5a0205 type veth peer name far", "ip link add nsvzz type veth peer name far2")
    (tap, bridge), = links.loose_taps([NETWORK], links.read())
    links.run_plug(links.plug(tap, bridge))
    assert links.read()["nsv0a5a0205"] == "nsb16" and links.loose_taps([NETWORK], links.read()) == []
    with pytest.raises(HostError, match="Cannot plug nsv0a5a0205 into nsb99: "):
        links.run_plug(links.plug("nsv0a5a0205", "nsb99"))
