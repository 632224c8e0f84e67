# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Validation of `telemetry.events`: the calendar of what is known to come."""
from __future__ import annotations

from ..errors import InvalidInput
from ..instants import format_instant, parse_instant


def instant(value, path: str, options: dict) -> str:
    """RFC 3339 text with a time zone -> the same instant in UTC. Raises InvalidInput."""
    try:
        return format_instant(parse_instant(value))
    except (InvalidInput, ValueError, OverflowError) as exc:
        raise InvalidInput(f"{path}: {str(value)!r} is no instant with a time zone; write one like \"2026-01-05T08:00:00Z\", in quotes.") from exc


def resource_names(value, path: str, options: dict) -> list[str]:
    """A list of names of resources; that they have telemetry is checked by check_events."""
    if not isinstance(value, (list, tuple)) or not value:
        raise InvalidInput(f"{path}: must be a list of at least one resource, like [requests]. Leave the key out to mean all.")
    return [str(name) for name in value]


def check_events(slice_: dict, path: str) -> None:
    """Every event ends after it starts, names resources that are there, and is alone of its name while it runs. Raises InvalidInput."""
    telemetry = slice_["telemetry"]
    known = telemetry["resources"]
    for index, event in enumerate(telemetry["events"]):
        at = f"{path}.telemetry.events[{index}]"
        if event["end"] <= event["start"]:  # both are in UTC and of one form: the order of the text is that of time
            raise InvalidInput(f"{at}.end: {event['end']} is not after start, {event['start']}.")
        for number, name in enumerate(event["resources"] or []):
            if name not in known:
                raise InvalidInput(f"{at}.resources[{number}]: {name!r} has no telemetry; telemetry.resources are {', '.join(sorted(known))}.")
    _refuse_overlaps(telemetry["events"], f"{path}.telemetry.events")


def _refuse_overlaps(events: list[dict], path: str) -> None:
    latest: dict[str, int] = {}
    for index in sorted(range(len(events)), key=lambda i: (events[i]["start"], i)):
        event, before = events[index], latest.get(events[index]["name"])
        if before is not None and event["start"] < events[before]["end"]:
            raise InvalidInput(
                f"{path}[{index}]: {event['name']!r} from {event['start']} to {event['end']} overlaps {path}[{before}], "
                f"from {events[before]['start']} to {events[before]['end']}. Join the two, or name one of them otherwise.")
        latest[event["name"]] = index
