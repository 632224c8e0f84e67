# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a policy is compared with: a fleet sized once for the peak, a reactive autoscaler, and an oracle. Pure.

Demand is in VMs' worth a row, None where it was not measured. All keep to scaling.min and scaling.max, and decide when passes do.
"""
from __future__ import annotations

import math

from .outcome import DUST, World, clipped, outcome

#: target utilisations of the reactive autoscaler that a policy of the same cost is found between
TARGETS = (0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0)
#: the one that is shown; no change by less than this share; seconds of whose wishes the largest holds, as the Kubernetes autoscaler does by default
TARGET, TOLERANCE, STABILIZATION = 0.8, 0.1, 300
#: per cent of rows short below which two policies count as equally good
LEAST_SHORT = 0.01


def static(before: list, rows: int, scaling: dict) -> list[int]:
    """The VMs that the largest demand measured before the replay needs, all the time."""
    peak = max((demand for demand in before if demand is not None), default=0.0)
    return [clipped(math.ceil(peak - DUST), scaling)] * rows


def reactive(demand: list, last: float | None, every: int, step: int, scaling: dict, target: float = TARGET) -> list[int]:
    """Target utilisation of what is measured now, scale-in only to the largest wish of the last STABILIZATION seconds; last: demand before row 0.

    Without a measurement of the newest row it keeps what it has.
    """
    wish, held, out = None, [], []
    for row in range(len(demand)):
        if row % every == 0:
            now = demand[row - 1] if row else last
            raw = None if now is None else now / target
            if wish is None:
                want = clipped(math.ceil((raw or 0.0) - DUST), scaling)
            elif raw is None or (raw <= wish and abs(raw / wish - 1) <= TOLERANCE):
                want = wish
            else:
                want = clipped(math.ceil(raw - DUST), scaling)
            held = (held + [want])[-(STABILIZATION // (every * step) + 1):]
            wish = max(held)
        out.append(wish)
    return out


def oracle(demand: list, every: int, lead: int, scaling: dict) -> list[int]:
    """What a policy asks for that knows all demand until VMs of its next decision serve."""
    out = []
    for row in range(len(demand)):
        if row % every == 0:
            ahead = [one for one in demand[row:row + lead + every] if one is not None]
            wish = clipped(math.ceil(max(ahead, default=0.0) - DUST), scaling)
        out.append(wish)
    return out


def short_of_reactive(found: dict, sweep: list[dict]) -> float | None:
    """Rows short of a policy over those of the reactive autoscaler that costs as much, between targets on the logarithm of rows short.

    found, sweep: outcomes of the policy and of the autoscaler at each target. None where nothing was judged.
    """
    if found["short_percent"] is None:
        return None
    points = sorted((one["vm_hours"], math.log(max(one["short_percent"], LEAST_SHORT))) for one in sweep)
    hours, logs = [hours for hours, _log in points], [log for _hours, log in points]
    at = found["vm_hours"]
    if at <= hours[0] or at >= hours[-1]:
        log = logs[0] if at <= hours[0] else logs[-1]
    else:
        right = next(i for i, one in enumerate(hours) if one > at)
        part = (at - hours[right - 1]) / (hours[right] - hours[right - 1])
        log = logs[right - 1] + part * (logs[right] - logs[right - 1])
    return round(max(found["short_percent"], LEAST_SHORT) / math.exp(log), 4)


def sweep(world: World, last: float | None, every: int, scaling: dict) -> list[dict]:
    """Outcomes of the reactive autoscaler at each of TARGETS."""
    return [outcome(world, reactive(world.demand, last, every, world.step, scaling, target)) for target in TARGETS]
