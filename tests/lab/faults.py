# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Kills and breaks what a pass works with, over and over, and checks that the next pass converges.

    python tests/lab/faults.py --kills 200 --seed 1 --out build/faults.json     # about ten minutes
    python tests/lab/faults.py --kills 20 --faults 0 --bare 0                   # only kills on libvirt's test driver
    python tests/lab/faults.py --with-bug late-record --kills 60                # must fail: the modules have a bug put in

Ends with 1 when something did not converge. See README.md beside this file.
"""
from __future__ import annotations

import argparse
import collections
import contextlib
import json
import os
import platform
import sys
import tempfile
import time
from pathlib import Path

import faults_invariants
import faults_kills
import faults_kinds
import faults_life
import faults_moments
import faults_pass
import faults_real
import faults_ten
import lab as labs

LIFE_STEPS = 16
#: on hosts without guests: networks, nft tables and trees are real, and nobody waits for a boot
BARE_STEPS = ("networks", "dissolve")
BUGS = (*faults_moments.BUGS, "double-vip")


class Campaign:
    """Counts what was done and what was found."""

    def __init__(self, seed, bug=None):
        self.seed, self.bug = seed, bug
        self.kills, self.kinds, self.broken, self.seeds, self.lives = 0, collections.Counter(), [], [], 0
        self.durations = faults_kills.Durations()

    def add(self, kind, seed, moment, found):
        """One fault and what is wrong after it."""
        self.kinds[kind] += 1
        if found:
            self.broken.append({"kind": kind, "seed": seed, "moment": moment, "what": found})
            print(f"BROKEN {kind} {seed} {moment}\n  " + "\n  ".join(found[:6]), flush=True)

    def result(self, seconds):
        return {
            "kills": self.kills, "seeds": self.seeds, "kinds": dict(sorted(self.kinds.items())), "lives": self.lives, "broken": self.broken,
            "bug": self.bug, "seconds": round(seconds, 1),
            "machine": {"cpus": os.cpu_count(), "kernel": platform.release(), "python": platform.python_version(), "system": platform.machine()},
        }


@contextlib.contextmanager
def fleet_of(directory, driver, hypervisors, **options):
    """A lab and its Fleet."""
    with labs.Lab(directory, hypervisors=hypervisors, influxdb="none", driver=driver) as lab:
        hosts = [faults_pass.Host(hypervisor) for hypervisor in lab.hypervisors.values()]
        try:
            yield faults_pass.Fleet(hosts, lab.guest_image, **options)
        finally:
            for host in hosts:
                host.close()


def kill_through_lives(campaign, kills, name, driver, hypervisors, **options):
    """Lives with a kill in every pass, until that many modules died. A life that broke leaves its lab: the next one begins on bare hosts."""
    died, number = 0, 0
    while died < kills:
        with tempfile.TemporaryDirectory(prefix="netslice-faults-") as directory, fleet_of(directory, driver, hypervisors, **options) as fleet:
            clean = True
            while clean and died < kills:
                number += 1
                begin = time.monotonic()
                count, clean = _live(campaign, fleet, f"{name}/{campaign.seed}/{number}", kills - died, real=driver == "qemu")
                died += count
                print(f"{name}: {died} of {kills} kills, {len(campaign.broken)} broken; a life of {time.monotonic() - begin:.0f} s", flush=True)
        if len(campaign.broken) >= 10:
            break


def _live(campaign, fleet, seed, most, real):
    """(kills, whether all is well) of one life. It ends with a host equal to the one it began with."""
    campaign.seeds.append(seed)
    campaign.lives += 1
    trial, died, wrong = faults_kills.Trial(fleet, real), 0, len(campaign.broken)
    begin, later = trial.last, 0
    corrupt = faults_kinds.double_vip if campaign.bug == "double-vip" else None
    for index, step in enumerate(faults_life.life(seed, LIFE_STEPS)):
        step.as_of += later
        planned = step.as_of
        chance = faults_kills.chance_of(seed, index)
        if died < most or corrupt:
            moment, found = faults_kills.attempt(trial, step, chance, campaign.durations, corrupt)
        else:
            moment, found = None, trial.recovers(step)
        later += step.as_of - planned
        if moment:
            died += 1
            campaign.kills += 1
            campaign.add(f"kill slice_{'networks' if moment['module'] == 'dissolve' else moment['module']}", f"{seed}/{index}", moment, found)
        elif found:
            campaign.add("no fault", f"{seed}/{index}", None, found)
        if len(campaign.broken) > wrong:
            return died, False
    for name in begin:
        found = faults_invariants.different(begin[name], trial.last[name])
        if found:
            campaign.add("whole life", seed, {"host": name}, found)
    return died, len(campaign.broken) == wrong


def run(arguments):
    """The campaign's result."""
    campaign, begin = Campaign(arguments.seed, arguments.with_bug), time.monotonic()
    bug = arguments.with_bug if arguments.with_bug in faults_moments.BUGS else None
    bare = min(arguments.bare, arguments.kills)
    kill_through_lives(campaign, arguments.kills - bare, "test", "test", 2, bug=bug)
    if bare:
        kill_through_lives(campaign, bare, "bare", "qemu", 1, bug=bug, steps=BARE_STEPS)
    if arguments.faults:
        faults_kinds.on_test_driver(campaign, arguments.faults, fleet_of)
        faults_kinds.on_guests(campaign, arguments.faults, fleet_of)
        faults_ten.live(campaign, fleet_of, "qemu")
    if arguments.real:
        faults_real.kill_playbooks(campaign, arguments.real)
    return campaign.result(time.monotonic() - begin)


def main():
    """Entry point."""
    parser = argparse.ArgumentParser(description="Kill modules and break hosts; the next pass must converge.")
    parser.add_argument("--kills", type=int, default=200, help="modules to kill, in all")
    parser.add_argument("--bare", type=int, default=50, help="how many of these on real networks and nft tables, without guests")
    parser.add_argument("--faults", type=int, default=3, help="how often every other fault, and one life of ten slices; 0: not at all")
    parser.add_argument("--real", type=int, default=0, help="kills, beside these, of ansible-playbook's modules with real guests; slow")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--with-bug", choices=BUGS, help="put a bug in; then the run must fail")
    parser.add_argument("--out", default="build/faults.json")
    arguments = parser.parse_args()
    try:
        result = run(arguments)
    except labs.LabError as error:
        sys.exit(f"faults: {error}")
    Path(arguments.out).parent.mkdir(parents=True, exist_ok=True)
    Path(arguments.out).write_text(json.dumps(result, indent=2) + "\n")
    print(f"{result['kills']} kills, kinds {result['kinds']}, {len(result['broken'])} broken, {result['seconds']:g} s; {arguments.out}")
    sys.exit(1 if result["broken"] else 0)


if __name__ == "__main__":
    main()
