# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Guests under real QEMU that hang, or that somebody changes: restarted in place, replaced when that does not help, and put right."""
from __future__ import annotations

import json

import checks
from conftest import a_slice, instant, tell
from play import play

RULES = {"silent_seconds": 300, "restarts": 1, "retain_seconds": 3600}


def where(lab, name):
    """The hypervisor that runs a guest."""
    return next(host for host in lab.hypervisors.values() if name in host.run("virsh", "-c", host.uri, "list", "--name").split())


def hang(lab, name):
    """Stop the processors of a guest, as a kernel that hangs would: its domain goes on running, its tap is there, and it answers nobody."""
    where(lab, name).run("sh", "-c", f"kill -STOP $(cat /run/libvirt/qemu/{name}.pid)")


def process(lab, name):
    return where(lab, name).run("cat", f"/run/libvirt/qemu/{name}.pid").strip()


def passes(lab, name, slices, file):
    """callable(minutes) that runs a pass and returns the slice's entry of the plan, its outcome in `ran`, and settled(minutes) that repeats it until nothing
    changes: a machine under load lets a pass end before its guests answer."""

    def a_pass(minutes):
        ran = a_pass.ran = play(lab, netslice_slices=slices, netslice_as_of=instant(minutes), slice_manager_plan_path=str(file))
        assert ran.rc == 0, ran.stdout
        return next(one for one in json.loads(file.read_text())["slices"] if one["name"] == name)

    def settled(minutes):
        for _attempt in range(5):
            entry = a_pass(minutes)
            if not a_pass.ran.changes:
                return entry
        raise AssertionError(f"passes of minute {minutes} go on changing: {entry}")

    return a_pass, settled


def released(a_pass, minutes):
    """The VMs of the first release: that of the pass after the one in which the new VM answered."""
    for later in range(5):
        entry = a_pass(minutes + later)
        assert entry["create"] == entry["heal"] == []
        if entry["release"]:
            return entry["release"]
    return []


def test_a_hung_guest_is_restarted_and_then_replaced(real, tmp_path):
    tell(real, "web", 60, days=3, until=120)
    slices, file = [a_slice(real, min=2, max=3, healing=RULES)], tmp_path / "plan.json"

    a_pass, settled = passes(real, "web", slices, file)
    first = a_pass(0)
    settled(0)
    victim, other = first["create"]
    hang(real, victim)
    entry = a_pass(5)  # finds it silent, and writes that down
    assert (entry["heal"], "healing" in entry) == ([], False)
    assert a_pass.ran.only_listened and ["silent", victim] in sum(a_pass.ran.commands, []), a_pass.ran.stdout
    a_pass(5)
    assert a_pass.ran.only_listened and victim not in str(a_pass.ran.commands), a_pass.ran.stdout
    before = process(real, victim)
    entry = a_pass(10)
    assert entry["heal"] == [victim] and entry["healing"] == [f"{victim} has not answered for 300 s or longer: restarted in place"]
    assert process(real, victim) != before
    settled(10)
    vip = first["vips"][first["create"].index(victim)]
    assert checks.serving(real.world, [vip], 120) == {vip}

    hang(real, victim)
    a_pass(15)
    entry = a_pass(20)
    fresh = entry["create"]
    assert (entry["heal"], len(fresh), entry["release"]) == ([], 1, [])
    assert entry["healing"] == [f"{victim} has been restarted once, as often as is allowed, without staying up: replaced, the new one first"]
    assert released(a_pass, 20) == [victim]
    entry = settled(26)
    assert sorted(entry["vips"]) == sorted(vip_of(name) for name in [other, *fresh])
    assert checks.serving(real.world, entry["vips"], 120) == set(entry["vips"])


def test_what_somebody_edits_is_put_right_while_the_guest_runs(real, tmp_path):
    tell(real, "shop", 20, days=3, until=180)
    slices, file = [a_slice(real, "shop", 3, max=2, healing={"changed_by_hand": "restore"})], tmp_path / "plan.json"

    a_pass, settled = passes(real, "shop", slices, file)
    name = a_pass(60)["create"][0]
    host, before = where(real, name), process(real, name)
    settled(60)
    for edit in (["setvcpus", name, "2", "--config", "--maximum"], ["setvcpus", name, "2", "--config"], ["autostart", name]):
        host.run("virsh", "-c", host.uri, *edit)
    entry = a_pass(65)
    assert (entry["restore"], entry["heal"], entry["create"]) == ([name], [], [])
    assert entry["healing"] == [f"{name} was changed by hand (stored: autostart is on; stored: vcpus 2 in place of 1): its definition is put right"]
    entry = a_pass(65)
    assert a_pass.ran.only_listened, a_pass.ran.stdout
    assert "healing" not in entry and process(real, name) == before

    host.run("virsh", "-c", host.uri, "domif-setlink", name, "nsv" + "".join(f"{int(part):02x}" for part in vip_of(name).split(".")), "down")
    host.run("virsh", "-c", host.uri, "undefine", name)
    entry = a_pass(70)
    assert (entry["restore"], entry["heal"], len(entry["create"])) == ([name], [], 1) and "link down" in entry["healing"][0]
    assert name in host.run("virsh", "-c", host.uri, "list", "--name", "--persistent").split() and process(real, name) == before


def vip_of(name):
    """The VIP in the name of a VM."""
    return name.split("-", 1)[1].replace("-", ".")
