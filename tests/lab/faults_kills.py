# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Kills modules at moments drawn by a seed, and looks at what the next pass makes of what they left."""
from __future__ import annotations

import collections
import random

import faults_invariants

#: how often each module is chosen to die, before those that have nothing to do are left out
WEIGHTS = {"networks": 6, "vms": 4, "qos": 2, "vips": 2, "dissolve": 3}


class Durations:
    """Seconds that each module took where it changed something, measured in the passes before."""

    def __init__(self):
        self._measured = collections.defaultdict(lambda: collections.deque(maxlen=8))

    def add(self, outcome):
        if not outcome.killed and outcome.writes:
            self._measured[outcome.step].append(outcome.seconds)

    def longest(self, step):
        """Upper end of the moments by time; a guess before the first measurement."""
        return max(self._measured[step], default=0.15)


class Assassin:
    """Given to a pass, kills one of its modules; `said` is the moment in words. Chance draws module, host and moment."""

    def __init__(self, chance, durations, hosts, steps):
        self.chance, self.durations, self.said = chance, durations, None
        self.host = chance.choice(sorted(hosts))
        self.step = chance.choices(steps, [WEIGHTS[step] for step in steps])[0]
        self._steps, self._done = list(steps), False

    def __call__(self, host, step, run):
        """Outcome of the module where it was the victim's turn, else None: it runs as ever."""
        due = self._steps.index(step) >= self._steps.index(self.step)
        if self._done or host.name != self.host or not due:
            return None
        foreseen = run(check=True)
        commands = foreseen.result.get("commands") or []
        if foreseen.failed or not commands:
            return None
        moment = self._moment(step, commands)
        outcome = run(moment=moment)
        self._done = outcome.killed
        if outcome.killed:
            self.said = {"module": step, "host": host.name, "commands": len(commands), "writes_done": outcome.writes, **moment}
        self.durations.add(outcome)
        return outcome

    def _moment(self, step, commands):
        if self.chance.random() < 0.4:
            return {"seconds": self.chance.uniform(0.002, self.durations.longest(step)), "group": self.chance.random() < 0.5}
        # A start writes twice, and so does a stop; of a batch the kernel may have got a part alone.
        writes = {"vms": 1.4 * len(commands), "qos": 2, "networks": len(commands) + 2, "dissolve": len(commands) + 1}.get(step, len(commands))
        return {"after_write": self.chance.randint(1, max(1, round(writes))), "torn": self.chance.random() if self.chance.random() < 0.7 else None}


class Trial:
    """What a fault, and the two passes after it, did to a fleet."""

    def __init__(self, fleet, real=False):
        self.fleet, self.real = fleet, real
        self.last = self.dumps()

    def dumps(self):
        """{host: dump} of now."""
        return {name: host.dump() for name, host in self.fleet.hosts.items()}

    def recovers(self, step, before=None, first=None):
        """Findings after the next pass, which must converge, and one more, which must find nothing to do.

        before, first: dumps and plan of before the fault; what they kept serving must never have been stopped.
        """
        found = []
        ran = self.fleet.run(step)
        found += [f"the next pass fails: {text}" for text in ran.failures]
        again = self.fleet.run(step)
        found += [f"one pass more fails: {text}" for text in again.failures]
        found += [f"one pass more changes {text}" for text in again.changed]
        if again.plan["changes"] and self.fleet.guests:
            found.append(f"one pass more plans {again.plan['changes']} changes: {_planned(again.plan)}")
        after = self.last = self.dumps()
        found += faults_invariants.findings(after, again.plan, self.real, self.fleet.guests)
        if before:
            found += faults_invariants.stopped(before, after, first, ran.plan)
        return found


def _planned(plan):
    actions = [f"{vm['action']} {vm['name']}" for share in plan["hosts"].values() for vm in share["vms"] if vm["action"] != "keep"]
    return ", ".join(actions)[:300] or "networks or classes"


def attempt(trial, step, chance, durations, corrupt=None):
    """One pass with a kill, and what comes of it: (the moment in words or None where nobody died, findings).

    corrupt: callable(fleet, chance) that damages the fleet after the kill, to see that the findings find it.
    """
    assassin = Assassin(chance, durations, trial.fleet.hosts, trial.fleet.steps)
    before = trial.last
    ran = trial.fleet.run(step, assassin)
    found = [f"the pass of the kill fails: {text}" for text in ran.failures]
    for outcome in ran.outcomes:
        durations.add(outcome)
    if assassin.said and corrupt:
        corrupt(trial.fleet, chance)
    if chance.random() < 0.5:
        step.as_of += 60
    return assassin.said, found + trial.recovers(step, before, ran.plan)


def chance_of(seed, *parts):
    """Random numbers of a seed and a place in the campaign."""
    return random.Random("/".join(str(part) for part in (seed, *parts)))
