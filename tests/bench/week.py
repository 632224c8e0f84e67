# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A week of made-up demand of many slices, for the figures of telemetry and forecasts."""
from __future__ import annotations

import numpy as np

from ansible_collections.foresight.netslice.plugins.plugin_utils.instants import parse_instant
from ansible_collections.foresight.netslice.plugins.plugin_utils.manager.slices import validate_slices

SLICES, STEP, DAY = 1000, 300, 86400
HISTORY = 7 * DAY
AS_OF = parse_instant("2026-01-12T08:00:00Z")
RESOURCES = {
    "requests": {"field": "requests_per_second", "unit": "1/s"}, "ingress": {"field": "ingress_mbit", "unit": "Mbit/s"},
    "egress": {"field": "egress_mbit", "unit": "Mbit/s"},
}


def slices(count: int = SLICES) -> list[dict]:
    """Validated slices with the three resources."""
    return validate_slices([
        {"name": f"s{i}", "telemetry": {"resources": RESOURCES}, "vm": {"memory_mib": 512, "serves": {"requests": 50}},
         "network": {"range": f"10.{i // 250}.{i % 250}.0/24"}}
        for i in range(count)
    ])


def demand(count: int = SLICES) -> np.ndarray:
    """float64[resource, slice, row] of the week before AS_OF: a daily and a weekly rhythm of each slice's own phase, and noise."""
    rng = np.random.default_rng(7)
    rows = HISTORY // STEP
    t = AS_OF - HISTORY + STEP * np.arange(rows)
    phase = rng.uniform(0, 1, (len(RESOURCES), count, 1))
    scale = rng.lognormal(4, 1, (len(RESOURCES), count, 1))
    rhythm = 1.2 + np.sin(2 * np.pi * (t / DAY + phase)) + 0.2 * np.sin(2 * np.pi * (t / (7 * DAY) + phase))
    return np.round(scale * np.maximum(rhythm + rng.normal(0, 0.08, (len(RESOURCES), count, rows)), 0), 3)
