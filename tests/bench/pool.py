# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Modules as processes on a host of libvirt's test driver: no change with 1,000 VMs and 4,000 VIPs, 1,000 VMs made, and community.libvirt beside it.

The host is one file of the test driver with 40 networks and 1,000 running domains, as slice_networks and slice_vms would have made them; or with the
networks alone.
"""
from __future__ import annotations

import dataclasses
import json
import os
import subprocess
import sys
import sysconfig
import tempfile
import time
import xml.etree.ElementTree as ET
from pathlib import Path

from ansible_collections.foresight.netslice.plugins.module_utils.pool import by_hand, definition, metadata, names, network_xml
from figures import attachment, figure, private_network, skip

SLICES, VMS, VIPS = 40, 25, 100
AS_OF = "2026-01-05T08:00:00Z"
BUDGET_SECONDS = 3.0
OURS, THEIRS = "foresight.netslice", "community.libvirt"
#: of 1,000 VMs, as many as a benchmark can wait for; a task that loops over community.libvirt.virt starts a module for each
PEER_VMS = 50
# As Ansible starts a module, without the transport: the arguments come by standard input.
START = """
import json, sys
from ansible.module_utils import basic
basic._ANSIBLE_ARGS, basic._ANSIBLE_PROFILE = sys.stdin.buffer.read(), "legacy"
from ansible_collections.{collection}.plugins.modules import {module}
{module}.main()
"""


def network(i: int) -> dict:
    return {"slice": f"s{i}", "id": 16 + i, "range": f"10.90.{i}.0/24", "prefix": f"10.90.{i}.0/25", "mode": "routed", "mtu": 1500, "want": "present"}


def vm(i: int, j: int) -> dict:
    vip = f"10.90.{i}.{2 + j}"
    return {"name": names.vm_name(f"s{i}", vip), "slice": f"s{i}", "vip": vip, "want": "active", "action": "keep", "vcpus": 1, "memory_mib": 512, "image": {}}


def template_xml(one: dict) -> str:
    """What the template of a domain gives."""
    return (
        f"<domain type='test'><memory unit='MiB'>512</memory><vcpu>1</vcpu><os><type>hvm</type></os><devices><interface type='network'>"
        f"<mac address='{names.vm_mac(one['vip'])}'/><source network='{names.network_name(one['slice'])}'/></interface></devices></domain>"
    )


def domain_xml(one: dict) -> str:
    """The definition as slice_vms makes it of that."""
    record = metadata.Record(one["slice"], one["vip"], "active", AS_OF, generation=7, template="sha256:0", boot_seconds=6.1)
    whole = definition.complete(template_xml(one), one, record, {})
    return definition.with_record(whole, dataclasses.replace(record, made=by_hand.made(whole, one["vip"])))


def host_file(path: Path, networks: list[dict], vms: list[dict]) -> None:
    """A host of the test driver with these networks and domains, all running."""
    node = ET.Element("node")
    memory = ET.SubElement(node, "memory")
    memory.text = str(1024**2 * 1024)
    cpu = ET.SubElement(node, "cpu")
    for tag, text in {"mhz": "3000", "model": "x86_64", "active": "64", "nodes": "1", "sockets": "4", "cores": "16", "threads": "1"}.items():
        ET.SubElement(cpu, tag).text = text
    for entry in networks:
        node.append(ET.fromstring(network_xml.render(network_xml.wanted_network(entry), 1)))
    for one in vms:
        node.append(ET.fromstring(domain_xml(one)))
    path.write_text(ET.tostring(node, encoding="unicode"))


def call(module: str, collection: str = OURS, **args) -> tuple[float, dict]:
    """Seconds and result of a module as a process."""
    text = json.dumps({"ANSIBLE_MODULE_ARGS": args})
    # Collections of others are where pip puts them.
    found = os.environ if collection == OURS else {**os.environ, "PYTHONPATH": sysconfig.get_path("purelib")}
    begin = time.perf_counter()
    done = subprocess.run([sys.executable, "-c", START.format(collection=collection, module=module)], input=text, capture_output=True, text=True,
                          check=False, env=found)
    seconds = time.perf_counter() - begin
    try:
        return seconds, json.loads(done.stdout)
    except ValueError:
        sys.exit(f"{module} failed: {done.stdout}{done.stderr}")


def expect(found: dict, **values) -> None:
    for key, value in values.items():
        if found.get(key) != value:
            sys.exit(f"{key} is {found.get(key)!r} and not {value!r}: {json.dumps(found)[:2000]}")


def main() -> None:
    try:
        import libvirt  # noqa: F401
    except ImportError:
        skip("needs libvirt-python")
    private_network()
    networks = [network(i) for i in range(SLICES)]
    vms = [vm(i, j) for i in range(SLICES) for j in range(VMS)]
    with tempfile.TemporaryDirectory(prefix="netslice-bench-") as folder:
        no_change(folder, networks, vms)
        made(folder, networks, vms)
        one_by_one(folder, networks, vms[:PEER_VMS])


def no_change(folder: str, networks: list[dict], vms: list[dict]) -> None:
    """The three modules that look whether a host of 1,000 VMs is as it shall be."""
    attachments = [attachment(SLICES, VIPS, direction) for direction in ("egress", "ingress")]
    common = the_host(folder, networks, vms)
    _seconds, built = call("slice_qos", attachments=attachments, state_dir=folder)
    expect(built, changed=True)
    total, state = info(common)
    figure("slice_info on a host of 1,000 VMs and 4,000 VIPs", total, "s")
    expect({"vms": len(state["vms"]), "networks": len(state["networks"])}, vms=SLICES * VMS, networks=SLICES)
    seconds, result = call("slice_vms", vms=vms, virt_type="test", as_of=AS_OF, live=False, fingerprint=state["fingerprint"], **common)
    figure("slice_vms without change on a host of 1,000 VMs", seconds, "s", 1.5)
    expect(result, changed=False)
    total += seconds
    seconds, result = call("slice_qos", attachments=attachments, state_dir=folder)
    figure("slice_qos without change on a host of 4,000 VIPs, both directions", seconds, "s")
    expect(result, changed=False)
    figure("no change on a host of 1,000 VMs and 4,000 VIPs: slice_info, slice_vms, slice_qos", total + seconds, "s", BUDGET_SECONDS)


def made(folder: str, networks: list[dict], vms: list[dict]) -> None:
    """1,000 VMs on a host that has none."""
    common = the_host(folder, networks, [])
    _seconds, state = info(common)
    wanted = [dict(one, action="create", xml=template_xml(one), template_digest="sha256:0") for one in vms]
    seconds, result = call("slice_vms", vms=wanted, virt_type="test", as_of=AS_OF, live=False, fingerprint=state["fingerprint"], **common)
    expect(result, changed=True)
    expect({"started": sum(verb == "start" for verb, _name in result["commands"])}, started=len(vms))
    figure("slice_vms makes 1,000 VMs", seconds, "s", 10)


def one_by_one(folder: str, networks: list[dict], vms: list[dict]) -> None:
    """community.libvirt.virt in a loop, a module for each VM and task, which is what there is without slice_vms."""
    uri, all_of_them = the_host(folder, networks, vms)["uri"], SLICES * VMS / len(vms)
    kept = defined = 0.0
    for one in vms:
        seconds, result = call("virt", THEIRS, uri=uri, name=one["name"], state="running")
        expect({"changed": result.get("changed", False), "failed": result.get("failed", False)}, changed=False, failed=False)
        kept += seconds
    uri = the_host(folder, networks, [])["uri"]
    for one in vms:
        seconds, result = call("virt", THEIRS, uri=uri, command="define", xml=domain_xml(one))
        expect(result, changed=True)
        defined += seconds
    words = f"extrapolated from {len(vms)}"
    figure(f"community.libvirt.virt in a loop: 1,000 VMs that run already, {words}", kept * all_of_them, "s")
    figure(f"community.libvirt.virt in a loop: 1,000 VMs defined, not started, {words}", defined * all_of_them, "s")


def the_host(folder: str, networks: list[dict], vms: list[dict]) -> dict:
    """Options that name a host of the test driver with these networks and domains."""
    host_file(Path(folder, "host.xml"), networks, vms)
    return {"uri": f"test://{folder}/host.xml", "host": "kvm1", "state_dir": folder}


def info(common: dict) -> tuple[float, dict]:
    """Seconds and state of slice_info."""
    links = [{"device": "up0", "rate_mbit": 1000}]
    seconds, found = call("slice_info", links=links, reserve={"vcpus": 1, "memory_mib": 2048}, virt_type="test", **common)
    return seconds, found.get("state") or sys.exit(f"slice_info: {found}")


if __name__ == "__main__":
    main()
