# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Replays of the policy on record, and what ran in the time they judge: measurements netslice_backtest and netslice_decision."""
from __future__ import annotations

import json

from ..errors import InvalidInput, TelemetryError
from ..instants import canonical_json, format_instant, parse_instant
from .archive import ALL, CALIBRATION, CALIBRATION_AGE
from .decisions import NAMED
from .line import Point
from .records import DECISION

BACKTEST = "netslice_backtest"
SCHEMA = "foresight.netslice/replay/1"
#: how far back the last replay of a slice is looked for
LONGEST = 365 * 86400
#: fields of a point beside the record
_FIELDS = ("cost_of_oracle", "cost_of_static", "cost_of_reactive", "short_of_reactive")


def backtest_points(entries: list[dict], as_of: int) -> list[Point]:
    """One point of netslice_backtest for each slice of a replay's document; the candidates of a suggestion stay in its file."""
    points = []
    for one in entries:
        policy = one["policies"]["policy"]
        fields = {**{name: one[name] for name in _FIELDS}, **{name: policy[name] for name in ("short_percent", "vm_hours", "watt_hours")}}
        record = {key: value for key, value in one.items() if key != "suggestion"}
        points.append(Point(BACKTEST, {"slice": one["slice"]}, {**fields, "settings": one["settings"], "record": canonical_json(record)}, as_of))
    return points


def last_replays(client, names, as_of: int) -> dict[str, dict]:
    """{slice: entry of its last replay up to `as_of`, with its `time` in seconds}; slices without one are left out. Raises TelemetryError."""
    wanted, newest = sorted(set(names)), {}
    for tags in [{"slice": name} for name in wanted] if len(wanted) <= NAMED else [{}]:
        rows = client.rows(BACKTEST, {"record": str}, as_of - LONGEST, as_of, tags=tags)
        newest.update({row["slice"]: row for row in rows if row.get("slice") in wanted and "record" in row})  # rows are in the order of time
    return {name: {**_entry(row), "time": int(row["time"])} for name, row in sorted(newest.items())}


def _entry(row: dict) -> dict:
    try:
        found = json.loads(row["record"])
    except ValueError:
        found = None
    if not isinstance(found, dict):
        raise TelemetryError(f"Cannot read the replay of slice {row['slice']} of {format_instant(row['time'])}: its record is no JSON of an object. "
                             f"Write {BACKTEST} with slice_replay alone.")
    return found


def replays_of_file(path: str) -> dict[str, dict]:
    """{slice: entry with its `time`} of a JSON file that slice_replay wrote. Raises InvalidInput."""
    try:
        with open(path, encoding="utf-8") as file:
            found = json.load(file)
    except (OSError, ValueError) as exc:
        raise InvalidInput(f"replay_path: cannot read {path}: {exc}. Give the file that slice_replay wrote as its json_path.") from exc
    if not isinstance(found, dict) or found.get("schema") != SCHEMA:
        raise InvalidInput(f"replay_path: {path} is no document of schema {SCHEMA}. Give the file that slice_replay wrote as its json_path.")
    return {one["slice"]: {**one, "time": parse_instant(found["as_of"])} for one in found["slices"]}


def read_ran(client, name: str, begin: int, end: int) -> list[tuple[int, int]]:
    """[(seconds, VMs of the slice after the pass)] of the decisions recorded in [begin, end], oldest first."""
    return [(int(row["time"]), int(row["final"])) for row in client.rows(DECISION, {"final": float}, begin, end, tags={"slice": name}) if "final" in row]


def calibration_history(client, name: str, begin: int, end: int):
    """A function (key, at) -> the Calibration record that a pass at `at` had, or None, of one slice and instants in [begin, end].

    A pass forecasts before it learns, so that a record of its own instant is not yet there.
    """
    kept: dict[tuple, list] = {}
    for row in client.rows(CALIBRATION, {"record": str}, begin - CALIBRATION_AGE, end, tags={"lead": ALL, "slice": name}):
        kept.setdefault((row["slice"], row["resource"]), []).append({**json.loads(row["record"]), "time": row["time"]})

    def record_of(key, at):
        return next((one for one in reversed(kept.get(key, ())) if at - CALIBRATION_AGE <= one["time"] < at), None)
    return record_of
