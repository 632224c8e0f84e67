# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""VMs of slices as hosts of an inventory."""
from __future__ import annotations

import pytest

from ansible_collections.foresight.netslice.plugins.module_utils.pool.names import vm_uuid
from ansible_collections.foresight.netslice.plugins.plugin_utils import inventory
from ansible_collections.foresight.netslice.plugins.plugin_utils.errors import NetsliceError, TelemetryError

NODE = f"""\
<node>
  <domain type="test"><name>web-10-90-2-10</name><uuid>{vm_uuid("web", "10.90.2.10")}</uuid>
    <metadata><netslice:vm xmlns:netslice="urn:foresight:netslice:1" slice="web" vip="10.90.2.10" lifecycle="verifying" generation="1"
      since="2026-01-05T07:00:00Z" vcpus="1" memory_mib="64"/></metadata>
    <memory>65536</memory><os><type>hvm</type></os></domain>
  <domain type="test"><name>somebody-elses</name><memory>65536</memory><os><type>hvm</type></os></domain>
</node>
"""


def record(placed, final=None, **keys):
    vips = [vip for states in placed.values() for vip in states.get("active", [])]
    return {"state": "active", "mode": "enforce", "as_of": "2026-01-05T08:00:00Z", "vms": {"final": len(vips) if final is None else final},
            "vips": vips, "placed": placed, **keys}


def test_vms_are_in_the_order_of_slices_and_addresses():
    vms, left_out = inventory.vms_of_records({
        "web": record({"kvm2": {"active": ["10.90.2.10", "10.90.2.34"]}, "kvm1": {"draining": ["10.90.2.2"]}}),
        "db": record({"kvm1": {"active": ["10.90.3.2"]}})})
    assert [vm["name"] for vm in vms] == ["db-10-90-3-2", "web-10-90-2-2", "web-10-90-2-10", "web-10-90-2-34"]
    assert vms[1]["variables"] == {
        "ansible_host": "10.90.2.2", "netslice_slice": "web", "netslice_vip": "10.90.2.2", "netslice_hypervisor": "kvm1", "netslice_vm_state": "draining",
        "netslice_slice_state": "active", "netslice_mode": "enforce", "netslice_as_of": "2026-01-05T08:00:00Z"}
    assert left_out == {}


def test_a_record_that_was_cut_says_how_many_it_left_out():
    vms, left_out = inventory.vms_of_records({"web": record({"kvm1": {"active": ["10.90.2.2"]}}, final=30)})
    assert (len(vms), left_out) == (1, {"web": 29})


def test_a_record_of_a_slice_without_vms():
    assert inventory.vms_of_records({"web": record({}, state="absent")}) == ([], {})
    assert inventory.vms_of_records({}) == ([], {})


@pytest.mark.parametrize("damage", [{"placed": {"kvm1": ["10.90.2.2"]}}, {"placed": {"kvm1": {"active": ["web.example.org"]}}}, {"vms": 3}, {"placed": "kvm1"}])
def test_what_is_no_record_of_a_pass_is_named(damage):
    with pytest.raises(TelemetryError, match="about slice web of 2026-01-05T08:00:00Z: .* Write netslice_decision with slice_decision"):
        inventory.vms_of_records({"web": {**record({"kvm1": {"active": ["10.90.2.2"]}}), **damage}})
    with pytest.raises(TelemetryError, match="KeyError 'state'"):
        inventory.vms_of_records({"web": {"as_of": "2026-01-05T08:00:00Z"}})


def test_groups_are_valid_names():
    assert inventory.groups_of({"netslice_slice": "my-web", "netslice_hypervisor": "kvm1.example.org", "netslice_vm_state": "active"}) == [
        "netslice_vms", "netslice_slice_my_web", "netslice_hypervisor_kvm1_example_org", "netslice_vm_active"]


def test_a_hypervisor_that_does_not_answer_is_named():
    pytest.importorskip("libvirt")
    with pytest.raises(NetsliceError, match="Cannot ask hypervisor kvm1: Cannot connect to libvirt at test:///nowhere.xml"):
        inventory.vms_of_hypervisors({"kvm1": "test:///nowhere.xml"}, None)


@pytest.mark.parametrize("names, found", [(None, ["web-10-90-2-10"]), (["web"], ["web-10-90-2-10"]), (["db"], [])])
def test_vms_as_libvirt_has_them(tmp_path, names, found):
    pytest.importorskip("libvirt")
    (tmp_path / "node.xml").write_text(NODE)
    vms = inventory.vms_of_hypervisors({"kvm1": f"test://{tmp_path}/node.xml"}, names)
    assert [vm["name"] for vm in vms] == found
    assert [vm["variables"]["netslice_vm_state"] for vm in vms] == ["verifying"] * len(found)
