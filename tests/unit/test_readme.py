# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""README.md lists what the collection contains, shows a short playbook, and links absolutely, to every page of docs/ too."""
from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml

from ansible_collections.foresight.netslice.plugins.plugin_utils.manager.slices import validate_slices

TOP = Path(__file__).resolve().parents[2]
README = (TOP / "README.md").read_text(encoding="utf-8")
BASE = "https://github.com/foresight-netslice/foresight.netslice/"


def listed(heading: str) -> list[str]:
    """First cells of the table that follows a line."""
    table = README.split(heading, 1)[1].lstrip().split("\n\n", 1)[0]
    return [re.sub(r"^\[?`([a-z0-9_]+)`.*$", r"\1", row.split("|")[1].strip()) for row in table.splitlines()[2:]]


def there(folder: str, pattern: str) -> set[str]:
    return {path.stem for path in (TOP / folder).glob(pattern)}


@pytest.mark.parametrize("heading, present", [
    ("Playbooks:", there("playbooks", "*.yml")),
    ("Roles:", there("roles", "*")),
    ("Plugins, each documented by `ansible-doc`:",
     [name for kind in ("modules", "lookup", "filter", "inventory", "callback") for name in there(f"plugins/{kind}", "[!_]*.py")]),
])
def test_content_is_listed_in_order(heading, present):
    assert listed(heading) == sorted(present)


def test_action_groups_hold_all_modules():
    groups = yaml.safe_load((TOP / "meta" / "runtime.yml").read_text())["action_groups"]
    assert groups["netslice"] == sorted(there("plugins/modules", "[!_]*.py"))


def test_links_are_absolute_and_lead_to_files():
    links = re.findall(r"\]\(([^)]+)\)", README)
    assert [link for link in links if not link.startswith("https://")] == []
    paths = [re.sub(r"^(blob|tree)/main/|#.*$", "", link[len(BASE):]) for link in links if link.startswith(BASE)]
    assert [path for path in paths if path != "issues" and not (TOP / path).exists()] == []


def test_the_playbook_is_short_and_complete():
    block = re.search(r"```yaml\n(.*?)```", README, re.DOTALL).group(1)
    play = yaml.safe_load(block)[0]
    assert len(block.splitlines()) <= 15
    assert play["ansible.builtin.import_playbook"] == "foresight.netslice.reconcile"
    validate_slices(play["vars"]["netslice_slices"])


def test_every_page_is_found_from_here():
    assert [path.name for path in (TOP / "docs").glob("*.md") if f"/docs/{path.name}" not in README] == []
