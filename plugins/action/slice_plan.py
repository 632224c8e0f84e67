# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Forecasts and plans all slices of a pass, in the process of the controller that runs the task."""
from __future__ import annotations

import json
import time

from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible.plugins.action import ActionBase

from ansible_collections.foresight.netslice.plugins.plugin_utils.analytics.engine import Settings, demand_profiles
from ansible_collections.foresight.netslice.plugins.plugin_utils.domain_templates import Sources, definition_digest
from ansible_collections.foresight.netslice.plugins.plugin_utils.errors import InvalidInput, NetsliceError
from ansible_collections.foresight.netslice.plugins.plugin_utils.instants import format_instant, parse_instant
from ansible_collections.foresight.netslice.plugins.plugin_utils.manager import artifact, evidence
from ansible_collections.foresight.netslice.plugins.plugin_utils.manager.approval import check_unchanged
from ansible_collections.foresight.netslice.plugins.plugin_utils.manager.curves import write_curves
from ansible_collections.foresight.netslice.plugins.plugin_utils.manager.difference import difference, shortened
from ansible_collections.foresight.netslice.plugins.plugin_utils.manager.gate import asks, gated
from ansible_collections.foresight.netslice.plugins.plugin_utils.manager.hooks import named, with_paths
from ansible_collections.foresight.netslice.plugins.plugin_utils.manager.lead_time import learned
from ansible_collections.foresight.netslice.plugins.plugin_utils.manager.plan import check_input, make_plan
from ansible_collections.foresight.netslice.plugins.plugin_utils.manager.registered import registered_states
from ansible_collections.foresight.netslice.plugins.plugin_utils.manager.resizing import roomy
from ansible_collections.foresight.netslice.plugins.plugin_utils.manager.settled import with_settled
from ansible_collections.foresight.netslice.plugins.plugin_utils.manager.slices import validate_slices, without
from ansible_collections.foresight.netslice.plugins.plugin_utils.manager.slices_file import load_slices, plain
from ansible_collections.foresight.netslice.plugins.plugin_utils.task_files import check_tasks
from ansible_collections.foresight.netslice.plugins.plugin_utils.telemetry.archive import CALIBRATION_AGE, read_calibrations
from ansible_collections.foresight.netslice.plugins.plugin_utils.telemetry.backtests import last_replays, replays_of_file
from ansible_collections.foresight.netslice.plugins.plugin_utils.telemetry.client import connect
from ansible_collections.foresight.netslice.plugins.plugin_utils.telemetry.options import CONNECTION_SPEC, plugin_connection
from ansible_collections.foresight.netslice.plugins.plugin_utils.telemetry.reader import read_series, series_requests
from ansible_collections.foresight.netslice.plugins.plugin_utils.telemetry.usage import read_usage, with_usage

#: the choice of `curves` that keeps every step
WHOLE = "whole"
SPEC = {
    "slices_path": {"type": "path"},
    "absent": {"type": "list", "elements": "str", "default": []},
    "hypervisors": {"type": "list", "elements": "str", "required": True},
    "state_variable": {"type": "str", "default": "slice_manager_info"},
    "as_of": {"type": "str"},
    "expires_seconds": {"type": "int", "default": 600},
    "takeover": {"type": "bool", "default": False},
    "reserve_hosts": {"type": "int", "default": 0, "choices": [0, 1]},
    "lost_hosts": {"type": "list", "elements": "str", "default": []},
    "evidence": {"type": "list", "elements": "dict", "default": []},
    "curves_path": {"type": "path"},
    "curves": {"type": "str", "choices": ["leads", WHOLE], "default": WHOLE},
    "replay_path": {"type": "path"},
    "models_path": {"type": "path"},
    "horizon_seconds": {"type": "int", "default": 43200},
    "step_seconds": {"type": "int", "default": 300},
    "history_seconds": {"type": "int", "default": 691200},
    "result_characters": {"type": "int", "default": 700000},
    **CONNECTION_SPEC,
}
#: large options that are read as they are: their contents are checked by the planner
BULK = ("slices", "states", "profiles", "artifact")
#: what an artifact has settled
SETTLED = ("slices", "slices_path", "absent", "profiles", "curves_path")
#: slices that are warned of one by one at most; the decision records tell of all
WARNINGS = 10
#: a diff takes at most one part in so many of the characters of a result
DIFF_SHARE = 7


class ActionModule(ActionBase):
    """slice_plan: reads telemetry and states, returns a plan; changes nothing itself."""

    _supports_check_mode = True
    _requires_connection = False

    def run(self, tmp=None, task_vars=None):
        """Plan the pass; every refusal becomes a failed result with its text."""
        result = super().run(tmp, task_vars)
        try:
            result.update(self._plan(task_vars or {}))
        except NetsliceError as exc:
            result.update(failed=True, msg=str(exc))
        return result

    def _plan(self, task_vars: dict) -> dict:
        args, bulk = self._arguments()
        live = args["as_of"] is None
        as_of = int(time.time()) if live else parse_instant(args["as_of"])
        if "artifact" in bulk:
            return self._approved(args, bulk, as_of, task_vars)
        slices = self._gated(self._with_hooks(without(validate_slices(self._slices(args, bulk)), args["absent"])), args, as_of, task_vars)
        states = bulk["states"] if "states" in bulk else registered_states(args["hypervisors"], args["state_variable"], task_vars)
        if "profiles" in bulk:
            profiles, usage = bulk["profiles"], {}
            _check_profiles(profiles, as_of, args["expires_seconds"])
        else:
            profiles, usage = self._profiles(args, slices, states, as_of, task_vars)
        seen = with_usage(states, usage) if usage else states
        plan = make_plan(slices, profiles, seen, args["hypervisors"], as_of, args["expires_seconds"], live, args["takeover"],
                         args["reserve_hosts"], args["lost_hosts"], self._definitions(slices), args["evidence"])
        if args["curves_path"]:
            write_curves(args["curves_path"], format_instant(as_of), profiles)
        return self._result(plan, states, args["result_characters"])

    def _approved(self, args: dict, bulk: dict, as_of: int, task_vars: dict) -> dict:
        """The very plan of an artifact, where the hosts are as it found them."""
        plan = artifact.decode(bulk["artifact"], as_of)
        states = bulk["states"] if "states" in bulk else registered_states(args["hypervisors"], args["state_variable"], task_vars)
        check_unchanged(plan, states, args["hypervisors"], _lost(args))
        return self._result(plan, states, args["result_characters"])

    def _result(self, plan: dict, states: dict, most: int) -> dict:
        plan, diff = with_settled(plan, states), {}
        if self._task.diff:
            diff = {"diff": shortened(difference(plan, states), most // DIFF_SHARE)}
            most -= len(json.dumps(diff))
        return {"changed": plan["changes"] > 0, **_within(plan, most, self._display.warning), **diff}

    def _arguments(self) -> tuple[dict, dict]:
        given = dict(self._task.args)
        bulk = {name: plain(name, given.pop(name)) for name in BULK if given.get(name) is not None}
        for name in BULK:
            given.pop(name, None)
        checked = ArgumentSpecValidator(SPEC).validate(json.loads(json.dumps(given, default=str)))
        if checked.error_messages:
            raise InvalidInput(f"slice_plan: {'; '.join(checked.error_messages)}.")
        args = checked.validated_parameters
        args["evidence"] = evidence.checked(plain("evidence", args["evidence"]))
        if "artifact" in bulk:
            beside = [name for name in SETTLED if name in bulk or args.get(name)]
            if beside:
                raise InvalidInput(f"slice_plan: takes no {beside[0]} beside artifact, which holds a plan that is made. Leave one of them out.")
        elif ("slices" in bulk) == bool(args["slices_path"]):
            raise InvalidInput("slice_plan: takes either slices or slices_path; give one of them.")
        if args["expires_seconds"] < 1:
            raise InvalidInput(f"expires_seconds: {args['expires_seconds']} is less than 1.")
        return args, bulk

    def _definitions(self, slices: list) -> dict[str, str]:
        """{slice: digest of what a new VM of it is made from}, of the slices that replace what is out of date, or put right what was changed by hand."""
        sources = Sources(self._find_needle)
        return {one["name"]: definition_digest(one["vm"], one["vm"]["template"], sources) for one in slices if _compared(one)}

    def _with_hooks(self, slices: list) -> list:
        """The slices with the whole paths of the task files that they name. Raises InvalidInput where one is not there, or holds no tasks."""
        found = [with_paths(one, self._find_needle) if named(one) else one for one in slices]
        for path in sorted({hook["tasks"] for one in found for hook in one["hooks"].values() if hook["tasks"]}):
            check_tasks(path, self._loader)
        return found

    def _slices(self, args: dict, bulk: dict):
        return bulk["slices"] if "slices" in bulk else load_slices(self._loader, args["slices_path"])

    def _gated(self, slices: list, args: dict, as_of: int, task_vars: dict) -> list:
        """The slices, those whose gate the last replay does not open as forecast_only."""
        names = [one["name"] for one in slices if asks(one)]
        if not names:
            return slices
        if args["replay_path"]:
            records = replays_of_file(args["replay_path"])
        else:
            with connect(plugin_connection(args, task_vars, self._templar)) as client:
                records = last_replays(client, names, as_of)
        slices = gated(slices, records, as_of)
        held = [one for one in slices if one["scaling"].get("held")]
        for one in held[:WARNINGS]:
            self._display.warning(f"Slice {one['name']} is planned as forecast_only: {one['scaling']['held']}.")
        return slices

    def _profiles(self, args: dict, slices: list, states: dict, as_of: int, task_vars: dict) -> tuple[list, dict]:
        """Forecast in one batch: -> Demand Profiles, cores used by VMs that go by how busy they are.

        What would be refused anyway is refused before telemetry is read.
        """
        check_input(slices, states, args["hypervisors"], args["takeover"], args["reserve_hosts"], _lost(args))
        if not slices:
            return [], {}
        self._warn_of_short_history(slices, args["history_seconds"])
        settings = Settings(args["models_path"], args["step_seconds"], args["horizon_seconds"], args["history_seconds"])
        with connect(plugin_connection(args, task_vars, self._templar)) as client:
            series = read_series(client, series_requests(slices), as_of, args["history_seconds"], args["step_seconds"])
            calibrations = read_calibrations(client, [one["name"] for one in slices], as_of, CALIBRATION_AGE)
            usage = read_usage(client, [one["name"] for one in slices if "least_busy" in one["scaling"]["victims"]], as_of)
        kept = bool(args["curves_path"])
        return demand_profiles(learned(slices, states), series, as_of, settings, kept and args["curves"] == WHOLE, calibrations, leads=kept), usage

    def _warn_of_short_history(self, slices: list, history: int) -> None:
        """Want of demand is only known over the history that is read."""
        never = [one["name"] for one in slices if (one["scaling"]["dissolve_after_seconds"] or 0) > history]
        if never:
            self._display.warning(f"scaling.dissolve_after_seconds of {', '.join(never[:5])}{' and others' if never[5:] else ''} is longer than "
                                  f"history_seconds, {history}: without demand they are never dissolved. Lower it, or read more history.")


def _lost(args: dict) -> list[str]:
    """The hosts that are lost, by the operator's word or by evidence."""
    return [one["host"] for one in evidence.declared(args["lost_hosts"], args["evidence"])]


def _check_profiles(profiles, as_of: int, expires_seconds: int) -> None:
    """Profiles from outside must be of this pass: windows of an older one lie in the past."""
    if not isinstance(profiles, list):
        raise InvalidInput("profiles: must be a list of Demand Profiles.")
    for index, profile in enumerate(profiles):
        if not isinstance(profile, dict) or not {"slice", "as_of", "quantiles", "resources"} <= set(profile):
            raise InvalidInput(f"profiles[{index}]: is no Demand Profile. Take what the lookup foresight.netslice.demand_profile returns.")
        if abs(as_of - parse_instant(profile["as_of"])) > expires_seconds:
            raise InvalidInput(
                f"profiles[{index}].as_of: {profile['as_of']} of slice {profile['slice']} is more than {expires_seconds} s from "
                f"{format_instant(as_of)}, for which the pass decides. Make the profiles for the same as_of."
            )


def _within(plan: dict, most: int, warn) -> dict:
    """The plan and its artifact, packed where they are large, so that AWX keeps the event of the task."""
    whole = len(json.dumps(plan)) if len(plan["slices"]) < 5000 else most
    if whole < most:
        encoded = artifact.encode(plan)
        if whole + len(encoded["data"]) + 1000 <= most:
            return {"plan": plan, "artifact": encoded}
    packed = artifact.pack(plan)
    size = len(json.dumps(packed))
    if size > most:
        raise NetsliceError(
            f"Cannot return plan {plan['id']} of {len(plan['slices'])} slices: its result has {size} characters, more than {most}, and AWX drops "
            f"such events whole. Divide the slices and hypervisors over several inventories, or raise result_characters where nothing reads the events."
        )
    try:
        encoded = artifact.encode(plan)
    except NetsliceError as exc:
        warn(str(exc))
        return {"plan": packed, "artifact": {}}
    if size + len(encoded["data"]) + 1000 > most:
        warn(f"The artifact of plan {plan['id']} is left out: with it the result would have more than {most} characters.")
        encoded = {}
    return {"plan": packed, "artifact": encoded}


def _compared(slice_: dict) -> bool:
    """Whether a slice asks for something to be done about VMs that are not made of what it says."""
    scaling = slice_["scaling"]
    return roomy(slice_["vm"]) or scaling["replace_outdated"] or scaling["healing"]["changed_by_hand"] == "restore"
