# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
name: explain
short_description: Why a slice has so many VMs, in words
version_added: 0.1.0
author:
  - The foresight.netslice maintainers (@foresight-netslice)
description:
  - Says in words what a pass decided about a slice, from the demand that was measured and predicted, over the wish and every rule that changed it,
    to what is done and what is missing.
options:
  _input:
    description:
      - A decision record, which is the field C(record) of the measurement C(netslice_decision), as JSON or already parsed.
      - An element of C(slices) of the plan that M(foresight.netslice.slice_plan) returned is taken as well.
    type: raw
    required: true
  form:
    description:
      - V(paragraph) gives whole sentences, V(line) one line with the counts, the verdict and the reason that binds.
    type: str
    choices: [paragraph, line]
    default: paragraph
positional: form
seealso:
  - module: foresight.netslice.slice_decision_info
  - module: foresight.netslice.slice_plan
"""

EXAMPLES = r"""
- name: Say in one line each what a plan decides
  ansible.builtin.debug:
    msg: "{{ plan.plan.slices | map('foresight.netslice.explain', form='line') }}"

- name: Say why the slice web has what it has
  ansible.builtin.debug:
    msg: "{{ plan.plan.slices | selectattr('name', '==', 'web') | first | foresight.netslice.explain }}"
"""

RETURN = r"""
_value:
  description: The decision in words.
  type: str
  sample: >-
    web: 2 -> 3 VMs, enforce, feasible: forecast q0.95 149 1/s in 300..600 s needs 3 VMs of 50 1/s
"""

import json

from ansible.errors import AnsibleFilterError

from ansible_collections.foresight.netslice.plugins.plugin_utils.errors import NetsliceError
from ansible_collections.foresight.netslice.plugins.plugin_utils.manager.explain import line, paragraph

FORMS = {"paragraph": paragraph, "line": line}


def explain(record, form="paragraph"):
    """The decision of a record, or of an entry of a plan, in words."""
    if form not in FORMS:
        raise AnsibleFilterError(f"Cannot explain a decision in the form {form!r}: it is none of {', '.join(FORMS)}.")
    try:
        return FORMS[form](json.loads(record) if isinstance(record, str) else record)
    except ValueError as exc:
        raise AnsibleFilterError(f"Cannot explain a decision: the text is no JSON ({exc}). Give the field `record` of netslice_decision.") from None
    except NetsliceError as exc:
        raise AnsibleFilterError(str(exc)) from None  # its text says it all


class FilterModule:
    """The filter explain."""

    def filters(self):
        """Name to function."""
        return {"explain": explain}
