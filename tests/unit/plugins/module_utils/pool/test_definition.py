# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is put into a rendered template, and what is refused."""
from __future__ import annotations

import xml.etree.ElementTree as ET

import pytest

from ansible_collections.foresight.netslice.plugins.module_utils.errors import PoolError
from ansible_collections.foresight.netslice.plugins.module_utils.pool import definition, metadata, names

VM = {"name": "web-10-90-2-4", "slice": "web", "vip": "10.90.2.4", "template": "own.xml.j2"}
RECORD = metadata.Record(slice="web", vip="10.90.2.4", lifecycle="reserved", since="2026-01-05T08:00:00Z", generation=1)
INTERFACE = "<interface type='network'><mac address='02:5C:0A:5A:02:04'/><source network='netslice-web'/></interface>"


def domain(devices=INTERFACE, head=""):
    return f"<domain type='test'>{head}<devices>{devices}</devices></domain>"


def completed(xml, paths=None):
    return ET.fromstring(definition.complete(xml, VM, RECORD, paths or {}))


def test_name_uuid_tap_and_record_are_put_in():
    done = completed(domain(head="<name>other</name>"))
    assert done.findtext("name") == "web-10-90-2-4"
    assert done.findtext("uuid") == names.vm_uuid("web", "10.90.2.4")
    assert done.find("devices/interface/target").get("dev") == "nsv0a5a0204"
    assert metadata.parse(ET.tostring(done.find("metadata")[0], encoding="unicode")) == RECORD


def test_metadata_of_others_stays():
    old = metadata.render(RECORD).replace("<vm", f"<n:vm xmlns:n='{names.NAMESPACE}'")
    done = completed(domain(head=f"<metadata><o:owner xmlns:o='urn:other'>me</o:owner>{old}</metadata>"))
    assert [child.tag for child in done.find("metadata")] == ["{urn:other}owner", f"{{{names.NAMESPACE}}}vm"]


def test_extensions_of_qemu_keep_their_prefix():
    spare = "<qemu:commandline xmlns:qemu='http://libvirt.org/schemas/domain/qemu/1.0'><qemu:arg value='-s'/></qemu:commandline>"
    assert "<qemu:commandline" in definition.complete(domain(head=spare), VM, RECORD, {})


def test_paths_take_the_place_of_their_words():
    disks = "<disk><source file='netslice:disk'/></disk><disk><source file='netslice:seed'/></disk><disk><source file='/x.iso'/></disk>"
    paths = {definition.DISK: f"/pool/{definition.overlay_name(VM['name'])}", definition.SEED: f"/pool/{definition.seed_name(VM['name'])}"}
    text = definition.complete(domain(INTERFACE + disks), VM, RECORD, paths)
    assert [source.get("file") for source in ET.fromstring(text).iter("source") if source.get("file")] == [*paths.values(), "/x.iso"]
    assert definition.own_disks(text, VM["name"]) == list(paths.values())
    assert definition.own_disks(text, "web-10-90-2-5") == []


@pytest.mark.parametrize(
    ("xml", "cause"),
    [
        ("<domain", "gives no XML"),
        ("<network/>", "gives <network> and not <domain>"),
        (domain(""), "no interface the MAC 02:5c:0a:5a:02:04 of its VIP 10.90.2.4"),
        (domain(INTERFACE.replace("netslice-web", "default")), "not on the network netslice-web"),
        (domain(INTERFACE.replace("<source", "<target dev='tap0'/><source")), "names the tap tap0 and not nsv0a5a0204"),
        (domain(INTERFACE.replace("<source", "<bandwidth><outbound average='1'/></bandwidth><source")), "has <bandwidth>"),
        (domain(INTERFACE + "<disk><source file='netslice:disk'/></disk>"), "asks for netslice:disk"),
    ],
)
def test_templates_that_give_no_vm_of_ours(xml, cause):
    with pytest.raises(PoolError, match="Cannot define web-10-90-2-4: .*Correct the template own.xml.j2") as refused:
        definition.complete(xml, VM, RECORD, {})
    assert cause in str(refused.value)
