# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whole passes by ansible-playbook: hosts of libvirt's test driver, a week of telemetry in an InfluxDB, trees of tc in namespaces.

    whole_pass.py [SLICES] [HOSTS]

1,000 slices on 10 hosts are made and kept; and 5 slices on 2 hosts get a VM more each, which is neither cloned nor booted.
"""
from __future__ import annotations

import os
import resource
import sys
import tempfile
import threading
import time
from pathlib import Path

from ansible_collections.foresight.netslice.plugins.plugin_utils.instants import canonical_json, format_instant
from ansible_collections.foresight.netslice.plugins.plugin_utils.telemetry.client import connect
from ansible_collections.foresight.netslice.plugins.plugin_utils.telemetry.options import DEFAULTS
from figures import figure, skip
from telemetry_read import write
from week import AS_OF, RESOURCES, SLICES, demand

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "lab"))
from influx import NoServer  # noqa: E402
from lab import Lab, lacking  # noqa: E402
from passes import RECONCILE, Runner  # noqa: E402

HOSTS, LINK_MBIT = 10, 10000
FEW_SLICES, FEW_HOSTS = 5, 2
#: what runs on the hosts; our other tasks are actions on the controller
MODULES = ("slice_info", "slice_networks", "slice_vms", "slice_qos", "slice_vips")
PING = "- hosts: hypervisors\n  gather_facts: false\n  tasks:\n    - ansible.builtin.ping:\n"
#: the node of libvirt's test driver has 3 GiB and 16 cores
RATIO = 100
#: of the week's demand, so that all of it fits on the links
MBIT_A_REQUEST = 0.02
SERVES = 200
SAMPLE_SECONDS = 0.5


class Memory(threading.Thread):
    """Most memory (proportional set size, MiB) that this process's descendants have had of those started since; the lab's own are left out."""

    def __init__(self, without):
        super().__init__(daemon=True)
        self._without, self._over, self.peak_mib = without, threading.Event(), 0.0

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_exception):
        self._over.set()
        self.join()

    def run(self):
        """Sample until the block ends."""
        while not self._over.wait(SAMPLE_SECONDS):
            self.peak_mib = max(self.peak_mib, sum(map(_pss_mib, descendants(os.getpid()) - self._without)))


def descendants(pid: int) -> set[int]:
    """Pids below a process."""
    parents = {}
    for entry in filter(str.isdigit, os.listdir("/proc")):
        try:
            parents.setdefault(int(Path(f"/proc/{entry}/stat").read_text().rpartition(")")[2].split()[1]), []).append(int(entry))
        except OSError:
            continue
    found, left = set(), [pid]
    while left:
        below = parents.get(left.pop(), [])
        found.update(below)
        left += below
    return found


def _pss_mib(pid: int) -> float:
    try:
        with open(f"/proc/{pid}/smaps_rollup", encoding="ascii") as file:
            return next((int(line.split()[1]) for line in file if line.startswith("Pss:")), 0) / 1024
    except OSError:
        return 0.0


def slices(count: int, least: int = 2) -> list[dict]:
    """netslice_slices, each of so many VMs at least."""
    return [
        {"name": f"s{i}", "telemetry": {"resources": RESOURCES},
         "vm": {"memory_mib": 96, "serves": {"requests": SERVES}, "image": {"kernel": "/boot/vmlinuz", "initrd": "/boot/initrd", "cmdline": "quiet"}},
         "scaling": {"mode": "enforce", "min": least, "max": 8},
         "network": {"range": f"10.{100 + i // 250}.{i % 250}.0/24", "host_prefix_length": 28}}
        for i in range(count)
    ]


class Fleet:
    """Passes over the hosts of a lab."""

    def __init__(self, lab, directory):
        self._runner, self._directory = Runner(lab.directory / "inventory.yml", directory), directory
        self._own = descendants(os.getpid())

    def start_seconds(self):
        """Seconds that Ansible takes for a module that does nothing, on all hosts side by side: the best of three."""
        playbook = self._directory / "ping.yml"
        playbook.write_text(PING)
        return min(max(task["seconds"] for task in self._runner.playbook("ping", str(playbook), {})[1]) for _number in range(3))

    def run(self, name, wanted):
        """(seconds, seconds of processors, peak MiB, results of tasks) of one pass for AS_OF."""
        path = self._directory / "slices.json"
        path.write_text(canonical_json(wanted))
        variables = {"netslice_as_of": format_instant(AS_OF), "netslice_slices_path": str(path), "netslice_memory_ratio": RATIO, "netslice_vcpu_ratio": RATIO}
        before = _spent()
        with Memory(self._own) as memory:
            seconds, tasks = self._runner.playbook(name, RECONCILE, variables)
        return seconds, _spent() - before, memory.peak_mib, tasks


def _spent() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def changed(tasks: list[dict]) -> list[str]:
    """Tasks that changed something, with their hosts."""
    return [f"{task['task']} on {task['host']}" for task in tasks if task["changed"]]


def telemetry(lab, count: int) -> None:
    """The week of that many slices."""
    with connect({**DEFAULTS, **lab.influxdb}) as client:
        values = demand(count)
        values[1:] *= MBIT_A_REQUEST
        begin = time.perf_counter()
        write(client, values)
        print(f"wrote {values.size} values in {time.perf_counter() - begin:.0f} s", flush=True)


def many(lab, directory: Path, count: int, hosts: int) -> None:
    """The figures of a fleet that is made and kept."""
    telemetry(lab, count)
    fleet, wanted, size = Fleet(lab, directory), slices(count), f"{count:,} slices on {hosts} hosts"
    seconds = fleet.run("made", wanted)[0]
    domains = sum(len(host.run("virsh", "-q", "-c", host.uri, "list", "--name").split()) for host in lab.hypervisors.values())
    figure(f"whole pass that makes {size}, {domains:,} VMs", seconds, "s")
    fleet.run("warm", wanted)
    seconds, spent, peak, tasks = fleet.run("kept", wanted)
    if changed(tasks):
        sys.exit(f"the pass changes {changed(tasks)}")
    figure(f"whole pass without change, {size}", seconds, "s", 30)
    figure(f"whole pass without change, {size}, CPU time of all its processes", spent, "s")
    figure(f"whole pass without change, {size}, most memory of all its processes", peak, "MiB", 2048)
    print("\n".join(slowest(tasks)), flush=True)


def five_more(lab, directory: Path) -> None:
    """The figures of a pass that adds five VMs."""
    telemetry(lab, FEW_SLICES)
    fleet = Fleet(lab, directory)
    fleet.run("made", slices(FEW_SLICES))
    seconds, _spent, _peak, tasks = fleet.run("more", slices(FEW_SLICES, 3))
    started = sum(command[0] == "start" for task in tasks if task["action"].endswith("slice_vms") for command in task["commands"] or [])
    if started != FEW_SLICES:
        sys.exit(f"the pass starts {started} VMs")
    all_of_ours, start = ours(tasks), fleet.start_seconds()
    figure("a pass that adds 5 VMs, beside clone, boot and Ansible's start of modules: our own time", all_of_ours - len(MODULES) * start, "s", 3)
    figure("a pass that adds 5 VMs, beside clone and boot: our tasks", all_of_ours, "s")
    figure("Ansible's start of a module that does nothing", start, "s")
    figure("a pass that adds 5 VMs, beside clone and boot: all of ansible-playbook", seconds, "s")


def ours(tasks: list[dict]) -> float:
    """Seconds in tasks of this collection; hosts work side by side."""
    longest = {}
    for task in tasks:
        if task["action"].startswith("foresight.netslice."):
            longest[task["action"]] = max(longest.get(task["action"], 0.0), task["seconds"])
    assert {f"foresight.netslice.{module}" for module in MODULES} <= set(longest)
    return sum(longest.values())


def slowest(tasks: list[dict]) -> list[str]:
    """When the tasks of a pass ended, as seconds since the one before ended; the eight longest."""
    ends = {}
    for task in tasks:
        ends[task["task"]] = task["at"]
    times = sorted((at, name) for name, at in ends.items())
    steps = [(after - before, name) for (before, _name), (after, name) in zip(times, times[1:])]
    return [f"{seconds:6.2f} s {name}" for seconds, name in sorted(steps, reverse=True)[:8]]


def main() -> None:
    count, hosts = (int(given) if given else default for given, default in zip((sys.argv[1:] + ["", ""])[:2], (SLICES, HOSTS)))
    lacks = lacking()
    if lacks:
        skip(f"needs {'; '.join(lacks)}")
    try:
        with tempfile.TemporaryDirectory(prefix="netslice-bench-") as work:
            with Lab(Path(work, "few"), FEW_HOSTS, "auto", "test", LINK_MBIT) as lab:
                five_more(lab, Path(work, "few passes"))
            with Lab(Path(work, "many"), hosts, "auto", "test", LINK_MBIT) as lab:
                many(lab, Path(work, "many passes"), count, hosts)
    except NoServer as exc:
        skip(str(exc))


if __name__ == "__main__":
    main()
