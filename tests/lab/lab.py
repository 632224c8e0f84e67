# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A private lab: hypervisors with their own libvirtd and uplink, a world before them, and InfluxDB.

    python tests/lab/lab.py up --dir DIR [--hypervisors 2] [--influxdb auto|1|2|none] [--driver qemu|test] [--link-mbit 20]
        stays in the foreground; prints "lab: ready" when it is; SIGINT or SIGTERM ends it and everything in it
    python tests/lab/lab.py exec --dir DIR HOST -- COMMAND...
        runs a command inside kvm1, kvm2, ... or world
    python tests/lab/lab.py down --dir DIR
        ends the lab that runs in DIR, also one that no longer answers

While it runs, DIR holds inventory.yml (group hypervisors), python-kvm1 ... (the interpreters of its hosts), lab.json (pids and
addresses) and kvm1/log, kvm1/state. See README.md beside this file. Needs root, and what tests/packages installs.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import os
import shutil
import signal
import sys
import time
import urllib.parse
from pathlib import Path

import guest
import hosts
import influx
from processes import LabError, Opened, end_on_signals, enter, started, wait_until
from relay import Relay

INFLUXDB_PORT = 8086
RANGE = "10.90.0.0/16"
SLICE_PREFIX_LENGTH = 24
HOST_PREFIX_LENGTH = 27
NEEDED_PROGRAMS = ("unshare", "nsenter", "ip", "tc", "nft", "libvirtd", "virsh", "qemu-system-x86_64", "dnsmasq", "busybox", "iperf3",
                   "cpio", "curl", "arping")


def lacking():
    """What this machine lacks for a lab, in words; empty when it can run one."""
    lacks = []
    if os.geteuid() != 0:
        lacks.append("root (run as root or with sudo)")
    elif os.system("unshare --mount --net --pid --fork true 2>/dev/null") != 0:
        lacks.append("the right to make namespaces (a container needs CAP_SYS_ADMIN and CAP_NET_ADMIN)")
    if not importlib.util.find_spec("libvirt"):
        lacks.append("libvirt-python (make env installs it)")
    programs = [program for program in NEEDED_PROGRAMS if not shutil.which(program)]
    if programs:
        lacks.append(f"programs {', '.join(programs)} (make packages installs them)")
    return lacks


class Lab(Opened):
    """Context manager. Attributes: directory, world, hypervisors {name: Hypervisor}, influxdb (connection options), guest_image."""

    def __init__(self, directory, hypervisors=2, influxdb="auto", driver="qemu", link_mbit=20):
        super().__init__()
        self.directory = Path(directory).resolve()
        self.count, self.influxdb_kind, self.driver, self.link_mbit = hypervisors, influxdb, driver, link_mbit
        self.influxdb, self.hypervisors, self.world = {}, {}, None

    def _begin(self):
        lacks = lacking()
        if lacks:
            raise LabError(f"Cannot start a lab: this machine lacks {'; '.join(lacks)}.")
        if running(self.directory):
            raise LabError(f"Cannot start a lab in {self.directory}: one runs there. End it with lab.py down --dir {self.directory}.")
        self.directory.mkdir(parents=True, exist_ok=True)
        self._start()

    def _start(self):
        self._stack.callback((self.directory / "lab.json").unlink, missing_ok=True)
        self._write_state()
        self.guest_image = self._guest_image()
        self.world = hosts.World(self.directory / "world")
        self._stack.callback(self.world.stop)
        for number in range(self.count):
            hypervisor = hosts.Hypervisor(number, self.directory / f"kvm{number + 1}", self.driver)
            self._stack.callback(hypervisor.stop)
            self.hypervisors[hypervisor.host] = hypervisor
        self.influxdb = self._start_influxdb()
        self.world.wait_ready()
        if self.influxdb:
            port = urllib.parse.urlsplit(self.influxdb["influxdb_url"]).port
            self._stack.enter_context(Relay(self.world.pid, (hosts.WORLD_ADDRESS, INFLUXDB_PORT), ("127.0.0.1", port)))
        for hypervisor in self.hypervisors.values():
            hypervisor.wait_ready()
            hypervisor.connect(self.world)
            hypervisor.write_interpreter(self.directory / f"python-{hypervisor.host}")
        addresses = [hypervisor.address for hypervisor in self.hypervisors.values()]
        self.world.route(RANGE, SLICE_PREFIX_LENGTH, HOST_PREFIX_LENGTH, addresses)
        self._write_state()
        (self.directory / "inventory.yml").write_text(
            hosts.inventory(list(self.hypervisors.values()), self.directory, self.link_mbit, self.influxdb, self.guest_image))

    def _guest_image(self):
        if self.driver == "test":
            return {"kernel": "/boot/vmlinuz", "initrd": "/boot/initrd", "cmdline": guest.KERNEL_COMMAND_LINE}
        kernel, initrd = guest.build()
        return {"kernel": str(kernel), "initrd": str(initrd), "cmdline": guest.KERNEL_COMMAND_LINE}

    def _start_influxdb(self):
        """Connection options (influxdb_url and so on) of a private InfluxDB; {} where none is wanted."""
        if self.influxdb_kind == "none":
            return {}
        # A lab starts without telemetry: what an earlier one left would be read as if it were today's.
        shutil.rmtree(self.directory / "influxdb", ignore_errors=True)
        server = self._stack.enter_context(influx.Influx(self.influxdb_kind, str(self.directory / "influxdb")))
        self._stack.callback(shutil.rmtree, self.directory / "influxdb", ignore_errors=True)
        return {name: value for name, value in server.options.items() if value is not None}

    def _write_state(self):
        spaces = {name: hypervisor.pid for name, hypervisor in self.hypervisors.items()}
        if self.world:
            spaces["world"] = self.world.pid
        state = {"pid": os.getpid(), "started": started(os.getpid()), "spaces": spaces,
                 "inventory": str(self.directory / "inventory.yml"), "guest_image": getattr(self, "guest_image", None)}
        (self.directory / "lab.json").write_text(json.dumps(state, indent=2) + "\n")


def running(directory):
    """State of the lab that runs in a directory, or None. A file left by a lab that was killed does not count."""
    try:
        state = json.loads((Path(directory) / "lab.json").read_text())
    except (FileNotFoundError, json.JSONDecodeError):
        return None
    return state if started(state["pid"]) == state["started"] else None


def down(directory, patience=60):
    """End the lab of a directory. All it started dies with it, so that killing it is safe when it does not end by itself."""
    state = running(directory)
    if not state:
        return
    os.kill(state["pid"], signal.SIGTERM)
    try:
        wait_until(lambda: not running(directory), patience, "the end of the lab", interval=0.2)
    except LabError:
        os.kill(state["pid"], signal.SIGKILL)
        wait_until(lambda: started(state["pid"]) is None, 60, "the end of the lab", interval=0.2)


def _up(arguments):
    end_on_signals()
    try:
        with Lab(arguments.dir, arguments.hypervisors, arguments.influxdb, arguments.driver, arguments.link_mbit) as lab:
            print(f"lab: ready, inventory {lab.directory / 'inventory.yml'}", flush=True)
            while True:
                time.sleep(3600)
    except SystemExit:
        print("lab: ended", flush=True)


def _exec(arguments):
    state = running(arguments.dir)
    if not state or arguments.host not in state["spaces"]:
        raise LabError(f"Cannot enter {arguments.host}: no such host in a running lab of {arguments.dir}.")
    command = [*enter(state["spaces"][arguments.host]), *arguments.command]
    os.execvp(command[0], command)


def _parser():
    parser = argparse.ArgumentParser(description="A private lab of hypervisors, a world before them, and InfluxDB.")
    actions = parser.add_subparsers(dest="action", required=True)
    for action in ("up", "down", "exec"):
        sub = actions.add_parser(action)
        sub.add_argument("--dir", required=True, help="folder of the lab; one lab a folder")
        if action == "up":
            sub.add_argument("--hypervisors", type=int, default=2, choices=range(1, 9))
            sub.add_argument("--influxdb", choices=("auto", "1", "2", "none"), default="auto")
            sub.add_argument("--driver", choices=("qemu", "test"), default="qemu", help="driver of libvirt")
            sub.add_argument("--link-mbit", type=int, default=20, help="rate of each uplink as the inventory states it")
        if action == "exec":
            sub.add_argument("host")
            sub.add_argument("command", nargs="+")
    return parser


def main():
    arguments = _parser().parse_args()
    try:
        {"up": _up, "exec": _exec, "down": lambda given: down(given.dir)}[arguments.action](arguments)
    except (LabError, guest.GuestError, influx.NoServer) as error:
        sys.exit(f"lab: {error}")


if __name__ == "__main__":
    main()
