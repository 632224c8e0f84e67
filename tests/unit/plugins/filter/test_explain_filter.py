# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The filter explain takes records as text and as data, and refuses everything else."""
from __future__ import annotations

import json

import pytest

from ansible.errors import AnsibleFilterError

from ansible_collections.foresight.netslice.plugins.filter.explain import explain
from ansible_collections.foresight.netslice.tests.unit.plugins.plugin_utils.manager import fleets

ENTRY = fleets.plan([fleets.slice_()], [fleets.profile(requests=fleets.resource(90.0, spread=0.0))], [fleets.host_state("kvm1")])["slices"][0]


def test_text_and_data_are_the_same():
    assert explain(ENTRY) == explain(json.dumps(ENTRY))
    assert explain(ENTRY).startswith("Slice web in the pass: it has 0 VMs and gets 2 VMs (mode enforce")
    assert explain(ENTRY, "line").startswith("web: 0 -> 2 VMs, enforce, feasible: forecast ")


@pytest.mark.parametrize(("given", "form", "words"), [
    (ENTRY, "poem", "in the form 'poem': it is none of paragraph, line"), ("{", "line", "the text is no JSON"), ("[]", "line", "the input is no decision"),
    (None, "line", "the input is no decision"), ({"slices": []}, "paragraph", "the input is no decision"),
])
def test_what_is_refused(given, form, words):
    with pytest.raises(AnsibleFilterError, match=words):
        explain(given, form)
