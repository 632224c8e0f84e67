# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How many examples the property tests of the planner try, and the scaling sections they try."""
from __future__ import annotations

import os
import random

from hypothesis import HealthCheck, settings, strategies as st

_LATER, _EARLIER = "2026-01-05T12:00:00Z", "2026-01-05T07:00:00Z"
_PACE = {
    "tolerance": [0, 0, 0.1, 0.3], "vms": [None, None, 1, 3], "percent": [None, None, 10, 50, 100], "window_seconds": [60, 300, 3600],
    "cooldown_seconds": [0, 0, 300, 3600],
}
_DOWN = {**_PACE, "budget_per_hour": [None, None, 0, 2], "project_seconds": [None, 3600]}


def examples(usual: int):
    """Settings of a property test with so many examples, or those of the environment variable NETSLICE_EXAMPLES (make test-properties)."""
    count = int(os.environ.get("NETSLICE_EXAMPLES", usual))
    return settings(max_examples=count, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])


def dice():
    """A strategy of random.Random: one draw for all of an input, where hypothesis takes many times as long as what is tested."""
    return st.integers(0, 2**48).map(random.Random)


def scalings():
    """A strategy of valid sections `scaling`, in any mode, with any of the rules."""
    return dice().map(scaling_of)


def scaling_of(rng):
    """A valid section `scaling` by the dice."""
    least = rng.randint(0, 3)
    most = least + rng.randint(1, 9)
    lift = rng.choice([None, None, _LATER, _EARLIER])
    return {
        "mode": rng.choice(["enforce"] * 8 + ["scale_out_only", "scale_in_only", "forecast_only", "paused"]),
        "min": least, "max": most, "dissolve_after_seconds": rng.choice([None, 3600]),
        "up": {key: rng.choice(values) for key, values in _PACE.items()}, "down": {key: rng.choice(values) for key, values in _DOWN.items()},
        "schedules": _schedules(rng, least, most),
        "warm": _warm(rng),
        "raise": {"max": most + rng.randint(0, 5), "until": lift, "reason": "a test"} if lift else {},
    }


def _warm(rng):
    state, least = rng.choice([None, None, "stopped", "parked"]), rng.randint(0, 2)
    return {"state": state, "min": least, "max": least + rng.randint(1, 2), "reuse": rng.choice([False, True])} if state else {}


def _schedules(rng, least, most):
    """Schedules that do not contradict each other: no floor is above a ceiling."""
    middle, result = rng.randint(least, most), []
    for number in range(rng.randint(0, 3)):
        floor = rng.choice([None, rng.randint(0, middle)])
        result.append({
            "name": f"s{number}", "floor": floor, "ceiling": rng.randint(middle, most + 3) if floor is None else rng.choice([None, most]),
            "timezone": rng.choice(["UTC", "Europe/Berlin", "Asia/Kolkata"]),
            "start": rng.choice(["00:00", "07:30", "08:05", "22:00"]), "end": rng.choice(["24:00", "09:00", "06:00"]),
        })
    return result
