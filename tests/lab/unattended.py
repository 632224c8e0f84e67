# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Leaves the reconciler alone with its faults for many passes, and checks that each is noticed and none loses a VM or an address.

    python tests/lab/unattended.py --passes 50 --out build/unattended.json

The hypervisors are those of a lab on libvirt's test driver; the reconciler is that of the role, looping; InfluxDB is a real one.
Ends with 1 when something was not noticed, was lost, or grew. See README.md beside this file.
"""
from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from contextlib import contextmanager
from pathlib import Path

import demand
import lab as labs
import small_influx
import unattended_faults
from ansible_collections.foresight.netslice.plugins.plugin_utils.telemetry.client import connect
from ansible_collections.foresight.netslice.plugins.plugin_utils.telemetry.options import checked
from processes import Opened, die_with_parent, end_inside

ROLES = Path(__file__).resolve().parents[2] / "roles"
SCRIPT = ROLES / "reconciler" / "files" / "netslice-reconciler.py"
COLLECTOR = ROLES / "telemetry" / "files" / "netslice-collector.py"
DAY = 86400
PATIENCE_SECONDS = 600
KEPT = 10
GROWN_MIB = 8  # of the loop, which starts each pass in a process of its own


class Watched(Opened):
    """A lab with a slice, a reconciler that loops over it, and what is seen of both. A context manager."""

    def __init__(self, directory, interval):
        super().__init__()
        self.directory, self._interval, self.loop = Path(directory), interval, None
        self.path, self.log = self.directory / "reconciler.json", self.directory / "loop.log"
        self.command = [sys.executable, str(SCRIPT), "--config", str(self.path)]

    def _begin(self):
        self.influxdb = self._stack.enter_context(small_influx.SmallInflux("auto", str(self.directory / "influxdb")))
        self.lab = self._stack.enter_context(labs.Lab(self.directory / "lab", influxdb="none", driver="test"))
        now = int(time.time()) // 300 * 300
        demand.write(self.influxdb.options, (f"slice_demand,slice=web requests_per_second=120 {at}" for at in range(now - 2 * DAY, now + DAY // 4, 300)))
        self.slice = {"name": "web", "vm": {"memory_mib": 64, "serves": {"requests": 50}, "image": self.lab.guest_image},
                      "telemetry": {"resources": {"requests": {"field": "requests_per_second", "unit": "1/s"}}},
                      "scaling": {"mode": "enforce", "min": 1, "max": 6}, "network": {"range": "10.90.2.0/24"}}
        (self.directory / "passes").mkdir()
        connection = {key.removeprefix("influxdb_"): value for key, value in self.influxdb.options.items() if value}
        self._write(self.path, {
            "playbook": "foresight.netslice.reconcile", "inventory": [str(self.lab.directory / "inventory.yml")], "influxdb": connection,
            "variables": {"netslice_slices": [self.slice], "netslice_influxdb_timeout_seconds": 5}, "arguments": ["--timeout", "5"],
            "directory": str(self.directory / "passes"), "interval_seconds": self._interval, "timeout_seconds": 120, "max_age_seconds": 6 * self._interval,
            "keep": KEPT, "keep_mib": 50, "textfile": str(self.directory / "netslice.prom"),
            "alarm_command": ["sh", "-c", f'echo "$NETSLICE_ALARM" >>{self.directory / "alarms"}']})
        log = self._stack.enter_context(open(self.log, "ab"))
        self.loop = subprocess.Popen([*self.command, "--loop"], stdin=subprocess.DEVNULL, stdout=log, stderr=log, preexec_fn=die_with_parent)
        self._stack.callback(self._end)

    def _end(self):
        self.loop.terminate()
        self.ended = self.loop.wait(PATIENCE_SECONDS)

    @staticmethod
    def _write(path, document):
        temporary = path.with_suffix(".new")
        temporary.write_text(json.dumps(document))
        os.replace(temporary, path)

    @contextmanager
    def _changed(self, path, change):
        kept = json.loads(path.read_text())
        self._write(path, change(json.loads(path.read_text())))
        try:
            yield
        finally:
            self._write(path, kept)

    def configured(self, **sections):
        """The configuration with some keys of some of its sections changed."""
        return self._changed(self.path, lambda config: {**config, **{name: {**config[name], **values} for name, values in sections.items()}})

    def slice_changed(self, **keys):
        return self.configured(variables={"netslice_slices": [{**self.slice, **keys}]})

    def inventory_changed(self, host, **variables):
        def change(inventory):
            inventory["all"]["children"]["hypervisors"]["hosts"][host].update(variables)
            return inventory

        return self._changed(self.lab.directory / "inventory.yml", change)

    @contextmanager
    def measuring(self, host):
        """The collector of the role telemetry runs in a hypervisor."""
        path = self.directory / "collector.json"
        self._write(path, {"host": host, "uri": self.lab.hypervisors[host].uri})
        command = [sys.executable, str(COLLECTOR), "--config", str(path), "--loop", "2", "--stdout"]
        with open(self.directory / "collector.log", "ab") as log:
            process = subprocess.Popen(self.lab.hypervisors[host].enter(*command), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=log, text=True,
                                       preexec_fn=die_with_parent)
        carrier = threading.Thread(target=self._carry, args=(process.stdout,), daemon=True)
        carrier.start()
        try:
            yield
        finally:
            end_inside(process)
            carrier.join(120)

    def _carry(self, lines):
        """Points of the collector to InfluxDB, which is on no network of the hypervisor."""
        for line in lines:
            demand.write(self.influxdb.options, [line.strip().removesuffix("000000000")] if line.strip() else [])

    def config(self):
        return json.loads(self.path.read_text())

    def state(self):
        """What the reconciler says of its passes."""
        try:
            return json.loads((self.directory / "passes" / "state.json").read_text())
        except (FileNotFoundError, ValueError):
            return {"last": None, "good": None, "counts": {}}

    def statuses(self):
        """Exit statuses of the passes of the loop, in order."""
        return [int(line.split()[1]) for line in self.log.read_text().splitlines() if line.startswith("pass: ")]

    def processes(self):
        """Pids of the ansible-playbook of this reconciler."""
        found = subprocess.run(["pgrep", "-f", f"ansible-playbook .*{self.directory}/passes/"], capture_output=True, text=True, check=False)
        return [int(pid) for pid in found.stdout.split()]

    def reconciler(self):
        """Pid of the process that runs the present pass, None between passes."""
        return next(map(int, Path(f"/proc/{self.loop.pid}/task/{self.loop.pid}/children").read_text().split()), None)

    def running(self):
        """{host: names of the running VMs of slices}."""
        return {name: sorted(set(host.run("virsh", "-c", host.uri, "list", "--name").split()) - {"test"}) for name, host in self.lab.hypervisors.items()}

    def rows(self, measurement, fields, since):
        with connect(checked(self.influxdb.options)) as client:
            return client.rows(measurement, fields, since, int(time.time()) + 1)

    def until(self, condition, what):
        """Value of condition() once it is true. TimeoutError with the end of the log where it stays untrue."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not (value := condition()):
            if time.monotonic() > deadline or self.loop.poll() is not None:
                raise TimeoutError(f"not within {PATIENCE_SECONDS} s: {what}; {self.log.read_text()[-2000:]}")
            time.sleep(0.3)
        return value

    def calm(self):
        """Wait for the end of a good pass that begins from now on."""
        since = int(time.time()) + 1
        self.until(lambda: (last := self.state()["last"]) and last["code"] == 0 and last["began"] >= since, "a good pass")

    def memory_mib(self):
        text = Path(f"/proc/{self.loop.pid}/status").read_text()
        return int(next(line.split()[1] for line in text.splitlines() if line.startswith("VmRSS"))) / 1024


def campaign(directory, passes, kinds, interval=10):
    """Faults one after another until the loop has made so many passes; what came of it, as make unattended writes it."""
    faults, broken = [], []
    with Watched(directory, interval) as watched:
        watched.calm()
        there, begun = watched.running(), watched.memory_mib()
        if sum(map(len, there.values())) != 3:
            broken.append(f"three VMs were to be there, and there is {there}")
        while len(watched.statuses()) < passes:
            kind = kinds[len(faults) % len(kinds)]
            before = len(watched.statuses())
            try:
                with unattended_faults.KINDS[kind](watched) as noticed:
                    said = watched.until(noticed, f"{kind} is noticed")
                watched.calm()
            except TimeoutError as exc:
                broken.append(f"{kind}: {exc}")
                break
            faults.append({"kind": kind, "passes": len(watched.statuses()) - before, "said": said[:300]})
            print(f"{len(watched.statuses())} passes; {kind}: {said[:120]}", flush=True)
            if watched.running() != there:
                broken.append(f"after {kind}: {watched.running()} in place of {there}")
                there = watched.running()
        result = {"passes": len(watched.statuses()), "faults": faults, "broken": broken, **bounds(watched, begun, broken)}
    if watched.ended != 0:
        broken.append(f"the loop ended with {watched.ended}")
    return result


def bounds(watched, begun, broken):
    """Memory of the loop and what is kept on the disk; what has grown is added to broken."""
    runs = list((watched.directory / "passes" / "artifacts").iterdir())
    kept = sum(file.stat().st_size for run in runs for file in run.rglob("*") if file.is_file()) / 2**20
    grown = watched.memory_mib() - begun
    alarms = watched.directory / "alarms"
    if len(runs) > KEPT + 1 or kept > 50:
        broken.append(f"{len(runs)} runs of {kept:.1f} MiB are kept")
    if grown > GROWN_MIB:
        broken.append(f"the loop has grown by {grown:.1f} MiB")
    return {"statuses": {str(code): watched.statuses().count(code) for code in sorted(set(watched.statuses()))}, "kept_runs": len(runs),
            "kept_mib": round(kept, 2), "loop_grown_mib": round(grown, 2), "alarms": alarms.read_text().splitlines() if alarms.exists() else [],
            "points": len(watched.rows("netslice_pass", {"code": int}, 0))}


def main():
    parser = argparse.ArgumentParser(description="Leave the reconciler alone with its faults.")
    parser.add_argument("--passes", type=int, default=50)
    parser.add_argument("--interval", type=int, default=10)
    parser.add_argument("--out", type=Path, default=Path("build/unattended.json"))
    given = parser.parse_args()
    begin = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="netslice-unattended-") as directory:
        result = campaign(directory, given.passes, list(unattended_faults.KINDS), given.interval)
    result["seconds"] = round(time.monotonic() - begin, 1)
    given.out.parent.mkdir(parents=True, exist_ok=True)
    given.out.write_text(json.dumps(result, indent=1) + "\n")
    print(f"{result['passes']} passes, {len(result['faults'])} faults, {len(result['broken'])} broken, {len(result['alarms'])} alarms")
    print("\n".join(result["broken"]))
    return 1 if result["broken"] else 0


if __name__ == "__main__":
    sys.exit(main())
