# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Runs passes of the collection by ansible-playbook, as a user would, and tells what each did."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

from checks import beside_listening
from processes import die_with_parent

HERE = Path(__file__).resolve().parent
RECONCILE = "foresight.netslice.reconcile"
TIMEOUT_SECONDS = 900


class PassFailed(Exception):
    """A playbook ended with an error."""


@dataclass
class Pass:
    """One run. tasks: results of its tasks (see callback/lab_record.py); plan: the plan it made, or {}."""

    name: str
    as_of: str
    seconds: float
    tasks: list
    plan: dict = field(default_factory=dict)

    @property
    def changed(self):
        """Results of tasks that changed something, counted as the recap of the playbook does."""
        return sum(task["changed"] for task in self.tasks)

    def changes(self):
        """What changed, and by which commands: {(task, host): commands}; not what is known of guests that were silent for a moment or are heard again."""
        found = {(task["task"], task["host"]): beside_listening(task["commands"]) for task in self.tasks if task["changed"]}
        return {key: commands for key, commands in found.items() if commands != []}

    def slice(self, name):
        return next((entry for entry in self.plan.get("slices", []) if entry["name"] == name), None)

    def vips(self, name):
        return self.slice(name)["vips"]

    def shaping(self, name, host, direction):
        """(guarantee, ceiling) in Mbit/s of a slice on the uplink of a host, or None."""
        for entry in self.slice(name)["shaping"]:
            if (entry["host"], entry["direction"]) == (host, direction):
                return entry["guarantee_mbit"], entry["ceiling_mbit"]
        return None

    def summary(self):
        """The element of `passes` in result.json."""
        slices = {}
        for entry in self.plan.get("slices", []):
            rates = {direction: [part for part in entry["shaping"] if part["direction"] == direction] for direction in ("egress", "ingress")}
            slices[entry["name"]] = {
                "state": entry["state"], "mode": entry["mode"], "model": entry["model"], "demand": entry["demand"], "predicted": entry["predicted"],
                "wished": entry["vms"]["wished"], "present": entry["vms"]["present"], "vms": entry["vms"]["final"], "vips": entry["vips"],
                "why": entry["binding"]["why"],
                "guarantee": {name: round(sum(part["guarantee_mbit"] for part in parts), 2) for name, parts in rates.items()},
                "ceiling": {name: max((part["ceiling_mbit"] for part in parts), default=None) for name, parts in rates.items()},
                "shaping": entry["shaping"]}
        return {"name": self.name, "as_of": self.as_of, "duration_seconds": round(self.seconds, 2), "changed": self.changed, "slices": slices}


class Runner:
    """Runs playbooks against an inventory; each run leaves its output in ``directory``/NN-name.log."""

    def __init__(self, inventory, directory):
        self.inventory, self.directory, self.count = inventory, Path(directory), 0
        self.directory.mkdir(parents=True, exist_ok=True)

    def reconcile(self, name, as_of, slices, check=False, extra=None):
        """One pass for an instant; in check mode with --check --diff."""
        plan = self.directory / f"{self.count + 1:02d}-plan.json"
        variables = {"netslice_as_of": as_of, "netslice_slices": slices, "slice_manager_plan_path": str(plan), **(extra or {})}
        seconds, tasks = self.playbook(name, RECONCILE, variables, ["--check", "--diff"] if check else [])
        return Pass(name, as_of, seconds, tasks, json.loads(plan.read_text()))

    def playbook(self, name, playbook, variables, options=()):
        """(seconds, results of tasks) of a playbook. PassFailed with what the failing task said."""
        self.count += 1
        stem = self.directory / f"{self.count:02d}-{re.sub(r'[^a-z]+', '-', name)}"
        files = {kind: stem.with_name(f"{stem.name}.{kind}") for kind in ("log", "tasks", "vars.json")}
        files["vars.json"].write_text(json.dumps(variables, indent=1))
        files["tasks"].write_text("")
        command = [sys.executable, "-m", "ansible", "playbook", "-i", str(self.inventory), "-e", f"@{files['vars.json']}", *options, playbook]
        begin = time.monotonic()
        with open(files["log"], "w", encoding="utf-8") as log:
            status = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, timeout=TIMEOUT_SECONDS, check=False,
                                    preexec_fn=die_with_parent, env=self._environment(files["tasks"])).returncode
        seconds = time.monotonic() - begin
        tasks = [json.loads(line) for line in files["tasks"].read_text().splitlines()]
        if status:
            said = [f"{task['task']} on {task['host']}: {task['said']}" for task in tasks if task["status"] in ("failed", "unreachable")]
            raise PassFailed(f"Cannot finish the pass '{name}': {' / '.join(said) or 'ansible-playbook failed'} (see {files['log']}).")
        return seconds, tasks

    def _environment(self, record):
        # A configuration of its own, so that the user's does not decide what the lab sees.
        configuration = self.directory / "ansible.cfg"
        configuration.write_text(f"[defaults]\ncallback_plugins = {HERE / 'callback'}\ncallbacks_enabled = lab_record\nnocolor = true\n"
                                 "localhost_warning = false\npipelining = true\n")
        return {**os.environ, "ANSIBLE_CONFIG": str(configuration), "LAB_RECORD": str(record)}
