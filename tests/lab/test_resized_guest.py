# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A guest under real QEMU is given more processors and memory while it serves, and gives them back."""
from __future__ import annotations

import json
import time

import checks
from conftest import a_slice, instant, tell
from play import play

#: MiB of a guest that its kernel keeps for itself, at most
KERNEL_MIB = 40


def sized(lab, vcpus, memory_mib):
    """The slice with VMs of a size, and room for two processors and 192 MiB."""
    web = a_slice(lab, max=2)
    return {**web, "vm": {**web["vm"], "vcpus": vcpus, "memory_mib": memory_mib, "most": {"vcpus": 2, "memory_mib": 192}}}


def inside(lab, vip, wanted):
    """(processors, MiB) that the guest itself sees, once they are near what is wanted, or at last what they are."""
    vcpus = memory_mib = 0
    for _attempt in range(120):
        told = (checks.page(lab.world, vip, path="size") or "").split()
        if len(told) == 2:  # neither while the guest is still coming up, nor while it writes them
            vcpus, memory_mib = map(int, told)
        if vcpus == wanted[0] and wanted[1] - KERNEL_MIB <= memory_mib <= wanted[1]:
            break
        time.sleep(1)
    return vcpus, memory_mib


def outside(lab, name):
    """(process, processors now and at the next boot, KiB in use, KiB at the next boot) of a guest, as libvirt tells."""
    host = next(host for host in lab.hypervisors.values() if name in host.run("virsh", "-c", host.uri, "list", "--name").split())

    def virsh(*words):
        return host.run("virsh", "-q", "-c", host.uri, *words).strip()

    info = dict(line.split(":", 1) for line in virsh("dominfo", name).splitlines() if ":" in line)
    stored = virsh("dumpxml", "--inactive", name, "--xpath", "/domain/currentMemory/text()")
    process = host.run("cat", f"/run/libvirt/qemu/{name}.pid").strip()
    return process, *(virsh("vcpucount", name, which, "--current") for which in ("--live", "--config")), info["Used memory"].split()[0], stored


def test_a_guest_grows_and_shrinks_while_it_serves(real, tmp_path):
    tell(real, "web", 20, days=3, until=180)
    file = tmp_path / "plan.json"

    def a_pass(minutes, vcpus, memory_mib):
        ran = a_pass.ran = play(real, netslice_slices=[sized(real, vcpus, memory_mib)], netslice_as_of=instant(minutes), slice_manager_plan_path=str(file))
        assert ran.rc == 0, ran.stdout
        return json.loads(file.read_text())["slices"][0]

    first = a_pass(0, 1, 96)
    name, vip = first["create"][0], first["vips"][0]
    assert inside(real, vip, (1, 96))[0] == 1
    process = outside(real, name)[0]

    entry = a_pass(5, 2, 160)
    assert (entry["resize"], entry["create"], entry["release"], "resizing" in entry) == ([name], [], [], False)
    assert outside(real, name) == (process, "2", "2", str(160 * 1024), str(160 * 1024))
    vcpus, memory_mib = inside(real, vip, (2, 160))
    assert vcpus == 2 and 160 - KERNEL_MIB <= memory_mib <= 160
    assert a_pass(5, 2, 160)["resize"] == [] and a_pass.ran.only_listened, a_pass.ran.stdout

    assert a_pass(10, 1, 112)["resize"] == [name]
    vcpus, memory_mib = inside(real, vip, (1, 112))
    assert (vcpus, memory_mib <= 112) == (1, True)
    process_then, live, *rest = outside(real, name)
    assert (process_then, rest) == (process, ["1", str(112 * 1024), str(112 * 1024)])
    # The guest let the processor go; QEMU 7.2 without KVM never tells libvirt that it is gone, which then goes on to count it, and so does the plan.
    told = a_pass(10, 1, 112).get("resizing", [])
    assert a_pass.ran.only_listened, a_pass.ran.stdout
    assert (live, told) == ("1", []) or live == "2" and told[0].startswith(f"{name} could not be resized in place (vCPUs: ")
