# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The world and the hypervisors of a lab: spaces joined by links, each hypervisor behind its uplink ``up0``."""

from __future__ import annotations

import ipaddress
import json
import shlex
import shutil
import sys
from pathlib import Path

from processes import Space, enter, run, started

HERE = Path(__file__).resolve().parent
UPLINK = "up0"
WORLD_ADDRESS = "192.0.2.1"
#: the range6 of a slice, which its range names: fd00:90:2::/64 for 10.90.2.0/24
RANGE6 = "fd00:90:{}::"
FIRST_HOST_ADDRESS = ipaddress.ip_address("192.0.2.11")


def address6(address):
    """The IPv6 address of a host of the lab, or of its world: 2001:db8::11 for 192.0.2.11."""
    return f"2001:db8::{str(address).rpartition('.')[2]}"


class World(Space):
    """Clients and the upstream router: bridge lan0, and routes to the hypervisors' sub-prefixes."""

    def __init__(self, directory):
        directory.mkdir(parents=True, exist_ok=True)
        super().__init__("world", HERE / "world.sh", [directory], directory / "ready", directory / "log")

    def route(self, slices_range, slice_prefix_length, host_prefix_length, addresses):
        """Route block i of every slice's range, and of its range6, to host i, for every slice range the big range can hold."""
        lines, lines6 = [], []
        for part in ipaddress.ip_network(slices_range).subnets(new_prefix=slice_prefix_length):
            range6 = ipaddress.ip_address(RANGE6.format(part.network_address.packed[2]))
            for block, address in zip(part.subnets(new_prefix=host_prefix_length), addresses):
                lines.append(f"route replace {block} via {address}\n")
                lines6.append(f"route replace {range6 + int(block.network_address)}/{96 + host_prefix_length} via {address6(address)}\n")
        run(enter(self.pid) + ["ip", "-batch", "-"], input="".join(lines))
        run(enter(self.pid) + ["ip", "-6", "-batch", "-"], input="".join(lines6))


class Hypervisor(Space):
    """A host with its own libvirtd, network, /run and /dev. ``number`` counts from 0."""

    def __init__(self, number, directory, driver):
        self.directory = directory
        self.host = f"kvm{number + 1}"
        self.driver = driver
        self.address = str(FIRST_HOST_ADDRESS + number)
        # A lab begins with bare hosts: what an earlier one left in this folder must not look like theirs.
        shutil.rmtree(directory, ignore_errors=True)
        directory.mkdir(parents=True)
        super().__init__(self.host, HERE / "hypervisor.sh", [self.host, directory, driver, sys.executable],
                         directory / "ready", directory / "space.log")

    @property
    def uri(self):
        return "test+unix:///default" if self.driver == "test" else "qemu:///system"

    def connect(self, world):
        """Join the uplink to the world's bridge; made between the two namespaces, never on the machine itself."""
        run(["ip", "link", "add", UPLINK, "netns", self.pid, "type", "veth", "peer", "name", self.host, "netns", world.pid])
        world.run("ip", "link", "set", self.host, "master", "lan0", "up")
        self.run("ip", "address", "add", f"{self.address}/24", "dev", UPLINK)
        self.run("ip", "address", "add", f"{address6(self.address)}/64", "dev", UPLINK, "nodad")
        self.run("ip", "link", "set", UPLINK, "up")
        self.run("ip", "route", "add", "default", "via", WORLD_ADDRESS)
        self.run("ip", "-6", "route", "add", "default", "via", address6(WORLD_ADDRESS))

    def write_interpreter(self, path):
        """A Python that runs inside the hypervisor: the interpreter Ansible's modules of this host are given."""
        command = " ".join(shlex.quote(part) for part in [*enter(self.pid), sys.executable])
        # A pid is used again one day: the start time tells whether it still is the hypervisor of this lab.
        path.write_text(f'''#!/bin/sh
# Python inside the hypervisor {self.host}.
read -r stat 2>/dev/null </proc/{self.pid}/stat
case "$stat" in
*" {started(self.pid)} "*) exec {command} "$@" ;;
esac
echo "The lab of {self.host} has ended." >&2
exit 1
''')
        path.chmod(0o755)


def inventory(hypervisors, directory, rate_mbit, influxdb, guest):
    """The lab as an inventory of Ansible (JSON, which is YAML too)."""
    hosts = {}
    for hypervisor in hypervisors:
        hosts[hypervisor.host] = {
            "ansible_connection": "local",
            "ansible_python_interpreter": str(directory / f"python-{hypervisor.host}"),
            "netslice_libvirt_uri": hypervisor.uri,
            "netslice_links": [{"device": UPLINK, "rate_mbit": rate_mbit}],
            "netslice_state_dir": str(hypervisor.directory / "state"),
            "netslice_reserve": {"vcpus": 0, "memory_mib": 256},
            "netslice_vcpu_ratio": 8.0,
            "netslice_virt_type": "qemu",
            # An emulated guest on a busy machine may take that long to boot; who does not boot at all is waited for as long.
            "vips_timeout_seconds": 300,
        }
    common = {"netslice_hypervisors": [hypervisor.host for hypervisor in hypervisors], "lab_guest_image": guest}
    common.update({f"netslice_{name}": value for name, value in influxdb.items()})
    return json.dumps({"all": {"vars": common, "children": {"hypervisors": {"hosts": hosts}}}}, indent=2) + "\n"
