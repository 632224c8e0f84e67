# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Learns from archived forecasts and what was measured afterwards: an action plugin, because the token stays on the controller."""
from __future__ import annotations

from ansible_collections.foresight.netslice.plugins.plugin_utils.analytics.outcomes import pair
from ansible_collections.foresight.netslice.plugins.plugin_utils.analytics.recalibration import DRIFTED, RECOVERED, recalibrated
from ansible_collections.foresight.netslice.plugins.plugin_utils.controller_action import SLICES_RELATIONS, SLICES_SPEC, ControllerAction, instant
from ansible_collections.foresight.netslice.plugins.plugin_utils.errors import InvalidInput
from ansible_collections.foresight.netslice.plugins.plugin_utils.instants import format_instant
from ansible_collections.foresight.netslice.plugins.plugin_utils.telemetry import archive
from ansible_collections.foresight.netslice.plugins.plugin_utils.telemetry.client import connect
from ansible_collections.foresight.netslice.plugins.plugin_utils.telemetry.options import CONNECTION_SPEC, plugin_connection
from ansible_collections.foresight.netslice.plugins.plugin_utils.telemetry.reader import read_series, series_requests
from ansible_collections.foresight.netslice.plugins.plugin_utils.telemetry.records import LEADS

SPEC = {
    **SLICES_SPEC,
    "as_of": {"type": "str"},
    "history_seconds": {"type": "int", "default": 604800},
    "step_seconds": {"type": "int", "default": 300},
    "every_seconds": {"type": "int", "default": 3600},
    **CONNECTION_SPEC,
}
#: names in a message at most
NAMED = 5


class ActionModule(ControllerAction):
    """demand_calibration: everything happens on the controller, whatever host the task runs for."""

    SPEC = SPEC
    RELATIONS = SLICES_RELATIONS

    def work(self, args, task_vars) -> dict:
        """Read, learn, write; never changed, as what it writes is a record of forecasts and not a state that was asked for."""
        as_of = instant(args)
        _check(args)
        slices = self.slices(args)
        result = {"changed": False, "as_of": format_instant(as_of), "series": 0, "drifted": [], "events": []}
        if not slices:
            return {**result, "msg": "There is no slice to calibrate."}
        with connect(plugin_connection(args, task_vars, self._templar)) as client:
            before = archive.read_calibrations(client, [one["name"] for one in slices], as_of, args["history_seconds"])
            young = [record["time"] for record in before.values() if as_of - record["time"] < args["every_seconds"]]
            if young:
                return {**result, "drifted": _drifted(before), "series": len(before),
                        "msg": f"Nothing to do: the last calibration is of {format_instant(max(young))}, and one is due every {args['every_seconds']} s."}
            records, events = self._learn(client, slices, before, as_of, args)
            if not self._task.check_mode:
                client.write(archive.calibration_points(records, as_of) + archive.event_points(events, as_of))
        for one in [one for one in events if one["kind"] == DRIFTED][:NAMED]:
            self._display.warning(f"The forecasts of {one['resource']} of slice {one['slice']} drift, so that a seasonal naive model decides: {one['why']}.")
        return {**result, "series": len(records), "drifted": _drifted(records), "events": events, "msg": self._message(records, events)}

    def _learn(self, client, slices, before, as_of, args):
        """Calibration records and events from the archive and telemetry of history_seconds."""
        step, history = args["step_seconds"], args["history_seconds"]
        said = archive.read_forecasts(client, [one["name"] for one in slices], as_of - history, as_of)
        if not said:
            return {key: {name: value for name, value in record.items() if name != "time"} for key, record in before.items()}, []
        series = read_series(client, series_requests(slices), as_of, history + LEADS[-1], step)
        return recalibrated(pair(series, said, step), before, as_of)

    def _message(self, records, events) -> str:
        verb = "Would write" if self._task.check_mode else "Wrote"
        if not records:
            return "The archive holds no forecasts of these slices yet; foresight.netslice.slice_decision writes them in every pass."
        told = [f"{one['slice']}/{one['resource']} {'drifts' if one['kind'] == DRIFTED else RECOVERED}" for one in events]
        more = f", and {len(told) - NAMED} more" if len(told) > NAMED else ""
        return f"{verb} calibrations of {len(records)} series{': ' + ', '.join(told[:NAMED]) + more if told else ''}."


def _drifted(records) -> list[dict]:
    return [{"slice": key[0], "resource": key[1], "since": record["drift"]["since"], "why": record["drift"]["why"]}
            for key, record in sorted(records.items()) if record.get("drift")]


def _check(args) -> None:
    """Raises InvalidInput."""
    if not 10 <= args["step_seconds"] <= 3600:
        raise InvalidInput(f"step_seconds: {args['step_seconds']} is not between 10 and 3600; give the step of the passes.")
    if not 86400 <= args["history_seconds"] <= 2419200:
        raise InvalidInput(f"history_seconds: {args['history_seconds']} is not between 86400 and 2419200 (28 d); a week is a good choice.")
    if args["every_seconds"] < 0:
        raise InvalidInput(f"every_seconds: {args['every_seconds']} is less than 0; give 0 to calibrate in every pass.")
