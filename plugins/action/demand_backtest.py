# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Judges the forecaster on past telemetry: an action plugin, because models, token and output files stay on the controller."""
from __future__ import annotations

import functools

from ansible_collections.foresight.netslice.plugins.plugin_utils.analytics import backtest, rolling
from ansible_collections.foresight.netslice.plugins.plugin_utils.controller_action import SLICES_RELATIONS, SLICES_SPEC, ControllerAction, instant, progress
from ansible_collections.foresight.netslice.plugins.plugin_utils.errors import InvalidInput, TelemetryError
from ansible_collections.foresight.netslice.plugins.plugin_utils.instants import format_instant
from ansible_collections.foresight.netslice.plugins.plugin_utils.report import backtest_page, backtest_table, output
from ansible_collections.foresight.netslice.plugins.plugin_utils.requirements import require
from ansible_collections.foresight.netslice.plugins.plugin_utils.telemetry.archive import CALIBRATION_AGE, read_calibrations
from ansible_collections.foresight.netslice.plugins.plugin_utils.telemetry.client import connect
from ansible_collections.foresight.netslice.plugins.plugin_utils.telemetry.options import CONNECTION_SPEC, plugin_connection
from ansible_collections.foresight.netslice.plugins.plugin_utils.telemetry.reader import read_series, series_requests

SPEC = {
    **SLICES_SPEC,
    "as_of": {"type": "str"},
    "history_seconds": {"type": "int", "default": 2419200},
    "window_seconds": {"type": "int", "default": 691200},
    "step_seconds": {"type": "int", "default": 300},
    "horizon_seconds": {"type": "int", "default": 43200},
    "score_seconds": {"type": "list", "elements": "int"},
    "origins": {"type": "int", "default": 24},
    "statistical_series": {"type": "int", "default": 50},
    "models_path": {"type": "path"},
    "path": {"type": "path"},
    "json_path": {"type": "path"},
    "detailed": {"type": "int", "default": 20},
    **CONNECTION_SPEC,
}
#: what a series of the result leaves to the JSON file
_LONG = ("origins", "by_hour")


class ActionModule(ControllerAction):
    """demand_backtest: everything happens on the controller, whatever host the task runs for."""

    SPEC = SPEC
    RELATIONS = SLICES_RELATIONS

    def work(self, args, task_vars) -> dict:
        """Read, roll, score, and write the files that were asked for."""
        require("numpy", "judge forecasts")
        plan, slices = _plan(args), self.slices(args)
        if args["detailed"] < 0:
            raise InvalidInput(f"detailed: {args['detailed']} is below 0; 0 leaves single series out of table and page.")
        as_of = instant(args)
        write = not self._task.check_mode
        output.require_places([args["path"], args["json_path"]] if write else [])
        options = plugin_connection(args, task_vars, self._templar)
        with connect(options) as client:
            series = read_series(client, series_requests(slices), as_of, plan.history_seconds, plan.step_seconds, believed=False)
            rolled, left, models = rolling.roll(slices, series, plan, progress("demand_backtest"), functools.cache(
                lambda at: read_calibrations(client, [one["name"] for one in slices], at, CALIBRATION_AGE)))
        _require_some(rolled, left, options, plan, as_of)
        document = backtest.document(list(rolled.values()), left, models, plan, as_of)
        if write:
            _write(args, document, rolled)
        return _result(args, document)


def _plan(args) -> rolling.Plan:
    scored = args["score_seconds"] or sorted({min(3600, args["horizon_seconds"]), args["horizon_seconds"]})
    names = ("origins", "horizon_seconds", "history_seconds", "window_seconds", "step_seconds", "statistical_series", "models_path")
    return rolling.Plan(scored_seconds=tuple(sorted(set(scored))), **{name: args[name] for name in names})


def _require_some(rolled, left, options, plan, as_of) -> None:
    """Refuse a backtest of nothing, with the reason of every series."""
    if rolled:
        return
    if set(left.values()) == {rolling.SILENT}:
        raise TelemetryError(
            f"Cannot backtest {', '.join(left)}: nothing was measured in bucket {options['influxdb_bucket']} from "
            f"{format_instant(as_of - plan.history_seconds)} to {format_instant(as_of)}. Correct influxdb_bucket or as_of, or the measurement and fields "
            f"that the slices name.")
    raise InvalidInput("Cannot backtest any series: " + "; ".join(f"{key}: {why}" for key, why in left.items())
                       + ". Wait until there is more telemetry, read more of it (history_seconds), or forecast less far (horizon_seconds).")


def _write(args, document, rolled) -> None:
    if args["json_path"]:
        output.replace_json(args["json_path"], document)
    if args["path"]:
        output.replace(args["path"], backtest_page.render(document, rolled, args["detailed"]))


def _result(args, document) -> dict:
    shown = backtest_table.ordered(document)[:args["detailed"]]
    series = [{key: value for key, value in one.items() if key not in _LONG} for one in shown]
    return {"changed": False, "table": backtest_table.lines(document, args["detailed"]), "path": args["path"], "json_path": args["json_path"],
            "backtest": {**document, "series": series}}
