# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Kill modules at some moments of the lives of a few slices, and see that the next pass converges; make faults does it for long."""
from __future__ import annotations

import json
import sys

import faults
import faults_invariants
import faults_kinds
import faults_ten
import lab as labs
import pytest


@pytest.fixture(autouse=True)
def _able():
    lacks = labs.lacking()
    if lacks:
        pytest.skip(f"a lab needs {'; '.join(lacks)}")


def test_the_pass_after_a_killed_module_converges():
    campaign = faults.Campaign(seed=7)
    faults.kill_through_lives(campaign, 10, "test", "test", 1)
    faults.kill_through_lives(campaign, 5, "bare", "qemu", 1, steps=faults.BARE_STEPS)
    assert campaign.broken == []
    assert campaign.kills >= 15


def test_the_pass_after_a_broken_host_converges():
    campaign = faults.Campaign(seed=7)
    faults_kinds.on_test_driver(campaign, 1, faults.fleet_of)
    assert campaign.broken == []
    assert campaign.kinds["two_passes"] == 1


def test_ten_slices_leave_the_host_as_it_was():
    campaign = faults.Campaign(seed=7)
    faults_ten.live(campaign, faults.fleet_of, "test")
    assert campaign.broken == []
    assert campaign.kinds == {faults_ten.KIND: 1}


LEFT = {
    "links": "ip link add left type bridge",
    "addresses": "ip address add 10.90.2.1/27 dev lo",
    "routes": "ip route add 10.90.3.0/27 via 192.0.2.1",
    "qdiscs": "tc qdisc add dev up0 root handle 51ce: htb default fffe",
    "nft": "nft add table bridge netslice",
    "networks": "echo '<network><name>netslice-left</name></network>' >/run/left.xml; virsh -q net-define /run/left.xml",
    "domains": "echo '<domain type=\"test\"><name>left</name><memory>1</memory><os><type>hvm</type></os></domain>' >/run/left.xml; "
               "virsh -q define /run/left.xml",
    "files": "mkdir -p {state}; touch {state}/left.iso",
}


def test_whatever_is_left_behind_is_found(tmp_path):
    with faults.fleet_of(tmp_path, "test", 1) as fleet:
        host = fleet.hosts["kvm1"]
        for key, command in LEFT.items():
            before = host.dump()
            faults_kinds.shell(host, f"export LIBVIRT_DEFAULT_URI={host.uri}; {command.replace('{state}', str(host.state_dir))}")
            found = faults_invariants.different(before, host.dump())
            assert any(text.startswith(f"{key} before ") for text in found), (key, found)


def test_the_command_ends_with_an_error_where_a_bug_was_put_in(tmp_path, monkeypatch):
    out = tmp_path / "faults.json"
    monkeypatch.setattr(sys, "argv", ["faults.py", "--with-bug", "double-vip", "--kills", "2", "--faults", "0", "--bare", "0", "--out", str(out)])
    with pytest.raises(SystemExit) as ended:
        faults.main()
    result = json.loads(out.read_text())
    assert ended.value.code == 1 and result["broken"] and result["bug"] == "double-vip"


def test_a_bug_is_found():
    campaign = faults.Campaign(seed=7, bug="double-vip")
    faults.kill_through_lives(campaign, 2, "test", "test", 1)
    assert any("is on two domains" in text for broken in campaign.broken for text in broken["what"])
