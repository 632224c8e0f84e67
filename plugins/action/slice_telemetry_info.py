# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Tells what telemetry arrives: an action plugin, because the token stays on the controller."""
from __future__ import annotations

import time

from ansible.errors import AnsibleActionFail
from ansible.plugins.action import ActionBase

from ansible_collections.foresight.netslice.plugins.plugin_utils.errors import InvalidInput, NetsliceError
from ansible_collections.foresight.netslice.plugins.plugin_utils.instants import format_instant, parse_instant
from ansible_collections.foresight.netslice.plugins.plugin_utils.manager.slices import validate_slices
from ansible_collections.foresight.netslice.plugins.plugin_utils.telemetry import survey
from ansible_collections.foresight.netslice.plugins.plugin_utils.telemetry.client import connect
from ansible_collections.foresight.netslice.plugins.plugin_utils.telemetry.options import CONNECTION_SPEC, plugin_connection
from ansible_collections.foresight.netslice.plugins.plugin_utils.telemetry.reader import read_series, series_requests

SPEC = {
    "slices": {"type": "list", "elements": "dict", "required": True},
    "as_of": {"type": "str"},
    "history_seconds": {"type": "int", "default": 691200},
    "step_seconds": {"type": "int", "default": 300},
    **CONNECTION_SPEC,
}


class ActionModule(ActionBase):
    """slice_telemetry_info: everything happens on the controller, whatever host the task runs for."""

    _supports_check_mode = True
    _requires_connection = False

    def run(self, tmp=None, task_vars=None):
        """Read all series once and judge each."""
        result = super().run(tmp, task_vars)
        _checked, args = self.validate_argument_spec(argument_spec=SPEC)
        try:
            result.update(self._survey(args, task_vars or {}))
        except NetsliceError as exc:
            raise AnsibleActionFail(str(exc)) from None
        return result

    def _survey(self, args, task_vars) -> dict:
        as_of = parse_instant(args["as_of"]) if args["as_of"] else int(time.time())
        if not 0 < args["step_seconds"] <= args["history_seconds"]:
            raise InvalidInput(f"history_seconds, step_seconds: {args['history_seconds']} and {args['step_seconds']} do not fit; "
                               f"give a positive step and at least as much history")
        slices = validate_slices(args["slices"])
        entries = []
        if slices:
            with connect(plugin_connection(args, task_vars, self._templar)) as client:
                series = read_series(client, series_requests(slices), as_of, args["history_seconds"], args["step_seconds"])
            entries = survey.survey(slices, series, as_of)
        return {"changed": False, "as_of": format_instant(as_of), "shortened": survey.fit(entries), "telemetry": entries}
