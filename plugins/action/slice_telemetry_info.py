# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Tells what telemetry arrives: an action plugin, because the token stays on the controller."""
from __future__ import annotations

from ansible_collections.foresight.netslice.plugins.plugin_utils.controller_action import SLICES_RELATIONS, SLICES_SPEC, ControllerAction, instant
from ansible_collections.foresight.netslice.plugins.plugin_utils.errors import InvalidInput
from ansible_collections.foresight.netslice.plugins.plugin_utils.instants import format_instant
from ansible_collections.foresight.netslice.plugins.plugin_utils.telemetry import survey
from ansible_collections.foresight.netslice.plugins.plugin_utils.telemetry.client import connect
from ansible_collections.foresight.netslice.plugins.plugin_utils.telemetry.options import CONNECTION_SPEC, plugin_connection
from ansible_collections.foresight.netslice.plugins.plugin_utils.telemetry.reader import read_series, series_requests

SPEC = {
    **SLICES_SPEC,
    "as_of": {"type": "str"},
    "history_seconds": {"type": "int", "default": 691200},
    "step_seconds": {"type": "int", "default": 300},
    **CONNECTION_SPEC,
}


class ActionModule(ControllerAction):
    """slice_telemetry_info: everything happens on the controller, whatever host the task runs for."""

    SPEC = SPEC
    RELATIONS = SLICES_RELATIONS

    def work(self, args, task_vars) -> dict:
        """Read all series once and judge each."""
        as_of = instant(args)
        if not 0 < args["step_seconds"] <= args["history_seconds"]:
            raise InvalidInput(f"history_seconds, step_seconds: {args['history_seconds']} and {args['step_seconds']} do not fit; "
                               f"give a positive step and at least as much history")
        slices = self.slices(args)
        entries = []
        if slices:
            with connect(plugin_connection(args, task_vars, self._templar)) as client:
                series = read_series(client, series_requests(slices), as_of, args["history_seconds"], args["step_seconds"])
            entries = survey.survey(slices, series, as_of)
        return {"changed": False, "as_of": format_instant(as_of), "shortened": survey.fit(entries), "telemetry": entries}
