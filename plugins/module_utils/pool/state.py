# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The state of a host as one document, and the fingerprint by which a share knows the state it was made from."""
from __future__ import annotations

import os

from ..arguments import host_name
from ..instants import fingerprint as fingerprint_of
from ..substrate import attachments
from ..vips import bridges, links, nft, silence
from . import addresses, by_hand, domains, networks, servers, standing
from .connection import refusals
from .virtualization import detect

SCHEMA = "foresight.netslice/host-state/1"
BOOT_ID = "/proc/sys/kernel/random/boot_id"
MEMORY = "/proc/meminfo"
#: keys of a VM that change while nobody does anything about it
PASSING = ("boot_seconds", "boot_from", "takes", "resize")


def fingerprint(present_networks, vms):
    """`sha256:...` over networks and vms of a host state; how long a guest took to boot, and from what, and what it moves itself, do not count."""
    lasting = [{key: value for key, value in vm.items() if key not in PASSING} for vm in vms]
    return fingerprint_of({"networks": present_networks, "vms": lasting})


def read_vms(connection):
    """The list `vms` of the host state, sorted by name."""
    return [machine.as_state() for machine in domains.read(connection)[0]]


def current_fingerprint(connection):
    """Fingerprint of what the host has now; what each applying module compares with its share and returns when it is done."""
    return fingerprint(networks.read(connection), read_vms(connection))


def node(connection, virt_type, boot_id_path=BOOT_ID):
    """The `node` of the host state: CPUs, memory in MiB, kind of virtualization, and the boot by which a restart is seen."""
    with refusals("read the node of", connection.uri, "Check that libvirtd is well."):
        info = connection.handle.getInfo()
    try:
        with open(boot_id_path, encoding="ascii") as file:
            boot_id = file.read().strip()
    except OSError:
        boot_id = ""
    return {"vcpus": info[2], "memory_mib": info[1], "virt_type": virt_type, "boot_id": boot_id}


def load(memory_path=MEMORY):
    """What the `node` tells of the load of this machine: processes that ran or waited, a mean of 15 minutes, and MiB that are not available."""
    found = {"load": round(os.getloadavg()[2], 2)}
    try:
        with open(memory_path, encoding="ascii") as file:
            sizes = {name: int(rest.split()[0]) for name, _colon, rest in (line.partition(":") for line in file) if rest.split()}
        found["memory_used_mib"] = (sizes["MemTotal"] - sizes["MemAvailable"]) // 1024
    except (OSError, KeyError, ValueError):
        pass  # a host that does not tell is planned by what is allocated alone
    return found


def host_state(connection, params):
    """The whole host state. params: the options of slice_info."""
    inspected, machines = networks.inspect(connection), domains.read(connection)[0]
    present = inspected[0]
    present_networks = networks.as_state(present)
    vms = [machine.as_state() for machine in machines]
    # The test driver's bridges, guests and memory are not there to be looked at.
    real = not connection.is_test_driver
    mark = fingerprint(present_networks, vms)
    changed, interfaces, wanted = by_hand.read(connection, machines), addresses.read(), params.get("underlay")
    underlay = addresses.underlay(interfaces, [link["device"] for link in params["links"]], wanted)
    for vm in vms:
        if vm["name"] in changed:
            vm["changed_by_hand"] = changed[vm["name"]]
    as_asked = standing.marks(connection, inspected, machines, params["state_dir"])
    silent = silence.ask(present_networks, vms, networks.ranges6(present)) if real else []
    faults = nft.faults(params["state_dir"], present_networks) + servers.faults(present_networks, servers.read()) if real else []
    return {
        "schema": SCHEMA,
        "host": host_name(params),
        "fingerprint": mark,
        "node": {**node(connection, detect(connection, params["virt_type"])), **(load() if real else {})},
        "reserve": params["reserve"],
        "vcpu_ratio": params["vcpu_ratio"],
        "memory_ratio": params["memory_ratio"],
        "failure_domain": params["failure_domain"],
        "maintenance": params["maintenance"],
        "links": params["links"],
        "addresses": addresses.parse(interfaces),
        "bridges": bridges.parse(links.details(), params.get("bridges")),
        "underlay": underlay,
        "networks": present_networks,
        "vms": vms,
        "attachments": attachments.inspect(params["links"]),
        "faults": faults + addresses.faults(underlay, wanted) + silent,
        "as_asked": as_asked,
    }
