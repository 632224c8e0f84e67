# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Candidates to proposals that do not flap: one begins where the difference is plain, and stays, with its value, until it is gone. Pure."""
from __future__ import annotations

#: share of the present value from which a proposal is made, and below which one that was made is withdrawn
OPEN, CLOSE = 0.1, 0.05
#: a proposal keeps its value while what is learned now lies within this share of it
KEEP = 0.1


def proposals(slice_: str, found: list[dict], before: list[dict], as_of: str) -> list[dict]:
    """The proposals for a slice, by key. found: candidates; before: the proposals of the last time, which were made for the same present value.

    Each gets `since`, the instant at which it was first made.
    """
    earlier = {one["key"]: one for one in before}
    out = []
    for one in sorted(found, key=lambda one: one["key"]):
        change, old = _apart(one["proposed"], one["present"]), earlier.get(one["key"])
        if old is not None and (old["present"] != one["present"] or not _same_side(old, one)):
            old = None
        if change < (OPEN if old is None else CLOSE):
            continue
        kept = old is not None and _apart(one["proposed"], old["proposed"]) <= KEEP
        out.append({"slice": slice_, **one, "proposed": old["proposed"] if kept else one["proposed"], "since": old["since"] if old else as_of})
    return out


def _apart(value: float, base: float) -> float:
    return abs(value - base) / abs(base) if base else float(value != base)


def _same_side(old: dict, new: dict) -> bool:
    return (old["proposed"] > old["present"]) == (new["proposed"] > new["present"])
