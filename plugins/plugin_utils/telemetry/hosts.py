# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What passes saw of hosts, from measurement netslice_host, and when hosts last wrote telemetry of their own."""
from __future__ import annotations

import json

from ..errors import TelemetryError
from ..instants import canonical_json, format_instant, parse_instant
from ..manager.evidence import Seen, record_of
from .line import Point

HOST = "netslice_host"
#: seconds back in which the last answer of a host is looked for, one after another; a host that is lost is recorded in every pass
LOOKS = (7200, 86400, 604800)
#: measurements that hosts write themselves, each with a field that all its points have
OWN = (("netslice_vm", "memory_mib"), ("netslice_qos", "bytes"))
#: seconds before its last answer in which a host that has telemetry wrote some
BEFORE = 3600
#: so many hosts that answer are looked at for one that writes telemetry
LOOKED_AT = 5
#: seconds of points in which a host that writes is found, and up to which points of a clock that is ahead are
RECENT, AHEAD = 900, 3600


def answer_points(states: dict[str, dict], as_of: int) -> list[Point]:
    """One point for each host that answered. Hosts that did not have none, so that passes over parts of the roster do not contradict each other."""
    return [Point(HOST, {"host": host}, {"answered": 1.0, "record": canonical_json(record_of(state))}, as_of) for host, state in sorted(states.items())]


def loss_points(plan: dict) -> list[Point]:
    """One point for each host that the plan declares lost by evidence, with that evidence."""
    lost = [one for one in plan.get("lost_hosts") or [] if one["by"] == "evidence"]
    return [Point(HOST, {"host": one["host"]}, {"lost": canonical_json(one)}, parse_instant(plan["as_of"])) for one in lost]


def last_seen(client, host: str, silent_seconds: int, as_of: int) -> Seen | None:
    """What is known of a host that does not answer at as_of; None where no pass of the last week recorded that it did. Raises TelemetryError."""
    for look in LOOKS:
        rows = client.rows(HOST, {"answered": float, "record": str, "lost": str}, as_of - look, as_of - 1, tags={"host": host})
        if rows:
            break
    else:
        return None
    row = rows[-1]
    lost = None if "answered" in row else _document(row, "lost", host)
    record = lost or _document(row, "record", host)
    time = parse_instant(lost["since"]) if lost else row["time"]
    wrote = lost is not None or _last_point(client, host, time - BEFORE, time) is not None
    writes = _last_point(client, host, as_of - silent_seconds, as_of)
    return Seen(time, tuple(record["addresses"]), tuple(record["vips"]), lost, wrote, writes)


def passes_before(client, silent_seconds: int, as_of: int) -> int:
    """Passes of the last silent_seconds that any host answered in, before as_of. Raises TelemetryError."""
    return len({row["time"] for row in client.rows(HOST, {"answered": float}, as_of - silent_seconds, as_of - 1)})


def any_writes(client, hosts, silent_seconds: int, as_of: int) -> bool:
    """Whether one of the first few hosts wrote telemetry in the last silent_seconds. Raises TelemetryError."""
    return any(_last_point(client, host, as_of - silent_seconds, as_of) is not None for host in sorted(hosts)[:LOOKED_AT])


def last_points(client, hosts, as_of: int, silent_seconds: int) -> dict[str, int | None]:
    """{host: time of the last point that it wrote itself}, of the hour after as_of and of two hours before it, or of silent_seconds where that is more.

    None where there is none. Raises TelemetryError.
    """
    found = {}
    for host in hosts:
        newest = _last_point(client, host, as_of - RECENT, as_of + AHEAD)
        found[host] = _last_point(client, host, as_of - max(LOOKS[0], silent_seconds), as_of - RECENT) if newest is None else newest
    return found


def _last_point(client, host: str, start: int, stop: int) -> int | None:
    """Time of the last point that a host wrote in [start, stop]."""
    times = [row["time"] for measurement, name in OWN for row in client.rows(measurement, {name: float}, start, stop, tags={"host": host})]
    return max(times, default=None)


def _document(row: dict, name: str, host: str) -> dict:
    try:
        found = json.loads(row[name])
        return {**found, "addresses": list(found["addresses"]), "vips": list(found["vips"])}
    except (KeyError, TypeError, ValueError):
        raise TelemetryError(f"Cannot read what the pass of {format_instant(row['time'])} saw of host {host}: its {name} is no such document. "
                             f"Write {HOST} with host_evidence and slice_decision alone.") from None
