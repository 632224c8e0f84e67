# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A VM that runs is given another size: the stored and the live definition, what is refused, and what a killed run leaves."""
from __future__ import annotations

import pytest

libvirt = pytest.importorskip("libvirt", reason="libvirt-python is not installed")

from ansible_collections.foresight.netslice.plugins.module_utils.pool import by_hand, domains, names, pass_of_vms, resize, state  # noqa: E402
from ansible_collections.foresight.netslice.tests.unit.plugins.module_utils.pool.conftest import killed_at  # noqa: E402

AS_OF, LATER, VIP, NAME = "2026-01-05T08:00:00Z", "2026-01-05T08:05:00Z", "10.90.2.4", "web-10-90-2-4"
XML = (
    f"<domain type='test'><memory unit='MiB'>256</memory><currentMemory unit='MiB'>64</currentMemory><vcpu current='1'>4</vcpu><os><type>hvm</type></os>"
    f"<devices><interface type='network'><mac address='{names.vm_mac(VIP)}'/><source network='netslice-web'/></interface></devices></domain>"
)
TIGHT = XML.replace("<currentMemory unit='MiB'>64</currentMemory>", "").replace(" current='1'>4", ">1").replace("256", "64")


@pytest.fixture(name="run")
def fixture_run(connection, tmp_path):
    def run(action="create", vcpus=1, memory_mib=64, as_of=AS_OF, xml=XML, check=False):
        vm = {"name": NAME, "slice": "web", "vip": VIP, "want": "active", "action": action, "until": None, "image": {}, "vcpus": vcpus,
              "memory_mib": memory_mib, "xml": None if action == "resize" else xml, "template_digest": "sha256:t"}
        given = {"vms": [vm], "as_of": as_of, "expires_at": None, "fingerprint": None, "live": False, "stop_timeout_seconds": 5,
                 "state_dir": str(tmp_path / "state")}
        result = pass_of_vms.run(connection, given, None, check)
        assert not result["failures"], result["failures"]
        return result

    return run


def sizes(connection):
    """(stored, live) as texts."""
    handle = connection.find_domain(NAME)
    return tuple(resize.size_of(handle.XMLDesc(flags)).text for flags in (libvirt.VIR_DOMAIN_XML_INACTIVE, 0))


def told(connection):
    return by_hand.read(connection, domains.read(connection)[0]).get(NAME, [])


@pytest.mark.parametrize("wrong", ["<vcpu>two</vcpu>", "<memory>much</memory>", "<memory unit='furlong'>1</memory>", "<memory/>", "<memory>inf</memory>"])
def test_a_template_without_a_size_is_refused_by_name_and_stops_no_other(connection, run, wrong):
    with pytest.raises(AssertionError, match=f"Cannot read the size of {NAME}: .* Write <vcpu> and <memory> of its template"):
        run(xml=f"<domain type='test'>{wrong}{XML.partition('</vcpu>')[2]}".replace("<os>", "<memory>65536</memory><os>" if "vcpu" in wrong else "<os>"))
    assert not told(connection) and NAME not in [handle.name() for handle in connection.handle.listAllDomains()]


@pytest.mark.parametrize("xml, expected", [
    (XML, (1, 64, 4, 256, True)),
    (TIGHT, (1, 64, 1, 64, True)),
    (XML.replace("<devices>", "<devices><memballoon model='none'/>"), (1, 64, 4, 256, False)),
    ("<domain><memory>1048576</memory></domain>", (1, 1024, 1, 1024, True)),
])
def test_size_of(xml, expected):
    assert resize.size_of(xml) == expected


@pytest.mark.parametrize("vcpus, memory_mib, balloon, live, expected", [
    (4, 256, True, True, {}),
    (5, 256, True, True, {"vcpus": "its definition has room for 4 vCPUs"}),
    (4, 257, True, False, {"memory_mib": "its definition has room for 256 MiB"}),
    (1, 128, False, True, {"memory_mib": "it has no balloon"}),
    (1, 128, False, False, {}),
    (1, 64, False, True, {}),
])
def test_obstacles(vcpus, memory_mib, balloon, live, expected):
    assert resize.obstacles(resize.Size(1, 64, 4, 256, balloon), vcpus, memory_mib, live) == expected


@pytest.mark.parametrize("statistics, why", [
    ({}, None), ({"usable": 65536}, None), ({"usable": 65535, "unused": 99999}, "its guest can spare 63 MiB, and not 64"),
    ({"unused": 1024}, "its guest can spare 1 MiB, and not 64"),
])
def test_what_a_guest_can_spare(statistics, why):
    assert resize.spared(statistics, 128, 64) == why


def test_a_vm_grows_and_shrinks_while_it_runs(connection, run):
    run()
    guest = connection.find_domain(NAME).ID()
    before = state.read_vms(connection)[0]
    assert (before["vcpus"], before["memory_mib"], "takes" in before) == (1, 64, False)
    foreseen = run("resize", 2, 128, LATER, check=True)
    assert sizes(connection) == ("1x64", "1x64") and foreseen["changed"]
    grown = run("resize", 2, 128, LATER)
    assert grown["commands"] == foreseen["commands"] == [["resize", NAME]] and grown["diff"] == foreseen["diff"]
    assert grown["diff"] == {"before": f"{NAME}: verifying, running, 1 vCPUs, 64 MiB\n", "after": f"{NAME}: verifying, running, 2 vCPUs, 128 MiB\n"}
    assert (sizes(connection), grown["resized_in_part"], told(connection)) == (("2x128", "2x128"), [], [])
    after = state.read_vms(connection)[0]
    assert (after["vcpus"], after["memory_mib"], "resize" in after, after["lifecycle"]) == (2, 128, False, before["lifecycle"])
    assert after["generation"] > before["generation"] and after["since"] == before["since"]
    assert not run("resize", 2, 128, LATER)["changed"]
    run("resize", 1, 64, LATER)
    assert (sizes(connection), connection.find_domain(NAME).ID()) == (("1x64", "1x64"), guest)


def test_what_has_no_room_is_told_and_not_tried_again(connection, run):
    run(xml=TIGHT)
    tried = run("resize", 2, 128, LATER)
    why = "vCPUs: its definition has room for 1 vCPUs; memory: its definition has room for 64 MiB"
    assert tried["resized_in_part"] == [{"name": NAME, "why": why}]
    vm = state.read_vms(connection)[0]
    assert (vm["vcpus"], vm["memory_mib"], vm["resize"], told(connection)) == (2, 128, why, [])
    assert not run("resize", 2, 128, LATER)["changed"]


def test_a_guest_that_gives_nothing_back_is_counted_with_what_it_has(connection, run, monkeypatch):
    run(vcpus=1)
    run("resize", 2, 128, LATER)
    real = libvirt.virDomain.setVcpusFlags

    def refuse(handle, count, flags=0):
        if flags & libvirt.VIR_DOMAIN_AFFECT_LIVE:
            raise libvirt.libvirtError("vcpu unplug request timed out")
        return real(handle, count, flags)

    monkeypatch.setattr(libvirt.virDomain, "setVcpusFlags", refuse)
    tried = run("resize", 1, 64, LATER)
    assert (sizes(connection), tried["resized_in_part"][0]["why"]) == (("1x64", "2x64"), "vCPUs: vcpu unplug request timed out")
    vm = state.read_vms(connection)[0]
    assert (vm["vcpus"], vm["takes"], told(connection)) == (1, {"vcpus": 2, "memory_mib": 64}, [])
    handle = connection.find_domain(NAME)
    handle.destroy()
    handle.create()
    vm = state.read_vms(connection)[0]
    assert (vm["vcpus"], "takes" in vm, "resize" in vm) == (1, False, False)


@pytest.mark.parametrize("last_call", range(1, 6))
def test_a_run_killed_at_any_call_is_continued(connection, run, last_call):
    run()
    with killed_at(last_call, "setMetadata", "setVcpusFlags", "setMemoryFlags") as calls:
        run("resize", 2, 128, LATER)
    vm = state.read_vms(connection)[0]
    assert (vm["vcpus"], vm["resize"], told(connection), len(calls)) == (2, "begun", [], last_call)
    again = run("resize", 2, 128, LATER)
    assert (again["changed"], sizes(connection), told(connection), "resize" in state.read_vms(connection)[0]) == (True, ("2x128", "2x128"), [], False)
    assert not run("resize", 2, 128, LATER)["changed"]
