# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Replays the policy over past telemetry: an action plugin, because models, token and output files stay on the controller."""
from __future__ import annotations

from ansible_collections.foresight.netslice.plugins.plugin_utils.analytics import policy_replay, replay_document
from ansible_collections.foresight.netslice.plugins.plugin_utils.analytics.registry import load_models
from ansible_collections.foresight.netslice.plugins.plugin_utils.controller_action import SLICES_RELATIONS, SLICES_SPEC, ControllerAction, instant, progress
from ansible_collections.foresight.netslice.plugins.plugin_utils.errors import InvalidInput
from ansible_collections.foresight.netslice.plugins.plugin_utils.report import output, replay_page, replay_table
from ansible_collections.foresight.netslice.plugins.plugin_utils.requirements import require
from ansible_collections.foresight.netslice.plugins.plugin_utils.telemetry import backtests
from ansible_collections.foresight.netslice.plugins.plugin_utils.telemetry.client import connect
from ansible_collections.foresight.netslice.plugins.plugin_utils.telemetry.options import CONNECTION_SPEC, plugin_connection

SPEC = {
    **SLICES_SPEC,
    "as_of": {"type": "str"},
    "replay_seconds": {"type": "int", "default": 1209600},
    "window_seconds": {"type": "int", "default": 691200},
    "objective": {"type": "dict", "options": {"short_percent": {"type": "float", "required": True}}},
    "models_path": {"type": "path"},
    "idle_watts": {"type": "float", "default": 0.74},
    "busy_watts": {"type": "float", "default": 3.5},
    "record": {"type": "bool", "default": True},
    "path": {"type": "path"},
    "json_path": {"type": "path"},
    "detailed": {"type": "int", "default": 20},
    **CONNECTION_SPEC,
}


class ActionModule(ControllerAction):
    """slice_replay: everything happens on the controller, whatever host the task runs for."""

    SPEC = SPEC
    RELATIONS = SLICES_RELATIONS

    def work(self, args, task_vars) -> dict:
        """Read, replay slice by slice, record, and write the files that were asked for."""
        require("numpy", "replay the policy")
        plan, slices = _plan(args), self.slices(args)
        if args["detailed"] < 0:
            raise InvalidInput(f"detailed: {args['detailed']} is below 0; 0 leaves single slices out of table and page.")
        as_of = instant(args)
        write = not self._task.check_mode
        output.require_places([args["path"], args["json_path"]] if write else [])
        with connect(plugin_connection(args, task_vars, self._templar)) as client:
            entries, left, drawn = _replayed(client, slices, plan, as_of)
            if write and args["record"]:
                client.write(backtests.backtest_points(entries, as_of))
        document = replay_document.document(entries, left, plan, as_of)
        if write:
            _write(args, document, drawn)
        shown = replay_table.ordered(document)[:args["detailed"]]
        return {"changed": False, "table": replay_table.lines(document, args["detailed"]), "path": args["path"], "json_path": args["json_path"],
                "replay": {**document, "slices": shown}}


def _plan(args) -> policy_replay.Plan:
    objective = (args["objective"] or {}).get("short_percent")
    return policy_replay.Plan(args["replay_seconds"], args["window_seconds"], objective, args["models_path"], args["idle_watts"], args["busy_watts"])


def _replayed(client, slices, plan, as_of) -> tuple:
    """(entries, {slice: why it is left out}, {slice: counts of each row}) of the slices, one after the other."""
    say, entries, left, drawn = progress("slice_replay"), [], {}, {}
    models = load_models(plan.models_path)
    for number, one in enumerate(slices, 1):
        say(f"slice {number} of {len(slices)}, {one['name']}")
        replayed = policy_replay.read_replay(client, one, models, plan, as_of)
        if replayed.why_not:
            left[one["name"]] = replayed.why_not
            continue
        ran = backtests.read_ran(client, one["name"], as_of - plan.history_seconds, as_of)
        entry, drawn[one["name"]] = replay_document.entry(one, replayed, models, ran)
        entries.append(entry)
    if not entries:
        raise InvalidInput("Cannot replay any slice: " + "; ".join(f"{name}: {why}" for name, why in left.items())
                           + ". Wait until there is more telemetry, or correct as_of, influxdb_bucket, or the fields that the slices name.")
    return entries, left, drawn


def _write(args, document, drawn) -> None:
    if args["json_path"]:
        output.replace_json(args["json_path"], document)
    if args["path"]:
        output.replace(args["path"], replay_page.render(document, drawn, args["detailed"]))
