# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the report reads from InfluxDB over its period."""
from __future__ import annotations

from ..feedback.accepted import pending
from ..telemetry.backtests import last_replays
from ..telemetry.feedbacks import last_proposals
from ..telemetry.reader import read_series, series_requests
from .records import History, histories

DECISION = {"mode": str, "state": str, "verdict": str, "telemetry": str, "model": str, "present": float, "wished": float, "final": float,
            "binding_resource": str, "binding_rule": str, "drift": str, "record": str}
FORECAST = {"q50": float, "q90": float, "q95": float}


def read_histories(client, slices: list[dict], as_of: int, hours: int, step_seconds: int, profiles: list[dict]) -> list[History]:
    """Histories of the period that ends at `as_of` (seconds); slices are validated. Raises TelemetryError."""
    start = as_of - hours * 3600
    series = read_series(client, series_requests(slices), as_of, hours * 3600, step_seconds) if slices else {}
    decisions = client.rows("netslice_decision", DECISION, start, as_of)
    forecasts = client.rows("netslice_forecast", FORECAST, start, as_of)
    found = histories(slices, series, decisions, forecasts, profiles)
    names = [one.name for one in found]
    replays, proposals = last_replays(client, names, as_of), last_proposals(client, names, as_of)
    for one in found:
        one.replay, one.proposals = replays.get(one.name), pending(one.slice, proposals.get(one.name, []))
    return found
