# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
name: balancer_backends
short_description: Backends of a load balancer, of a plan
version_added: 0.1.0
author:
  - The foresight.netslice maintainers (@foresight-netslice)
description:
  - Gives the O(foresight.netslice.slice_balancer#module:backends) for the slices named, with a server for each virtual machine (VM) of the plan, in the
    order of names.
  - A VM that shall be active gets requests once it answers, one that drains gets none any more, and any other is removed.
  - Where hypervisors did not answer, servers that the plan does not mention are kept.
options:
  _input:
    description:
      - The C(plan) that M(foresight.netslice.slice_plan) returned.
    type: dict
    required: true
  slices:
    description:
      - The slices to balance, each a dictionary with C(slice), the C(port) of the application (80), and any key of
        O(foresight.netslice.slice_balancer#module:backends) but C(servers) and C(prune).
      - Other keys are left to the role P(foresight.netslice.balancer#role) and ignored here.
    type: list
    elements: dict
    required: true
positional: slices
seealso:
  - module: foresight.netslice.slice_balancer
"""

EXAMPLES = r"""
- name: Move the requests to the VMs that serve
  foresight.netslice.slice_balancer:
    backends: "{{ slice_manager_plan.plan | foresight.netslice.balancer_backends(slices=[{'slice': 'web', 'port': 8080}]) }}"
"""

RETURN = r"""
_value:
  description: The backends.
  type: list
  elements: dict
  sample:
    - slice: web
      prune: true
      servers:
        - {name: web-10-90-2-2, address: 10.90.2.2, port: 80, weight: 100, want: ready}
"""

from collections.abc import Mapping

from ansible.errors import AnsibleFilterError

from ansible_collections.foresight.netslice.plugins.plugin_utils.errors import NetsliceError
from ansible_collections.foresight.netslice.plugins.plugin_utils.manager.rotation import backends


def balancer_backends(plan, slices):
    """Backends of `slices` in a plan, a list of dicts."""
    if not isinstance(plan, Mapping) or "hosts" not in plan:
        raise AnsibleFilterError("Cannot balance slices: the input is no plan. Give the result `plan` of slice_plan.")
    try:
        return backends(plan, slices)
    except NetsliceError as exc:
        raise AnsibleFilterError(str(exc)) from exc


class FilterModule:
    """Filter foresight.netslice.balancer_backends."""

    def filters(self):
        return {"balancer_backends": balancer_backends}
