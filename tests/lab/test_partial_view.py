# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A partial view is not a loss: what a pass does not see neither shrinks, nor moves, nor is made twice."""
from __future__ import annotations

import contextlib
import json

import pytest
from conftest import a_slice, instant, tell
from play import play


def domains(lab):
    """{host: names of its domains}"""
    return {name: set(host.run("virsh", "-c", host.uri, "list", "--all", "--name").split()) - {"test"} for name, host in lab.hypervisors.items()}


@pytest.fixture(scope="module")
def spread(pretended):
    """A slice with two VMs on each of two hosts after an hour of surge; then its demand falls to what it was, so that a full view releases."""
    tell(pretended, "web", 20, days=3, until=-60)
    tell(pretended, "web", 170, since=-60, until=5)
    made = play(pretended, netslice_slices=[a_slice(pretended)], netslice_as_of=instant())
    assert made.rc == 0, made.stdout
    assert sorted(len(names) for names in domains(pretended).values()) == [2, 2]
    tell(pretended, "web", 20, since=5, until=245)
    return pretended


@pytest.mark.parametrize("seen, minutes", [("kvm1", 65), ("kvm2", 120)])
def test_half_of_the_hosts_hidden_changes_nothing(spread, tmp_path, seen, minutes):
    before, plan = domains(spread), tmp_path / "plan.json"
    ran = play(spread, arguments=f"--limit {seen}", netslice_slices=[a_slice(spread)], netslice_as_of=instant(minutes),
               slice_manager_plan_path=str(plan))
    assert ran.rc == 0, ran.stdout
    made = json.loads(plan.read_text())
    assert made["unknown_hosts"] == [name for name in spread.hypervisors if name != seen]
    assert set(made["hosts"]) == {seen}
    assert any(rule["rule"] == "unknown_hosts" for rule in made["slices"][0]["vms"]["rules"])
    assert domains(spread) == before


@contextlib.contextmanager
def without_libvirt(lab, name):
    """A hypervisor of the inventory whose libvirt does not answer."""
    path = lab.directory / "inventory.yml"
    kept = path.read_text()
    inventory = json.loads(kept)
    inventory["all"]["children"]["hypervisors"]["hosts"][name]["netslice_libvirt_uri"] = "test+unix:///default?socket=/nowhere"
    path.write_text(json.dumps(inventory))
    try:
        yield
    finally:
        path.write_text(kept)


def test_a_host_without_libvirt_is_unknown_not_lost(spread, tmp_path):
    before, plan = domains(spread), tmp_path / "plan.json"
    with without_libvirt(spread, "kvm2"):
        ran = play(spread, netslice_slices=[a_slice(spread), a_slice(spread, "new", 3)], netslice_as_of=instant(65), slice_manager_plan_path=str(plan))
    made = json.loads(plan.read_text())
    assert [host for host, _text in ran.failures] == ["kvm2"]
    assert made["unknown_hosts"] == ["kvm2"]
    assert domains(spread) == before


def test_a_host_that_answers_is_not_taken_for_lost(spread):
    before = domains(spread)
    ran = play(spread, netslice_slices=[a_slice(spread)], netslice_as_of=instant(65), netslice_lost_hosts=["kvm2"])
    assert any("kvm2 answered in this pass, so it is not lost. Take it out of the list" in text for _host, text in ran.failures)
    assert domains(spread) == before


def test_a_host_declared_lost_is_replaced_with_other_vips(spread, tmp_path):
    before, plan = domains(spread), tmp_path / "plan.json"
    with without_libvirt(spread, "kvm2"):
        ran = play(spread, netslice_slices=[a_slice(spread, min=4)], netslice_as_of=instant(66), netslice_lost_hosts=["kvm2"],
                   slice_manager_plan_path=str(plan))
    made = json.loads(plan.read_text())
    assert [host for host, _text in ran.failures] == ["kvm2"]
    assert (made["lost_hosts"], made["unknown_hosts"], made["slices"][0]["vms"]["final"]) == ([{"host": "kvm2", "by": "word"}], [], 4)
    after = domains(spread)
    assert after["kvm2"] == before["kvm2"]  # it runs on unseen: what a fence is for
    assert before["kvm1"] < after["kvm1"] and len(after["kvm1"]) == 4
    assert not after["kvm1"] & after["kvm2"]


def test_back_with_its_old_guests_no_vip_is_on_two_vms(spread):
    ran = play(spread, netslice_slices=[a_slice(spread, min=4)], netslice_as_of=instant(70))
    assert ran.rc == 0, ran.stdout
    there = domains(spread)
    assert len(there["kvm1"]) == 4 and len(there["kvm2"]) == 2 and not there["kvm1"] & there["kvm2"]


def test_the_full_view_releases_what_the_partial_ones_held(spread):
    ran = play(spread, netslice_slices=[a_slice(spread)], netslice_as_of=instant(240))
    assert ran.rc == 0, ran.stdout
    running = [host.run("virsh", "-c", host.uri, "list", "--name").split() for host in spread.hypervisors.values()]
    assert sum(len([name for name in names if name.startswith("web-")]) for names in running) == 1
