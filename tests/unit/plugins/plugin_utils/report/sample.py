# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A made day of two slices: `web`, well forecast, and one with a hostile name whose forecasts are too narrow."""
from __future__ import annotations

import json
import math
from types import SimpleNamespace

AS_OF = 1767657600  # 2026-01-06T00:00:00Z
HOURS = 24
HOSTILE = "<script>alert('x')</script>&\"b"
WEB = {"name": "web", "priority": 100, "vm": {"serves": {"requests": 50}}, "scaling": {"lead_time_seconds": 300, "interval_seconds": 300, "min": 1, "max": 10},
       "telemetry": {"resources": {"requests": {"unit": "1/s"}, "egress": {"unit": "Mbit/s"}}}}


def load(instant: int) -> float:
    return 60 + 50 * math.sin(instant % 86400 / 86400 * 2 * math.pi)


def series() -> dict:
    start, rows = AS_OF - HOURS * 3600, HOURS * 12
    values = [load(start + (i + 1) * 300) for i in range(rows)]
    values[10] = float("nan")
    made = {(name, "requests"): SimpleNamespace(unit="1/s", start=start, step_seconds=300, values=values) for name in ("web", HOSTILE)}
    made["web", "memory"] = SimpleNamespace(unit="MiB", start=start, step_seconds=300, values=[float("nan")] * rows)
    return made


def decisions() -> list:
    return [_decision(at, name) for name in ("web", HOSTILE) for at in range(AS_OF - HOURS * 3600, AS_OF + 1, 300)]


def _decision(at: int, name: str) -> dict:
    wished = math.ceil(load(at) * 1.1 / 50)
    well = name == "web"
    entry = {"binding": {"resource": "requests", "rule": "forecast", "why": f"needs {wished} VMs <b>now</b>"},
             "vms": {"rules": [] if well else [{"rule": "max", "before": 12, "after": 10, "why": "scaling.max is 10"}]},
             "missing": [] if well else ["1 VM of 512 MiB: no host has room"], "vips": ["10.90.2.2"],
             "demand": {"requests": load(at)}, "predicted": {"requests": load(at) * 1.1},
             "shaping": [{"host": h, "device": "eth0", "direction": "egress", "guarantee_mbit": 6.0, "ceiling_mbit": 50.0} for h in ("kvm1", "kvm2")]}
    return {"time": at, "slice": name, "mode": "enforce" if well else "forecast_only", "state": "active", "verdict": "feasible" if well else "partial",
            "telemetry": "ok" if well else "stale", "model": "lstm-global", "present": float(wished if well else 1), "wished": float(wished),
            "final": float(wished), "binding_resource": "requests", "binding_rule": "forecast", "record": json.dumps(entry)}


def forecasts() -> list:
    return [{"time": at, "slice": name, "resource": "requests", "lead": str(lead),
             "q50": load(at + lead) * factor, "q90": 0.0, "q95": load(at + lead) * factor * 1.05}
            for name, factor in (("web", 1.0), (HOSTILE, 0.8)) for lead in (300, 3600) for at in range(AS_OF - HOURS * 3600, AS_OF + 1, 300)]


def profiles() -> list:
    curve = [load(AS_OF + (i + 1) * 300) for i in range(144)]
    return [{"slice": "web", "as_of": "2026-01-06T00:00:00Z", "step_seconds": 300,
             "resources": {"requests": {"curve": {"0.5": curve, "0.9": [], "0.95": [v * 1.2 for v in curve]}}}}]


def figures(short, hours):
    """An outcome of a replay, short in so many per cent of its rows."""
    worst = {"at": "2026-01-04T12:00:00Z", "percent": 12.5} if short else None
    return {"rows": 288, "short_rows": 3, "short_percent": short, "unserved_percent": 0.1, "slack_percent": None, "worst": worst, "vm_hours": hours,
            "started_per_day": 4.0, "watt_hours": 2 * hours}


def replay(name, short, suggestion=None, silent=0):
    """The entry of a slice in a replay's document."""
    policies = {"policy": figures(short, 100.0), "static": figures(0.0, 400.0), "reactive": figures(2.0, 90.0), "oracle": figures(0.0, 60.0),
                "ran": figures(1.0, 50.0)}
    return {"slice": name, "begin": "2026-01-04T08:00:00Z", "end": "2026-01-05T08:00:00Z", "passes": 288, "rows": 288, "measured_rows": 280,
            "policies": policies, "where_ran": figures(0.5, 45.0), "perfect_vm_hours": 50.0, "cost_of_static": 0.25, "cost_of_reactive": None,
            "short_of_reactive": 0.2, "silence": {"passes": silent, "releases": 0, "additions": 1}, "suggestion": suggestion, "notes": ["One & all."]}
