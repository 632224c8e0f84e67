# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Rules of placement that contradict each other are refused, both sides named, before anything changes."""
from __future__ import annotations

from ..errors import InvalidInput


def check_placement(slices: list[dict], root: str) -> None:
    """Raise InvalidInput where a slice names one that is not there, or two slices shall be both beside and apart, or each first."""
    index_of = {slice_["name"]: index for index, slice_ in enumerate(slices)}
    for index, slice_ in enumerate(slices):
        rules, name = slice_["placement"], slice_["name"]
        for key in ("with", "apart"):
            for number, other in enumerate(rules[key]):
                if other not in index_of or other == name:
                    raise InvalidInput(f"{root}[{index}].placement.{key}[{number}]: {other!r} is not the name of another slice.")
        for number, other in enumerate(rules["with"]):
            there = slices[index_of[other]]["placement"]
            at = f"{root}[{index}].placement.with[{number}]"
            if other in rules["apart"] or name in there["apart"]:
                holder = name if other in rules["apart"] else other
                raise InvalidInput(
                    f"{at}: {name} shall be with {other}, but placement.apart of {holder} ({root}[{index_of[holder]}]) keeps them apart. Take one of them out."
                )
            if name in there["with"] and rules["hard"] and there["hard"]:
                raise InvalidInput(
                    f"{at}: {name} shall be on hosts of {other} only, and {other} ({root}[{index_of[other]}]) on hosts of {name} only, so that neither "
                    f"can be first. Set placement.hard of one of them to false."
                )
        for number, vm in enumerate(rules["protect"]):
            if not vm.startswith(f"{name}-"):
                raise InvalidInput(f"{root}[{index}].placement.protect[{number}]: {vm} is no VM of {name}, whose names begin with {name}-.")
