# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations


class ModuleDocFragment:
    """The two options by which an action takes its slices."""

    DOCUMENTATION = r"""
options:
  slices:
    description:
      - The slices, as in the variable C(netslice_slices).
      - Exactly one of O(slices) and O(slices_path) must be given.
    type: list
    elements: dict
  slices_path:
    description:
      - A YAML or JSON file on the controller that holds the slices under C(netslice_slices), or as its only content, in place of O(slices).
      - Playbooks give it from the variable C(netslice_slices_path).
    type: path
"""
