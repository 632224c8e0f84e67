# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The whole life of VMs on libvirt's test driver, and that a run goes on from wherever another one ended."""
from __future__ import annotations

import time

import pytest

libvirt = pytest.importorskip("libvirt", reason="libvirt-python is not installed")

from ansible_collections.foresight.netslice.plugins.module_utils.errors import ShareRefused  # noqa: E402
from ansible_collections.foresight.netslice.plugins.module_utils.pool import domains, names, pass_of_vms, state  # noqa: E402
from ansible_collections.foresight.netslice.plugins.module_utils.pool.connection import Connection  # noqa: E402
from ansible_collections.foresight.netslice.plugins.module_utils.vips import pass_of_vips  # noqa: E402
from ansible_collections.foresight.netslice.tests.unit.plugins.module_utils.pool.conftest import killed_at  # noqa: E402

AS_OF, UNTIL = "2026-01-05T08:00:00Z", "2026-01-05T08:05:00Z"
VIP, OTHER = "10.90.2.4", "10.90.2.5"


@pytest.fixture(name="run")
def fixture_run(connection, tmp_path):
    def run(*vms, check=False, **params):
        given = {
            "vms": list(vms), "as_of": AS_OF, "expires_at": None, "fingerprint": None, "live": False, "stop_timeout_seconds": 5,
            "state_dir": str(tmp_path / "state"), **params,
        }  # fmt: skip
        return pass_of_vms.run(connection, given, None, check)

    return run


def wish(want="active", vip=VIP, until=None):
    xml = (
        f"<domain type='test'><memory unit='MiB'>64</memory><vcpu>1</vcpu><os><type>hvm</type></os><devices><interface type='network'>"
        f"<mac address='{names.vm_mac(vip)}'/><source network='netslice-web'/></interface></devices></domain>"
    )
    return {
        "name": names.vm_name("web", vip), "slice": "web", "vip": vip, "want": want, "until": until, "image": {},
        "xml": xml if want in ("active", "warm", "parked") else None, "template_digest": "sha256:t",
    }  # fmt: skip


def seen(connection):
    return {vm["vip"]: (vm["lifecycle"], vm["running"]) for vm in state.read_vms(connection)}


def test_life_from_reserved_to_forgotten(connection, run):
    empty = state.current_fingerprint(connection)
    foreseen = run(wish(), check=True)
    assert foreseen["changed"] and seen(connection) == {} and foreseen["fingerprint"] == empty

    made = run(wish(), fingerprint=empty)
    assert made["commands"] == foreseen["commands"] and made["diff"] == foreseen["diff"]
    assert seen(connection) == {VIP: ("verifying", True)}
    assert made["vms"][0]["mac"] == "02:5c:0a:5a:02:04" and made["vms"][0]["template"] == "sha256:t"
    again = run(wish(), fingerprint=made["fingerprint"])
    assert not again["changed"] and again["commands"] == [] and again["fingerprint"] == made["fingerprint"]

    assert run(wish("draining", until=UNTIL))["changed"] and not run(wish("draining", until=UNTIL))["changed"]
    assert seen(connection) == {VIP: ("draining", True)}

    gone = run(wish("quarantined", until=UNTIL))
    assert gone["vms"][0]["until"] == UNTIL and not run(wish("quarantined", until=UNTIL))["changed"]
    assert seen(connection) == {VIP: ("quarantined", False)}

    assert run(wish("absent"))["changed"] and not run(wish("absent"))["changed"]
    assert state.current_fingerprint(connection) == empty


def test_dead_and_paused_guests_are_healed(connection, run):
    run(wish(), wish(vip=OTHER))
    connection.find_domain(names.vm_name("web", VIP)).destroy()
    connection.find_domain(names.vm_name("web", OTHER)).suspend()
    assert not run(dict(wish(), action="keep"))["changed"]
    assert seen(connection) == {VIP: ("verifying", False), OTHER: ("verifying", False)}
    run(wish(), wish(vip=OTHER))
    assert seen(connection) == {VIP: ("verifying", True), OTHER: ("verifying", True)}


def test_a_guest_that_never_answered_is_begun_anew_once(connection, run):
    run(wish())
    later = dict(wish(), action="heal")
    again = run(later, as_of="2026-01-05T08:20:00Z")
    assert again["destroyed"] == ["web-10-90-2-4"] and again["vms"][0]["since"] == "2026-01-05T08:20:00Z"
    assert seen(connection) == {VIP: ("verifying", True)}
    assert not run(later, as_of="2026-01-05T08:20:00Z")["changed"]


def record_of(connection, vip=VIP):
    return next(vm for vm in state.read_vms(connection) if vm["vip"] == vip)


def serving(connection, **values):
    """Mark the VM active since an hour ago, as slice_vips does."""
    machine = domains.read(connection)[0][0]
    return domains.mark(machine, "2026-01-05T07:00:00Z", lifecycle="active", since="2026-01-05T07:00:00Z", boot_seconds=6.0, **values)


def test_a_guest_that_hangs_is_begun_anew_and_its_restarts_are_counted(connection, run):
    run(dict(wish(), action="create"))
    assert record_of(connection)["restarts"] == []
    instants = ["2026-01-05T08:20:00Z", "2026-01-05T08:40:00Z"]
    for number, at in enumerate(instants):
        serving(connection, silent_since="2026-01-05T08:00:00Z")
        ran = run(dict(wish(), action="heal"), as_of=at)
        assert ran["commands"] == [[step, "web-10-90-2-4"] for step in ("destroy", "define", "disks", "probe", "start")]
        vm = record_of(connection)
        assert (vm["lifecycle"], vm["running"], vm["since"], vm["silent_since"]) == ("verifying", True, at, None)
        assert vm["restarts"] == instants[:number + 1]
        assert not run(dict(wish(), action="heal"), as_of=at)["changed"]


def test_a_start_that_fails_counts_too_and_a_second_run_of_the_pass_does_not(connection, run, monkeypatch):
    run(wish())
    serving(connection)
    connection.find_domain("web-10-90-2-4").destroy()

    def refused(_self):
        raise libvirt.libvirtError("no room")

    monkeypatch.setattr(libvirt.virDomain, "create", refused)
    for _run in range(2):
        assert run(dict(wish(), action="heal"))["failures"]
        assert record_of(connection)["restarts"] == [AS_OF]
    monkeypatch.undo()
    assert not run(dict(wish(), action="start"))["failures"]
    assert (record_of(connection)["lifecycle"], record_of(connection)["restarts"]) == ("verifying", [AS_OF])


def test_what_did_not_stay_up_is_kept_for_a_person(connection, run, monkeypatch):
    deleted = []
    monkeypatch.setattr(pass_of_vms.Disks, "delete", lambda _self, machine: deleted.append(machine.name))
    run(wish())
    run(dict(wish("quarantined", until=UNTIL), retain=True))
    vm = record_of(connection)
    assert (vm["lifecycle"], vm["running"], vm["reason"], vm["until"], deleted) == ("quarantined", False, "retained", UNTIL, [])
    assert not run(dict(wish("quarantined", until=UNTIL), action="keep"))["changed"]
    run(wish())
    assert (record_of(connection)["lifecycle"], deleted) == ("verifying", ["web-10-90-2-4"])
    run(dict(wish("quarantined", until=UNTIL), retain=True))
    run(wish("absent"))
    assert (seen(connection), deleted) == ({}, 2 * ["web-10-90-2-4"])


def test_the_disk_of_an_earlier_image_goes_with_its_definition(connection, run, tmp_path):
    own, kept, base = (tmp_path / name for name in ("web-10-90-2-4.netslice.qcow2", "web-10-90-2-4.netslice-seed.iso", "base.qcow2"))
    for file in (own, kept, base):
        file.write_text("a disk")

    def of(*files):
        disks = "".join(f"<disk type='file'><source file='{file}'/><target dev='vd{letter}'/></disk>" for letter, file in zip("abc", files))
        return dict(wish(), xml=wish()["xml"].replace("<devices>", f"<devices>{disks}"), action="heal")

    run(of(own, kept, base))
    domains.read(connection)[0][0].handle.destroy()
    assert run(of(kept))["commands"][0] == ["define", "web-10-90-2-4"]
    assert (own.exists(), kept.exists(), base.exists()) == (False, True, True)


def test_what_libvirt_says_of_a_vm_is_told_with_its_name(connection, run, monkeypatch):
    run(wish(), wish(vip=OTHER))

    def gone(_self, *_args):
        raise libvirt.libvirtError("Domain not found")

    monkeypatch.setattr(pass_of_vms.Disks, "unlink", gone)
    result = run(wish("quarantined", until=UNTIL), wish(vip=OTHER))
    assert result["failures"] == [(
        "web-10-90-2-4", "Cannot manage web-10-90-2-4: Domain not found. Check that libvirtd is well, and that nobody else changes the domain meanwhile.")]


def test_a_share_of_another_state_changes_nothing(connection, run):
    with pytest.raises(ShareRefused):
        run(wish(), fingerprint="sha256:other")
    assert seen(connection) == {}


@pytest.mark.parametrize("last_calls", range(1, 7))
@pytest.mark.parametrize(("first", "want"), [
    (None, "active"), ("active", "quarantined"), ("active", "absent"), (None, "warm"), (None, "parked"), ("active", "warm"), ("warm", "active"),
    ("warm", "parked"), ("parked", "warm"),
])
def test_a_run_killed_at_any_call_is_continued(connection, run, first, want, last_calls):
    """Kill a run after some of its writing calls to libvirt; the next one must end where an undisturbed one does."""
    if first:
        run(wish(first))
    wanted = wish(want, until=UNTIL if want == "quarantined" else None)
    with killed_at(last_calls, "create", "setMetadata", "shutdown", "shutdownFlags", "undefineFlags", "hasManagedSaveImage"):
        run(wanted)
    run(wanted)
    assert seen(connection) == {
        "active": {VIP: ("verifying", True)}, "quarantined": {VIP: ("quarantined", False)}, "absent": {}, "warm": {VIP: ("warm", False)},
        "parked": {VIP: ("warming", True)},
    }[want]  # fmt: skip
    assert not run(wanted)["changed"]


def test_what_a_boot_was_of_is_told_and_how_long_it_took(connection, run, tmp_path):
    verify = {
        "uri": "test:///default", "state_dir": str(tmp_path / "state"), "as_of": AS_OF, "live": False, "hosts_file": str(tmp_path / "hosts"),
        "timeout_seconds": 1, "expires_at": None, "fingerprint": None,
    }  # fmt: skip

    def told(*vms):
        result = pass_of_vips.run({**verify, "vms": list(vms)}, False)[0]
        return result["commands"], {vm["vip"]: (vm["lifecycle"], vm["boot_from"], vm["boot_seconds"]) for vm in state.read_vms(connection)}

    run(wish("warm"), wish("parked", vip=OTHER))
    commands, vms = told(wish("warm"), wish("parked", vip=OTHER))
    assert commands == [["park", "web-10-90-2-5"]] and not (tmp_path / "hosts").exists()
    assert vms[VIP] == ("warm", None, None) and vms[OTHER][:2] == ("parked", None) and vms[OTHER][2] is not None
    assert not run(wish("warm"), wish("parked", vip=OTHER))["changed"] and told(wish("warm"), wish("parked", vip=OTHER))[0] == []

    taken = run(wish(), wish(vip=OTHER), as_of="2026-01-05T09:00:00Z")
    assert taken["commands"] == [["probe", "web-10-90-2-4"], ["start", "web-10-90-2-4"], ["verify", "web-10-90-2-5"]]
    boot = vms[OTHER][2]
    commands, vms = told(wish(), wish(vip=OTHER))
    assert [verb for verb, _name in commands] == ["activate", "activate", "write"]
    assert vms[VIP][:2] == ("active", "warm") and vms[OTHER] == ("active", None, boot)

    back = run(wish("warm"), wish("parked", vip=OTHER), as_of="2026-01-05T10:00:00Z")
    assert back["commands"] == [["stop", "web-10-90-2-4"], ["shelve", "web-10-90-2-4"], ["park", "web-10-90-2-5"]]
    assert [vm["reason"] for vm in back["vms"]] == ["returned", "returned"]
    assert told(wish("warm"), wish("parked", vip=OTHER))[0] == [["remove", str(tmp_path / "hosts")]]


def test_an_address_in_use_is_quarantined(connection, run, monkeypatch):
    monkeypatch.setattr(pass_of_vms.networks, "read", lambda _connection: [{"slice": "web", "bridge": "nsb16"}])
    asked = []

    def taken(bridge, addresses, _timeout):
        asked.append((bridge, addresses))
        return {VIP: "52:54:00:12:34:56"}

    monkeypatch.setattr(pass_of_vms.probe, "taken", taken)
    monkeypatch.setattr(pass_of_vms.links, "read", lambda: {"nsb16": None})
    monkeypatch.setattr(Connection, "is_test_driver", property(lambda self: False))
    result = run(wish(), wish(vip=OTHER))
    assert asked == [("nsb16", [VIP, OTHER])]
    assert result["conflicts"] == [{"name": "web-10-90-2-4", "vip": VIP, "mac": "52:54:00:12:34:56"}]
    assert seen(connection) == {VIP: ("quarantined", False), OTHER: ("verifying", True)}
    refused = next(vm for vm in state.read_vms(connection) if vm["vip"] == VIP)
    assert refused["reason"] == "conflict" and refused["until"] == UNTIL


def test_one_that_fails_leaves_the_others_their_way(connection, run):
    broken = wish()
    broken["xml"] = broken["xml"].replace("<memory unit='MiB'>64</memory>", "")
    result = run(broken, wish(vip=OTHER))
    assert [name for name, _text in result["failures"]] == ["web-10-90-2-4"]
    assert result["failures"][0][1].startswith("Cannot define web-10-90-2-4: ")
    assert seen(connection) == {OTHER: ("verifying", True)}


def test_foreign_domains_are_left_alone(connection, run):
    connection.handle.defineXML("<domain type='test'><name>web-10-90-2-4</name><memory>1024</memory><os><type>hvm</type></os></domain>")
    for check in (True, False):
        result = run(wish(), wish(vip=OTHER), check=check)
        ((name, text),) = result["failures"]
        assert name == "web-10-90-2-4" and "without our metadata" in text and result["fingerprint"]
        assert {step[1] for step in result["commands"]} == {"web-10-90-2-5"}
    assert seen(connection) == {OTHER: ("verifying", True)}


def test_reading_a_thousand_is_quick(connection, run):
    vms = [wish(vip=f"10.91.{number // 250}.{number % 250 + 2}") for number in range(1000)]
    run(*vms)
    start = time.process_time()
    assert not run(*vms)["changed"]
    # In process it takes 0.1 s; the bound only catches work that is quadratic.
    assert time.process_time() - start < 2
    assert len(domains.read(connection)[0]) == 1000
