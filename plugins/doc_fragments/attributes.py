# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Attributes of the modules, in the words of ansible-core."""
from __future__ import annotations


class ModuleDocFragment:
    """Fragment `attributes`, and its section `attributes.actiongroup_netslice`."""

    DOCUMENTATION = r"""
options: {}
attributes:
  check_mode:
    description: Can run in C(check_mode) and return changed status prediction without modifying target.
  diff_mode:
    description: Will return details on what has changed (or possibly needs changing in C(check_mode)), when in diff mode.
  idempotent:
    description: When run twice in a row outside check mode, with the same arguments, the second invocation indicates no change.
"""

    ACTIONGROUP_NETSLICE = r"""
options: {}
attributes:
  action_group:
    description: Use C(group/foresight.netslice.netslice) in C(module_defaults) to set defaults for this module.
    support: full
    membership:
      - foresight.netslice.netslice
"""
