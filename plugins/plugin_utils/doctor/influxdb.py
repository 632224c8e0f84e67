# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""InfluxDB: whether it answers, how soon, by which clock; and what arrives in it."""
from __future__ import annotations

import email.utils
import time

from ..errors import NetsliceError
from ..telemetry.http import call
from ..telemetry.records import DECISION
from .findings import Finding, refused

#: a clock that is further away files points under times that passes do not expect
SKEW_SECONDS = 5
#: a query of one measurement's last minutes; a pass makes larger ones
SLOW_SECONDS = 2.0
#: a host with VMs that wrote nothing for so many of its intervals is measured no more
SILENT_INTERVALS = 5


def clock(options: dict) -> Finding:
    """The clock of InfluxDB beside that of the controller, by the date in an answer. Raises no error."""
    try:
        before = time.time()
        _status, headers, _body = call(options, "/ping", "ask for the time of InfluxDB", tolerate=True)
        after = time.time()
    except NetsliceError as exc:
        return refused("influxdb", "connection", exc)
    told = email.utils.parsedate_to_datetime(headers["Date"]).timestamp() if headers.get("Date") else None
    if told is None:
        return Finding("influxdb", "clock", "ok", "it does not tell its time")
    # The date has whole seconds: the clock was anywhere in that second.
    apart = max(before - (told + 1), told - after, 0)
    return skew("influxdb", "clock", apart)


def skew(area: str, name: str, apart: float) -> Finding:
    """Finding about a clock that is so many seconds away from the controller's."""
    if apart > SKEW_SECONDS:
        return Finding(area, name, "failed", f"its clock is {apart:.0f} s away from the controller's",
                       "Synchronise both by NTP: plans expire, and telemetry is stale, by them.")
    return Finding(area, name, "ok", f"its clock is within {SKEW_SECONDS} s of the controller's")


def reading(client, now: int) -> Finding:
    """Whether the bucket can be read, and how soon it answers."""
    begin = time.monotonic()
    try:
        client.rows(DECISION, {"mode": str}, now - 600, now)
    except NetsliceError as exc:
        return refused("influxdb", f"bucket {client.bucket}", exc)
    took = time.monotonic() - begin
    if took > SLOW_SECONDS:
        return Finding("influxdb", f"bucket {client.bucket}", "warning", f"ten minutes of decisions took {took:.1f} s to read",
                       "Look at its load and at the size of the bucket.")
    return Finding("influxdb", f"bucket {client.bucket}", "ok", f"answers in {client.dialect} after {took:.2f} s")


def collectors(last: dict[str, int | None], now: int, interval_seconds: int) -> list[Finding]:
    """A row for each host with VMs of the time of its last point {host: seconds, or None}; none where no host measures itself.

    interval_seconds: the time between two measurements of a host.
    """
    found = []
    for host, at in sorted(last.items()) if any(at is not None for at in last.values()) else ():
        name, age = f"collector {host}", None if at is None else now - at
        if age is None or age > SILENT_INTERVALS * interval_seconds:
            said = "has written nothing lately, and other hosts have" if age is None else f"last wrote {age} s ago, and measures every {interval_seconds} s"
            found.append(Finding("telemetry", name, "failed", said, "Start Telegraf or netslice-collector.timer on that host, and look at its log for why it "
                                 "ended or what InfluxDB refuses: journalctl -u telegraf -u netslice-collector."))
        elif age < -SKEW_SECONDS:
            found.append(Finding("telemetry", name, "failed", f"its last point lies {-age} s in the future, where no pass uses it",
                                 "Synchronise the clock of that host by NTP."))
        else:
            found.append(Finding("telemetry", name, "ok", f"last wrote {max(age, 0)} s ago"))
    return found


def telemetry(entries: list[dict]) -> list[Finding]:
    """A row for each slice, of what telemetry/survey.py tells."""
    found = []
    for entry in entries:
        name = f"slice {entry['slice']}"
        if entry["verdict"] in ("ok", "cold") and not entry["missing"]:
            found.append(Finding("telemetry", name, "ok", "arrives, and is fresh"))
            continue
        verdict = "failed" if entry["verdict"] in ("stale", "missing") else "warning"
        found.append(Finding("telemetry", name, verdict, f"{entry['verdict']}: {'; '.join(entry['missing']) or 'see slice_telemetry_info'}",
                             "Look at the collector (role telemetry), and at telemetry.measurement and field of the slice."))
    return found
