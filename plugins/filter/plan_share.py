# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
name: plan_share
short_description: Share of a plan that one hypervisor applies
version_added: 0.1.0
author:
  - The foresight.netslice maintainers (@foresight-netslice)
description:
  - Gives what one hypervisor has to apply of a plan, whether M(foresight.netslice.slice_plan) returned the plan as it is or packed for its size.
options:
  _input:
    description:
      - The C(plan) that M(foresight.netslice.slice_plan) returned.
    type: dict
    required: true
  host:
    description:
      - Name of the hypervisor in the roster.
    type: str
    required: true
  lean:
    description:
      - Whether to leave out what only modules would ask for that have nothing to do, by C(settled) of the share. C(ranges) and C(flows) are
        left out where C(networks) is settled, and what virtual machines are made of where C(vms) is, unless hooks of theirs are due.
      - Tasks copy a variable for each host that they use it on, so that a large fleet is planned and kept in less time.
    type: bool
    default: false
positional: host, lean
seealso:
  - module: foresight.netslice.slice_plan
"""

EXAMPLES = r"""
- name: Make the networks of this hypervisor's share
  foresight.netslice.slice_networks:
    networks: "{{ share.networks }}"
    ranges: "{{ share.ranges }}"
    flows: "{{ share.flows }}"
    vms: "{{ share.vms }}"
  vars:
    share: "{{ plan.plan | foresight.netslice.plan_share(host=inventory_hostname) }}"
  when: share | length > 0

- name: Keep what the tasks of this pass still ask for
  ansible.builtin.set_fact:
    share: "{{ plan.plan | foresight.netslice.plan_share(inventory_hostname, lean=true) }}"
"""

RETURN = r"""
_value:
  description: The share, empty where the plan has none for the hypervisor, because it did not answer.
  type: dict
"""

from collections.abc import Mapping

from ansible.errors import AnsibleFilterError

from ansible_collections.foresight.netslice.plugins.plugin_utils.errors import NetsliceError
from ansible_collections.foresight.netslice.plugins.plugin_utils.manager.artifact import share_of


def plan_share(plan, host, lean=False):
    """Share of `host`, a dict; {} where the plan has none. lean: without what nothing would ask for."""
    if not isinstance(plan, Mapping) or "hosts" not in plan:
        raise AnsibleFilterError("Cannot take a share: the input is no plan. Give the result `plan` of slice_plan.")
    try:
        return share_of(plan, host, lean)
    except NetsliceError as exc:
        raise AnsibleFilterError(str(exc)) from None  # its text says it all


class FilterModule:
    """The filter plan_share."""

    def filters(self):
        """Name to function."""
        return {"plan_share": plan_share}
