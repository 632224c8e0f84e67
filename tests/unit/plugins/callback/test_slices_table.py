# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The callback slices in playbooks that really run, on the ansible-core of these tests."""
from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("numpy", reason="slice_plan needs the libraries of the controller")

from ansible_collections.foresight.netslice.tests.unit.plugins.plugin_utils.manager import fleets  # noqa: E402

ROOT = Path(__file__).resolve().parents[7]
TABLE = [
    "SLICES",
    "Plan {id} of 2026-01-05T08:00:00Z, applicable until 2026-01-05T08:10:00Z: {changes} changes, feasible",
    "slice  mode     state      VMs     verdict   because",
    "web    enforce  preparing  0 -> 2  feasible  forecast q0.95 90 1/s in 300..600 s needs 2 VMs of 50 1/s",
]


def printed(tmp_path, tasks, enabled="callbacks_enabled = foresight.netslice.slices", **environment) -> list[str]:
    """Lines of the output of a playbook, from the banner of the table on, up to the recap."""
    play = {"hosts": "localhost", "connection": "local", "gather_facts": False, "tasks": tasks}
    (tmp_path / "play.yml").write_text(json.dumps([play]))
    (tmp_path / "ansible.cfg").write_text(f"[defaults]\n{enabled}\n")
    env = {
        **os.environ, "ANSIBLE_COLLECTIONS_PATH": str(ROOT), "ANSIBLE_CONFIG": str(tmp_path / "ansible.cfg"), "ANSIBLE_NOCOLOR": "1",
        "ANSIBLE_FORCE_COLOR": "0", "ANSIBLE_LOCAL_TEMP": str(tmp_path), "LC_ALL": "C.UTF-8", **environment,
    }
    done = subprocess.run([sys.executable, "-m", "ansible.cli.playbook", "-i", "localhost,", str(tmp_path / "play.yml")],
                          capture_output=True, text=True, env=env, timeout=120, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "callback" not in done.stderr.lower(), done.stderr
    lines = [line.rstrip(" *") for line in done.stdout.splitlines() if line.strip()]
    return lines[lines.index("SLICES"):] if "SLICES" in lines else []


def task(count=1, **options):
    """(task that plans, the plan it makes) with `count` slices."""
    slices = [fleets.slice_("web" if number == 0 else f"s{number}", 2 + number) for number in range(count)]
    profiles = [fleets.profile(one["name"], requests=fleets.resource(90.0, spread=0.0)) for one in slices]
    args = {"slices": slices, "hypervisors": ["kvm1"], "as_of": "2026-01-05T08:00:00Z", "states": {"kvm1": fleets.host_state("kvm1")},
            "profiles": profiles, **options}
    return {"foresight.netslice.slice_plan": args}, fleets.plan(slices, profiles, [fleets.host_state("kvm1")])


@pytest.mark.parametrize("options", [{}, {"result_characters": 4500}], ids=["whole", "packed"])
def test_a_pass_ends_with_the_table(tmp_path, options):
    planning, plan = task(**options)
    lines = printed(tmp_path, [planning, {"ansible.builtin.debug": {"msg": "SLICES are planned"}}])
    assert lines[:len(TABLE)] == [line.format(**plan) for line in TABLE]
    assert [line for line in lines[len(TABLE):] if "web" in line] == []


def test_rows_are_limited(tmp_path):
    planning, _plan = task(count=5)
    lines = printed(tmp_path, [planning], NETSLICE_CALLBACK_ROWS="2")
    assert [line.split()[0] for line in lines[2:6]] == ["slice", "s1", "s2", "..."]
    assert lines[5] == "... and 3 more slices, of which 3 change or lack something"


def test_no_table_without_a_plan(tmp_path):
    assert printed(tmp_path, [{"ansible.builtin.debug": {"msg": "nothing"}}]) == []


def test_no_table_unless_enabled(tmp_path):
    assert printed(tmp_path, [task()[0]], enabled="") == []
