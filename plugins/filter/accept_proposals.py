# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
name: accept_proposals
short_description: Slices with the proposals that a person accepted
version_added: 0.1.0
author:
  - The foresight.netslice maintainers (@foresight-netslice)
description:
  - Sets the keys of proposals of M(foresight.netslice.slice_feedback) in the slices that they were made for.
  - A proposal is refused where its key has neither the value that it was made for nor the one that it proposes, so that one that is out of date
    never overrules a later change.
options:
  _input:
    description: The slices, as the variable C(netslice_slices) holds them.
    type: list
    elements: dict
    required: true
  accepted:
    description:
      - Elements of C(netslice_proposals) of the file of proposals that a person moved here.
      - Of each, C(slice), C(key), C(present) and C(proposed) are read.
    type: list
    elements: dict
    required: true
positional: accepted
seealso:
  - module: foresight.netslice.slice_feedback
"""

EXAMPLES = r"""
- name: Accept what was learned of one VM of the slice web
  ansible.builtin.set_fact:
    netslice_slices: "{{ my_slices | foresight.netslice.accept_proposals(accepted=netslice_accepted) }}"
  vars:
    netslice_accepted:
      - {slice: web, key: vm.serves.requests, present: 50, proposed: 38.8}
"""

RETURN = r"""
_value:
  description: The slices with the accepted values.
  type: list
  elements: dict
  sample: [{name: web, vm: {memory_mib: 512, serves: {requests: 38.8}}, network: {range: 10.90.2.0/24}}]
"""

from ansible.errors import AnsibleFilterError

from ansible_collections.foresight.netslice.plugins.plugin_utils.errors import NetsliceError
from ansible_collections.foresight.netslice.plugins.plugin_utils.feedback.accepted import accept
from ansible_collections.foresight.netslice.plugins.plugin_utils.manager.slices_file import plain


def accept_proposals(slices, accepted):
    """The slices with the keys of accepted proposals."""
    try:
        return accept(plain("netslice_slices", slices), plain("netslice_accepted", accepted))
    except NetsliceError as exc:
        raise AnsibleFilterError(str(exc)) from None  # its text says it all


class FilterModule:
    """The filter accept_proposals."""

    def filters(self):
        """Name to function."""
        return {"accept_proposals": accept_proposals}
