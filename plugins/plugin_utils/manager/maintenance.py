# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Hosts that are to be drained: their VMs are replaced elsewhere, and released once the new ones serve."""
from __future__ import annotations

import math

from .schedules import in_force

#: why nothing that can wait is done, in words
CLOSED = "no window of scaling.disruption.windows is open"
#: share of a slice's VMs that may be replaced at a time, at least one VM
SHARE = 0.1


def movable(slice_: dict | None) -> bool:
    """Whether VMs of a slice may be replaced: it takes a mode that may both create and release."""
    return slice_ is not None and slice_["state"] == "present" and slice_["scaling"]["mode"] == "enforce"


def closed(slice_: dict | None, as_of: int) -> bool:
    """Whether the slice states windows for changes that can wait, and as_of is in none of them."""
    windows = slice_["scaling"]["disruption"]["windows"] if slice_ else []
    return bool(windows) and not in_force(windows, as_of)


def releasable(going: int, serving: int, count: int) -> int:
    """How many of `going` VMs that shall be replaced are not needed for `count`, beside `serving` others that answer already."""
    return max(0, min(going, serving + going - count))


def replacements(going: int, staying: int, count: int, most: int | None = None) -> int:
    """How many VMs to launch now for `going` ones, beside `staying` ones that shall stay, new ones included, where `count` are wanted.

    No more than `most`, which is the share where it is not given, are on their way at a time; those that are, are what the slice has above its count.
    """
    ahead = max(0, going + staying - count)
    most = max(1, math.ceil(SHARE * count)) if most is None else most
    return max(0, min(going, count - staying, most - ahead))
