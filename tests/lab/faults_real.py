# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Kills modules under ansible-playbook, with real guests: whole passes as a user runs them."""
from __future__ import annotations

import os
import signal
import tempfile
import threading
import time
from datetime import datetime, timedelta, timezone
from pathlib import Path

import demand
import faults_invariants
import faults_kills
import faults_pass
import lab as labs
import passes

BEGIN = datetime(2026, 1, 14, 8, tzinfo=timezone.utc)
#: modules of a pass that apply: the first, slice_info, changes nothing
FIRST, LAST = 2, 5
LONGEST_DELAY = 0.8


class Killer(threading.Thread):
    """Kills the nth module that starts on a hypervisor, some time after it started."""

    def __init__(self, hypervisor, number, delay):
        super().__init__(daemon=True)
        self._namespace = os.readlink(f"/proc/{hypervisor.pid}/ns/pid")
        self._number, self._delay = number, delay
        self._known, self.killed, self.over = set(self._pythons()), False, False

    def run(self):
        """Watch until the module was killed or the pass is over."""
        seen = 0
        while not self.over:
            for pid in set(self._pythons()) - self._known:
                self._known.add(pid)
                seen += 1
                if seen == self._number:
                    time.sleep(self._delay)
                    self.killed = _kill(pid)
                    return
            time.sleep(0.01)

    def _pythons(self):
        """Interpreters inside the hypervisor."""
        for entry in os.listdir("/proc"):
            try:
                inside = entry.isdigit() and os.readlink(f"/proc/{entry}/ns/pid") == self._namespace
                if inside and "python" in os.path.basename(os.readlink(f"/proc/{entry}/exe")):
                    yield int(entry)
            except OSError:
                continue


def _kill(pid):
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        return False
    return True


def kill_playbooks(campaign, kills):
    """Passes of a slice that grows and shrinks on one host, until that many modules were killed."""
    died, number = 0, 0
    with tempfile.TemporaryDirectory(prefix="netslice-faults-") as directory:
        with labs.Lab(directory, hypervisors=1, influxdb="auto") as lab:
            host = faults_pass.Host(lab.hypervisors["kvm1"])
            runner = passes.Runner(lab.directory / "inventory.yml", Path(directory) / "passes")
            _tell(lab)
            while died < kills and number < 4 * kills:
                number += 1
                died += _one(campaign, lab, host, runner, number)
                print(f"real: {died} of {kills} kills, {len(campaign.broken)} broken", flush=True)
            host.close()


def _one(campaign, lab, host, runner, number):
    """1 where a module died."""
    chance = faults_kills.chance_of(campaign.seed, "real", number)
    instant = (BEGIN + timedelta(minutes=10 * number)).strftime("%Y-%m-%dT%H:%M:%SZ")
    slices, before = _slices(lab, number), host.dump()
    moment = {"module": chance.randint(FIRST, LAST), "delay": round(chance.uniform(0, LONGEST_DELAY), 3)}
    killer = Killer(host.space, moment["module"], moment["delay"])
    killer.start()
    try:
        runner.reconcile("killed", instant, slices)
    except passes.PassFailed:
        pass
    killer.over = True
    killer.join()
    found = _recovery(host, runner, instant, slices, before)
    if killer.killed:
        campaign.kills += 1
        campaign.add("kill under ansible-playbook", f"{campaign.seed}/real/{number}", moment, found)
    elif found:
        campaign.add("no fault", f"{campaign.seed}/real/{number}", None, found)
    return int(killer.killed)


def _recovery(host, runner, instant, slices, before):
    """Findings after the next pass, and one more."""
    try:
        healed = runner.reconcile("next", instant, slices)
        again = runner.reconcile("again", instant, slices)
    except passes.PassFailed as failure:
        return [str(failure)]
    found = [f"one pass more changes {again.changes()}"] if again.changes() or again.plan["changes"] else []
    after = {host.name: host.dump()}
    return found + faults_invariants.findings(after, again.plan, real=True) + faults_invariants.stopped({host.name: before}, after, healed.plan, again.plan)


def _tell(lab):
    """Little demand, for all the instants there will be."""
    rows, time_ = [], BEGIN - timedelta(days=1)
    while time_ < BEGIN + timedelta(days=1):
        rows.append(f"slice_demand,slice=web requests_per_second=20,egress_mbit=1,ingress_mbit=0.5 {int(time_.timestamp())}")
        time_ += timedelta(seconds=demand.STEP_SECONDS)
    demand.write(lab.influxdb, rows)


def _slices(lab, number):
    """A slice whose least count of VMs goes up and down."""
    least = (1, 3, 2)[number % 3]
    resources = {"requests": {"field": "requests_per_second", "unit": "1/s"}, "egress": {"field": "egress_mbit", "unit": "Mbit/s"},
                 "ingress": {"field": "ingress_mbit", "unit": "Mbit/s"}}
    return [{"name": "web", "telemetry": {"resources": resources}, "vm": {"memory_mib": 96, "serves": {"requests": 50}, "image": lab.guest_image},
             "scaling": {"mode": "enforce", "min": least, "max": 4}, "network": {"range": "10.90.2.0/24"}}]
