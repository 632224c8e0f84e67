# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Tasks of roles give our plugins only options that they have; roles have what a role needs."""
from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from ansible_collections.foresight.netslice.tests.unit.test_documentation import ROLES, TOP, options_of

PREFIX = "foresight.netslice."
FILES = sorted([*(TOP / "roles").glob("*/tasks/*.yml"), *(TOP / "roles").glob("*/handlers/*.yml")])


def tasks(items):
    for item in items or []:
        yield item
        for part in ("block", "rescue", "always"):
            yield from tasks(item.get(part))


@pytest.mark.parametrize("file", FILES, ids=lambda p: str(p.relative_to(TOP)))
def test_options_exist(file):
    used = [(key, args) for task in tasks(yaml.safe_load(file.read_text())) for key, args in task.items() if key.startswith(PREFIX)]
    unknown = {}
    for key, args in used:
        module = TOP / "plugins" / "modules" / f"{key[len(PREFIX):]}.py"
        options = options_of(module)
        strange = set(args) - set(options)
        lacking = {name for name, spec in options.items() if spec.get("required")} - set(args)
        if strange or lacking:
            unknown[key] = (strange, lacking)
    assert unknown == {}


@pytest.mark.parametrize("file", FILES + sorted((TOP / "playbooks").glob("*.yml")), ids=lambda p: str(p.relative_to(TOP)))
def test_slices_of_a_file_are_found_wherever_those_of_a_variable_are(file):
    """Whatever takes the slices takes their file in place of them, so that netslice_slices_path alone is enough for every playbook."""
    items = yaml.safe_load(file.read_text())
    found = [task for item in items for task in tasks(item["tasks"] if "hosts" in item and "tasks" in item else [item])]
    for task in found:
        for args in [args for key, args in task.items() if key.startswith(PREFIX) and "slices" in args]:
            assert "slices_path" in args and args["slices"].startswith("{{ omit if ")


@pytest.mark.parametrize("role", ROLES, ids=lambda p: p.name)
def test_role_is_whole(role):
    assert [name for name in ("README.md", "meta/main.yml", "meta/argument_specs.yml", "tasks/main.yml") if not Path(role, name).is_file()] == []
    assert any(word in (role / "README.md").read_text() for word in ("## Removal", "delete the file"))


@pytest.mark.parametrize("file", FILES, ids=lambda p: str(p.relative_to(TOP)))
def test_files_are_short_and_tasks_named_after_them(file):
    text = file.read_text()
    assert len(text.splitlines()) <= 110
    if file.stem != "main":
        names = [task.get("name", "") for task in tasks(yaml.safe_load(text))]
        assert [name for name in names if not name.startswith(f"{file.stem} | ")] == []
