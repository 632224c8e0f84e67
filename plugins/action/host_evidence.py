# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Judges by a rule of evidence whether hosts that do not answer are lost: an action plugin, because the token stays on the controller."""
from __future__ import annotations

from ansible_collections.foresight.netslice.plugins.plugin_utils.controller_action import ControllerAction, instant
from ansible_collections.foresight.netslice.plugins.plugin_utils.errors import TelemetryError
from ansible_collections.foresight.netslice.plugins.plugin_utils.instants import format_instant
from ansible_collections.foresight.netslice.plugins.plugin_utils.manager import evidence
from ansible_collections.foresight.netslice.plugins.plugin_utils.manager.registered import asked_hosts, registered, registered_states
from ansible_collections.foresight.netslice.plugins.plugin_utils.manager.slices_file import plain
from ansible_collections.foresight.netslice.plugins.plugin_utils.telemetry import hosts
from ansible_collections.foresight.netslice.plugins.plugin_utils.telemetry.client import connect
from ansible_collections.foresight.netslice.plugins.plugin_utils.telemetry.options import CONNECTION_SPEC, plugin_connection

SPEC = {
    "rule": {"type": "dict", "required": True, "options": {
        "silent_seconds": {"type": "int", "required": True},
        "passes": {"type": "int", "default": 2},
        "telemetry": {"type": "bool", "default": True},
        "probe": {"type": "bool", "default": True},
        "witnesses": {"type": "int", "default": 1},
        "most_hosts": {"type": "int", "default": 1},
        "most_percent": {"type": "float", "default": 50.0},
    }},
    "hypervisors": {"type": "list", "elements": "str", "required": True},
    "lost_hosts": {"type": "list", "elements": "str", "default": []},
    "state_variable": {"type": "str", "default": "slice_manager_info"},
    "suspects": {"type": "list", "elements": "dict"},
    "probe_variable": {"type": "str", "default": "slice_manager_probe"},
    "as_of": {"type": "str"},
    **CONNECTION_SPEC,
}


class ActionModule(ControllerAction):
    """host_evidence: everything happens on the controller, whatever host the task runs for."""

    SPEC = SPEC

    def work(self, args, task_vars) -> dict:
        """Find the suspects, or judge those that are given after they were probed; never changed."""
        rule = evidence.Rule(**args["rule"])
        states = registered_states(args["hypervisors"], args["state_variable"], task_vars)
        if args["suspects"] is None:
            return self._look(rule, args, states, task_vars)
        suspects, controls = evidence.probes(plain("suspects", args["suspects"]), states)
        answers = {host: set(found.get("answered") or ()) for host, found in registered(sorted(states), args["probe_variable"], task_vars).items()
                   if "answered" in found}
        return self._said(evidence.judge(rule, suspects, controls, answers))

    def _look(self, rule, args, states: dict, task_vars: dict) -> dict:
        """Record who answered, and ask InfluxDB about those who did not. Where it does not answer, nobody is lost."""
        as_of = instant(args)
        silent = evidence.silent_hosts(args["hypervisors"], states, args["lost_hosts"])
        try:
            with connect(plugin_connection(args, task_vars, self._templar)) as client:
                if not self._task.check_mode:
                    client.write(hosts.answer_points(states, as_of))
                if not silent:
                    return self._said(evidence.Findings())
                asked = [host for host in silent if host in asked_hosts(task_vars)]
                seen = {host: hosts.last_seen(client, host, rule.silent_seconds, as_of) for host in asked}
                passes = hosts.passes_before(client, rule.silent_seconds, as_of)
                others_write = rule.telemetry and hosts.any_writes(client, states, rule.silent_seconds, as_of)
        except TelemetryError as exc:
            return self._said(evidence.Findings(refused={host: f"InfluxDB cannot be asked about it ({exc})" for host in silent}))
        found = evidence.suspect(rule, silent, asked, args["hypervisors"], seen, passes, others_write, as_of)
        found.suspects, controls = evidence.probes(found.suspects, states)
        probed = [*found.suspects, *controls.values()] if rule.probe and found.suspects else []
        addresses = sorted({address for one in probed for address in [*one["addresses"], *one["vips"]]})
        return {**self._said(found), "addresses": addresses, "as_of": format_instant(as_of)}

    def _said(self, found) -> dict:
        """The result, with a warning for each silent host that is not lost."""
        for host, why in sorted(found.refused.items()):
            self._display.warning(f"Host {host} does not answer, and is not taken for lost: {why}.")
        return {"changed": False, "suspects": found.suspects, "refused": found.refused}
