# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A host, the world before it and a guest for each slice, as network namespaces without a name; they go with this process.

    world up1 --- up0 host nsb16 --- guest of slice 16
                           nsb17 --- guest of slice 17

Each slice has the ranges 10.90.<minor>.0/24 and fd00:90:<minor>::/64, and its guest the second address of the first, and of the second
the one that ends in its bytes.
"""
from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path

from ansible_collections.foresight.netslice.plugins.module_utils.vips import ruleset
from processes import START_SECONDS, die_with_parent, run, wait_until

HERE = Path(__file__).resolve().parent
WORLD = {"4": "10.200.0.1", "6": "fd00:200::1"}
HOST = {"4": "10.200.0.2", "6": "fd00:200::2"}
TOPOLOGIES = ("routed", "nat", "bridged", "segment")


class Namespace:
    """A network namespace, held by a process that sleeps."""

    def __init__(self):
        ours = os.readlink("/proc/self/ns/net")
        self._holder = subprocess.Popen(["unshare", "--net", "sleep", "infinity"], preexec_fn=die_with_parent)
        self.pid = self._holder.pid
        wait_until(lambda: os.readlink(f"/proc/{self.pid}/ns/net") != ours, START_SECONDS, "a network namespace")

    def enter(self, *command):
        """The command line that runs a command inside."""
        return ["nsenter", "--target", str(self.pid), "--net", "--", *map(str, command)]

    def run(self, *command, **options):
        return run(self.enter(*command), **options)

    def ip(self, lines):
        self.run("ip", "-batch", "-", input=lines)

    def sysctl(self, *settings):
        self.run("sysctl", "-qw", *settings)

    def close(self):
        self._holder.kill()
        self._holder.wait()


class Net:
    """The namespaces wired together; a context manager. minors: ids of the slices, each with one guest; dscp: {minor: code point}.

    families, directions, protocols: of the streams that can be measured here; added: bytes of a frame on the link that the guest's has not.
    """

    families, directions, protocols = ("4", "6"), ("egress", "ingress"), ("tcp", "udp")
    added = 0

    def __init__(self, topology, minors, dscp=None):
        self.topology, self.minors, self.dscp = topology, list(minors), dscp or {}
        self.host, self.world = Namespace(), Namespace()
        self.guests = {minor: Namespace() for minor in self.minors}
        self._servers = []

    def __enter__(self):
        try:
            self._wire()
            # Addresses of IPv6 are usable only once no duplicate of them was found.
            for space in (self.world, *self.guests.values()):
                wait_until(lambda space=space: "tentative" not in space.run("ip", "-6", "address"), START_SECONDS, "the addresses of IPv6", interval=0.1)
            for space, minor in self.servers():
                command = space.enter("iperf3", "--server", "--json", "--interval", "0.5", "--port", port(minor))
                self._servers.append(subprocess.Popen(command, stdout=subprocess.DEVNULL, preexec_fn=die_with_parent))
            time.sleep(0.5)
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(self, *_exception):
        self.close()

    def target(self, minor, family):
        """Where the streams of a slice's guest go to."""
        return WORLD[family]

    def servers(self):
        """(namespace that runs an iperf3, slice that it serves)."""
        return [(self.world, minor) for minor in self.minors]

    def close(self):
        for server in self._servers:
            server.kill()
            server.wait()
        for space in (self.host, self.world, *self.guests.values()):
            space.close()

    def _wire(self):
        self.host.ip(f"link add up0 type veth peer name up1 netns {self.world.pid}\nlink set lo up\nlink set up0 up\n")
        self.host.sysctl("net.ipv4.ip_forward=1", "net.ipv6.conf.all.forwarding=1")
        self.world.ip("link set lo up\nlink set up1 up\naddress add 10.200.0.1/24 dev up1\naddress add fd00:200::1/64 dev up1\n")
        if self.topology == "bridged":
            self.host.ip("link add br0 type bridge\nlink set br0 up\nlink set up0 master br0\n")
            self.world.ip("route add 10.90.0.0/16 dev up1\nroute add fd00:90::/32 dev up1\n")
        else:
            self.host.ip(f"address add {HOST['4']}/24 dev up0\naddress add {HOST['6']}/64 dev up0\n")
        if self.topology == "nat" or self.dscp:
            self._load_tables()
        if self.topology in ("routed", "segment"):
            self.world.ip(f"route add 10.90.0.0/16 via {HOST['4']}\nroute add fd00:90::/32 via {HOST['6']}\n")
        for minor, guest in self.guests.items():
            self._add_guest(minor, guest)

    def _add_guest(self, minor, guest):
        bridge, tap = f"nsb{minor}", f"tap{minor}"
        self.host.ip(f"link add {tap} type veth peer name eth0 netns {guest.pid}\nlink set {tap} up\n")
        guest.ip("link set lo up\nlink set eth0 up\n")
        if self.topology == "bridged":
            self.host.ip(f"link set {tap} master br0\n")
            guest.ip(f"address add {vip(minor)}/16 dev eth0\naddress add {vip(minor, '6')}/32 dev eth0\n"
                     "route add 10.200.0.0/24 dev eth0\nroute add fd00:200::/64 dev eth0\n")
            return
        self.host.ip(f"link add {bridge} type bridge\nlink set {tap} master {bridge}\nlink set {bridge} up\n"
                     f"address add 10.90.{minor}.1/24 dev {bridge}\naddress add fd00:90:{minor}::1/64 dev {bridge}\n")
        guest.ip(f"address add {vip(minor)}/24 dev eth0\naddress add {vip(minor, '6')}/64 dev eth0\n"
                 f"route add default via 10.90.{minor}.1\nroute add default via fd00:90:{minor}::1\n")

    def _load_tables(self):
        """Load the nft tables that slice_networks loads for such networks."""
        networks = [{"slice": f"s{minor}", "id": minor, "mode": self.topology, "bridge": f"nsb{minor}", "prefix": f"10.90.{minor}.0/24",
                     "dscp": self.dscp.get(minor)} for minor in self.minors]
        ranges = [{"slice": one["slice"], "range": one["prefix"]} for one in networks]
        text = ruleset.render(ruleset.elements(networks, [], ranges, [], ["up0"]), networks)
        self.host.run("nft", "-f", "-", input=text)

    def shape(self, attachments, changes=1, and_back=None):
        """Make the trees of the host equal to the attachments; changes > 1: go there and to `and_back` by turns, so many times in all."""
        if self.topology == "nat":
            for row in (*attachments, *(and_back or ())):
                row["bridges"] = [f"nsb{minor}" for minor in self.minors] if row["direction"] == "ingress" else []
        wishes = {"attachments": attachments, "and_back": and_back or attachments, "changes": changes}
        return json.loads(self.host.run(sys.executable, HERE / "shaping_host.py", input=json.dumps(wishes)))


def port(minor):
    """Port of the world's iperf3 that serves a slice."""
    return 5200 + minor


def vip(minor, family="4"):
    """Address of the guest of a slice."""
    return f"10.90.{minor}.2" if family == "4" else f"fd00:90:{minor}::a5a:{minor << 8 | 2:x}"
