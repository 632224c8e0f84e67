# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the passes of a period recorded, from rows of InfluxDB to one history a slice."""
from __future__ import annotations

import json
import math
from dataclasses import dataclass, field

from ..instants import parse_instant


@dataclass(frozen=True)
class Decision:
    """One pass's decision for one slice. `entry` is the slice's entry of the plan, {} where it cannot be read."""

    time: int
    values: dict
    entry: dict

    def get(self, name: str, default=None):
        """A field of the record: mode, state, verdict, telemetry, model, present, wished, final, binding_resource, binding_rule."""
        value = self.values.get(name)
        return default if value is None else value

    @property
    def why(self) -> str:
        return str((self.entry.get("binding") or {}).get("why") or self.get("binding_rule", ""))

    @property
    def rules(self) -> list:
        """The rules that changed the number of VMs: rule, before, after, why."""
        rules = (self.entry.get("vms") or {}).get("rules") or []
        return [{key: rule.get(key, "") for key in ("rule", "before", "after", "why")} for rule in rules if isinstance(rule, dict)]

    def guarantees(self) -> dict:
        """Direction -> (guarantee, ceiling) in Mbit/s, summed over the attachments of the slice."""
        totals: dict = {}
        for item in self.entry.get("shaping") or []:
            before = totals.get(item.get("direction"), (0.0, 0.0))
            totals[item.get("direction")] = (before[0] + float(item.get("guarantee_mbit") or 0), before[1] + float(item.get("ceiling_mbit") or 0))
        return totals


@dataclass
class History:
    """All that the report knows of one slice."""

    name: str
    decisions: list = field(default_factory=list)  # Decision, oldest first
    forecasts: dict = field(default_factory=dict)  # (resource, lead seconds) -> [(as_of, q50, q90, q95)], oldest first
    demand: dict = field(default_factory=dict)     # resource -> Measured
    curves: dict = field(default_factory=dict)     # resource -> [(seconds, q50, q95)] of the present pass
    replay: dict | None = None                     # entry of the last replay of its policy (telemetry/backtests.py), with its time
    proposals: list = field(default_factory=list)  # of the last run of slice_feedback that still wait (feedback/accepted.py)
    slice: dict = field(default_factory=dict)      # the validated slice, {} where the inventory has none of this name

    @property
    def last(self):
        return self.decisions[-1] if self.decisions else None


@dataclass(frozen=True)
class Measured:
    """A regular series: values[i] is the mean over [start + i * step, start + (i + 1) * step), None where there is a gap."""

    unit: str
    start: int
    step: int
    values: list

    def at(self, instant: int):
        """The value of the interval that ends at `instant`, None in a gap or outside."""
        row = (instant - self.start) // self.step - 1
        return self.values[row] if 0 <= row < len(self.values) else None

    def points(self) -> list:
        return [(self.start + (i + 1) * self.step, v) for i, v in enumerate(self.values)]

    def last(self):
        return next((v for v in reversed(self.values) if v is not None), None)


def histories(slices, series, decisions, forecasts, profiles) -> list[History]:
    """One History for each slice, in the order of the inventory, then those only the records know.

    slices: validated slices; series: {(slice, resource): telemetry Series}; decisions, forecasts: rows of Client.rows;
    profiles: Demand Profiles with curves of the present pass.
    """
    found = {s["name"]: History(s["name"], slice=s) for s in slices}
    for row in _whole(decisions, "slice"):
        history = found.setdefault(row["slice"], History(row["slice"]))
        history.decisions.append(Decision(row["time"], row, _entry(row.get("record"))))
    for row in _whole(forecasts, "slice", "resource", "lead"):
        history = found.setdefault(row["slice"], History(row["slice"]))
        if row.get("q50") is not None and row.get("q95") is not None and row["lead"].isdecimal():
            key = (row["resource"], int(row["lead"]))
            history.forecasts.setdefault(key, []).append((row["time"], row["q50"], row.get("q90"), row["q95"]))
    for (name, resource), one in series.items():
        values = [None if math.isnan(v) else float(v) for v in one.values]
        if any(v is not None for v in values):
            found.setdefault(name, History(name)).demand[resource] = Measured(one.unit, one.start, one.step_seconds, values)
    for profile in profiles:
        if profile["slice"] in found:
            found[profile["slice"]].curves = _curves(profile)
    return list(found.values())


def _whole(rows, *tags) -> list:
    """The rows that have these tags, as all that passes write have, oldest first."""
    return sorted((row for row in rows if set(tags) <= set(row)), key=lambda r: r["time"])


def _entry(text) -> dict:
    try:
        entry = json.loads(text)
        return entry if _shaped(entry) else {}
    except (TypeError, ValueError, AttributeError):
        return {}


def _shaped(entry) -> bool:
    """Whether what the page reads of an entry is what passes write. What is not there at all may be so of an earlier version."""
    parts = {name: entry.get(name) or {} for name in ("vms", "binding", "placed", "demand", "predicted")}
    lists = {name: entry.get(name) or [] for name in ("shaping", "missing", "vips", "healing", "resizing")}
    dicts = [*parts.values(), *parts["placed"].values(), *lists["shaping"]]
    numbers = [*parts["demand"].values(), *parts["predicted"].values()]
    return (all(isinstance(one, dict) for one in dicts) and all(isinstance(one, list) for one in lists.values())
            and all(one is None or isinstance(one, (int, float)) for one in numbers))


def _curves(profile: dict) -> dict:
    """resource -> [(end of the interval, q50, q95)]."""
    step, curves = int(profile["step_seconds"]), {}
    start = parse_instant(profile["as_of"]) // step * step  # a curve begins where the last whole row of telemetry ends
    for resource, one in profile["resources"].items():
        curve = one.get("curve") or {}
        middle, upper = curve.get("0.5") or [], curve.get("0.95") or []
        curves[resource] = [(start + (i + 1) * step, m, u) for i, (m, u) in enumerate(zip(middle, upper)) if m is not None and u is not None]
    return curves
