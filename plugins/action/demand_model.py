# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Trains the forecaster on the telemetry of a site: an action plugin, because weights, token and torch stay on the controller."""
from __future__ import annotations

from ansible.utils.display import Display

from ansible_collections.foresight.netslice.plugins.plugin_utils.analytics import site, versions
from ansible_collections.foresight.netslice.plugins.plugin_utils.controller_action import SLICES_SPEC, ControllerAction, instant
from ansible_collections.foresight.netslice.plugins.plugin_utils.requirements import require
from ansible_collections.foresight.netslice.plugins.plugin_utils.telemetry.client import connect
from ansible_collections.foresight.netslice.plugins.plugin_utils.telemetry.options import CONNECTION_SPEC, plugin_connection
from ansible_collections.foresight.netslice.plugins.plugin_utils.telemetry.reader import read_series, series_requests

SPEC = {
    **SLICES_SPEC,
    "models_path": {"type": "path", "required": True},
    "version": {"type": "str"},
    "as_of": {"type": "str"},
    "history_seconds": {"type": "int", "default": 2419200},
    "step_seconds": {"type": "int", "default": 300},
    "batches": {"type": "int", "default": 1600},
    "series_fits": {"type": "int", "default": 64},
    "seed": {"type": "int", "default": 1},
    "device": {"type": "str", "choices": ["auto", "cpu", "cuda"], "default": "auto"},
    "keep_versions": {"type": "int"},
    **CONNECTION_SPEC,
}

ONE_OF = ("slices", "slices_path", "version")


class ActionModule(ControllerAction):
    """demand_model: everything happens on the controller, whatever host the task runs for."""

    SPEC = SPEC
    RELATIONS = {"mutually_exclusive": [ONE_OF], "required_one_of": [ONE_OF]}

    def work(self, args, task_vars) -> dict:
        """Read, fit, judge, promote; or make an older version current."""
        write = not self._task.check_mode
        model = versions.roll_back(args["models_path"], args["version"], write) if args["version"] else self._train(args, task_vars, write)
        result = {"changed": model.pop("changed"), "model": model, "commands": []}
        if self._task.diff and result["changed"]:
            result["diff"] = {"before": f"{model['before'] or 'shipped model'}\n", "after": f"{model['current'] or 'shipped model'}\n"}
        return result

    def _train(self, args, task_vars, write) -> dict:
        for name in ("torch", "safetensors", "numpy"):
            require(name, "train a model")
        plan = site.Plan(**{name: args[name] for name in ("batches", "seed", "history_seconds", "step_seconds", "series_fits", "keep_versions", "device")})
        slices = self.slices(args)
        as_of = instant(args)
        with connect(plugin_connection(args, task_vars, self._templar)) as client:
            series = read_series(client, series_requests(slices), as_of, plan.history_seconds, plan.step_seconds)
        return site.train(series, args["models_path"], plan, write, _tell)


def _tell(line):
    Display().display(f"demand_model: {line}", stderr=True)  # which is not held back where it is no terminal
