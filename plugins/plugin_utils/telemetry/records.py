# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a pass leaves in InfluxDB: its decisions and its forecasts, as points keyed by as_of."""
from __future__ import annotations

import json

from ..errors import InvalidInput
from ..instants import canonical_json, parse_instant
from ..manager.record import record_of
from .line import Point

CURVES_SCHEMA = "foresight.netslice/curves/1"
#: seconds ahead at which forecasts are kept; whole curves would be too many points
LEADS = (300, 900, 3600, 10800, 21600, 43200)
DECISION, FORECAST = "netslice_decision", "netslice_forecast"
#: the quantiles in the names of fields
PERCENT = (50, 90, 95)
#: InfluxDB 1 takes texts up to 64 KB
RECORD_CHARACTERS = 60_000
RECORD_ITEMS = 20


def row_of(lead: int, step: int) -> int:
    """The row, of `step` seconds, that ends so many seconds after the begin of a curve."""
    return -(-lead // step) - 1


def drifted(profiles: list[dict]) -> dict[str, str]:
    """{slice: what drifts and why} of Demand Profiles."""
    found = {one["slice"]: [f"{resource}: {entry['drift']['why']}" for resource, entry in one["resources"].items() if entry.get("drift")]
             for one in profiles}
    return {name: "; ".join(texts) for name, texts in found.items() if texts}


def decision_points(plan: dict, drifts: dict | None = None) -> list[Point]:
    """One point of netslice_decision for each slice of a plan, with what drifts ({slice: text}). Raises InvalidInput."""
    as_of, slices = _of(plan, "plan", "slices")
    return [_decision(record_of(entry, plan, (drifts or {}).get(entry["name"])), as_of) for entry in slices]


def _decision(entry: dict, as_of: int) -> Point:
    vms, binding = entry.get("vms") or {}, entry.get("binding") or {}
    fields = {name: entry.get(name) for name in ("mode", "state", "verdict", "telemetry", "model")}
    fields.update({name: vms.get(name) for name in ("present", "wished", "final")})
    fields.update(binding_resource=binding.get("resource"), binding_rule=binding.get("rule"), drift=entry["drift"], record=_record(entry))
    return Point(DECISION, {"slice": entry["name"]}, fields, as_of)


def _record(entry: dict) -> str:
    """The decision record as JSON; where it is too long, its lists are cut."""
    text = canonical_json(entry)
    if len(text) <= RECORD_CHARACTERS:
        return text
    return canonical_json({key: _cut(value) for key, value in entry.items() if key != "placed"} | {"placed": _cut_places(entry)})


def _cut(value):
    return value[:RECORD_ITEMS] if isinstance(value, list) else value


def _cut_places(entry: dict) -> dict:
    """The first places of the VMs of a slice."""
    hosts = sorted(entry.get("placed") or {})[:RECORD_ITEMS]
    return {host: {want: _cut(vips) for want, vips in entry["placed"][host].items()} for host in hosts}


def read_curves(path: str, plan: dict | None = None) -> list[dict]:
    """The Demand Profiles with curves of a file that slice_plan wrote, in the pass of the plan where one is given. Raises InvalidInput."""
    try:
        with open(path, encoding="utf-8") as file:
            document = json.load(file)
    except (OSError, ValueError) as exc:
        raise InvalidInput(f"curves_path: cannot read {path}: {exc}. Give the file that slice_plan wrote in this pass.") from exc
    if not isinstance(document, dict) or document.get("schema") != CURVES_SCHEMA:
        raise InvalidInput(f"curves_path: {path} is no document of schema {CURVES_SCHEMA}. Give the file that slice_plan wrote in this pass.")
    if plan is not None and document.get("as_of") != plan.get("as_of"):
        raise InvalidInput(f"curves_path: {path} is of {document.get('as_of')}, but the plan of {plan.get('as_of')}. Give the file of the same pass.")
    return _of(document, "curves_path", "profiles")[1]


def forecast_points(profiles: list[dict], judged=frozenset()) -> list[Point]:
    """Points of netslice_forecast: each slice, resource and lead of LEADS inside the horizon.

    The forecast of a lead is that of the step that ends so many seconds after as_of. Beside what was decided on (q50, q90, q95, model)
    a point holds what network and seasonal naive said (network50, ..., naive95), but not of the (slice, resource) of `judged`.
    """
    points = []
    for profile in profiles:
        as_of = parse_instant(profile["as_of"])
        for resource, found in profile["resources"].items():
            said = {} if (profile["slice"], resource) in judged else found.get("said") or {}
            for lead, decided in (found.get("leads") or {}).items():
                fields = {f"q{level}": float(value) for level, value in zip(PERCENT, decided)}
                fields.update((f"{source}{level}", value) for source, leads in said.items() for level, value in zip(PERCENT, leads.get(lead, ())))
                fields["model"] = found.get("model")
                points.append(Point(FORECAST, {"slice": profile["slice"], "resource": resource, "lead": lead}, fields, as_of))
    return points


def _of(document: dict, name: str, key: str):
    """(as_of in seconds, the list under key) of a document. Raises InvalidInput."""
    found = document.get(key)
    if not isinstance(found, list) or not document.get("as_of"):
        raise InvalidInput(f"{name}: has no as_of or no list {key}; give what slice_plan returned")
    return parse_instant(document["as_of"]), found
