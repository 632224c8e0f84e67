# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""InfluxDB 1 (and the InfluxQL of 2 and 3) over HTTP: bound parameters, answered in CSV."""
from __future__ import annotations

import csv
import io
import json
import re
from collections import defaultdict
from urllib.parse import urlencode

from ..errors import TelemetryError
from ..requirements import require
from . import refusals
from .client import Client
from .columns import Lines, number, tables
from .http import call, stream
from .series import Segment

try:
    import numpy as np
except ImportError:
    np = None

NANO = 1_000_000_000
ROWS_A_CHUNK = 20000


class InfluxqlClient(Client):
    """Client whose queries are InfluxQL. A bucket is a database, or database/retention-policy."""

    dialect = "influxql"

    def __init__(self, options: dict):
        super().__init__(options)
        require("numpy", "read telemetry")

    def _measured(self, bucket, measurement, fields, slices, start, stop):
        query, bound = _of_measurement(measurement, fields, slices, start, stop)
        yield from self._segments(f"read {measurement} of database {bucket}", bucket, query, bound, fields)

    def _points(self, bucket, measurement, fields, start, stop, tags):
        query, bound = _of_measurement(measurement, fields, [], start, stop, tags)
        text = b"".join(self._ask(f"read {measurement} of database {bucket}", bucket, query, bound)).decode("utf-8", "replace")
        names = []
        for cells in csv.reader(io.StringIO(text, newline="")):
            if cells[:3] == ["name", "tags", "time"]:
                names = cells[3:]
            elif names and len(cells) == len(names) + 3:
                tags = {name: value for name, value in _tag_pairs(cells[1]).items() if value != ""}
                for field, value in zip(names, cells[3:]):
                    yield int(cells[2]) // NANO, tags, field, value

    def _own(self, bucket, name, query, fields, start, stop):
        bound = {"start": start * NANO, "stop": stop * NANO, "slice": name}
        yield from self._segments(f"read slice {name} of database {bucket}", bucket, query, bound, fields, name)

    def _segments(self, want, bucket, query, bound, fields, own=None):
        """Segments of a query's answer; own: the slice whose query it is."""
        for header, block in tables(self._ask(want, bucket, query, bound, own)):
            columns = header[3:]
            if header[:3] != ["name", "tags", "time"] or (own and not ({"field", "value"} <= set(columns) or set(columns) & set(fields))):
                raise TelemetryError(f"Cannot {want} at {refusals.shown(self.url)}: the answer has the columns {', '.join(header)}. "
                                     f"A slice's own query must yield time, field and value, or time and a column for each field; "
                                     f"correct telemetry.query.")
            long = own and {"field", "value"} <= set(columns)
            yield from (None if long else _fast(columns, block, own)) or _slow(columns, block, own, long)

    def _ask(self, want, bucket, query, bound, own=None):
        """Pieces of the CSV answer."""
        form = {**_database(bucket), "q": query, "params": json.dumps(bound), "chunked": "true", "chunk_size": ROWS_A_CHUNK}
        reply = stream(self.options, "/query", want, bucket=bucket, form=form, headers={"Accept": "application/csv"}, own_query=bool(own))
        next(reply, None)
        empty = True
        for piece in reply:
            empty = False
            yield piece
        if empty:
            self._explain(want, bucket, form, bool(own))

    def _explain(self, want, bucket, form, own) -> None:
        """CSV says nothing of an error such as a missing database, so an empty answer is asked for once more in JSON."""
        body = call(self.options, "/query", want, bucket=bucket, form={**form, "chunked": "false"}, own_query=own)[2]
        for result in json.loads(body or b"{}").get("results", ()):
            if result.get("error"):
                raise refusals.refused(self.url, want, bucket, 400, result["error"], own)

    def _send(self, bucket, text) -> None:
        path = "/write?" + urlencode({**_database(bucket), "precision": "s"})
        call(self.options, path, f"write to database {bucket}", bucket=bucket, body=text.encode(), headers={"Content-Type": "text/plain; charset=utf-8"})


def _database(bucket: str) -> dict:
    database, _slash, policy = bucket.partition("/")
    return {"db": database, "rp": policy} if policy else {"db": database}


def _of_measurement(measurement, fields, slices, start, stop, tags=None):
    """(query, bound parameters) for fields of a measurement, of all slices when slices is empty; start and stop included.

    tags: {name: text} that points must have.
    """
    bound = {"start": start * NANO, "stop": stop * NANO}
    query = f"SELECT {', '.join(map(_quoted, fields))} FROM {_quoted(measurement)} WHERE time >= $start AND time <= $stop"
    if slices:
        names = [f"slice{number}" for number in range(len(slices))]
        bound.update(zip(names, slices))
        query += " AND (" + " OR ".join(f'"slice" = ${name}' for name in names) + ")"
    for number, (name, value) in enumerate(sorted((tags or {}).items())):
        bound[f"tag{number}"] = value
        query += f" AND {_quoted(name)} = $tag{number}"
    return query + " GROUP BY *", bound


def _quoted(identifier: str) -> str:
    """An identifier of InfluxQL; these cannot be bound as parameters."""
    return '"' + identifier.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n") + '"'


def _fast(columns, block, own):
    """Segments of a table whose value columns are numbers; None when one is not."""
    lines = Lines(block)
    wide = len(columns)
    values = [lines.numbers(number - wide) for number in range(wide)]
    times = lines.numbers(-wide - 1, np.int64)
    if times is None or any(column is None for column in values):
        return None
    found = []
    for first, end in lines.runs(-wide - 1):
        name, tags = _tags(lines.row(first)[1])
        for field, column in zip(columns, values):
            there = ~np.isnan(column[first:end])
            if there.any():
                found.append(Segment(own or name, field, tags, times[first:end][there], column[first:end][there]))
    return found


def _slow(columns, block, own, long):
    """Segments of any table, row by row; a value that is no number is NaN. long: columns field and value; else a column for each field."""
    held = defaultdict(lambda: ([], []))
    for cells in csv.reader(io.StringIO(block.decode("utf-8", "replace"))):
        name, tags = _tags(cells[1])
        row = dict(zip(columns, cells[3:]))
        pairs = [(row["field"], row["value"])] if long else row.items()
        for field, text in pairs:
            if text != "":
                times, values = held[own or name, field, tags]
                times.append(int(cells[2]))
                values.append(number(text))
    return [Segment(*key, np.array(times, np.int64), np.array(values, float)) for key, (times, values) in held.items()]


def _tags(text: str) -> tuple[str, str]:
    """The tags cell -> (slice, the other tags as one text)."""
    tags = _tag_pairs(text)
    return tags.pop("slice", ""), ",".join(f"{name}={value}" for name, value in sorted(tags.items()) if value)


def _tag_pairs(text: str) -> dict:
    """The tags cell `host=a,slice=web` -> {name: value}. A backslash keeps a comma, equals sign or blank from ending a part."""
    pairs = re.findall(r"((?:[^\\,=]|\\.)*)=((?:[^\\,]|\\.)*)(?:,|$)", text)
    return {re.sub(r"\\([,= ])", r"\1", name): re.sub(r"\\([,= ])", r"\1", value) for name, value in pairs}
