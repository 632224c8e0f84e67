# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every definition that libvirt is given agrees with libvirt's own schemas (RELAX NG), for each kind of virtualization, those that are not here included."""
from __future__ import annotations

from pathlib import Path

import pytest

etree = pytest.importorskip("lxml.etree", reason="schemas are judged with lxml")
jinja2 = pytest.importorskip("jinja2", reason="templates are rendered with jinja2, which ansible-core brings")

from ansible_collections.foresight.netslice.plugins.action import slice_vms  # noqa: E402
from ansible_collections.foresight.netslice.plugins.module_utils.pool import by_hand, definition, metadata, network_xml  # noqa: E402
from ansible_collections.foresight.netslice.plugins.plugin_utils import domain_templates  # noqa: E402

SCHEMAS = Path("/usr/share/libvirt/schemas")
if not SCHEMAS.is_dir():
    pytest.skip(f"libvirt's schemas are not in {SCHEMAS}", allow_module_level=True)

VIP, AS_OF = "10.90.2.4", "2026-01-05T08:00:00Z"
KERNEL = {"kernel": "/k/vmlinuz", "initrd": "/k/initrd", "cmdline": "console=ttyS0 a=\"b & c\""}
VOLUME = {"volume": "debian.qcow2", "pool": "default", "format": "qcow2"}
NETWORK = {"slice": "web", "id": 16, "want": "present", "range": "10.90.2.0/24", "prefix": "10.90.2.0/29", "mode": "routed", "mtu": 1450}


@pytest.fixture(name="faults", scope="module")
def fixture_faults():
    known = {}

    def faults(kind, text):
        """What the schema of that kind refuses of a document; an empty list where it agrees."""
        if kind not in known:
            known[kind] = etree.RelaxNG(etree.parse(str(SCHEMAS / f"{kind}.rng")))
        known[kind].validate(etree.fromstring(text))
        return [str(entry) for entry in known[kind].error_log]

    return faults


def domain(virt_type, **keys):
    """The definition that libvirt is given of a VM."""
    wanted = {"name": "web-10-90-2-4", "slice": "web", "vip": VIP, "want": "active", "vcpus": 2, "memory_mib": 256, **keys}
    sources = domain_templates.Sources(lambda _kind, name: str(Path(domain_templates.ROLE_TEMPLATES, name)))
    vm = slice_vms._filled(wanted, virt_type, "domain.xml.j2", sources)
    record = metadata.Record(slice="web", vip=VIP, lifecycle="reserved", since=AS_OF, template=vm["template_digest"], made=by_hand.made(vm["xml"], VIP))
    return definition.complete(vm["xml"], vm, record, {definition.DISK: "/pool/d.qcow2", definition.SEED: "/seed.iso"})


@pytest.mark.parametrize("virt_type", ["kvm", "qemu", "xen", "test"])
@pytest.mark.parametrize("keys", [
    {"image": KERNEL}, {"image": KERNEL, "vip6": "fd00:90:2::a5a:204"}, {"image": VOLUME}, {"image": VOLUME, "user_data": "/dev/null"},
    {"image": {**VOLUME, "seed": "/seed.iso"}}, {"image": VOLUME, "most": {"vcpus": 4, "memory_mib": 1024}},
    {"image": KERNEL, "most": {"vcpus": None, "memory_mib": 512}},
], ids=["kernel", "kernel and IPv6", "volume", "volume and user data", "volume and seed", "room for both", "room for memory"])
def test_domain(faults, virt_type, keys):
    assert faults("domain", domain(virt_type, **keys)) == []


@pytest.mark.parametrize("keys", [
    {}, {"range6": "fd00:90:2::/64"}, {"reserved": ["10.90.2.5"], "dscp": "af21", "mode": "nat"},
    {"mode": "bridged", "bridge": "br0", "lan": "10.90.0.0/16", "gateway": "10.90.0.1"},
], ids=["IPv4", "IPv6", "reserved", "bridged"])
def test_network(faults, keys):
    assert faults("network", network_xml.render(network_xml.wanted_network({**NETWORK, **keys}), 3)) == []


def test_pool_of_images(faults):
    folder = Path(domain_templates.ROLE_TEMPLATES, "..", "..", "hypervisor", "templates")
    text = jinja2.Environment(loader=jinja2.FileSystemLoader(str(folder))).get_template("pool.xml.j2").render(
        hypervisor_pool_name="netslice & more", hypervisor_pool_path="/var/lib/netslice/<images>")
    assert faults("storagepool", text) == []


@pytest.mark.parametrize("kind, text, cause", [
    ("domain", domain("xen", image=KERNEL).replace("xenpvh", "no_such_type"), "os in interleave"),
    ("network", network_xml.render(network_xml.wanted_network(NETWORK), 3).replace('mode="open"', 'mode="ajar"'), "forward"),
], ids=["domain", "network"])
def test_the_schema_refuses_what_is_wrong(faults, kind, text, cause):
    assert cause in "; ".join(faults(kind, text))
