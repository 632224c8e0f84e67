# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Learns from what was measured, forecast and enforced: an action plugin, because models, token and files stay on the controller."""
from __future__ import annotations

import json

from ansible_collections.foresight.netslice.plugins.plugin_utils.analytics import policy_replay
from ansible_collections.foresight.netslice.plugins.plugin_utils.analytics.registry import load_models
from ansible_collections.foresight.netslice.plugins.plugin_utils.controller_action import SLICES_RELATIONS, SLICES_SPEC, ControllerAction, instant, progress
from ansible_collections.foresight.netslice.plugins.plugin_utils.errors import InvalidInput
from ansible_collections.foresight.netslice.plugins.plugin_utils.feedback import document, effect, objective, steady, table
from ansible_collections.foresight.netslice.plugins.plugin_utils.feedback.learned import entry, rounded
from ansible_collections.foresight.netslice.plugins.plugin_utils.feedback.rules import candidates
from ansible_collections.foresight.netslice.plugins.plugin_utils.feedback.sources import read_measured
from ansible_collections.foresight.netslice.plugins.plugin_utils.instants import format_instant
from ansible_collections.foresight.netslice.plugins.plugin_utils.manager.registered import registered_states
from ansible_collections.foresight.netslice.plugins.plugin_utils.report import output
from ansible_collections.foresight.netslice.plugins.plugin_utils.results import RESULT_CHARACTERS, within
from ansible_collections.foresight.netslice.plugins.plugin_utils.requirements import require
from ansible_collections.foresight.netslice.plugins.plugin_utils.telemetry.client import connect
from ansible_collections.foresight.netslice.plugins.plugin_utils.telemetry.feedbacks import feedback_points, last_proposals
from ansible_collections.foresight.netslice.plugins.plugin_utils.telemetry.options import CONNECTION_SPEC, plugin_connection

SPEC = {
    **SLICES_SPEC,
    "hypervisors": {"type": "list", "elements": "str", "default": []},
    "state_variable": {"type": "str", "default": "feedback_info"},
    "as_of": {"type": "str"},
    "period_seconds": {"type": "int", "default": 604800},
    "step_seconds": {"type": "int", "default": 300},
    "replay_seconds": {"type": "int", "default": 604800},
    "window_seconds": {"type": "int", "default": 691200},
    "models_path": {"type": "path"},
    "record": {"type": "bool", "default": True},
    "path": {"type": "path"},
    "json_path": {"type": "path"},
    **CONNECTION_SPEC,
}


class ActionModule(ControllerAction):
    """slice_feedback: everything happens on the controller, whatever host the task runs for."""

    SPEC = SPEC
    RELATIONS = SLICES_RELATIONS

    def work(self, args, task_vars) -> dict:
        """Read and learn slice by slice, record the proposals, and write the files that were asked for."""
        require("numpy", "learn from telemetry")
        _check(args)
        slices = self.slices(args)
        states = registered_states(args["hypervisors"], args["state_variable"], task_vars)
        as_of = instant(args)
        write = not self._task.check_mode
        output.require_places([args["path"], args["json_path"]] if write else [])
        with connect(plugin_connection(args, task_vars, self._templar)) as client:
            entries = _learned(client, slices, states, args, as_of)
            if write and args["record"]:
                client.write(feedback_points(entries, as_of))
        whole = document.document(entries, as_of, args["period_seconds"])
        changed = _write(args, entries, whole, write)
        return {"changed": changed, "path": args["path"], "json_path": args["json_path"], **returned(entries, whole)}


def returned(entries: list[dict], whole: dict) -> dict:
    """What of the feedback a result has: all, or as much as leaves it short enough."""
    lines, proposals = table.lines(entries), document.proposals_of(entries)
    if len(json.dumps([lines, proposals, whole])) <= RESULT_CHARACTERS:
        return {"table": lines, "proposals": proposals, "shortened": False, "feedback": whole}
    half = RESULT_CHARACTERS // 2
    return {"table": table.lines(entries, half), "proposals": within(proposals, half), "shortened": True, "feedback": {**whole, "slices": []}}


def _check(args) -> None:
    if not 0 < args["step_seconds"] <= args["period_seconds"]:
        raise InvalidInput(f"period_seconds, step_seconds: {args['period_seconds']} and {args['step_seconds']} do not fit; "
                           f"give a positive step and at least as long a period.")
    if args["replay_seconds"]:
        _plan(args)


def _plan(args) -> policy_replay.Plan:
    """Raises InvalidInput."""
    return policy_replay.Plan(args["replay_seconds"], args["window_seconds"], None, args["models_path"])


def _learned(client, slices, states, args, as_of) -> list[dict]:
    """Entries of the slices, with their proposals, one slice after the other."""
    say, models, out = progress("slice_feedback"), None, []
    before = last_proposals(client, [one["name"] for one in slices], as_of - 1)
    for number, one in enumerate(slices):
        say(f"slice {number + 1} of {len(slices)}, {one['name']}")
        found = entry(read_measured(client, one, as_of, args["period_seconds"], args["step_seconds"]), states)
        made, together = steady.proposals(one["name"], candidates(one, found), before.get(one["name"], []), format_instant(as_of)), None
        if args["replay_seconds"] and (effect.judged(made) or objective.asked(one)):
            models = models or load_models(args["models_path"])
            replayed = policy_replay.read_replay(client, one, models, _plan(args), as_of)
            made, together = _replayed(one, found, made, replayed, before.get(one["name"], []), format_instant(as_of))
        else:
            made = [{**proposal, "effect": None} for proposal in made]
        made = [{**proposal, "path": f"netslice_slices[{number}].{proposal['key']}"} for proposal in made]
        out.append(rounded({**found, "proposals": made, "together": together}))
    return out


def _replayed(slice_, found, made, replayed, before, as_of) -> tuple:
    """(the proposals and what a replay adds to them, each with its effect; the effect of all together)."""
    lead = found["learned"]["boots"]["lead_time_seconds"]
    if objective.asked(slice_) and not replayed.why_not:
        more = objective.candidate(effect.world_of(slice_, made, lead), replayed)
        made = steady.proposals(slice_["name"], candidates(slice_, found) + ([more] if more else []), before, as_of)
    return effect.with_effects(made, replayed, slice_, lead)


def _write(args, entries, whole, write: bool) -> bool:
    """Replace the files that differ; whether the file of proposals does. That of figures differs with every instant and changes nothing."""
    changed = False
    if args["path"]:
        text = document.overlay(entries)
        changed = output.differs(args["path"], text)
        if changed and write:
            output.replace(args["path"], text)
    if args["json_path"] and write:
        output.replace_json(args["json_path"], whole)
    return changed
