# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
name: plan_table
short_description: A plan as a table of text
version_added: 0.1.0
author:
  - The foresight.netslice maintainers (@foresight-netslice)
description:
  - Gives the lines of a table with a row for each slice, for whoever approves the plan, whether M(foresight.netslice.slice_plan) returned the plan as it
    is or packed for its size.
options:
  _input:
    description:
      - The C(plan) that M(foresight.netslice.slice_plan) returned.
    type: dict
    required: true
  rows:
    description:
      - Most rows of the table. Of more slices, those that change or lack something are shown first, and the others are counted.
    type: int
    default: 100
positional: rows
seealso:
  - module: foresight.netslice.slice_plan
  - plugin: foresight.netslice.slices
    plugin_type: callback
"""

EXAMPLES = r"""
- name: Show the plan to whoever approves it
  ansible.builtin.debug:
    msg: "{{ plan.plan | foresight.netslice.plan_table(rows=20) }}"
"""

RETURN = r"""
_value:
  description: The lines of the table.
  type: list
  elements: str
"""

from collections.abc import Mapping

from ansible.errors import AnsibleFilterError

from ansible_collections.foresight.netslice.plugins.plugin_utils.errors import NetsliceError
from ansible_collections.foresight.netslice.plugins.plugin_utils.manager.artifact import unpack
from ansible_collections.foresight.netslice.plugins.plugin_utils.manager.table import table


def plan_table(plan, rows=100):
    """Lines of a table with a row for each slice of the plan."""
    if not isinstance(plan, Mapping) or "hosts" not in plan:
        raise AnsibleFilterError("Cannot make a table: the input is no plan. Give the result `plan` of slice_plan.")
    try:
        return table(unpack(plan), int(rows))
    except NetsliceError as exc:
        raise AnsibleFilterError(str(exc)) from None  # its text says it all


class FilterModule:
    """The filter plan_table."""

    def filters(self):
        """Name to function."""
        return {"plan_table": plan_table}
