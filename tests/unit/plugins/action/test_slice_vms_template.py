# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The default template, and how the controller renders templates."""
from __future__ import annotations

import types
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

pytest.importorskip("jinja2", reason="templates are rendered with jinja2, which ansible-core brings")

from ansible.errors import AnsibleError  # noqa: E402

from ansible_collections.foresight.netslice.plugins.action import slice_vms  # noqa: E402
from ansible_collections.foresight.netslice.plugins.module_utils.pool import definition, metadata  # noqa: E402
from ansible_collections.foresight.netslice.plugins.plugin_utils import domain_templates  # noqa: E402

KERNEL = {"kernel": "/k/vmlinuz", "initrd": "/k/initrd", "cmdline": 'console=ttyS0 a="b & c" <d>'}
VOLUME = {"volume": "debian.qcow2", "pool": "default", "format": "qcow2"}


def wanted(image, **more):
    return {"name": "web-10-90-2-4", "slice": "web", "vip": "10.90.2.4", "want": "active", "vcpus": 2, "memory_mib": 256, "image": image, **more}


def sources(directory=Path(domain_templates.ROLE_TEMPLATES)):
    return domain_templates.Sources(lambda kind, name: str(directory / name))


def rendered(vm, virt_type, where=None):
    return slice_vms._filled(vm, virt_type, "domain.xml.j2", where or sources())


@pytest.mark.parametrize("virt_type", ["kvm", "qemu", "xen", "test"])
@pytest.mark.parametrize("image", [KERNEL, VOLUME, dict(VOLUME, seed="/seed.iso")])
def test_default_template(virt_type, image):
    vm = rendered(wanted(image), virt_type)
    paths = {definition.DISK: "/pool/d.qcow2", definition.SEED: "/seed.iso"}
    record = metadata.Record(slice="web", vip="10.90.2.4", lifecycle="reserved", since="2026-01-05T08:00:00Z")
    domain = ET.fromstring(definition.complete(vm["xml"], vm, record, paths))
    assert domain.get("type") == virt_type
    assert (domain.findtext("memory"), domain.find("memory").get("unit"), domain.findtext("vcpu")) == ("256", "MiB", "2")
    assert domain.findtext("os/cmdline") == (KERNEL["cmdline"] if image is KERNEL else None)
    assert domain.findtext("os/kernel") == (KERNEL["kernel"] if image is KERNEL else None)
    files = [source.get("file") for source in domain.iterfind("devices/disk/source")]
    assert files == ([] if image is KERNEL else ["/pool/d.qcow2"]) + (["/seed.iso"] if image.get("seed") else [])
    interface = domain.find("devices/interface")
    assert interface.find("source").get("network") == "netslice-web"
    assert interface.find("target").get("dev") == "nsv0a5a0204"
    # Without ACPI a guest is asked to shut down and never hears it.
    assert domain.find("features/acpi") is not None
    assert (domain.find("features/tcg") is not None) == (virt_type == "qemu")


@pytest.mark.parametrize("gateway", ["192.0.2.1", None])
def test_a_kernel_is_told_the_address_of_a_guest_in_a_lan(gateway):
    vm = wanted({"kernel": "/k/vmlinuz", "cmdline": "quiet"}, lan={"lan": "10.90.2.0/24", "gateway": gateway, "mtu": 1500})
    assert ET.fromstring(rendered(vm, "kvm")["xml"]).findtext("os/cmdline") == f"quiet ip=10.90.2.4::{gateway or ''}:255.255.255.0:web-10-90-2-4::off"


@pytest.mark.parametrize("image, cmdline", [
    ({"kernel": "/k/vmlinuz", "cmdline": "quiet"}, "quiet netslice.vip6=fd00:90:2::a5a:204"), ({"kernel": "/k/vmlinuz"}, "netslice.vip6=fd00:90:2::a5a:204"),
    (VOLUME, None),
])
def test_kernel_is_told_its_ipv6_address(image, cmdline):
    vm = rendered(wanted(image, vip6="fd00:90:2::a5a:204"), "kvm")
    assert ET.fromstring(vm["xml"]).findtext("os/cmdline") == cmdline


def test_user_data_is_rendered_and_not_escaped(tmp_path):
    (tmp_path / "domain.xml.j2").write_text("<domain>{{ vm.seed }}</domain>")
    (tmp_path / "user.j2").write_text('#cloud-config\nhostname: "{{ vm.name }}" # {{ "<&>" }}\n')
    vm = rendered(wanted(VOLUME, user_data="user.j2"), "kvm", sources(tmp_path))
    assert vm["xml"] == "<domain>netslice:seed</domain>"
    assert vm["user_data"] == '#cloud-config\nhostname: "web-10-90-2-4" # <&>\n'


def test_digest_is_that_of_what_all_vms_of_a_slice_are_made_from(tmp_path):
    (tmp_path / "domain.xml.j2").write_text("<domain>{{ vm.vip }}</domain>")
    first, second = (rendered(wanted(KERNEL, vip=vip), "kvm", sources(tmp_path)) for vip in ("10.90.2.4", "10.90.2.5"))
    assert first["xml"] != second["xml"] and first["template_digest"] == second["template_digest"]
    (tmp_path / "user.j2").write_text("#cloud-config")
    changes = [{"vcpus": 3}, {"memory_mib": 512}, {"image": dict(KERNEL, cmdline="quiet")}, {"user_data": "user.j2"}]
    found = [rendered({**wanted(KERNEL), **change}, "kvm", sources(tmp_path))["template_digest"] for change in changes]
    (tmp_path / "domain.xml.j2").write_text("<domain>{{ vm.name }}</domain>")
    found += [first["template_digest"], rendered(wanted(KERNEL), "kvm", sources(tmp_path))["template_digest"]]
    assert len(set(found)) == len(found)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{{ nothing }}", "'nothing' is undefined. It is given vm and virt_type"),
        ("{{ vm.nothing }}", "has no attribute 'nothing'"),
        ("{% if %}", "Cannot read the template"),
        ("{{ vm.vcpus + vm.name }}", "Cannot render the template of web-10-90-2-4: unsupported operand"),
        ("{{ vm.vcpus // 0 }}", "Cannot render the template of web-10-90-2-4: .*zero"),
    ],
)
def test_templates_that_do_not_render(tmp_path, text, message):
    (tmp_path / "domain.xml.j2").write_text(text)
    with pytest.raises(AnsibleError, match=message):
        rendered(wanted(KERNEL), "kvm", sources(tmp_path))


@pytest.mark.parametrize(("vm", "message"), [
    (wanted("debian.qcow2"), "Cannot render the domain of web-10-90-2-4: its image is no mapping but 'debian.qcow2'"),
    (wanted(KERNEL, most=[4]), "its most is no mapping"),
    (wanted(KERNEL, lan="192.0.2.0/24"), "its lan is no mapping"),
    (dict(wanted(KERNEL), vcpus=[2]), "Cannot render the domain of web-10-90-2-4: .*Correct its vip, its lan and its sizes"),
    (dict(wanted(KERNEL), vip="10.90.2.999"), "Correct its vip, its lan and its sizes"),
    ({"want": "active", "name": "web"}, "Cannot render the domain of web: 'slice' is not given"),
])
def test_vms_that_nothing_can_be_rendered_of(vm, message):
    with pytest.raises(AnsibleError, match=message):
        rendered(vm, "kvm")


@pytest.mark.parametrize("also", [None, "Cannot start web-10-90-2-5: no room."])
def test_what_cannot_be_rendered_keeps_no_other_from_its_way(monkeypatch, tmp_path, also):
    (tmp_path / "bad.j2").write_text("{{ nothing }}")
    action = object.__new__(slice_vms.ActionModule)
    vms = [wanted(KERNEL, template="bad.j2"), dict(wanted(KERNEL), name="web-10-90-2-5", vip="10.90.2.5"), dict(wanted(KERNEL), want="absent")]
    action._task = types.SimpleNamespace(args={"vms": vms, "virt_type": "qemu"})
    ran = []

    def execute(module_name, module_args, task_vars):
        ran.append([(vm["name"], vm["want"], "xml" in vm) for vm in module_args["vms"]])
        return {"fingerprint": "sha256:a", **({"failed": True, "msg": also} if also else {"changed": True})}

    monkeypatch.setattr(slice_vms.ActionBase, "run", lambda self, tmp, task_vars: {})
    monkeypatch.setattr(action, "_execute_module", execute)
    monkeypatch.setattr(action, "_find_needle", lambda kind, name: str((tmp_path if name == "bad.j2" else Path(domain_templates.ROLE_TEMPLATES)) / name))
    result = action.run(task_vars={})
    assert ran == [[("web-10-90-2-5", "active", True), ("web-10-90-2-4", "absent", False)]]
    assert result["failed"] and result["fingerprint"] == "sha256:a"
    assert result["msg"].startswith(f"{also} Cannot render" if also else "Cannot render the template of web-10-90-2-4: 'nothing' is undefined")


def test_shipped_template_is_found_last():
    def nowhere(kind, name):
        raise AnsibleError(f"no {name} in {kind}")

    assert domain_templates.Sources(nowhere).get("domain.xml.j2", escape=True)[1].rstrip().endswith("</domain>")
    with pytest.raises(AnsibleError, match="Cannot find the template own.j2"):
        domain_templates.Sources(nowhere).get("own.j2", escape=True)


@pytest.mark.parametrize(
    ("vm", "expected"),
    [
        (wanted(KERNEL), True),
        (wanted(KERNEL, action="create"), True),
        (wanted(KERNEL, action="keep"), False),
        (wanted(KERNEL, xml="<domain/>"), False),
        (dict(wanted(KERNEL), want="absent"), False),
        ("web", False),
    ],
)
def test_who_needs_a_definition(vm, expected):
    assert slice_vms._needs_definition(vm) is expected
