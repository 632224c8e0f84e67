# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Three hypervisors with real guests: half of them hidden, one cut off and lost by evidence, what is left shared, and the lost one back with its guests."""
from __future__ import annotations

import json
import os
from concurrent.futures import ThreadPoolExecutor

import checks
import demand
import pytest
from conftest import NOW, _lab, a_slice, instant, tell
from faults_kinds import LIBVIRTD
from play import play

RULE = {"silent_seconds": 600, "passes": 1}
#: vCPUs of each host for slices, and so its VMs
ROOM = 2
FENCE = """- name: Note who is fenced
  ansible.builtin.shell: echo {{ netslice_fence_host }} >> %s
"""


@pytest.fixture(scope="module")
def three(tmp_path_factory):
    """A lab of three hypervisors, with two slices of two VMs each and room for one more VM on two of the hosts."""
    with _lab(tmp_path_factory, hypervisors=3) as lab:
        for name in ("web", "api"):
            tell(lab, name, 60, days=2, until=180)
        measured(lab, lab.hypervisors, -60, 30)
        lab.fence = tmp_path_factory.mktemp("fence")
        (lab.fence / "tasks.yml").write_text(FENCE % (lab.fence / "fenced"))
        made = reconcile(lab, 0)
        assert made["verdict"] == "feasible", made["missing"]
        reconcile(lab, 5)
        yield lab


def measured(lab, hosts, begin, end):
    """Points as the collector of a host writes them, each minute from `begin` to `end` minutes after NOW."""
    start = int(NOW.timestamp())
    demand.write(lab.influxdb, [f"netslice_vm,host={host},slice=web,vm=any memory_mib=96 {start + 60 * minute}"
                                for host in hosts for minute in range(begin, end)])


def slices(lab, least=2, **keys):
    """web before api, which gives way down to one VM."""
    return [{**a_slice(lab, min=least, max=4), "priority": 200},
            {**a_slice(lab, "api", 3, min=1, max=4), "priority": 100, "quota": {"preemptible": True}, **keys}]


def reconcile(lab, minutes, arguments="", failing=(), **keys):
    """The plan of one pass; failing: hosts that are to fail in it."""
    path = lab.directory / "plan.json"
    ran = play(lab, arguments=arguments, netslice_slices=slices(lab, **keys), netslice_as_of=instant(minutes), slice_manager_plan_path=str(path),
               netslice_reserve={"vcpus": max(0, os.cpu_count() - ROOM), "memory_mib": 256}, netslice_vcpu_ratio=ROOM / min(ROOM, os.cpu_count()),
               netslice_reserve_hosts=1, netslice_evidence=RULE, netslice_fence=str(lab.fence / "tasks.yml"))
    assert sorted({host for host, _text in ran.failures}) == sorted(failing), ran.stdout
    return {**json.loads(path.read_text()), "said": " ".join(ran.stdout.split())}


def domains(lab, hosts=("kvm1", "kvm2", "kvm3")):
    return {name: checks.domains(lab.hypervisors[name]) for name in hosts}


def entry(plan, name):
    return next(one for one in plan["slices"] if one["name"] == name)


def owners(lab, vips):
    """{VIP: hypervisors on which somebody answers ARP for it}"""
    bridges = [(name, host, bridge) for name, host in lab.hypervisors.items() for bridge in (checks.bridge_of(host, one) for one in ("web", "api")) if bridge]
    asked = [(vip, name, host, bridge) for vip in sorted(vips) for name, host, bridge in bridges]
    with ThreadPoolExecutor(len(asked)) as at_once:
        heard = list(at_once.map(lambda one: checks.answers_arp(one[2], one[3], one[0], 8), asked))
    found = {vip: [] for vip in sorted(vips)}
    for (vip, name, _host, _bridge), answered in zip(asked, heard):
        if answered and name not in found[vip]:
            found[vip].append(name)
    return found


@pytest.mark.parametrize("seen, minutes", [("kvm1", 10), ("kvm2:kvm3", 11)])
def test_hosts_hidden_from_a_pass_are_neither_lost_nor_changed(three, seen, minutes):
    before = domains(three)
    plan = reconcile(three, minutes, f"--limit {seen}", least=3)
    assert plan["lost_hosts"] == [] and sorted([*plan["unknown_hosts"], *plan["hosts"]]) == ["kvm1", "kvm2", "kvm3"]
    assert "was not asked in this pass" in plan["said"]
    assert domains(three) == before


def test_a_host_whose_guests_answer_is_not_lost(three):
    before = domains(three, ("kvm1", "kvm2"))
    measured(three, ["kvm1", "kvm2"], 30, 180)
    three.hypervisors["kvm3"].run("bash", "-c", "kill -KILL $(cat /run/libvirtd.pid)")
    for minutes in (41, 45):
        plan = reconcile(three, minutes, failing=["kvm3"])
        assert (plan["lost_hosts"], plan["unknown_hosts"], plan["changes"]) == ([], ["kvm3"], 0)
    assert "its address" in plan["said"] and "is not taken for lost" in plan["said"]
    assert not (three.fence / "fenced").exists()
    assert domains(three, ("kvm1", "kvm2")) == before


def test_cut_off_it_is_lost_by_evidence_and_its_slices_move_to_the_room_that_was_kept(three):
    three.world.run("ip", "link", "set", "kvm3", "down")
    plan = reconcile(three, 50, failing=["kvm3"])
    lost, = plan["lost_hosts"]
    assert (lost["host"], lost["by"], lost["since"], lost["fenced"]) == ("kvm3", "evidence", instant(11), True)
    assert "no telemetry in the last 600 s" in lost["why"] and "VIPs answers kvm1, kvm2" in lost["why"]
    assert (three.fence / "fenced").read_text().split() == ["kvm3"]
    assert plan["verdict"] == "feasible" and [entry(plan, name)["vms"]["final"] for name in ("web", "api")] == [2, 2]
    vips = [vip for name in ("web", "api") for vip in entry(plan, name)["vips"]]
    assert not set(vips) & set(lost["vips"])
    assert checks.serving(three.world, vips, 120) == set(vips)


def test_what_is_left_goes_by_priority_and_the_other_says_who_has_it(three):
    plan = reconcile(three, 55, failing=["kvm3"], least=3)
    assert (entry(plan, "web")["verdict"], entry(plan, "api")["verdict"]) == ("feasible", "partial")
    assert entry(plan, "api")["shortfall"] == [
        {"vms": 1, "resource": "vcpus", "amount": 1, "unit": "vCPUs", "to": [{"slice": "web", "priority": 200, "vms": 1}], "because": "priority"},
    ]
    assert (three.fence / "fenced").read_text().split() == ["kvm3"]  # once


def test_back_with_its_old_guests_no_vip_answers_twice(three):
    three.world.run("ip", "link", "set", "kvm3", "up")
    three.hypervisors["kvm3"].run("bash", "-c", LIBVIRTD)
    old = {found["vip"] for found in checks.domains(three.hypervisors["kvm3"]).values() if found["running"]}
    assert old, "its guests ran on unseen"
    answered = owners(three, {found["vip"] for host in domains(three).values() for found in host.values()})
    assert old <= {vip for vip, hosts in answered.items() if hosts == ["kvm3"]}
    assert [vip for vip, hosts in answered.items() if len(hosts) > 1] == []
    plan = reconcile(three, 60)
    assert (plan["lost_hosts"], plan["unknown_hosts"], plan["verdict"]) == ([], [], "feasible")
    answered = owners(three, {found["vip"] for host in domains(three).values() for found in host.values()})
    assert [vip for vip, hosts in answered.items() if len(hosts) > 1] == []
    assert sorted(len(entry(plan, name)["vips"]) for name in ("web", "api")) == [2, 2]
