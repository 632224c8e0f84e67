# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Looks at a lab from outside, by curl, arping, virsh, ip, tc and nft; nothing of the collection's code is used."""

from __future__ import annotations

import ipaddress
import re
import subprocess
import time
from xml.etree import ElementTree

import classified

METADATA = "urn:foresight:netslice:1"
TREE = "51ce"


def page(world, vip, seconds=10, path=""):
    """The page a VIP serves to the world, or that at a path there; None when nothing answers."""
    result = subprocess.run(world.enter("curl", "--silent", "--fail", "--max-time", seconds, f"http://{vip}/{path}"),
                            capture_output=True, text=True, check=False)
    return result.stdout.strip() if result.returncode == 0 else None


def serving(world, vips, patience=0):
    """VIPs, out of those given, that answer HTTP from the world with their own address within ``patience`` seconds."""
    deadline = time.monotonic() + patience
    found = set()
    while True:
        for vip in sorted(set(vips) - found):
            if (page(world, vip) or "").startswith(f"{vip} "):
                found.add(vip)
        if found == set(vips) or time.monotonic() >= deadline:
            return found
        time.sleep(0.3)


def answers_arp(hypervisor, bridge, vip, seconds=2):
    """Whether anybody on a bridge answers for an address within some seconds."""
    result = subprocess.run(hypervisor.enter("arping", "-q", "-f", "-w", seconds, "-I", bridge, vip), capture_output=True, check=False)
    return result.returncode == 0


def domains(hypervisor):
    """Domains of a hypervisor: {name: {running, lifecycle, slice, vip}}; what is not ours has no lifecycle."""
    running = set(hypervisor.run("virsh", "-q", "list", "--name").split())
    found = {}
    for name in hypervisor.run("virsh", "-q", "list", "--all", "--name").split():
        record = _record(hypervisor, name)
        found[name] = {"running": name in running, **{key: record.get(key) for key in ("lifecycle", "slice", "vip", "until")}}
    return found


def _record(hypervisor, domain):
    result = subprocess.run(hypervisor.enter("virsh", "-q", "metadata", domain, METADATA), capture_output=True, text=True, check=False)
    return ElementTree.fromstring(result.stdout).attrib if result.returncode == 0 else {}


def beside_listening(commands):
    """Commands of a module but those that note which guests are silent for a moment, as on a busy machine, or are heard again; None stays None."""
    return commands if commands is None else [command for command in commands if command[0] not in ("silent", "heard")]


def bridge_of(hypervisor, slice_name):
    """Bridge of a slice's network on a hypervisor, None where it has none."""
    result = subprocess.run(hypervisor.enter("virsh", "-q", "net-dumpxml", f"netslice-{slice_name}"), capture_output=True, text=True, check=False)
    return ElementTree.fromstring(result.stdout).find("bridge").get("name") if result.returncode == 0 else None


def kill_guest(hypervisor, domain):
    """SIGKILL the QEMU of a domain, as a crash would."""
    pid = hypervisor.run("cat", f"/run/libvirt/qemu/{domain}.pid").strip()
    hypervisor.run("kill", "-KILL", pid)


def residue(hypervisor, slice_name, slice_range, slice_id):
    """What a hypervisor still has of a slice, in words; empty when it is gone without a trace.

    slice_id: the number of the slice's bridge and of its class of the HTB trees.
    """
    left = []
    inside = ipaddress.ip_network(slice_range)
    left += [f"domain {name}" for name in hypervisor.run("virsh", "-q", "list", "--all", "--name").split() if name.startswith(f"{slice_name}-")]
    left += [f"network {name}" for name in hypervisor.run("virsh", "-q", "net-list", "--all", "--name").split() if name == f"netslice-{slice_name}"]
    links = hypervisor.run("ip", "-brief", "link")
    left += [f"link {name}" for name in re.findall(r"^(\S+?)(?:@\S+)? ", links, re.M)
             if name in (f"nsb{slice_id}", f"nsx{slice_id}") or (re.fullmatch(r"nsv[0-9a-f]{8}", name) and ipaddress.ip_address(int(name[3:], 16)) in inside)]
    left += [f"address {text}" for text in re.findall(r"(\d+\.\d+\.\d+\.\d+)/", hypervisor.run("ip", "-4", "-brief", "address"))
             if ipaddress.ip_address(text) in inside]
    left += [f"route {text}" for text in re.findall(r"^(\d+\.\d+\.\d+\.\d+)", hypervisor.run("ip", "-4", "route"), re.M)
             if ipaddress.ip_address(text) in inside]
    for device in re.findall(r"^(up0|ifb\S*|nsi\S*)", links, re.M):
        device = device.partition("@")[0]
        if re.search(rf"class htb {TREE}:{slice_id:x} ", hypervisor.run("tc", "class", "show", "dev", device)):
            left.append(f"class {TREE}:{slice_id:x} of {device}")
        left += [f"filter of {device} for {text}" for text in _filtered(hypervisor, device) if ipaddress.ip_address(text) in inside]
    # The range itself stays known as long as the slice is listed, so that nothing else can use its addresses.
    rules = hypervisor.run("nft", "list", "ruleset")
    left += [f"nft element {text}" for text in sorted(set(re.findall(r"(\d+\.\d+\.\d+\.\d+)(?![\d/])", rules)))
             if ipaddress.ip_address(text) in inside]
    left += [f"nft element nsb{slice_id}" for _found in re.findall(rf'"?nsb{slice_id}\b', rules)[:1]]
    return left


def _filtered(hypervisor, device):
    """Addresses that the u32 filters of a device match."""
    text = hypervisor.run("tc", "filter", "show", "dev", device, "parent", f"{TREE}:") if f"htb {TREE}:" in hypervisor.run(
        "tc", "qdisc", "show", "dev", device) else ""
    return classified.addresses(text)


class Checks:
    """The list of what was checked; prints each check as it is made."""

    def __init__(self):
        self.done = []

    def add(self, name, ok, detail):
        self.done.append({"name": name, "ok": bool(ok), "detail": detail})
        print(f"  {'ok  ' if ok else 'FAIL'} {name}: {detail}", flush=True)

    @property
    def ok(self):
        return bool(self.done) and all(check["ok"] for check in self.done)
