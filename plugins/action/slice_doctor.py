# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Diagnoses a running installation: an action plugin, because libraries, models and the token are those of the controller."""
from __future__ import annotations

import tempfile
import time

from ansible_collections.foresight.netslice.plugins.plugin_utils.controller_action import SLICES_RELATIONS, SLICES_SPEC, ControllerAction, instant
from ansible_collections.foresight.netslice.plugins.plugin_utils.doctor import controller, hosts, influxdb
from ansible_collections.foresight.netslice.plugins.plugin_utils.doctor.feedback import proposals
from ansible_collections.foresight.netslice.plugins.plugin_utils.doctor.findings import Finding, lines, refused
from ansible_collections.foresight.netslice.plugins.plugin_utils.doctor.passes import LOOK_SECONDS, RECONCILER, passes, reconcilers
from ansible_collections.foresight.netslice.plugins.plugin_utils.errors import NetsliceError
from ansible_collections.foresight.netslice.plugins.plugin_utils.manager.registered import asked_hosts, registered
from ansible_collections.foresight.netslice.plugins.plugin_utils.manager.slices_file import plain
from ansible_collections.foresight.netslice.plugins.plugin_utils.telemetry import survey
from ansible_collections.foresight.netslice.plugins.plugin_utils.telemetry.client import connect
from ansible_collections.foresight.netslice.plugins.plugin_utils.telemetry.feedbacks import last_proposals
from ansible_collections.foresight.netslice.plugins.plugin_utils.telemetry.hosts import last_points
from ansible_collections.foresight.netslice.plugins.plugin_utils.telemetry.options import CONNECTION_SPEC, plugin_connection
from ansible_collections.foresight.netslice.plugins.plugin_utils.telemetry.reader import read_series, series_requests
from ansible_collections.foresight.netslice.plugins.plugin_utils.telemetry.records import DECISION

SPEC = {
    **SLICES_SPEC,
    "hypervisors": {"type": "list", "elements": "str", "required": True},
    "info_variable": {"type": "str", "default": "doctor_info"},
    "clock_variable": {"type": "str", "default": "doctor_clock"},
    "interval_seconds": {"type": "int", "default": 60},
    "asked": {"type": "list", "elements": "float", "default": []},
    "balancers": {"type": "list", "elements": "dict", "default": []},
    "models_path": {"type": "path"},
    "as_of": {"type": "str"},
    "history_seconds": {"type": "int", "default": 691200},
    "step_seconds": {"type": "int", "default": 300},
    **CONNECTION_SPEC,
}


class ActionModule(ControllerAction):
    """slice_doctor: looks at everything it can reach, and changes nothing."""

    SPEC = SPEC
    RELATIONS = SLICES_RELATIONS

    def work(self, args, task_vars) -> dict:
        """All findings; that something is ill does not fail the task."""
        raw = self.given_slices(args)
        valid, about = controller.slices(raw)
        findings = [*controller.libraries(), controller.model(args["models_path"]), controller.space(tempfile.gettempdir()), about]
        states, errors, clocks = _answers(args, task_vars)
        findings += self._influxdb(args, task_vars, valid, [host for host, state in states.items() if any(vm["running"] for vm in state["vms"])])
        findings += hosts.hypervisors(args["hypervisors"], states, errors, clocks, _asked(args))
        findings += hosts.balancers(plain("balancers", args["balancers"]))
        failed = sum(1 for one in findings if one.verdict == "failed")
        return {"changed": False, "findings": [one._asdict() for one in findings], "failures": failed, "table": lines(findings)}

    def _influxdb(self, args: dict, task_vars: dict, slices: list, running: list) -> list[Finding]:
        """The server, and what is in it; one row of it where it does not answer at all."""
        now = instant(args)
        try:
            options = plugin_connection(args, task_vars, self._templar)
            found = [influxdb.clock(options)]
            if found[0].verdict == "failed" and found[0].object == "connection":
                return found
            with connect(options) as client:
                found.append(influxdb.reading(client, now))
                if found[-1].verdict == "failed":
                    return found
                series = read_series(client, series_requests(slices), now, args["history_seconds"], args["step_seconds"]) if slices else {}
                found += influxdb.telemetry(survey.survey(slices, series, now))
                interval = args["interval_seconds"]
                found += influxdb.collectors(last_points(client, running, now, influxdb.SILENT_INTERVALS * interval), now, interval)
                found += proposals(last_proposals(client, [one["name"] for one in slices], now), slices)
                found += passes(slices, client.rows(DECISION, {"mode": str}, now - LOOK_SECONDS, now), now)
                return found + reconcilers(client.rows(RECONCILER, {"code": int, "why": str}, now - LOOK_SECONDS, now))
        except NetsliceError as exc:
            return [refused("influxdb", "connection", exc)]


def _asked(args: dict) -> tuple[float, float]:
    now = time.time()
    begin, end = (args["asked"] + [now, now])[:2] if args["asked"] else (now, now)
    return begin, end


def _answers(args: dict, task_vars: dict) -> tuple[dict, dict, dict]:
    """({host: state}, {host: why it has none}, {host: its time in seconds}) of what the play registered."""
    states, errors, clocks = {}, {}, {}
    hosts_of_play = sorted({*args["hypervisors"], *asked_hosts(task_vars)})
    for host, info in registered(hosts_of_play, args["info_variable"], task_vars).items():
        if isinstance(info.get("state"), dict):
            states[host] = plain(f"state of {host}", info["state"])
        elif info.get("msg") and not info.get("unreachable"):
            errors[host] = str(info["msg"])
    for host, clock in registered(hosts_of_play, args["clock_variable"], task_vars).items():
        told = str(clock.get("stdout") or "").strip()
        if told.isdigit():
            clocks[host] = float(told)
    return states, errors, clocks
