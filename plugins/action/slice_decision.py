# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes what a pass decided and forecast to InfluxDB: an action plugin, because the token stays on the controller."""
from __future__ import annotations

from ansible_collections.foresight.netslice.plugins.plugin_utils.controller_action import ControllerAction
from ansible_collections.foresight.netslice.plugins.plugin_utils.instants import parse_instant
from ansible_collections.foresight.netslice.plugins.plugin_utils.manager.artifact import unpack
from ansible_collections.foresight.netslice.plugins.plugin_utils.manager.curves import forget_passing
from ansible_collections.foresight.netslice.plugins.plugin_utils.telemetry.archive import kept_before
from ansible_collections.foresight.netslice.plugins.plugin_utils.telemetry.client import connect
from ansible_collections.foresight.netslice.plugins.plugin_utils.telemetry.hosts import loss_points
from ansible_collections.foresight.netslice.plugins.plugin_utils.telemetry.options import CONNECTION_SPEC, plugin_connection
from ansible_collections.foresight.netslice.plugins.plugin_utils.telemetry.records import decision_points, drifted, forecast_points, read_curves

SPEC = {
    "plan": {"type": "dict", "required": True},
    "curves_path": {"type": "path"},
    **CONNECTION_SPEC,
}
#: slices that are warned of one by one at most; the report lists all
WARNINGS = 10


class ActionModule(ControllerAction):
    """slice_decision: everything happens on the controller, whatever host the task runs for."""

    SPEC = SPEC

    def work(self, args, task_vars) -> dict:
        """Make the points and write them; never changed, as a repeat writes the same."""
        connection = plugin_connection(args, task_vars, self._templar)
        profiles = read_curves(args["curves_path"], args["plan"]) if args["curves_path"] else []
        drifts = drifted(profiles)
        for name, text in sorted(drifts.items())[:WARNINGS]:
            self._display.warning(f"Slice {name} is forecast by a seasonal naive model, because its forecasts drift: {text}.")
        plan = unpack(args["plan"])
        decisions, losses, forecasts = decision_points(plan, drifts), loss_points(plan), forecast_points(profiles)
        if not self._task.check_mode:
            with connect(connection) as client:
                series = sum(len(one["resources"]) for one in profiles)
                kept = kept_before(client, parse_instant(args["plan"]["as_of"]), series) if forecasts else set()
                client.write(decisions + losses + forecast_points(profiles, kept))
        if args["curves_path"]:
            forget_passing(args["curves_path"])
        verb = "Would write" if self._task.check_mode else "Wrote"
        return {"changed": False, "points": {"netslice_decision": len(decisions), "netslice_forecast": len(forecasts)},
                "msg": f"{verb} {len(decisions)} decisions and {len(forecasts)} forecasts of {args['plan']['as_of']} "
                       f"to bucket {connection['influxdb_bucket']}."}
