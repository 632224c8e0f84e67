# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Makes the store of telemetry in InfluxDB: an action plugin, because the token that may do so stays on the controller."""
from __future__ import annotations

from ansible_collections.foresight.netslice.plugins.plugin_utils.controller_action import ControllerAction
from ansible_collections.foresight.netslice.plugins.plugin_utils.telemetry.options import CONNECTION_SPEC, plugin_connection
from ansible_collections.foresight.netslice.plugins.plugin_utils.telemetry.store import MEASUREMENTS, RIGHTS, document, store_of, wanted

SPEC = {
    "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
    "retention_seconds": {"type": "int", "default": 2592000},
    "downsample_seconds": {"type": "int", "default": 3600},
    "downsample_retention_seconds": {"type": "int", "default": 34214400},
    "measurements": {"type": "dict", "default": MEASUREMENTS},
    "access": {"type": "list", "elements": "dict", "default": [], "options": {
        "name": {"type": "str", "required": True},
        "rights": {"type": "str", "choices": list(RIGHTS), "required": True},
        "password": {"type": "str", "no_log": True},
    }},
    "drop_data": {"type": "bool", "default": False},
    **CONNECTION_SPEC,
}


class ActionModule(ControllerAction):
    """slice_telemetry_store: everything happens on the controller, whatever host the task runs for."""

    SPEC = SPEC

    def work(self, args, task_vars) -> dict:
        """Compare what is wanted with what is there, and take the steps between unless this is a check."""
        options = plugin_connection(args, task_vars, self._templar)
        asked = wanted(args, options["influxdb_bucket"])
        store, tokens = store_of(options), {}
        if args["state"] == "present":
            steps, tokens = store.present(asked, args["drop_data"])
        else:
            steps = store.absent(asked, args["drop_data"])
        for step in [] if self._task.check_mode else steps:
            tokens.update(step.do() or {})
        words = [step.words for step in steps]
        result = {"changed": bool(steps), "steps": words, "store": document(asked) if args["state"] == "present" else {}, "tokens": tokens}
        if self._task.diff:
            result["diff"] = {"before": "", "after": "".join(f"{one}\n" for one in words)}
        return result
