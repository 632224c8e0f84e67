# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The last decisions about slices, from measurement netslice_decision."""
from __future__ import annotations

import json

from ..errors import TelemetryError
from ..instants import format_instant
from .records import DECISION

#: seconds back in which decisions are looked for first, one after another: passes are minutes apart, and records are long
LOOKS = (900, 7200)
#: up to so many slices are asked for by name
NAMED = 20


def last_records(client, names, as_of: int, within: int) -> dict[str, dict]:
    """{slice: decision record} of the newest decision about each in the `within` seconds up to `as_of`, both included.

    Slices without one are left out. names None: all slices of the newest passes, that is of those in the first of LOOKS, or else in `within`,
    that holds any. Raises TelemetryError.
    """
    found: dict[str, dict] = {}
    for look in [look for look in LOOKS if look < within] + [within]:
        if names is None:
            found = {row["slice"]: row for row in client.rows(DECISION, {"record": str}, as_of - look, as_of) if {"slice", "record"} <= set(row)}
            if found:
                break
            continue
        lacking = sorted(set(names) - found.keys())
        for tags in [{"slice": name} for name in lacking] if len(lacking) <= NAMED else [{}]:
            rows = client.rows(DECISION, {"record": str}, as_of - look, as_of, tags=tags)
            found.update({row["slice"]: row for row in rows if row.get("slice") in lacking and "record" in row})  # rows are in the order of time
    return {name: _record(found[name]) for name in sorted(found)}


def _record(row: dict) -> dict:
    """The record of a row; its instant is the time of its point."""
    at = format_instant(row["time"])
    try:
        record = json.loads(row["record"])
    except ValueError:
        record = None
    if not isinstance(record, dict):
        raise TelemetryError(f"Cannot read the decision about slice {row['slice']} of {at}: its record is no JSON of an object. "
                             f"Write {DECISION} with slice_decision alone.")
    return {**record, "as_of": at}
