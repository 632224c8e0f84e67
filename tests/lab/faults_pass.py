# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Passes over the hosts of a lab: the planner here, the modules there, one after the other as playbooks/reconcile.yml runs them."""
from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

from ansible_collections.foresight.netslice.plugins.action import slice_vms as rendering
from ansible_collections.foresight.netslice.plugins.plugin_utils.domain_templates import Sources
from ansible_collections.foresight.netslice.plugins.plugin_utils.manager.artifact import share_of
from ansible_collections.foresight.netslice.plugins.plugin_utils.manager.plan import make_plan
from ansible_collections.foresight.netslice.plugins.plugin_utils.manager.slices import validate_slices

import faults_life
from processes import die_with_parent, enter

HERE = Path(__file__).resolve().parent
STEPS = ("networks", "vms", "qos", "vips", "dissolve")
#: as a playbook of another module would hold it: one that is not slice_qos knows the state the share was made from
FINGERPRINTED = ("networks", "vms", "vips", "dissolve")


class Host:
    """A hypervisor of the lab with a process inside it that runs modules."""

    def __init__(self, hypervisor, link_mbit=100):
        self.name, self.uri, self.space = hypervisor.host, hypervisor.uri, hypervisor
        self.state_dir = hypervisor.directory / "state"
        self.hosts_dir = hypervisor.directory / "hosts"
        self.hosts_dir.mkdir(exist_ok=True)
        self.links = [{"device": "up0", "rate_mbit": link_mbit}]
        self._log = open(hypervisor.directory / "modules.log", "ab")
        self._runner = subprocess.Popen(
            [*enter(hypervisor.pid), sys.executable, str(HERE / "faults_host.py")], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            stderr=self._log, text=True, preexec_fn=die_with_parent,
        )

    def close(self):
        """End the process inside."""
        self._runner.stdin.close()
        self._runner.wait(120)
        self._runner.stdout.close()
        self._log.close()

    def ask(self, **request):
        """Answer of the process inside."""
        self._runner.stdin.write(json.dumps(request) + "\n")
        self._runner.stdin.flush()
        line = self._runner.stdout.readline()
        if not line:
            raise RuntimeError(f"the runner of {self.name} ended; see {self._log.name}")
        return json.loads(line)

    def info(self):
        """The host state, as slice_info gives it."""
        args = {"uri": self.uri, "host": self.name, "links": self.links, "reserve": {"vcpus": 0, "memory_mib": 64}, "vcpu_ratio": 8,
                "virt_type": "test" if self.uri.startswith("test") else "qemu", "state_dir": str(self.state_dir)}
        answer = self.ask(op="module", module="slice_info", args=args)["result"]
        if "state" not in answer:
            raise RuntimeError(f"slice_info of {self.name}: {answer.get('msg')}")
        return answer["state"]

    def dump(self):
        """What the host has; see faults_dump."""
        return self.ask(op="dump", uri=self.uri, directories=[str(self.state_dir), str(self.hosts_dir), "/var/lib/libvirt/dnsmasq", "/etc/libvirt/qemu"])


@dataclass
class Outcome:
    """One run of a module in a pass."""

    host: str
    step: str
    result: dict
    killed: bool
    seconds: float
    writes: int

    @property
    def failed(self):
        return self.result.get("msg", "no reason given") if self.result.get("failed") else None


@dataclass
class Ran:
    """A pass: its plan and what its modules did."""

    plan: dict
    outcomes: list = field(default_factory=list)

    @property
    def failures(self):
        return [f"{one.step} on {one.host}: {one.failed}" for one in self.outcomes if one.failed]

    @property
    def changed(self):
        return [f"{one.step} on {one.host}: {json.dumps(one.result.get('commands'))[:400]}" for one in self.outcomes if one.result.get("changed")]

    @property
    def killed(self):
        return next((one for one in self.outcomes if one.killed), None)


class Fleet:
    """Hosts and what is planned for them. steps: the modules that its passes run; bug: see faults_moments."""

    def __init__(self, hosts, image, steps=STEPS, bug=None, vips_timeout=60):
        self.hosts = {host.name: host for host in hosts}
        self.image, self.steps, self.bug, self.vips_timeout = image, steps, bug, vips_timeout
        self._sources = Sources(_no_template)

    @property
    def guests(self):
        """Whether its passes make guests."""
        return "vms" in self.steps

    def plan(self, step):
        """The plan of a step of a life for the state the hosts have now."""
        states = {name: host.info() for name, host in self.hosts.items()}
        slices = validate_slices(faults_life.slices(step, self.image))
        plan = make_plan(slices, faults_life.profiles(step), states, list(self.hosts), step.as_of, 600, False)
        return json.loads(json.dumps(plan))

    def run(self, step, assassin=None):
        """One pass. assassin: callable(host, name of the step, run) that may run a module with a moment; see faults_kills."""
        return self.apply(self.plan(step), assassin)

    def apply(self, plan, assassin=None):
        """Give every host its share. A host whose module failed or died leaves the pass, as it would leave a playbook."""
        ran = Ran(plan)
        shares = {name: share_of(plan, name) for name in self.hosts}
        going = {name: share["fingerprint"] for name, share in shares.items()}
        for step in self.steps:
            for name in list(going):
                args = self.arguments(self.hosts[name], shares[name], step, going[name])
                if args is None:
                    continue
                outcome = self._one(self.hosts[name], step, args, assassin)
                ran.outcomes.append(outcome)
                if outcome.killed or outcome.failed:
                    del going[name]
                elif step in FINGERPRINTED:
                    going[name] = outcome.result["fingerprint"]
        return ran

    def _one(self, host, step, args, assassin):
        def run(moment=None, check=False):
            given = dict(args, _ansible_check_mode=True) if check else args
            module = "slice_networks" if step == "dissolve" else f"slice_{step}"
            answer = host.ask(op="module", module=module, args=given, moment=moment, bug=self.bug)
            return Outcome(host.name, step, answer["result"], answer["killed"], answer["seconds"], answer["writes"])

        return (assassin(host, step, run) if assassin else None) or run()

    def arguments(self, host, share, step, fingerprint):
        """Options of the module of a step, as the roles give them; None where the step has nothing to do."""
        common = {key: share[key] for key in ("as_of", "expires_at", "live")}
        common["state_dir"] = str(host.state_dir)
        if step == "qos":
            return dict(common, attachments=share["attachments"]) if share["attachments"] else None
        common.update(uri=host.uri, host=host.name, fingerprint=fingerprint)
        if step == "vips":
            return dict(common, vms=share["vms"], timeout_seconds=self.vips_timeout, hosts_file=str(host.hosts_dir / "netslice.hosts"))
        if step == "vms":
            kind = "test" if host.uri.startswith("test") else "qemu"
            vms = [rendering._filled(vm, kind, "domain.xml.j2", self._sources) if rendering._needs_definition(vm) else vm for vm in share["vms"]]
            return dict(common, vms=vms, virt_type=kind, stop_timeout_seconds=30)
        networks = share["networks"]
        if step == "dissolve":
            if not any(entry["want"] == "absent" for entry in networks):
                return None
        else:
            networks = [entry for entry in networks if entry["want"] == "present"]
        return dict(common, networks=networks, ranges=share["ranges"], flows=share["flows"], vms=share["vms"], links=host.links)


def _no_template(_directory, name):
    raise rendering.AnsibleError(f"the lab has no template {name} of its own")
