# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pytest
from ansible_collections.foresight.netslice.plugins.plugin_utils.errors import InvalidInput
from ansible_collections.foresight.netslice.plugins.plugin_utils.manager.plan import check_input
from ansible_collections.foresight.netslice.plugins.plugin_utils.manager.slices import validate_slices
from ansible_collections.foresight.netslice.tests.unit.plugins.plugin_utils.manager import fleets


def check(owner, mode="enforce", takeover=False):
    attachment = {"device": "eth0", "direction": "egress", "owner": owner, "found": "htb 1:", "classes": []}
    states = {"kvm1": fleets.host_state("kvm1", attachments=[attachment])}
    check_input(validate_slices([fleets.slice_(scaling={"mode": mode})]), states, ["kvm1"], takeover)


@pytest.mark.parametrize("owner", ["foreign", "no_device"])
def test_a_link_that_cannot_be_shared_is_named(owner):
    with pytest.raises(InvalidInput, match=r"netslice_links: .*kvm1.*eth0|netslice_links: .*eth0.*kvm1"):
        check(owner)


@pytest.mark.parametrize("options", [
    {"owner": "ours"}, {"owner": "adoptable"}, {"owner": "foreign", "takeover": True}, {"owner": "foreign", "mode": "forecast_only"},
    {"owner": "no_device", "mode": "paused"},
])
def test_a_link_that_nobody_asks_for_or_may_be_taken_is_no_hindrance(options):
    check(**options)


def test_two_links_before_a_slice_that_hides_are_refused():
    states = {"kvm1": fleets.host_state("kvm1", links=[{"device": "eth0", "rate_mbit": 100}, {"device": "eth1", "rate_mbit": 100}])}
    with pytest.raises(InvalidInput, match=r"kvm1 has the links eth0, eth1, and what the world sends to web, whose network\.mode is nat, shows its slice"):
        check_input(validate_slices([fleets.slice_(network={"mode": "nat"})]), states, ["kvm1"], False)
    check_input(validate_slices([fleets.slice_()]), states, ["kvm1"], False)
