# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Run a playbook of the collection against a lab through ansible-runner, and say what came of it."""
from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path

import ansible_runner
import checks

RECONCILE = "foresight.netslice.reconcile"


@dataclass
class Outcome:
    """rc of ansible-playbook; changed tasks of each host; texts of failures by host; everything printed; commands of each result that changed something."""

    rc: int
    changed: dict
    failures: list
    stdout: str
    commands: list

    @property
    def changes(self) -> int:
        return sum(self.changed.values())

    @property
    def only_listened(self) -> bool:
        """Whether it changed nothing, but for what is known of guests that were silent for a moment or are heard again."""
        return self.rc == 0 and all(checks.beside_listening(commands) == [] for commands in self.commands)


def play(lab, playbook=RECONCILE, arguments="", verbosity=0, **variables) -> Outcome:
    """Run a playbook (FQCN or path) on the hosts of a lab with extra variables."""
    with tempfile.TemporaryDirectory(prefix="netslice-play-") as directory:
        Path(directory, "project").mkdir()
        ran = ansible_runner.run(
            private_data_dir=directory, playbook=playbook, inventory=str(lab.directory / "inventory.yml"), extravars=variables,
            cmdline=arguments or None, verbosity=verbosity or None, quiet=True, envvars={"ANSIBLE_NOCOLOR": "1"},
        )
        failures = [
            (event["event_data"]["host"], str(event["event_data"]["res"].get("msg", event["event_data"]["res"])))
            for event in ran.events
            if event["event"] in ("runner_on_failed", "runner_item_on_failed", "runner_on_unreachable") and not event["event_data"].get("ignore_errors")
        ]
        commands = [event["event_data"]["res"].get("commands") for event in ran.events
                    if event["event"] == "runner_on_ok" and event["event_data"]["res"].get("changed")]
        with ran.stdout as said:
            stdout = said.read()
        return Outcome(ran.rc, dict((ran.stats or {}).get("changed") or {}), failures, stdout, commands)


def repeat(lab, **options) -> Outcome:
    """A pass again, and anew where all it did was to note that a guest did not answer at once, as on a busy machine, or answers again."""
    for _attempt in range(5):
        ran = play(lab, **options)
        if not ran.changes or not ran.only_listened:
            break
    return ran
