# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How many examples the property tests of the planner try, and the scaling sections they try."""
from __future__ import annotations

import os

from hypothesis import HealthCheck, settings, strategies as st

_LATER, _EARLIER = "2026-01-05T12:00:00Z", "2026-01-05T07:00:00Z"
_PACE = {
    "tolerance": st.sampled_from([0, 0, 0.1, 0.3]), "vms": st.sampled_from([None, None, 1, 3]), "percent": st.sampled_from([None, None, 10, 50, 100]),
    "window_seconds": st.sampled_from([60, 300, 3600]), "cooldown_seconds": st.sampled_from([0, 0, 300, 3600]),
}


def examples(usual: int):
    """Settings of a property test with so many examples, or those of the environment variable NETSLICE_EXAMPLES (make test-properties)."""
    count = int(os.environ.get("NETSLICE_EXAMPLES", usual))
    return settings(max_examples=count, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])


@st.composite
def scalings(draw, highest=9):
    """A valid section `scaling` of the present, in any mode, with any of the rules."""
    least = draw(st.integers(0, 3))
    most = least + draw(st.integers(1, highest))
    lift = draw(st.sampled_from([None, None, _LATER, _EARLIER]))
    return {
        "mode": draw(st.sampled_from(["enforce"] * 8 + ["scale_out_only", "scale_in_only", "forecast_only", "paused"])),
        "min": least, "max": most, "dissolve_after_seconds": draw(st.sampled_from([None, 3600])),
        "up": {key: draw(values) for key, values in _PACE.items()},
        "down": {
            **{key: draw(values) for key, values in _PACE.items()}, "budget_per_hour": draw(st.sampled_from([None, None, 0, 2])),
            "project_seconds": draw(st.sampled_from([None, 3600])),
        },
        "schedules": draw(_schedules(least, most)),
        "raise": {"max": most + draw(st.integers(0, 5)), "until": lift, "reason": "a test"} if lift else {},
    }


@st.composite
def _schedules(draw, least, most):
    """Schedules that do not contradict each other: no floor is above a ceiling."""
    middle = draw(st.integers(least, most))
    result = []
    for number in range(draw(st.integers(0, 3))):
        floor = draw(st.sampled_from([None, draw(st.integers(0, middle))]))
        ceiling = draw(st.integers(middle, most + 3)) if floor is None else draw(st.sampled_from([None, most]))
        result.append({
            "name": f"s{number}", "floor": floor, "ceiling": ceiling, "timezone": draw(st.sampled_from(["UTC", "Europe/Berlin", "Asia/Kolkata"])),
            "start": draw(st.sampled_from(["00:00", "07:30", "08:05", "22:00"])), "end": draw(st.sampled_from(["24:00", "09:00", "06:00"])),
        })
    return result
