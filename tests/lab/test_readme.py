# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The playbook of the README runs as it is printed."""
from __future__ import annotations

import json
import re
from pathlib import Path

from conftest import instant, tell
from play import play

README = Path(__file__).resolve().parents[2] / "README.md"


def test_the_playbook_as_printed(pretended, tmp_path):
    printed = re.search(r"```yaml\n(.*?)```", README.read_text(), re.DOTALL).group(1)
    assert len(printed.splitlines()) <= 15
    playbook, plan = tmp_path / "site.yml", tmp_path / "plan.json"
    playbook.write_text(printed)
    tell(pretended, "web", 60, days=2, until=5)
    ran = play(pretended, str(playbook), netslice_as_of=instant(), slice_manager_plan_path=str(plan))
    assert ran.rc == 0, ran.stdout
    assert ran.changes == 0, ran.stdout
    entry = json.loads(plan.read_text())["slices"][0]
    assert entry["mode"] == "forecast_only" and entry["vms"]["wished"] >= 2 and entry["vms"]["final"] == 0
