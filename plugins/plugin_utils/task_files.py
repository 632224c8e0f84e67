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

#: where the role finds modules that a task names in short, unless it or a block around it names other collections, and where it finds them in any case
COLLECTIONS, LEGACY = ("foresight.netslice",), "ansible.legacy"
_PARTS = ("block", "rescue", "always")


def check_tasks(path: str, loader) -> None:
    """Raise InvalidInput where a file holds something else than tasks that ansible-core can load. loader: its DataLoader."""
    try:
        _check(loader.load_from_file(path))
    except (AnsibleError, UnicodeError) as exc:  # the second before 2.19, of a file that is no UTF-8
        cause = " ".join(str(exc).split()).rstrip(".")
        raise InvalidInput(f"Cannot load the tasks of {path}: {cause}. Correct the file; it would end the pass of all slices.") from exc


def _check(tasks, collections=COLLECTIONS) -> None:
    if tasks is None:
        return
    if not isinstance(tasks, list):
        raise AnsibleError("it holds no list of tasks")
    for task in tasks:
        if not isinstance(task, dict):
            raise AnsibleError(f"{str(task)[:60]!r} is no task")
        strange = [key for key in task if not isinstance(key, str)]
        if strange:
            raise AnsibleError(f"{strange[0]!r} is no keyword of a task, and no module")
        own = task.get("collections", collections)
        own = [own] if isinstance(own, str) else own or ()
        if not isinstance(own, (list, tuple)):
            raise AnsibleError(f"its collections are {own!r}, and no list of names")
        parts = [part for part in _PARTS if part in task]
        for part in parts:
            _check(task[part], own)
        if not parts:
            # As ansible-core does: first that there is one action, then that there is such a module.
            for unseen in (True, False):
                ModuleArgsParser(task_ds=task, collection_list=[*own, LEGACY]).parse(skip_action_validation=unseen)
