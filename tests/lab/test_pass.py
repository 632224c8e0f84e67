# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One pass on real parts: InfluxDB, libvirt, guests, nft and tc, looked at from outside."""
from __future__ import annotations

import json

import checks
from conftest import a_slice, instant, tell
from play import play, repeat


def test_a_pass_serves_and_its_repeat_changes_nothing(real, tmp_path):
    tell(real, "web", 60, days=3)
    plan = tmp_path / "plan.json"
    slices = [a_slice(real)]

    first = play(real, netslice_slices=slices, netslice_as_of=instant(), slice_manager_plan_path=str(plan))
    assert first.rc == 0, first.stdout
    assert first.changes > 0
    entry = json.loads(plan.read_text())["slices"][0]
    assert entry["vms"]["final"] == 2 and len(entry["vips"]) == 2
    # A guest answers for its address a moment before it has its page.
    assert checks.serving(real.world, entry["vips"], 120) == set(entry["vips"])

    again = repeat(real, netslice_slices=slices, netslice_as_of=instant())
    assert again.rc == 0, again.stdout
    assert again.changes == 0, again.stdout
