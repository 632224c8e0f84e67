# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Slices with the proposals that a person accepted. Pure; nothing is accepted but by name."""
from __future__ import annotations

from ..errors import InvalidInput
from ..manager.slices import validate_slices
from .keys import value_of, with_value

ROOT = "netslice_accepted"
KEYS = {"slice", "key", "present", "proposed"}


def pending(slice_: dict, proposals: list[dict]) -> list[dict]:
    """Of recorded proposals those that still wait: the key of the validated slice has the value that they were made for."""
    return [one for one in proposals if value_of(slice_, one["key"]) == one["present"]]


def accept(slices: list[dict], accepted: list[dict]) -> list[dict]:
    """The slices as the user wrote them, with the keys of accepted proposals. Raises InvalidInput where a proposal does not fit its slice any more."""
    if not isinstance(accepted, (list, tuple)):
        raise InvalidInput(f"{ROOT}: must be a list of proposals. Move elements of netslice_proposals there.")
    valid = {one["name"]: one for one in validate_slices(slices)}
    out = {one["name"]: one for one in slices}
    for number, one in enumerate(accepted):
        path = f"{ROOT}[{number}]"
        if not isinstance(one, dict) or not KEYS <= one.keys():
            raise InvalidInput(f"{path}: has not all of the keys {', '.join(sorted(KEYS))}. Move elements of netslice_proposals there as they are.")
        if not isinstance(one["slice"], str) or one["slice"] not in valid:
            raise InvalidInput(f"{path}.slice: there is no slice {one['slice']!r}. Remove the proposal.")
        now = value_of(valid[one["slice"]], one["key"]) if isinstance(one["key"], str) else None
        if now is None and one["present"] is None or one["key"] == "name":
            raise InvalidInput(f"{path}.key: {one['key']!r} is no key of slice {one['slice']} that is proposed. Move elements of netslice_proposals there "
                               f"as they are.")
        if now == one["proposed"]:
            continue
        if now != one["present"]:
            raise InvalidInput(f"{path}.present: {one['key']} of slice {one['slice']} is {now} by now, and the proposal was made for {one['present']}. "
                               f"Remove it; another is made where it is still due.")
        out[one["slice"]] = with_value(out[one["slice"]], one["key"], one["proposed"])
    changed = list(out.values())
    validate_slices(changed)
    return changed
