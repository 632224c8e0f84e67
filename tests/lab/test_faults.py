# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Kill modules at some moments of the lives of a few slices, and see that the next pass converges; make faults does it for long."""
from __future__ import annotations

import faults
import faults_kinds
import lab as labs
import pytest


@pytest.fixture(autouse=True)
def _able():
    lacks = labs.lacking()
    if lacks:
        pytest.skip(f"a lab needs {'; '.join(lacks)}")


def test_the_pass_after_a_killed_module_converges():
    campaign = faults.Campaign(seed=7)
    faults.kill_through_lives(campaign, 10, "test", "test", 1)
    faults.kill_through_lives(campaign, 5, "bare", "qemu", 1, steps=faults.BARE_STEPS)
    assert campaign.broken == []
    assert campaign.kills >= 15


def test_the_pass_after_a_broken_host_converges():
    campaign = faults.Campaign(seed=7)
    faults_kinds.on_test_driver(campaign, 1, faults.fleet_of)
    assert campaign.broken == []
    assert campaign.kinds["two_passes"] == 1


def test_a_bug_is_found():
    campaign = faults.Campaign(seed=7, bug="double-vip")
    faults.kill_through_lives(campaign, 2, "test", "test", 1)
    assert any("is on two domains" in text for broken in campaign.broken for text in broken["what"])
