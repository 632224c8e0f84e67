# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Who is asked, and what follows from the answers."""
from __future__ import annotations

import pytest

from ansible_collections.foresight.netslice.plugins.module_utils.pool.domains import Machine
from ansible_collections.foresight.netslice.plugins.module_utils.pool.metadata import Record
from ansible_collections.foresight.netslice.plugins.module_utils.vips import confirm
from ansible_collections.foresight.netslice.plugins.module_utils.vips.verify import Answer

BRIDGES = {"web": "nsb16"}
VIP, NAME, MAC = "10.90.2.2", "web-10-90-2-2", "02:5c:0a:5a:02:02"
ROGUE = "52:54:00:00:00:09"


def _machine(lifecycle, running=True, vip=VIP, silent_since=None):
    record = Record("web", vip, lifecycle, "2026-01-05T07:00:00Z", started=100.0, silent_since=silent_since)
    return Machine(None, "web-" + vip.replace(".", "-"), record, running, running, "booted", 1, 512)


def _ask(want, machines, devices=("nsb16",), foresee=False):
    return confirm.questions([{"slice": "web", "vip": VIP, "want": want}], machines, BRIDGES, devices, foresee)[0]


@pytest.mark.parametrize("want, lifecycle, running, group, detail", [
    ("active", "verifying", True, "waiting", None),
    ("active", "starting", True, "waiting", None),
    ("active", "active", True, "steady", None),
    ("active", "active", False, None, "its guest does not run"),
    ("active", "quarantined", False, None, "its guest does not run"),
    ("active", None, False, None, "it has no domain on this host"),
    ("draining", "draining", True, None, None),
    ("quarantined", "quarantined", False, "quiet", None),
    ("quarantined", None, False, "quiet", None),
    ("absent", None, False, None, None),
])
def test_who_is_asked(want, lifecycle, running, group, detail):
    found = _ask(want, [_machine(lifecycle, running)] if lifecycle else [])
    assert (found.group, found.detail, found.lifecycle, found.name) == (group, detail, lifecycle, NAME)


@pytest.mark.parametrize("machines, group", [([], "waiting"), ([_machine("reserved", running=False)], "waiting"), ([_machine("active")], "steady")])
def test_check_mode_foresees_what_the_module_before_would_start(machines, group):
    assert _ask("active", machines, foresee=True).group == group


@pytest.mark.parametrize("want, lifecycle, foresee, group", [
    ("active", "verifying", False, None), ("active", "active", False, None), ("quarantined", "quarantined", False, None),
    ("active", "verifying", True, "waiting"), ("active", "active", True, None), ("quarantined", "quarantined", True, None),
])
def test_missing_bridge(want, lifecycle, foresee, group):
    found = _ask(want, [_machine(lifecycle)], devices=("eth0",), foresee=foresee)
    assert found.group == group and (group or found.detail == "the bridge of slice web is missing")


@pytest.mark.parametrize("lifecycle, answer, becomes, answered, silent", [
    ("verifying", Answer(105.0, []), True, True, []),
    ("verifying", Answer(None, []), False, False, []),
    ("verifying", Answer(None, [ROGUE]), False, False, []),
    ("active", Answer(105.0, []), False, True, []),
    ("active", Answer(None, []), False, False, [VIP]),
])
def test_what_follows_from_an_answer(lifecycle, answer, becomes, answered, silent):
    asked, answers = [_ask("active", [_machine(lifecycle)])], {VIP: answer}
    fresh = confirm.confirmed(asked, answers, False)
    active = {question.name for question in fresh} | ({NAME} if lifecycle == "active" else set())
    vips, conflicts = confirm.report(asked, answers, False, active)
    assert bool(fresh) is becomes and confirm.silent(asked, answers) == silent
    assert vips == [{
        "vip": VIP, "name": NAME, "slice": "web", "mac": MAC, "want": "active", "lifecycle": "active" if active else lifecycle,
        "verified": True, "answered": answered, "others": answer.others, "detail": None}]
    assert conflicts == [{"vip": VIP, "mac": mac, "want": "active"} for mac in answer.others]


@pytest.mark.parametrize("answer, macs", [(Answer(None, []), []), (Answer(105.0, []), [MAC]), (Answer(105.0, [ROGUE]), [ROGUE, MAC])])
def test_nobody_may_answer_for_a_quarantined_vip(answer, macs):
    asked = [_ask("quarantined", [_machine("quarantined", running=False)])]
    conflicts = confirm.report(asked, {VIP: answer}, False, set())[1]
    assert conflicts == [{"vip": VIP, "mac": mac, "want": "quarantined"} for mac in macs]


VIP6 = "fd00:90:2::a5a:202"


def _ask6(want, lifecycle):
    entry = {"slice": "web", "vip": VIP, "want": want}
    return confirm.questions([entry], [_machine(lifecycle)], BRIDGES, ("nsb16",), ranges6={"web": "fd00:90:2::/64"})


@pytest.mark.parametrize("four, six, becomes", [(105.0, 106.0, True), (105.0, None, False), (None, 106.0, False)])
def test_a_vm_is_in_service_when_all_its_addresses_answer(four, six, becomes):
    asked, answers = _ask6("active", "verifying"), {VIP: Answer(four, []), VIP6: Answer(six, [])}
    assert confirm.grouped(asked, "waiting") == {"nsb16": [VIP, VIP6]}
    assert bool(confirm.confirmed(asked, answers, False)) is becomes
    entry = confirm.report(asked, answers, False, set())[0][0]
    assert (entry["vip6"], entry["answered"], entry["answered6"], entry["others6"]) == (VIP6, four is not None, six is not None, [])


def test_addresses_of_ipv6_are_watched_too():
    answers = {VIP: Answer(105.0, []), VIP6: Answer(None, [ROGUE])}
    assert confirm.silent(_ask6("active", "active"), answers) == [VIP6]
    assert confirm.report(_ask6("active", "active"), answers, False, {NAME})[1] == [{"vip": VIP6, "mac": ROGUE, "want": "active"}]
    quiet = confirm.report(_ask6("quarantined", "quarantined"), {VIP: Answer(None, []), VIP6: Answer(105.0, [])}, False, set())[1]
    assert quiet == [{"vip": VIP6, "mac": MAC, "want": "quarantined"}]


def test_hosts_file_has_both_addresses():
    assert confirm.hosts_lines([_machine("active")], [], set(), {"web": "fd00:90:2::/64"}) == [f"{VIP} {NAME} web", f"{VIP6} {NAME} web"]


def test_simulated_guests_answer_without_packets():
    asked = [_ask("active", [_machine("verifying")], devices=None)]
    assert [question.name for question in confirm.confirmed(asked, {}, True)] == [NAME]
    vips, conflicts = confirm.report(asked, {}, True, {NAME})
    assert (vips[0]["verified"], vips[0]["answered"], vips[0]["detail"]) == (False, True, confirm.SIMULATED) and conflicts == []


def test_hosts_file_has_those_in_service_in_order_of_address():
    machines = [_machine("active", vip="10.90.2.10"), _machine("active", vip="10.90.2.9"), _machine("active", vip="10.90.2.3"),
                _machine("verifying", vip="10.90.2.4"), _machine("verifying", vip="10.90.2.5")]
    wanted = [{"slice": "web", "vip": vip, "want": want} for vip, want in (
        ("10.90.2.9", "active"), ("10.90.2.3", "draining"), ("10.90.2.4", "active"), ("10.90.2.5", "active"))]
    asked = confirm.questions(wanted, machines, BRIDGES, ("nsb16",))
    assert confirm.hosts_lines(machines, asked, {"web-10-90-2-9", "web-10-90-2-4"}) == [
        "10.90.2.4 web-10-90-2-4 web", "10.90.2.9 web-10-90-2-9 web", "10.90.2.10 web-10-90-2-10 web"]


@pytest.mark.parametrize("lifecycle, running, since, answer, fell, heard", [
    ("active", True, None, None, [NAME], []),
    ("active", True, None, 105.0, [], []),
    ("active", True, "2026-01-05T07:30:00Z", None, [], []),
    ("active", True, "2026-01-05T07:30:00Z", 105.0, [], [NAME]),
    ("active", False, None, None, [NAME], []),
    ("active", False, "2026-01-05T07:30:00Z", None, [], []),
    ("verifying", True, None, None, [], []),
])
def test_silence_is_noted_when_it_begins_and_when_it_ends(lifecycle, running, since, answer, fell, heard):
    machines = [_machine(lifecycle, running, silent_since=since)]
    asked = [_ask("active", machines)]
    answers = {VIP: Answer(answer, [])} if running else {}
    assert confirm.turned(asked, answers, machines) == (fell, heard)


@pytest.mark.parametrize("since, at, at6, fell, heard", [
    (None, 105.0, 105.0, [], []), (None, 105.0, None, [NAME], []), (None, None, 105.0, [NAME], []),
    ("2026-01-05T07:30:00Z", 105.0, None, [], []), ("2026-01-05T07:30:00Z", 105.0, 105.0, [], [NAME]),
])
def test_one_is_silent_where_either_of_its_addresses_is(since, at, at6, fell, heard):
    machines = [_machine("active", silent_since=since)]
    asked = confirm.questions([{"slice": "web", "vip": VIP, "want": "active"}], machines, BRIDGES, ("nsb16",), ranges6={"web": "fd00:90:2::/64"})
    answers = {VIP: Answer(at, []), "fd00:90:2::a5a:202": Answer(at6, [])}
    assert confirm.turned(asked, answers, machines) == (fell, heard)


@pytest.mark.parametrize("want, devices, foresee, running", [
    ("draining", ("nsb16",), False, True), ("active", ("eth0",), False, True), ("active", None, False, True), ("active", ("nsb16",), True, False)])
def test_who_was_not_asked_is_not_called_silent(want, devices, foresee, running):
    machines = [_machine("active", running, silent_since=None)]
    assert confirm.turned([_ask(want, machines, devices, foresee)], {}, machines) == ([], [])
