# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Demand of the demonstration's three applications, and a writer that puts it into InfluxDB as their own telemetry would.

web serves an office: a steep morning, a peak until eleven, quiet nights and weekends. video has a small morning peak on the same
links and its large one in the evening. batch is a job of one night, whose demand ends for good.
The same instant always gives the same value, so that every run decides alike.
"""

from __future__ import annotations

import base64
import random
import urllib.error
import urllib.parse
import urllib.request
from datetime import datetime, timedelta, timezone

STEP_SECONDS = 300
MEASUREMENT = "slice_demand"
ROWS_A_REQUEST = 5000
BATCH_BEGIN = datetime(2026, 1, 13, 22, tzinfo=timezone.utc)
BATCH_END = datetime(2026, 1, 14, 6, tzinfo=timezone.utc)

# Requests per second at hours of the day; straight lines between them.
WEB_DAY = ((0, 18), (7.75, 20), (8.25, 110), (8.5, 125), (11, 122), (11.5, 78), (17, 72), (18.5, 22), (24, 18))
WEB_WEEKEND = ((0, 15), (24, 15))
VIDEO_DAY = ((0, 8), (8, 8), (8.5, 25), (10.5, 25), (11.5, 12), (18.5, 12), (19.25, 48), (22, 45), (23.5, 10), (24, 8))
# Mbit/s of each direction, cores and MiB that one request a second costs.
COST = {
    "web": {"egress_mbit": 0.075, "ingress_mbit": 0.06, "cpu_cores": 0.004, "memory_mib": 0.6},
    "video": {"egress_mbit": 0.38, "ingress_mbit": 0.32, "cpu_cores": 0.002, "memory_mib": 0.8},
    "batch": {"egress_mbit": 0.03, "ingress_mbit": 0.03, "cpu_cores": 0.01, "memory_mib": 0.5},
}


def _between(points, hour):
    for (begin, low), (end, high) in zip(points, points[1:]):
        if hour <= end:
            return low + (high - low) * (hour - begin) / (end - begin)
    return points[-1][1]


def requests_per_second(name, instant):
    """Requests per second of an application at an instant (datetime in UTC), with a few percent of noise."""
    hour = instant.hour + instant.minute / 60
    if name == "batch":
        level = 35.0 if BATCH_BEGIN <= instant < BATCH_END else 0.0
    elif name == "video":
        level = _between(VIDEO_DAY, hour)
    else:
        level = _between(WEB_WEEKEND if instant.weekday() >= 5 else WEB_DAY, hour)
    noise = random.Random(f"{name} {instant.isoformat()}").gauss(0, 0.025)
    return max(0.0, level * (1 + noise))


def row(name, instant):
    """Fields of one row of slice_demand."""
    requests = requests_per_second(name, instant)
    fields = {field: round(requests * cost, 4) for field, cost in COST[name].items()}
    fields["requests_per_second"] = round(requests, 3)
    return fields


def lines(names, begin, end):
    """Rows of [begin, end) in line protocol with timestamps in seconds. begin and end: datetimes in UTC."""
    instant = begin
    while instant < end:
        for name in names:
            fields = ",".join(f"{field}={value}" for field, value in sorted(row(name, instant).items()))
            yield f"{MEASUREMENT},slice={name} {fields} {int(instant.timestamp())}"
        instant += timedelta(seconds=STEP_SECONDS)


def write(options, rows):
    """Write lines to the InfluxDB of the given connection options, by its HTTP interface alone. Returns how many."""
    count, batch = 0, []
    for line in rows:
        batch.append(line)
        count += 1
        if len(batch) == ROWS_A_REQUEST:
            _post(options, batch)
            batch = []
    if batch:
        _post(options, batch)
    return count


def _post(options, batch):
    if options.get("influxdb_token"):
        parameters = {"org": options["influxdb_org"], "bucket": options["influxdb_bucket"], "precision": "s"}
        path, authorization = "/api/v2/write", f"Token {options['influxdb_token']}"
    else:
        login = f"{options['influxdb_username']}:{options['influxdb_password']}".encode()
        parameters = {"db": options["influxdb_bucket"], "precision": "s"}
        path, authorization = "/write", f"Basic {base64.b64encode(login).decode()}"
    request = urllib.request.Request(f"{options['influxdb_url']}{path}?{urllib.parse.urlencode(parameters)}",
                                     data="\n".join(batch).encode(), headers={"Authorization": authorization}, method="POST")
    try:
        with urllib.request.urlopen(request, timeout=120) as answer:
            answer.read()
    except urllib.error.HTTPError as error:
        raise RuntimeError(f"Cannot write telemetry to {options['influxdb_url']}: {error} {error.read().decode(errors='replace')}") from error
