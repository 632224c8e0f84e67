# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What people change of domains is told, and put right without a restart."""
from __future__ import annotations

import pytest

libvirt = pytest.importorskip("libvirt", reason="libvirt-python is not installed")

from ansible_collections.foresight.netslice.plugins.module_utils.pool import by_hand, domains, names, pass_of_vms, state  # noqa: E402

AS_OF, LATER, VIP, NAME = "2026-01-05T08:00:00Z", "2026-01-05T08:05:00Z", "10.90.2.4", "web-10-90-2-4"
MAC = names.vm_mac(VIP)
XML = (
    f"<domain type='test'><memory unit='MiB'>64</memory><vcpu>1</vcpu><os><type>hvm</type></os><devices>"
    f"<interface type='network'><mac address='{MAC}'/><source network='netslice-web'/></interface></devices></domain>"
)
OWN = f"netslice-web {names.tap_name(VIP)}"
EXTRA = "<interface type='network'><mac address='52:54:00:00:00:09'/><source network='default'/></interface>"


@pytest.fixture(name="run")
def fixture_run(connection, tmp_path):
    def run(action="create", want="active", as_of=AS_OF, digest="sha256:t"):
        vm = {"name": NAME, "slice": "web", "vip": VIP, "want": want, "action": action, "until": None, "image": {}, "xml": XML, "template_digest": digest}
        given = {"vms": [vm], "as_of": as_of, "expires_at": None, "fingerprint": None, "live": False, "stop_timeout_seconds": 5,
                 "state_dir": str(tmp_path / "state")}
        result = pass_of_vms.run(connection, given, None, False)
        assert not result["failures"], result["failures"]
        return result

    return run


def told(connection):
    machines = domains.read(connection)[0]
    return by_hand.read(connection, machines).get(NAME, [])


def stored(connection):
    return connection.handle.lookupByUUIDString(names.vm_uuid("web", VIP)).XMLDesc(libvirt.VIR_DOMAIN_XML_INACTIVE)


@pytest.mark.parametrize("xml, expected", [
    (XML, {"vcpus": "1", "memory_mib": "64", "interfaces": "1", "interface": "netslice-web no tap"}),
    (XML.replace("<vcpu>1", "<vcpu current='2'>4"), {"vcpus": "2"}),
    (XML.replace("<memory unit='MiB'>64", "<memory>65536"), {"memory_mib": "64"}),
    (XML.replace("<memory unit='MiB'>64", "<memory unit='GiB'>1"), {"memory_mib": "1024"}),
    (XML.replace(MAC, "52:54:00:00:00:01"), {"interface": "none", "interfaces": "1"}),
    (XML.replace("</interface>", f"</interface>{EXTRA}"), {"interfaces": "2", "interface": "netslice-web no tap"}),
    (XML.replace("</interface>", "<filterref filter='clean-traffic'/><link state='down'/></interface>"),
     {"interface": "netslice-web no tap filter clean-traffic link down"}),
])
def test_facts(xml, expected):
    found = by_hand.facts(xml, VIP)
    assert {word: found[word] for word in expected} == expected


def test_the_name_of_a_filter_parts_no_facts():
    xml = XML.replace("</interface>", "<filterref filter='clean;limit=10'/></interface>")
    assert by_hand.resized(by_hand.made(xml, VIP), xml) == by_hand.made(xml, VIP)


def test_what_was_made_is_as_it_was_made(connection, run):
    run()
    machine = domains.read(connection)[0][0]
    assert machine.record.made == f"vcpus=1;memory_mib=64;current_memory_mib=64;interfaces=1;interface={OWN};bandwidth=none"
    assert told(connection) == []
    assert "changed_by_hand" not in machine.as_state()


@pytest.mark.parametrize("before, after, words", [
    ("<vcpu placement='static'>1", "<vcpu placement='static'>3", "stored: vcpus 3 in place of 1"),
    ("65536", "131072", "stored: memory_mib 128 in place of 64"),
    ("</interface>", f"</interface>{EXTRA}", "stored: interfaces 2 in place of 1"),
    ("network='netslice-web'", "network='default'", f"stored: interface default {names.tap_name(VIP)} in place of {OWN}"),
    ("</interface>", "<link state='down'/></interface>", f"stored: interface {OWN} link down in place of {OWN}"),
    (names.tap_name(VIP), "nsvmine", f"stored: interface netslice-web nsvmine in place of {OWN}"),
])
def test_a_stored_definition_that_was_edited_is_told_and_put_right(connection, run, before, after, words):
    run()
    xml = stored(connection)
    assert before in xml
    connection.handle.defineXML(xml.replace(before, after))
    assert told(connection) == [words]
    running = domains.read(connection)[0][0].handle.ID()
    assert run("keep", as_of=LATER)["commands"] == []
    restored = run("restore", as_of=LATER)
    assert restored["commands"] == [["restore", NAME]] and told(connection) == []
    machine = domains.read(connection)[0][0]
    assert (machine.handle.ID(), machine.record.lifecycle, machine.record.since) == (running, "verifying", AS_OF)
    assert run("restore", as_of=LATER)["commands"] == []


def test_nothing_is_stored_of_what_the_slice_does_not_say_any_more(connection, run):
    run()
    connection.handle.defineXML(stored(connection).replace("65536", "131072"))
    assert run("restore", digest="sha256:other")["commands"] == []
    assert told(connection) == ["stored: memory_mib 128 in place of 64"]


def test_autostart_is_told_and_switched_off(connection, run):
    run()
    connection.find_domain(NAME).setAutostart(1)
    assert told(connection) == ["stored: autostart is on"]
    run("restore", as_of=LATER)
    assert told(connection) == []


def test_a_limit_of_libvirt_is_told_and_taken_off_while_the_guest_runs(connection, run):
    run()
    handle = connection.find_domain(NAME)
    handle.setInterfaceParameters(names.tap_name(VIP), {"inbound.average": 100}, libvirt.VIR_DOMAIN_AFFECT_LIVE)
    assert told(connection) == ["live: bandwidth of libvirt in place of none"] and by_hand.in_place(told(connection)[0])
    guest = handle.ID()
    assert run("restore", as_of=LATER)["commands"] == [["restore", NAME]]
    assert (told(connection), handle.ID(), run("restore", as_of=LATER)["commands"]) == ([], guest, [])
    connection.handle.defineXML(stored(connection).replace("</interface>", "<bandwidth><outbound average='100'/></bandwidth></interface>"))
    assert told(connection) == ["stored: bandwidth of libvirt in place of none"]
    run("restore", as_of=LATER)
    assert told(connection) == []


def test_a_guest_that_was_undefined_while_it_ran_is_told_and_defined_again(connection, run):
    run()
    connection.find_domain(NAME).undefine()
    assert told(connection) == ["stored: it is undefined, and gone once it stops"]
    run("restore", as_of=LATER)
    assert told(connection) == [] and connection.find_domain(NAME).isPersistent()


def test_one_that_was_undefined_can_still_be_released(connection, run):
    run()
    connection.find_domain(NAME).undefine()
    run("release", want="quarantined")
    vm = state.read_vms(connection)[0]
    assert (vm["lifecycle"], vm["running"]) == ("quarantined", False)


def test_one_that_was_undefined_and_stopped_is_made_anew(connection, run):
    run()
    connection.find_domain(NAME).undefine()
    connection.find_domain(NAME).destroy()
    assert state.read_vms(connection) == []
    run("create", as_of=LATER)
    assert state.read_vms(connection)[0]["lifecycle"] == "verifying"


def test_a_renamed_domain_is_known_by_its_record_and_gets_its_name_back(connection, run):
    run()
    connection.find_domain(NAME).destroy()
    connection.find_domain(NAME).rename("mine", 0)
    assert [vm["name"] for vm in state.read_vms(connection)] == [NAME] and told(connection) == ["stored: its name is mine"]
    run("heal", as_of=LATER)
    assert connection.find_domain("mine") is None and connection.find_domain(NAME).isActive() and told(connection) == []


def test_a_renamed_domain_can_be_removed(connection, run):
    run()
    connection.find_domain(NAME).destroy()
    connection.find_domain(NAME).rename("mine", 0)
    run("forget", want="absent")
    assert connection.find_domain("mine") is None and state.read_vms(connection) == []


def test_a_copy_of_a_domain_is_nobodys(connection, run):
    run()
    copy = stored(connection).replace(names.vm_uuid("web", VIP), "5d1dcd3f-0b1f-4b7a-9b5e-2f1c2a9f7a11").replace(f"<name>{NAME}", "<name>copy")
    connection.handle.defineXML(copy)
    machines, foreign = domains.read(connection)
    assert [machine.name for machine in machines] == [NAME] and "copy" in foreign
    assert run("keep")["commands"] == []
