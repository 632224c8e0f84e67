# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Task files that a slice names for turns in the life of its VMs: which are due for a VM in a pass."""
from __future__ import annotations

from ansible.errors import AnsibleError

from ..errors import InvalidInput
from ..instants import format_instant
from .view import POOLED

#: hook -> what may come of its failure, the usual one first
FAILURES = {
    "before_start": ("abandon", "continue"),
    "after_active": ("continue", "abandon", "retain"),
    "before_release": ("continue", "abandon", "retain"),
    "after_release": ("continue",),
}


def named(slice_: dict | None) -> bool:
    """Whether a slice names any hook."""
    return slice_ is not None and any(hook["tasks"] for hook in slice_["hooks"].values())


def due(slice_: dict, want, as_of: int) -> list[dict]:
    """Hooks of a VM that are due when its want is applied, as a share states them.

    A hook that ran is noted in the record, so that one a pass did not come to is due again: a hook runs at least once, and may run twice.
    """
    hooks, record = slice_["hooks"], want.record or {}
    wanted = [name for name in FAILURES if hooks[name]["tasks"] and _is_due(name, want, record)]
    return [{"name": name, **{key: hooks[name][key] for key in ("tasks", "timeout_seconds", "on_failure")}, "until": _end(slice_, hooks[name], as_of)}
            for name in wanted]


def _end(slice_: dict, hook: dict, as_of: int) -> str:
    """Until when the VIP of a VM that is released because the hook fails is in quarantine."""
    kept = slice_["scaling"]["healing"]["retain_seconds"] if hook["on_failure"] == "retain" else 0
    return format_instant(as_of + max(slice_["network"]["quarantine_seconds"], kept))


def _is_due(name: str, want, record: dict) -> bool:
    if name == "before_start":
        return _starts(want, record)
    if record.get("hook") == name and want.action in ("keep", "resize"):
        return False
    if name == "after_active":
        return want.want == "active"
    if name == "before_release":
        return want.want == "draining"
    if want.want == "quarantined":
        return record.get("reason") != "conflict"
    # Without a quarantine nothing keeps in mind that it ran.
    return want.want == "absent" and want.action == "release" and record.get("lifecycle") not in POOLED


def _starts(want, record: dict) -> bool:
    """Whether the guest is booted, and not only put into service."""
    if want.want not in ("active", "parked") or want.action == "keep":
        return False
    return want.action == "heal" or not record.get("running")


def with_paths(slice_: dict, find) -> dict:
    """A slice with the whole paths of its task files. find: callable(kind, name) -> path, as an action finds needles. Raises InvalidInput."""
    found = {}
    for name, hook in slice_["hooks"].items():
        try:
            found[name] = {**hook, "tasks": find("tasks", hook["tasks"])} if hook["tasks"] else hook
        except AnsibleError as exc:
            raise InvalidInput(
                f"slice {slice_['name']}, hooks.{name}.tasks: Cannot find {hook['tasks']}: {exc}. "
                f"Put it into tasks/ beside the playbook, or give its whole path."
            ) from exc
    return {**slice_, "hooks": found}


def check_hooks(slice_: dict, path: str) -> None:
    """Raise InvalidInput where a hook cannot be run as it is asked for."""
    for name, hook in slice_["hooks"].items():
        if not hook["tasks"]:
            continue
        if hook["on_failure"] == "retain" and not slice_["scaling"]["healing"]["retain_seconds"]:
            raise InvalidInput(
                f"{path}.hooks.{name}.on_failure: is retain, but scaling.healing.retain_seconds is 0. Set it to the time that a person has to look at the VM."
            )
        drain = slice_["scaling"]["drain_seconds"]
        if name == "before_release" and drain < hook["timeout_seconds"]:
            raise InvalidInput(
                f"{path}.hooks.before_release.timeout_seconds: {hook['timeout_seconds']} is more than scaling.drain_seconds, {drain}, and the hook runs "
                f"while a VM drains. Raise drain_seconds, or lower timeout_seconds."
            )
