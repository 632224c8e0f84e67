# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Task files that slices name, read before anything changes.

A task that fails is the failure of its hook. A file that ansible-core cannot load ends the run of the whole playbook, in the middle of the pass of all slices.
"""
from __future__ import annotations

from ansible.errors import AnsibleError
from ansible.parsing.mod_args import ModuleArgsParser

from .errors import InvalidInput

#: where the role finds modules that a task names in short
COLLECTIONS = ("foresight.netslice", "ansible.legacy")
_PARTS = ("block", "rescue", "always")


def check_tasks(path: str, loader) -> None:
    """Raise InvalidInput where a file holds something else than tasks that ansible-core can load. loader: its DataLoader."""
    try:
        _check(loader.load_from_file(path))
    except AnsibleError as exc:
        cause = " ".join(str(exc).split()).rstrip(".")
        raise InvalidInput(f"Cannot load the tasks of {path}: {cause}. Correct the file; it would end the pass of all slices.") from exc


def _check(tasks) -> None:
    if tasks is None:
        return
    if not isinstance(tasks, list):
        raise AnsibleError("it holds no list of tasks")
    for task in tasks:
        if not isinstance(task, dict):
            raise AnsibleError(f"{str(task)[:60]!r} is no task")
        parts = [part for part in _PARTS if part in task]
        for part in parts:
            _check(task[part])
        if not parts:
            # As ansible-core does: first that there is one action, then that there is such a module.
            for unseen in (True, False):
                ModuleArgsParser(task_ds=task, collection_list=list(COLLECTIONS)).parse(skip_action_validation=unseen)
