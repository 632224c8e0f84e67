# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the action plugins that work on the controller alone have in common."""
from __future__ import annotations

import time

from ansible.errors import AnsibleActionFail
from ansible.plugins.action import ActionBase
from ansible.utils.display import Display

from .errors import NetsliceError

#: seconds between two lines of progress
_QUIET = 5


class ControllerAction(ActionBase):
    """An action that happens on the controller, whatever host its task runs for.

    A subclass states its arguments in SPEC, and their relations (mutually_exclusive, required_one_of) in RELATIONS, and does its
    work in `work`. A NetsliceError of it fails the task with its text.
    """

    SPEC: dict = {}
    RELATIONS: dict = {}
    _supports_check_mode = True
    _requires_connection = False

    def run(self, tmp=None, task_vars=None):
        """Validate the arguments, do the work, and return its result."""
        result = super().run(tmp, task_vars)
        _checked, args = self.validate_argument_spec(argument_spec=self.SPEC, **self.RELATIONS)
        try:
            result.update(self.work(args, task_vars or {}))
        except NetsliceError as exc:
            # Without its cause: ansible-core 2.19 would print the text twice.
            raise AnsibleActionFail(str(exc)) from None
        return result

    def work(self, args: dict, task_vars: dict) -> dict:
        """The result of the task, from its validated arguments."""
        raise NotImplementedError


def progress(name: str):
    """A function that shows what the action plugin `name` tells of its progress, unless it has just shown something."""
    spoke = 0.0

    def say(text):
        nonlocal spoke
        if time.monotonic() - spoke > _QUIET:
            spoke = time.monotonic()
            Display().display(f"{name}: {text}")
    return say
