# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
name: slices
type: aggregate
short_description: End a pass with one table of its slices
version_added: 0.1.0
author:
  - The foresight.netslice maintainers (@foresight-netslice)
description:
  - Prints, when a playbook ends, what its last plan decided about each slice, which is mode, state, VMs that are there and shall be there, verdict and
    the reason that binds.
  - A playbook without a task M(foresight.netslice.slice_plan) prints nothing.
requirements:
  - enable in configuration, as C(callbacks_enabled = foresight.netslice.slices) in section C([defaults]) of ansible.cfg
options:
  rows:
    description:
      - Most rows of the table. Of more slices, those that change or lack something are shown first, and the others are counted.
    type: int
    default: 100
    env: [{name: NETSLICE_CALLBACK_ROWS}]
    ini: [{section: netslice, key: callback_rows}]
seealso:
  - module: foresight.netslice.slice_plan
  - plugin: foresight.netslice.explain
    plugin_type: filter
"""

EXAMPLES = r"""
ansible.cfg: |
  [defaults]
  callbacks_enabled = foresight.netslice.slices

  [netslice]
  # most rows of the table
  callback_rows = 20
"""

from ansible.plugins.callback import CallbackBase

from ansible_collections.foresight.netslice.plugins.plugin_utils.errors import NetsliceError
from ansible_collections.foresight.netslice.plugins.plugin_utils.manager.artifact import unpack
from ansible_collections.foresight.netslice.plugins.plugin_utils.manager.table import table

ACTION = "foresight.netslice.slice_plan"


class CallbackModule(CallbackBase):
    """One table of slices at the end of a playbook."""

    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "aggregate"
    CALLBACK_NAME = "foresight.netslice.slices"
    CALLBACK_NEEDS_ENABLED = True

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self._lines: list[str] = []

    def v2_runner_on_ok(self, result):
        """Keep the table of the newest plan; the plan itself may be large."""
        task, found = result._task, result._result
        if ACTION not in (task.action, getattr(task, "resolved_action", None)):
            return
        for plan in [one.get("plan") for one in [found, *(found.get("results") or [])] if isinstance(one, dict)]:
            if isinstance(plan, dict):
                try:
                    self._lines = table(unpack(plan), self.get_option("rows"))
                except NetsliceError as exc:
                    self._display.warning(f"Cannot show the table of slices: {exc}")

    def v2_playbook_on_stats(self, stats):
        """Print the table of the last plan."""
        if self._lines:
            self._display.banner("SLICES")
            for text in self._lines:
                self._display.display(text)
