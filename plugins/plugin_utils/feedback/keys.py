# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A key of a slice by its path, such as vm.serves.requests. Pure."""
from __future__ import annotations


def value_of(slice_: dict, key: str):
    """The value of a key, None where the slice does not have it."""
    found = slice_
    for part in key.split("."):
        if not isinstance(found, dict) or part not in found:
            return None
        found = found[part]
    return found


def with_value(slice_: dict, key: str, value) -> dict:
    """The slice with another value of a key; sections on the way are made where there is none."""
    name, _dot, rest = key.partition(".")
    if not rest:
        return {**slice_, name: value}
    return {**slice_, name: with_value(slice_.get(name) or {}, rest, value)}
