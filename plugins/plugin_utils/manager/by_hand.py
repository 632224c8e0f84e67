# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""VMs whose definitions somebody changed by hand: reported, or put right."""
from __future__ import annotations

from dataclasses import dataclass

from ...module_utils.pool.by_hand import in_place
from .healing import listed
from .maintenance import movable
from .view import COUNTED

#: changes that a sentence names
NAMED = 3


@dataclass(frozen=True)
class Altered:
    """restore: names of VMs of which something is put right in place. replace: of those that run with something else, which only a new VM puts right.
    told: (name, what was changed, what becomes of it)."""

    restore: frozenset[str] = frozenset()
    replace: frozenset[str] = frozenset()
    told: tuple[tuple[str, str, str], ...] = ()


def altered_of(slice_: dict | None, records: list[tuple[str, dict]], definition: str | None, frozen: bool) -> Altered:
    """The Altered of a slice. definition: digest of what a VM of it is made from now, None where it was not asked for.

    A stored definition is put right in place, and only where the slice still says what the VM was made of.
    """
    found = [record for _host, record in records if record.get("changed_by_hand") and record["lifecycle"] in COUNTED]
    if slice_ is None or not found:
        return Altered()
    asked = slice_["scaling"]["healing"]["changed_by_hand"] == "restore"
    restore, replace, told = set(), set(), []
    for record in found:
        live = any(not in_place(words) for words in record["changed_by_hand"])
        stored = any(in_place(words) for words in record["changed_by_hand"])
        if not asked:
            fate = "left, for scaling.healing.changed_by_hand is report"
        elif frozen:
            fate = f"left, for the mode is {slice_['scaling']['mode']}"
        elif definition is None or record.get("template") != definition:
            fate = "left, for the slice does not say any more what it was made of"
        elif live and not movable(slice_):
            fate = f"left, for mode {slice_['scaling']['mode']} replaces none"
        else:
            restore |= {record["name"]} if stored and record["running"] else set()
            replace |= {record["name"]} if live else set()
            fate = "put right by a new VM in its place" if live else "its definition is put right"
        told.append((record["name"], "; ".join(record["changed_by_hand"][:NAMED]), fate))
    return Altered(frozenset(restore), frozenset(replace), tuple(told))


def words(altered: Altered) -> list[str]:
    """Sentences on the VMs that were changed, the same ones together."""
    groups: dict[str, list[str]] = {}
    for name, what, fate in altered.told:
        groups.setdefault(f"changed by hand ({what}): {fate}", []).append(name)
    return [f"{listed(names)} {'was' if len(names) == 1 else 'were'} {rest}" for rest, names in groups.items()]
