# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The role telemetry: what a part of it that is run by its tag needs of the others."""
from __future__ import annotations

from pathlib import Path

import yaml

ROLE = Path(__file__).resolve().parents[3] / "roles" / "telemetry"


def test_what_writes_the_token_is_not_run_without_what_makes_it():
    """Else a run by that tag alone would write a configuration without a token, and nothing would be measured any more."""
    tags = {task["ansible.builtin.import_tasks"]: set(task["tags"]) for task in yaml.safe_load((ROLE / "tasks" / "main.yml").read_text())}
    assert "telemetry_configure" in tags["configure.yml"]
    for needed in ("preflight.yml", "store.yml"):
        assert tags["configure.yml"] <= tags[needed], needed
