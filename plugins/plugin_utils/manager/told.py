# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the plan tells of the VMs of a slice that are out of date, not well, or changed by hand."""
from __future__ import annotations

from . import by_hand, healing, lifecycle, replacement, resizing
from .maintenance import movable


def told_of(planned) -> dict:
    """The keys `replacement`, `resizing` and `healing` of the entry of a PlannedSlice, each only where there is something to tell."""
    told: dict = {}
    going = [] if planned.leaving.drained or planned.leaving.failing else [want.name for want in planned.going]
    if going:
        told["replacement"] = replacement.words(going, planned.slice, planned.obstacle, bool(planned.altered.replace), bool(planned.displaced))
    elif planned.displaced:
        names = sorted(planned.displaced)
        told["replacement"] = (f"{healing.listed(names)} {'has an address' if len(names) == 1 else 'have addresses'} that network.exclude or "
                               f"network.reserved names: {_stay(planned)}")
    resized = resizing.words(planned.resizing)
    if resized:
        told["resizing"] = resized
    sentences = by_hand.words(planned.altered)
    if planned.healing != healing.NONE:
        sentences = healing.words(planned.slice, planned.healing, [want.name for want in planned.wants if want.want == "active"], _fate(planned)) + sentences
    if sentences:
        told["healing"] = sentences
    return told


def _stay(planned) -> str:
    """What becomes of VMs that are to be replaced, and are not for now, in words."""
    if planned.frozen or not movable(planned.slice):
        return f"left as they are, for mode {planned.slice['scaling']['mode']} replaces none"
    return "left as they are while a host is unknown" if planned.grip == lifecycle.HEAL_ONLY else "replaced after others, or protected"


def _fate(planned) -> str:
    """What becomes of the VMs that do not stay up, in words."""
    if planned.frozen or not movable(planned.slice):
        return f"left as they are, for mode {planned.slice['scaling']['mode']} replaces none"
    if planned.grip == lifecycle.HEAL_ONLY:
        return "left as they are while a host is unknown"
    if not planned.leaving.failing:
        return "replaced with the others that go"
    if any(want.action == "create" for want in planned.wants):
        return "replaced, the new one first"
    return f"left as they are, for {planned.obstacle or 'what was launched in their place has not served yet, or as many serve as are wanted'}"
