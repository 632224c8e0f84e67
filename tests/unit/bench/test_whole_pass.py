# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the figures of whole passes are made of."""
from __future__ import annotations

import os
import subprocess
import sys

import pytest

pytest.importorskip("numpy", reason="the benchmarks need numpy")
pytest.importorskip("libvirt", reason="the lab needs libvirt-python")


def task(action, host, seconds, at=0.0, changed=False):
    return {"task": f"the task {action}", "action": action, "host": host, "seconds": seconds, "at": at, "changed": changed}


def test_hosts_work_side_by_side_and_tasks_of_others_are_not_ours():
    import whole_pass
    tasks = [task(f"foresight.netslice.{module}", host, seconds) for module in whole_pass.MODULES for host, seconds in (("kvm1", 1.0), ("kvm2", 2.0))]
    assert whole_pass.ours([*tasks, task("ansible.builtin.tempfile", "kvm1", 9.0), task("foresight.netslice.slice_plan", "kvm1", 0.5)]) == 10.5
    with pytest.raises(AssertionError):
        whole_pass.ours(tasks[:2])


def test_the_slowest_tasks_are_those_long_after_the_one_before():
    import whole_pass
    tasks = [task("a", "kvm1", 1.0, at=10.0), task("b", "kvm1", 1.0, at=11.0), task("b", "kvm2", 1.0, at=15.0, changed=True), task("c", "kvm1", 1.0, at=16.0)]
    assert whole_pass.slowest(tasks) == ["  5.00 s the task b", "  1.00 s the task c"]
    assert whole_pass.changed(tasks) == ["the task b on kvm2"]


def test_the_memory_of_a_pass_is_that_of_its_processes_and_theirs():
    import whole_pass
    before = whole_pass.descendants(os.getpid())
    holds = "import subprocess, sys; text = 'x' * 64 * 2**20; subprocess.run([sys.executable, '-c', 'import time; time.sleep(60)'])"
    with whole_pass.Memory(before) as memory, subprocess.Popen([sys.executable, "-c", holds]) as process:
        try:
            while len(whole_pass.descendants(os.getpid()) - before) < 2 or memory.peak_mib < 64:
                assert process.poll() is None
        finally:
            for pid in sorted(whole_pass.descendants(os.getpid()) - before, reverse=True):
                os.kill(pid, 9)
    assert 64 < memory.peak_mib < 256


def test_slices_of_a_fleet_have_ranges_of_their_own():
    import whole_pass
    from ansible_collections.foresight.netslice.plugins.plugin_utils.manager.slices import validate_slices
    made = whole_pass.slices(1000, 3)
    assert len({one["network"]["range"] for one in made}) == 1000
    assert {one["scaling"]["min"] for one in validate_slices(made)} == {3}
