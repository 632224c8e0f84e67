# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the report reads: InfluxDB over the period, and the curves of the present pass."""
from __future__ import annotations

import json

from ..errors import InvalidInput
from ..telemetry.reader import read_series, series_requests
from .records import History, histories

DECISION = {"mode": str, "state": str, "verdict": str, "telemetry": str, "model": str, "present": float, "wished": float, "final": float,
            "binding_resource": str, "binding_rule": str, "record": str}
FORECAST = {"q50": float, "q90": float, "q95": float}


def read_histories(client, slices: list[dict], as_of: int, hours: int, step_seconds: int, profiles: list[dict]) -> list[History]:
    """Histories of the period that ends at `as_of` (seconds); slices are validated. Raises TelemetryError."""
    start = as_of - hours * 3600
    series = read_series(client, series_requests(slices), as_of, hours * 3600, step_seconds) if slices else {}
    decisions = client.rows("netslice_decision", DECISION, start, as_of)
    forecasts = client.rows("netslice_forecast", FORECAST, start, as_of)
    return histories(slices, series, decisions, forecasts, profiles)


def read_curves(path: str | None) -> list[dict]:
    """The Demand Profiles in a curves file of slice_plan; [] without a path. Raises InvalidInput."""
    if not path:
        return []
    try:
        with open(path, encoding="utf-8") as file:
            document = json.load(file)
    except (OSError, ValueError) as exc:
        raise InvalidInput(f"curves_path: {path} cannot be read ({exc}); name a file that slice_plan wrote, or leave the option out") from exc
    profiles = document.get("profiles") if isinstance(document, dict) else document
    if not isinstance(profiles, list):
        raise InvalidInput(f"curves_path: {path} holds no Demand Profiles; name a file that slice_plan wrote, or leave the option out")
    return profiles
