# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads the last decisions about slices and says them in words: an action plugin, because the token stays on the controller."""
from __future__ import annotations

import json

from ansible_collections.foresight.netslice.plugins.plugin_utils.controller_action import SLICES_RELATIONS, ControllerAction, instant
from ansible_collections.foresight.netslice.plugins.plugin_utils.errors import InvalidInput, NetsliceError
from ansible_collections.foresight.netslice.plugins.plugin_utils.instants import format_instant
from ansible_collections.foresight.netslice.plugins.plugin_utils.manager.explain import line, paragraph
from ansible_collections.foresight.netslice.plugins.plugin_utils.results import RESULT_CHARACTERS
from ansible_collections.foresight.netslice.plugins.plugin_utils.telemetry.client import connect
from ansible_collections.foresight.netslice.plugins.plugin_utils.telemetry.decisions import last_records
from ansible_collections.foresight.netslice.plugins.plugin_utils.telemetry.options import CONNECTION_SPEC, plugin_connection

SPEC = {
    "slices": {"type": "list", "elements": "str"},
    "slices_path": {"type": "path"},
    "as_of": {"type": "str"},
    "within_seconds": {"type": "int", "default": 86400},
    **CONNECTION_SPEC,
}


class ActionModule(ControllerAction):
    """slice_decision_info: everything happens on the controller, whatever host the task runs for."""

    SPEC = SPEC
    RELATIONS = SLICES_RELATIONS

    def work(self, args, task_vars) -> dict:
        """Read the records of the named slices; never changed."""
        as_of = instant(args)
        if args["within_seconds"] < 1:
            raise InvalidInput(f"within_seconds: {args['within_seconds']} is less than 1. Give how far back a decision may lie.")
        records, names = {}, [one["name"] for one in self.slices(args)] if args["slices_path"] else args["slices"]
        if names:
            with connect(plugin_connection(args, task_vars, self._templar)) as client:
                records = last_records(client, names, as_of, args["within_seconds"])
        found = [{"slice": name, "as_of": one["as_of"], "line": line(one), "text": paragraph(one), "record": one} for name, one in records.items()]
        missing = sorted(set(names) - records.keys())
        return {"changed": False, "as_of": format_instant(as_of), "shortened": shorten(found), "decisions": found, "missing": missing}


def shorten(found: list[dict]) -> bool:
    """Drop the records, then the paragraphs, in place, where the result would be too long; True if it did. Raises NetsliceError."""
    for place, key in enumerate(("record", "text", None)):
        if len(json.dumps(found)) <= RESULT_CHARACTERS:
            return place > 0
        if key:
            for one in found:
                del one[key]
    raise NetsliceError(f"Cannot return the decisions about {len(found)} slices: even one line of each makes the result longer than "
                        f"{RESULT_CHARACTERS} characters. Name fewer slices.")
