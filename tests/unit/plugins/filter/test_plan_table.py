# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The filter plan_table reads plans whole and packed, and refuses everything else."""
from __future__ import annotations

import pytest

from ansible.errors import AnsibleFilterError

from ansible_collections.foresight.netslice.plugins.filter.plan_table import plan_table
from ansible_collections.foresight.netslice.plugins.plugin_utils.manager.artifact import pack
from ansible_collections.foresight.netslice.tests.unit.plugins.plugin_utils.manager import fleets

PLAN = fleets.plan([fleets.slice_("a", 3), fleets.slice_("b", 4)], [fleets.profile("b", requests=90.0)], [fleets.host_state("kvm1")])


def test_packed_and_whole_are_the_same():
    assert plan_table(PLAN) == plan_table(pack(PLAN))
    assert [text.split()[0] for text in plan_table(PLAN)] == ["Plan", "slice", "a", "b"]
    assert [text.split()[0] for text in plan_table(PLAN, "1")] == ["Plan", "slice", "a", "..."]


@pytest.mark.parametrize(("given", "words"), [
    (None, "the input is no plan"), ({}, "the input is no plan"), ({**pack(PLAN), "packed": {"slices": "%", "common": "%"}}, "cannot be read"),
])
def test_what_is_refused(given, words):
    with pytest.raises(AnsibleFilterError, match=words):
        plan_table(given)
