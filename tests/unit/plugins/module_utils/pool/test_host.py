# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a host says of itself."""
from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from ansible_collections.foresight.netslice.plugins.module_utils.errors import PoolError
from ansible_collections.foresight.netslice.plugins.module_utils.pool import addresses, connection, names, state, virtualization

SCHEMA = Path(__file__).resolve().parents[5] / "docs" / "schemas" / "host_state.schema.json"


def test_addresses():
    links = [
        {"ifname": "lo", "addr_info": [{"family": "inet", "local": "127.0.0.1", "prefixlen": 8, "scope": "host"}]},
        {"ifname": "eth0", "addr_info": [
            {"family": "inet", "local": "192.0.2.10", "prefixlen": 24, "scope": "global"},
            {"family": "inet6", "local": "2001:db8::10", "prefixlen": 64, "scope": "global"},
            {"family": "inet6", "local": "fe80::1", "prefixlen": 64, "scope": "link"},
        ]},
        {"ifname": "nsb16", "addr_info": [{"family": "inet", "local": "10.90.2.1", "prefixlen": 27, "scope": "global"}]},
        {"ifname": "up0"},
        {},
    ]  # fmt: skip
    assert addresses.parse(links) == ["192.0.2.10/24", "2001:db8::10/64"]


@pytest.mark.parametrize(("devices", "wanted", "expected"), [
    (["eth0"], None, ("eth0", "192.0.2.10", 9000)), (["eth1", "eth0"], None, ("eth1", "2001:db8:1::10", 1500)), ([], None, None), (["eth2"], None, None),
    (["eth0"], "2001:db8::10", ("eth0", "2001:db8::10", 9000)), ([], "203.0.113.1", ("lo", "203.0.113.1", 1500)),
    (["eth0"], "203.0.113.1", ("lo", "203.0.113.1", 9000)), (["eth0", "eth1"], "203.0.113.1", ("lo", "203.0.113.1", 1500)),
])
def test_underlay(devices, wanted, expected):
    links = [
        {"ifname": "lo", "mtu": 65536, "addr_info": [{"local": "127.0.0.1", "prefixlen": 8, "scope": "host"},
                                                     {"local": "203.0.113.1", "prefixlen": 32, "scope": "global"}]},
        {"ifname": "eth0", "mtu": 9000, "addr_info": [
            {"local": "2001:db8::10", "prefixlen": 64, "scope": "global"}, {"local": "192.0.2.10", "prefixlen": 24, "scope": "global"}]},
        {"ifname": "eth1", "mtu": 1500, "addr_info": [
            {"local": "2001:db8:1::77", "prefixlen": 64, "scope": "global", "temporary": True},
            {"local": "2001:db8:1::10", "prefixlen": 64, "scope": "global"}]},
        {"ifname": "nsb16", "mtu": 1500, "addr_info": [{"local": "10.90.2.1", "prefixlen": 27, "scope": "global"}]},
    ]  # fmt: skip
    found = addresses.underlay(links, devices, wanted)
    assert found == (expected and dict(zip(("device", "address", "mtu"), expected)))
    assert addresses.faults(found, wanted) == []


@pytest.mark.parametrize("wrong", ["10.90.2.1", "192.0.2.11", "eth0"])
def test_an_underlay_that_the_host_does_not_have_is_a_fault_of_it(wrong):
    links = [{"ifname": "eth0", "mtu": 9000, "addr_info": [{"local": "192.0.2.10", "prefixlen": 24, "scope": "global"}]},
             {"ifname": "nsb16", "mtu": 1500, "addr_info": [{"local": "10.90.2.1", "prefixlen": 27, "scope": "global"}]}]
    found = addresses.underlay(links, ["eth0"], wrong)
    assert found is None
    assert [(fault["kind"], fault["object"]) for fault in addresses.faults(found, wrong)] == [("underlay_wrong", wrong)]
    assert addresses.faults(None, None) == []


@pytest.mark.parametrize(("mode", "usable"), [(0o666, True), (0o660, True), (0o600, False), (0o644, False)])
def test_kvm_that_only_root_may_open_is_not_usable(tmp_path, mode, usable):
    device = tmp_path / "kvm"
    device.write_text("")
    device.chmod(mode)
    assert virtualization.kvm_usable(str(device)) is usable
    assert virtualization.kvm_usable(str(tmp_path / "none")) is False


class Driver:
    """A connection whose driver and capabilities are given."""

    uri = "qemu:///system"

    def __init__(self, driver, capabilities=""):
        self.driver, self.handle, self._capabilities = driver, self, capabilities

    def getCapabilities(self):
        return self._capabilities


@pytest.mark.parametrize(
    ("driver", "kvm", "wanted", "expected"),
    [
        ("QEMU", True, "auto", "kvm"),
        ("QEMU", False, "auto", "qemu"),
        ("QEMU", True, "qemu", "qemu"),
        ("TEST", True, "auto", "test"),
        ("Xen", True, "auto", "xen"),
    ],
)
def test_virt_type(monkeypatch, driver, kvm, wanted, expected):
    pytest.importorskip("libvirt", reason="libvirt-python is not installed")
    monkeypatch.setattr(virtualization, "kvm_usable", lambda: kvm)
    capabilities = "<capabilities><guest><arch><domain type='qemu'/><domain type='kvm'/></arch></guest></capabilities>"
    assert virtualization.detect(Driver(driver, capabilities), wanted) == expected


def test_boot_time_does_not_change_the_fingerprint():
    vm = {"name": "web-10-90-2-4", "lifecycle": "active", "boot_seconds": 3.5}
    assert state.fingerprint([], [vm]) == state.fingerprint([], [dict(vm, boot_seconds=None)])
    assert state.fingerprint([], [vm]) != state.fingerprint([], [dict(vm, lifecycle="draining")])
    assert state.fingerprint([], [vm]) != state.fingerprint([{"slice": "web"}], [vm])


def test_load_of_a_machine(tmp_path):
    path = tmp_path / "meminfo"
    path.write_text("MemTotal:       16384000 kB\nMemFree:          100000 kB\nMemAvailable:    6144000 kB\nHugePages_Total:       0\n")
    found = state.load(str(path))
    assert found["memory_used_mib"] == 10000
    assert found["load"] >= 0
    path.write_text("MemTotal:       16384000 kB\n")
    assert set(state.load(str(path))) == {"load"}


def test_host_state_keeps_its_contract(tmp_path):
    pytest.importorskip("libvirt", reason="libvirt-python is not installed")
    jsonschema = pytest.importorskip("jsonschema", reason="jsonschema is not installed")
    if not SCHEMA.exists():
        pytest.skip("docs/ is not beside the tests")
    schema = json.loads(SCHEMA.read_text())
    jsonschema.Draft202012Validator.check_schema(schema)
    params = {"host": "kvm1", "links": [], "reserve": {"vcpus": 1, "memory_mib": 2048}, "vcpu_ratio": 4.0, "virt_type": "auto", "state_dir": str(tmp_path),
              "memory_ratio": 1.0, "failure_domain": "rack1", "maintenance": "none", "underlay": "192.0.2.254"}
    with connection.Connection("test:///default") as opened:
        opened.handle.defineXML(
            f"<domain type='test'><name>web-10-90-2-4</name><uuid>{names.vm_uuid('web', '10.90.2.4')}</uuid><memory unit='MiB'>64</memory>"
            f"<os><type>hvm</type></os><metadata>"
            f"<netslice:vm xmlns:netslice='{names.NAMESPACE}' slice='web' vip='10.90.2.4' lifecycle='active' since='2026-01-05T08:00:00Z'/>"
            f"</metadata></domain>"
        )
        found = state.host_state(opened, params)
    jsonschema.validate(found, schema)
    assert (found["failure_domain"], found["maintenance"], "load" in found["node"]) == ("rack1", "none", False)
    assert found["underlay"] is None and [(fault["kind"], fault["object"]) for fault in found["faults"]] == [("underlay_wrong", "192.0.2.254")]
    assert found["node"]["virt_type"] == "test" and [vm["vip"] for vm in found["vms"]] == ["10.90.2.4"]


def test_without_libvirt_python(monkeypatch):
    monkeypatch.setattr(connection, "libvirt", None)
    with pytest.raises(PoolError, match="libvirt-python cannot be imported by .*Install python3-libvirt"):
        connection.Connection("qemu:///system")


def test_without_a_daemon(tmp_path):
    pytest.importorskip("libvirt", reason="libvirt-python is not installed")
    uri = f"qemu+unix:///system?socket={tmp_path}/none"
    assert os.path.exists(f"{tmp_path}/none") is False
    with pytest.raises(PoolError, match="Cannot connect to libvirt at .*Start libvirtd"):
        connection.Connection(uri)
