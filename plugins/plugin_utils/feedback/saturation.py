# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What one VM would serve of a resource before its processors are full, where no service level indicator is measured. Pure.

The service demand law of operational analysis (Denning and Buzen 1978): utilisation is throughput times the processor time that each unit
of it takes, which is the slope of a line through what was measured (Theil 1950, Sen 1968: the median of slopes, so that outliers count little).
"""
from __future__ import annotations

from .observations import AGREE, DRAWS, interval

try:
    import numpy as np
except ImportError:
    np = None

SATURATION = "saturation"
#: utilisation that counts as full: beyond it queues grow long; and the least that must have been seen, so that the line is not drawn far beyond
FULL, SEEN = 0.8, 0.5
#: share of the variance of the bins that the line must explain
EXPLAINED = 0.8


def saturation(seen) -> dict:
    """As capacity.capacity, of Observations whose strain is the utilisation of a VM's processors, 0..1."""
    told = {"value": None, "low": None, "high": None, "least": None, "rows": len(seen.load), "days": seen.days, "method": SATURATION}
    why = seen.thin()
    if why:
        return {**told, "why": why}
    at, why = full_at(seen)
    draws = [one for one, _why in map(full_at, seen.drawn()) if one is not None] if at is not None else []
    if at is None or len(draws) < AGREE * DRAWS:
        return {**told, "why": why or "the days disagree about what a unit of load takes of the processors"}
    low, high = interval(draws)
    return {**told, "value": at, "low": low, "high": high,
            "why": f"the processors of a VM are {FULL:.0%} busy at {at:.4g}, {low:.4g} to {high:.4g}; no service level indicator was measured"}


def full_at(seen) -> tuple[float | None, str | None]:
    """(the load at which utilisation is FULL, None), or (None, why that is not known)."""
    load, busy = seen.bins(np.median)
    if busy.max() < SEEN:
        return None, f"load never came near what one VM serves: its processors were {busy.max():.0%} busy at most, {SEEN:.0%} are wanted"
    left, right = np.triu_indices(len(load), 1)
    apart = load[right] - load[left]
    far = apart > 0
    if not far.any():
        return None, "the load of a VM was always the same"
    slope = float(np.median((busy[right] - busy[left])[far] / apart[far]))
    idle = float(np.median(busy - slope * load))
    spread = ((busy - busy.mean()) ** 2).sum()
    if slope <= 0 or ((busy - idle - slope * load) ** 2).sum() > (1 - EXPLAINED) * spread:
        return None, "the processors are not busy in proportion to this resource"
    if idle >= FULL:
        return None, f"the processors are {idle:.0%} busy without this resource"
    return (FULL - idle) / slope, None
