# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes the report: an action plugin, because its sources and its file are on the controller."""
from __future__ import annotations

import hashlib

from ansible_collections.foresight.netslice.plugins.plugin_utils.controller_action import SLICES_SPEC, ControllerAction, instant
from ansible_collections.foresight.netslice.plugins.plugin_utils.errors import InvalidInput
from ansible_collections.foresight.netslice.plugins.plugin_utils.instants import format_instant
from ansible_collections.foresight.netslice.plugins.plugin_utils.report import output, page, sources
from ansible_collections.foresight.netslice.plugins.plugin_utils.results import RESULT_CHARACTERS, within
from ansible_collections.foresight.netslice.plugins.plugin_utils.telemetry.client import connect
from ansible_collections.foresight.netslice.plugins.plugin_utils.telemetry.options import CONNECTION_SPEC, plugin_connection
from ansible_collections.foresight.netslice.plugins.plugin_utils.telemetry.records import read_curves

SPEC = {
    "path": {"type": "path", "required": True},
    **SLICES_SPEC,
    "as_of": {"type": "str"},
    "hours": {"type": "int", "default": 36},
    "step_seconds": {"type": "int", "default": 300},
    "curves_path": {"type": "path"},
    "plan": {"type": "dict", "default": {}},
    "detailed": {"type": "int", "default": 100},
    **CONNECTION_SPEC,
}


class ActionModule(ControllerAction):
    """slice_report: everything happens on the controller, whatever host the task runs for."""

    SPEC = SPEC
    RELATIONS = {"mutually_exclusive": [("slices", "slices_path")]}

    def work(self, args, task_vars) -> dict:
        """Read, render, and replace the file where it differs."""
        as_of = instant(args)
        _check_positive(args)
        if not self._task.check_mode:
            output.require_places([args["path"]])
        slices = self.slices(args) if args["slices"] or args["slices_path"] else []
        profiles = read_curves(args["curves_path"]) if args["curves_path"] else []
        with connect(plugin_connection(args, task_vars, self._templar)) as client:
            found = sources.read_histories(client, slices, as_of, args["hours"], args["step_seconds"], profiles)
        text, attention = page.render(found, args["plan"], as_of, args["hours"], args["detailed"])
        changed = output.differs(args["path"], text)
        if changed and not self._task.check_mode:
            output.replace(args["path"], text)
        told = within(attention, RESULT_CHARACTERS)
        result = {"changed": changed, "path": args["path"], "as_of": format_instant(as_of), "slices": len(found), "attention": told,
                  "attention_left_out": len(attention) - len(told)}
        if self._task.diff:
            result["diff"] = _diff(args["path"], text, changed, as_of)
        return result


def _check_positive(args) -> None:
    for name in ("hours", "step_seconds", "detailed"):
        if args[name] < (0 if name == "detailed" else 1):
            raise InvalidInput(f"{name}: {args[name]} is too small; give a positive number")


def _diff(path, text, changed, as_of) -> dict:
    """A page is no reading matter for a terminal: the diff tells of which instant and content it is."""
    after = f"as_of {format_instant(as_of)}\nsha256 {hashlib.sha256(text.encode()).hexdigest()}\n"
    return {"before": "" if changed else after, "after": after, "before_header": path, "after_header": path}
