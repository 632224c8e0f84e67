# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a pass left in InfluxDB, asked for by plain HTTP in either dialect."""

from __future__ import annotations

import csv
import io
import json
import urllib.parse
import urllib.request


def summary(options, function, measurement, field):
    """{slice: count or max of a field of a measurement over all time}. function: count or max."""
    if options.get("influxdb_token"):
        return _summary_flux(options, function, measurement, field)
    query = f'SELECT {function.upper()}("{field}") FROM "{measurement}" GROUP BY "slice"'
    parameters = {"db": options["influxdb_bucket"], "q": query, "u": options["influxdb_username"], "p": options["influxdb_password"]}
    with urllib.request.urlopen(f"{options['influxdb_url']}/query?{urllib.parse.urlencode(parameters)}", timeout=120) as answer:
        result = json.load(answer)["results"][0]
    return {series["tags"]["slice"]: float(series["values"][0][1]) for series in result.get("series", [])}


def _summary_flux(options, function, measurement, field):
    query = (f'from(bucket: "{options["influxdb_bucket"]}") |> range(start: 0, stop: 2100-01-01T00:00:00Z) '
             f'|> filter(fn: (r) => r._measurement == "{measurement}" and r._field == "{field}") |> group(columns: ["slice"]) |> {function}()')
    request = urllib.request.Request(
        f"{options['influxdb_url']}/api/v2/query?{urllib.parse.urlencode({'org': options['influxdb_org']})}", data=query.encode(),
        headers={"Authorization": f"Token {options['influxdb_token']}", "Content-Type": "application/vnd.flux", "Accept": "application/csv"})
    with urllib.request.urlopen(request, timeout=120) as answer:
        rows = csv.DictReader(io.StringIO(answer.read().decode()))
        return {row["slice"]: float(row["_value"]) for row in rows if row.get("slice") not in (None, "", "slice")}
