# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What was learned of slices and proposed, on record: measurement netslice_feedback."""
from __future__ import annotations

import json

from ..errors import TelemetryError
from ..instants import canonical_json, format_instant
from .decisions import NAMED
from .line import Point

FEEDBACK = "netslice_feedback"
#: how far back the last proposals are looked for: older ones speak of another time
LONGEST = 8 * 86400
#: of a proposal, what is read again
READ = {"key", "present", "proposed", "since", "why"}


def feedback_points(entries: list[dict], as_of: int) -> list[Point]:
    """One point for each slice of a feedback document, with its proposals."""
    return [Point(FEEDBACK, {"slice": one["slice"]}, {"proposals": len(one["proposals"]), "record": canonical_json(one["proposals"])}, as_of)
            for one in entries]


def last_proposals(client, names, as_of: int) -> dict[str, list[dict]]:
    """{slice: its proposals} of the newest record of each up to `as_of`; slices without one are left out. Raises TelemetryError."""
    wanted, newest = sorted(set(names)), {}
    for tags in [{"slice": name} for name in wanted] if len(wanted) <= NAMED else [{}]:
        rows = client.rows(FEEDBACK, {"record": str}, as_of - LONGEST, as_of, tags=tags)
        newest.update({row["slice"]: row for row in rows if row.get("slice") in wanted and "record" in row})  # rows are in the order of time
    return {name: _proposals(row) for name, row in sorted(newest.items())}


def _proposals(row: dict) -> list[dict]:
    try:
        found = json.loads(row["record"])
    except ValueError:
        found = None
    if not isinstance(found, list) or not all(isinstance(one, dict) and READ <= one.keys() for one in found):
        raise TelemetryError(f"Cannot read the proposals for slice {row['slice']} of {format_instant(row['time'])}: their record is no JSON of a list of them. "
                             f"Write {FEEDBACK} with slice_feedback alone.")
    return found
