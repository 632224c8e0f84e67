# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Task files of hooks: what ansible-core would end the playbook for is refused, and nothing else is."""
from __future__ import annotations

import pytest

from ansible.parsing.dataloader import DataLoader
from ansible.parsing.mod_args import ModuleArgsParser
from ansible_collections.foresight.netslice.plugins.plugin_utils import task_files
from ansible_collections.foresight.netslice.plugins.plugin_utils.errors import InvalidInput
from ansible_collections.foresight.netslice.plugins.plugin_utils.task_files import check_tasks


def checked(tmp_path, text):
    (tmp_path / "hook.yml").write_bytes(text)
    check_tasks(str(tmp_path / "hook.yml"), DataLoader())


@pytest.mark.parametrize("text", [
    b"",
    b"---\n- name: Tell\n  debug:\n    msg: \"{{ nothing.of.that }}\"\n  register: told\n  when: told is defined\n  delegate_to: localhost\n",
    b"- debug: msg=short\n- local_action: command true\n- action: command true\n",
    b"- block:\n    - command: 'true'\n  rescue:\n    - fail: {msg: no}\n  always:\n    - include_tasks: other.yml\n",
    b"- import_tasks: not-there.yml\n- include_role: {name: none}\n- import_role: {name: none}\n- meta: flush_handlers\n",
])
def test_tasks(tmp_path, text):
    checked(tmp_path, text)


@pytest.mark.parametrize(("text", "words"), [
    (b"- debug: {msg: 'a'\n", ""),
    (b"- debug: {msg: '\xff\xfe'}\n", ""),
    (b"debug: {msg: a}\n", "it holds no list of tasks"),
    (b"- debug\n", "'debug' is no task"),
    (b"- block: {debug: }\n", "it holds no list of tasks"),
    (b"- block:\n    - no_such_module: {}\n", "couldn't resolve module/action 'no_such_module'"),
    (b"- debug: {msg: a}\n  command: 'true'\n", "conflicting action statements"),
    (b"- debug: {msg: a}\n  retires: 3\n", "conflicting action statements"),
    (b"- name: nothing to do\n", "no module/action detected in task"),
    (b"- {debug: , collections: 5}\n", "its collections are 5, and no list of names"),
    (b"- 1: 2\n", "1 is no keyword of a task, and no module"),
    (b"- block:\n    - {null: command}\n", "None is no keyword of a task, and no module"),
])
def test_no_tasks(tmp_path, text, words):
    with pytest.raises(InvalidInput, match=f"Cannot load the tasks of .*hook.yml: .*{words}.*Correct the file; it would end the pass of all slices"):
        checked(tmp_path, text)


def test_modules_are_looked_for_in_the_collections_that_a_task_names(tmp_path, monkeypatch):
    looked = {}

    class Parser(ModuleArgsParser):
        def __init__(self, task_ds, collection_list):
            looked[task_ds["name"]] = collection_list
            super().__init__(task_ds=task_ds, collection_list=collection_list)

    monkeypatch.setattr(task_files, "ModuleArgsParser", Parser)
    text = """
- {name: plain, debug: }
- {name: own, debug: , collections: [community.general]}
- block:
    - {name: of the block, debug: }
    - {name: of itself, debug: , collections: c.d}
  collections: [a.b]
"""
    checked(tmp_path, text.encode())
    assert looked == {
        "plain": ["foresight.netslice", "ansible.legacy"], "own": ["community.general", "ansible.legacy"],
        "of the block": ["a.b", "ansible.legacy"], "of itself": ["c.d", "ansible.legacy"]}
