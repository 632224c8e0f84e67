# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the doctor finds in states, decisions and errors, each with its remedy."""
from __future__ import annotations

import pytest

pytest.importorskip("numpy")
from ansible_collections.foresight.netslice.plugins.plugin_utils.doctor import controller, hosts, influxdb, passes  # noqa: E402
from ansible_collections.foresight.netslice.plugins.plugin_utils.doctor.feedback import proposals  # noqa: E402
from ansible_collections.foresight.netslice.plugins.plugin_utils.doctor.findings import Finding, lines, refused  # noqa: E402

NOW = 1_767_600_000
SLICES = [{"name": name, "scaling": {"interval_seconds": 300}} for name in ("db", "web")]


def state(**more):
    return {"vms": [], "attachments": [], "faults": []} | more


def vm(name, vip, running=True, lifecycle="active"):
    return {"name": name, "vip": vip, "running": running, "lifecycle": lifecycle}


def decisions(*ages, names=("db", "web")):
    return [{"slice": name, "time": NOW - age, "mode": "enforce"} for age in sorted(ages, reverse=True) for name in names]


def only(findings):
    (one,) = [one for one in findings if one.verdict != "ok"]
    return one


def test_an_error_is_a_cause_and_a_remedy():
    one = refused("influxdb", "connection", "Cannot read x at http://h:1: InfluxDB cannot be reached (refused). Start it, or correct influxdb_url.")
    assert one.what.endswith("(refused).") and one.remedy == "Start it, or correct influxdb_url."


def test_the_table_has_the_worst_first():
    text = lines([Finding("a", "1", "ok", "fine"), Finding("a", "2", "warning", "odd", "Look."), Finding("a", "3", "failed", "broken", "Mend it.")])
    assert text == ["1 checks are well, 1 with a warning, 1 failed.", "FAILED  a 3: broken", "        -> Mend it.", "WARNING a 2: odd", "        -> Look."]


def test_bad_slices_are_named():
    found, about = controller.slices([{"name": "Web"}])
    assert found == [] and about.verdict == "failed" and "Web" in about.what


def test_passes_that_come():
    assert {one.verdict for one in passes.passes(SLICES, decisions(60, 360, 660), NOW)} == {"ok"}


@pytest.mark.parametrize("ages, what", [((), "none within 60 minutes"), ((1000, 1300), "1000 s ago; they are due every 300 s")])
def test_passes_that_stopped(ages, what):
    one = only(passes.passes(SLICES, decisions(*ages), NOW))
    assert one.verdict == "failed" and what in one.what


def test_two_controllers_show():
    one = only(passes.passes(SLICES, decisions(*range(10, 3600, 140)), NOW))
    assert one.object == "frequency" and "two controllers" in one.remedy


def test_a_slice_that_is_in_no_pass():
    assert only(passes.passes(SLICES, decisions(10, 310, names=("db",)), NOW)).object == "slice web"


def test_what_reconcilers_say():
    rows = [{"time": NOW - 60, "host": "b", "code": 0, "why": ""}, {"time": NOW - 360, "host": "b", "code": 1, "why": "earlier"},
            {"time": NOW - 60, "host": "a", "code": 4, "why": "it took longer than timeout_seconds, 900 s"}]
    found = passes.reconcilers(rows)
    assert [(one.object, one.verdict) for one in found] == [("reconciler a", "failed"), ("reconciler b", "ok")]
    assert "was not good: it took longer" in found[0].what
    assert passes.reconcilers([]) == []


def test_hypervisors():
    states = {"kvm1": state(), "kvm2": state(faults=[{"kind": "nft_missing", "object": "table inet netslice", "detail": "not isolated"}])}
    found = hosts.hypervisors(["kvm1", "kvm2", "kvm3", "kvm4"], states, {"kvm4": "Cannot reach libvirt: no socket. Start libvirtd."}, {}, (NOW, NOW))
    assert [one.verdict for one in found] == ["ok", "warning", "failed", "failed"]
    lost = state(faults=[{"kind": "host_bridge_missing", "object": "br0", "detail": "netslice-web is active without it"}])
    assert only(hosts.hypervisors(["kvm1"], {"kvm1": lost}, {}, {}, (NOW, NOW))).remedy.startswith("Make that bridge again")
    assert "next pass repairs" in found[1].remedy and "netslice_lost_hosts" in found[2].remedy and found[3].remedy == "Start libvirtd."


def test_a_wrong_underlay_is_a_row_of_its_host_that_only_a_person_can_mend():
    wrong = {"kind": "underlay_wrong", "object": "192.0.2.99", "detail": "no device of this host has that address"}
    found = only(hosts.hypervisors(["kvm1"], {"kvm1": state(faults=[wrong])}, {}, {}, (NOW, NOW)))
    assert (found.object, found.verdict) == ("kvm1", "warning") and "192.0.2.99" in found.what and "Correct netslice_underlay" in found.remedy


def test_a_clock_that_is_apart():
    found = hosts.hypervisors(["kvm1"], {"kvm1": state()}, {}, {"kvm1": NOW - 60}, (NOW, NOW + 3))
    assert only(found).what == "its clock is 59 s away from the controller's"
    assert hosts.hypervisors(["kvm1"], {"kvm1": state()}, {}, {"kvm1": NOW + 2}, (NOW, NOW + 3))[0].verdict == "ok"


@pytest.mark.parametrize("broken, what", [
    (state(vms=[vm("a", "10.90.2.2", running=False)]), "a should run and do not"),
    (state(vms=[vm("a", "10.90.2.2"), vm("b", "10.90.2.2")]), "10.90.2.2: two VMs have it"),
    (state(attachments=[{"device": "eth0", "direction": "egress", "owner": "foreign", "found": "cake 8001:"}]), "eth0 egress is foreign: cake 8001:"),
    (state(attachments=[{"device": "eth9", "direction": "egress", "owner": "no_device", "found": ""}]), "there is no such device"),
])
def test_what_is_ill_on_a_host(broken, what):
    one = only(hosts.hypervisors(["kvm1"], {"kvm1": broken}, {}, {}, (NOW, NOW)))
    assert what in one.what and one.remedy


def test_a_host_that_nobody_named():
    assert only(hosts.hypervisors([], {"kvm9": state()}, {}, {}, (NOW, NOW))).remedy == "Add it to the roster."


def test_balancers():
    found = hosts.balancers([{"item": "lb1", "reload": []}, {"item": "lb2", "reload": ["netslice_web"]},
                             {"item": "lb3", "msg": "Cannot reach HAProxy: x. Start it."}])
    assert [one.verdict for one in found] == ["ok", "warning", "failed"]


def test_telemetry():
    found = influxdb.telemetry([{"slice": "web", "verdict": "ok", "missing": []}, {"slice": "db", "verdict": "stale", "missing": ["cpu: old"]},
                                {"slice": "new", "verdict": "cold", "missing": ["cpu: 2.0 h of history"]}])
    assert [one.verdict for one in found] == ["ok", "failed", "warning"]


def test_a_server_that_is_not_there():
    one = influxdb.clock({"influxdb_url": "http://127.0.0.1:9", "influxdb_timeout_seconds": 1})
    assert one.verdict == "failed" and "cannot be reached" in one.what + one.remedy


@pytest.mark.parametrize("at, every, what", [
    (None, 60, "has written nothing lately"), (NOW - 301, 60, "last wrote 301 s ago, and measures every 60 s"), (NOW - 51, 10, "last wrote 51 s ago"),
    (NOW + 600, 60, "600 s in the future")])
def test_a_host_that_is_measured_no_more(at, every, what):
    one = only(influxdb.collectors({"kvm1": NOW - 5, "kvm2": at}, NOW, every))
    assert one.object == "collector kvm2" and one.verdict == "failed" and what in one.what and one.remedy


def test_hosts_that_never_were_measured_are_no_finding():
    assert influxdb.collectors({"kvm1": None, "kvm2": None}, NOW, 60) == []


@pytest.mark.parametrize("ago, every", [(300, 60), (1500, 300), (17999, 3600)])
def test_a_host_is_silent_by_how_often_it_measures(ago, every):
    found = influxdb.collectors({"kvm1": NOW - 5, "kvm2": NOW - ago}, NOW, every)
    assert [one.verdict for one in found] == ["ok", "ok"]


def test_what_waits_for_a_person_is_a_warning():
    one = {"key": "vm.serves.requests", "present": 50, "proposed": 38.7, "since": "2026-01-05T08:00:00Z", "why": "a reason"}
    slices = [{"name": name, "vm": {"serves": {"requests": 50}}} for name in ("web", "db", "new")]
    found = proposals({"web": [one], "db": []}, slices)
    assert [(row.object, row.verdict) for row in found] == [("slice db", "ok"), ("slice web", "warning")]
    assert only(found).what == "vm.serves.requests is 50, and 38.7 is proposed since 2026-01-05T08:00:00Z: a reason"
    assert proposals({}, slices) == []
    accepted = [{"name": "web", "vm": {"serves": {"requests": 38.7}}}]
    assert [(row.verdict, row.what) for row in proposals({"web": [one]}, accepted)] == [("ok", "nothing is proposed")]
