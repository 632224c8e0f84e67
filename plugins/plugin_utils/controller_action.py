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
from .instants import parse_instant
from .manager.slices import validate_slices
from .manager.slices_file import load_slices, plain

#: the slices of an action, which it takes one way or the other
SLICES_SPEC = {"slices": {"type": "list", "elements": "dict"}, "slices_path": {"type": "path"}}
SLICES_RELATIONS = {"mutually_exclusive": [("slices", "slices_path")], "required_one_of": [("slices", "slices_path")]}
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

    def given_slices(self, args: dict):
        """What the options of SLICES_SPEC hold, not validated. Raises InvalidInput where the file cannot be read."""
        return load_slices(self._loader, args["slices_path"]) if args["slices_path"] else plain("slices", args["slices"])

    def slices(self, args: dict) -> list[dict]:
        """The slices of the options of SLICES_SPEC with their defaults. Raises InvalidInput."""
        return validate_slices(self.given_slices(args))


def instant(args: dict) -> int:
    """The option as_of in seconds since 1970; now where it is not given. Raises InvalidInput."""
    return parse_instant(args["as_of"]) if args["as_of"] else int(time.time())


def progress(name: str):
    """A function that shows what the action plugin `name` tells of its progress, unless it has just shown something."""
    spoke = 0.0

    def say(text):
        nonlocal spoke
        if time.monotonic() - spoke > _QUIET:
            spoke = time.monotonic()
            Display().display(f"{name}: {text}")
    return say
