# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""InfluxDB 2 (and 1.8 with Flux on) through influxdb-client: Flux with bound parameters, answered in raw CSV."""
from __future__ import annotations

import csv
import io
from collections import defaultdict
from datetime import datetime, timedelta, timezone

from ..errors import TelemetryError
from ..requirements import require
from . import refusals
from .client import Client
from .columns import Lines, number, tables
from .series import Segment

try:
    import numpy as np
except ImportError:
    np = None

NANO = 1_000_000_000
#: a field without a point for so many seconds before the end of what is read seems to have ended
ENDED = 7200
#: shards are so many seconds long, by the retention of the bucket, and one of each length begins at this instant, a Monday
SHARDS, SHARDS_BEGIN = (3600, 86400, 604800), 345600
PLAIN = {"", "result", "table"}  # columns whose cells are never quoted
NOT_TAGS = PLAIN | {"_start", "_stop", "_measurement", "slice", "time", "field", "value"}
NAMES = {"_time": "time", "_field": "field", "_value": "value"}


class FluxClient(Client):
    """Client whose queries are Flux."""

    dialect = "flux"

    def __init__(self, options: dict):
        super().__init__(options)
        library = require("influxdb_client", "talk Flux to InfluxDB")
        require("numpy", "read telemetry")
        self._urllib3 = __import__("urllib3")
        token = options.get("influxdb_token")
        if not token and options.get("influxdb_username"):
            token = f"{options['influxdb_username']}:{options.get('influxdb_password') or ''}"  # what 1.8 takes for a token
        limit = int(self.timeout * 1000)
        self._client = library.InfluxDBClient(self.url, token, org=options.get("influxdb_org") or "-", timeout=(limit, limit),
                                              verify_ssl=options.get("influxdb_validate_certs", True))
        self._library = library

    def close(self) -> None:
        self._client.close()

    def _measured(self, bucket, measurement, fields, slices, start, stop):
        query, bound = _of_measurement(bucket, measurement, fields, slices, start, stop)
        newest = dict.fromkeys(fields, start - 1)
        for segment in self._segments(f"read {measurement} of bucket {bucket}", bucket, query, bound):
            newest[segment.field] = max(newest[segment.field], int(segment.times.max()) // NANO)
            yield segment
        for field, at in newest.items():
            if start <= at < stop - ENDED:
                yield from self._of_next_type(bucket, measurement, field, slices, at, stop)

    def _of_next_type(self, bucket, measurement, field, slices, at, stop):
        """Segments of a field that seems to have ended: where its type changed, an answer ends with the last shard of the type it begins with."""
        for length in SHARDS:
            begin = at - (at - SHARDS_BEGIN) % length + length
            found = list(self._measured(bucket, measurement, [field], slices, begin, stop)) if begin < stop else []
            if found:
                return found
        return []

    def _points(self, bucket, measurement, fields, start, stop, tags):
        query, bound = _of_measurement(bucket, measurement, fields, [], start, stop, tags)
        want = f"read {measurement} of bucket {bucket}"
        text = b"".join(self._ask(want, bucket, query, bound, None)).decode("utf-8", "replace")
        names = []
        for cells in csv.reader(io.StringIO(text, newline="")):
            if cells[1:3] == ["result", "table"]:
                names = cells
            elif "error" in cells[:2]:
                raise refusals.refused(self.url, want, bucket, 400, "InfluxDB broke off its answer")
            elif names and len(cells) == len(names):
                row = dict(zip(names, cells))
                tags = {name: value for name, value in row.items() if name not in PLAIN and not name.startswith("_") and value != ""}
                yield _nanoseconds(row["_time"]) // NANO, tags, row["_field"], row["_value"]

    def _own(self, bucket, name, query, fields, start, stop):
        bound = {"start": _instant(start), "stop": _instant(stop), "slice": name}
        yield from self._segments(f"read slice {name} of bucket {bucket}", bucket, query, bound, name)

    def _segments(self, want, bucket, query, bound, own=None):
        """Segments of a query's answer; own: the slice whose query it is."""
        for header, block in tables(self._ask(want, bucket, query, bound, own)):
            names = [NAMES.get(name, name) for name in header]
            if "error" in names:
                reason = next(csv.reader([block.decode("utf-8", "replace")]), [])
                raise refusals.refused(self.url, want, bucket, 400, " ".join(reason).strip(), bool(own))
            if own and not {"time", "field", "value"} <= set(names):
                raise TelemetryError(f"Cannot {want} at {refusals.shown(self.url)}: the slice's own query yields the columns "
                                     f"{', '.join(filter(None, header))}. It must yield time, field and value; correct telemetry.query.")
            yield from _fast(names, block, own) or _slow(names, block, own)

    def _ask(self, want, bucket, query, bound, own):
        """Pieces of the CSV answer."""
        dialect = self._library.Dialect(header=True, delimiter=",", annotations=[], comment_prefix="#", date_time_format="RFC3339")
        with _Errors(self, want, bucket, bool(own)):
            reply = self._client.query_api().query_raw(query, dialect=dialect, params=bound)
            try:
                while block := reply.read(1 << 20):
                    yield block
            finally:
                reply.close()  # what was not read must not be taken for the next answer
                reply.release_conn()

    def _send(self, bucket, text) -> None:
        with _Errors(self, f"write to bucket {bucket}", bucket, False):
            api = self._client.write_api(write_options=self._library.client.write_api.SYNCHRONOUS)
            api.write(bucket, record=text, write_precision="s")


class _Errors:
    """Turns the exceptions of influxdb-client and urllib3 into TelemetryError."""

    def __init__(self, client, want, bucket, own):
        self._client, self._want, self._bucket, self._own = client, want, bucket, own

    def __enter__(self):
        return self

    def __exit__(self, kind, exc, trace):
        client, errors = self._client, self._client._urllib3.exceptions
        if isinstance(exc, client._library.rest.ApiException):
            body = exc.body.decode("utf-8", "replace") if isinstance(exc.body, bytes) else exc.body
            if not exc.status:
                raise refusals.unreachable(client.url, self._want, exc.reason) from exc
            raise refusals.refused(client.url, self._want, self._bucket, exc.status, body or exc.reason or "", self._own) from exc
        if isinstance(exc, errors.TimeoutError) and not isinstance(exc, errors.NewConnectionError):
            raise refusals.too_slow(client.url, self._want, client.timeout) from exc
        if isinstance(exc, (errors.HTTPError, OSError)):
            raise refusals.unreachable(client.url, self._want, exc) from exc


def _instant(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, timezone.utc)


def _of_measurement(bucket, measurement, fields, slices, start, stop, tags=None):
    """(query, bound parameters) for fields of a measurement, of all slices when slices is empty; start and stop included.

    tags: {name: text} that points must have; the names are ours and no input.
    """
    bound = {"bucket": bucket, "measurement": measurement, "start": _instant(start), "stop": _instant(stop) + timedelta(microseconds=1)}
    query = ("from(bucket: bucket) |> range(start: start, stop: stop) |> filter(fn: (r) => r._measurement == measurement)"
             + _either("_field", "field", fields, bound) + (_either("slice", "slice", slices, bound) if slices else "")
             + "".join(_either(name, name, [value], bound) for name, value in sorted((tags or {}).items()))
             + ' |> drop(columns: ["_start", "_stop", "_measurement"])')
    return query, bound


def _nanoseconds(text: str) -> int:
    """RFC 3339 in UTC -> nanoseconds since 1970. Raises ValueError."""
    return int(np.datetime64(text.rstrip("Z"), "ns").astype(np.int64))


def _either(column: str, prefix: str, values: list[str], bound: dict) -> str:
    """A filter for any of the values, each bound as a parameter of its own."""
    names = [f"{prefix}{number}" for number in range(len(values))]
    bound.update(zip(names, values))
    return f" |> filter(fn: (r) => {_any([f'r.{column} == {name}' for name in names])})"


def _any(conditions: list[str]) -> str:
    """Conditions joined by `or` in pairs of pairs: Flux refuses a long chain as nested too deep."""
    if len(conditions) == 1:
        return conditions[0]
    middle = len(conditions) // 2
    return f"({_any(conditions[:middle])} or {_any(conditions[middle:])})"


def _fast(names, block, own):
    """Segments of a table by columns; None when the order of its columns or its values do not allow it."""
    last = max(names.index("time"), names.index("value")) if {"time", "value", "table"} <= set(names) else None
    if last is None or set(names[:last + 1]) - PLAIN - {"time", "value"}:
        return None
    lines = Lines(block)
    values = lines.numbers(names.index("value"))
    if values is None:
        return None
    times = lines.instants(names.index("time"))
    filled = None
    if np.isnan(values).any():  # empty cells: windows without a point
        begin, end = lines.cell(names.index("value"))
        filled = end > begin
    found = []
    for first, end in lines.runs(names.index("table") + 1):
        row = dict(zip(names, lines.row(first)))
        kept = slice(first, end) if filled is None else first + np.flatnonzero(filled[first:end])
        if len(times[kept]):
            found.append(Segment(own or row.get("slice", ""), row.get("field", ""), _tags(row), times[kept], values[kept]))
    return found


def _slow(names, block, own):
    """Segments of any table, row by row; a value that is no number is NaN."""
    held = defaultdict(lambda: ([], []))
    for cells in csv.reader(io.StringIO(block.decode("utf-8", "replace"))):
        row = dict(zip(names, cells))
        try:
            time = _nanoseconds(row["time"])
        except (KeyError, ValueError):
            continue
        if not row.get("value"):
            continue
        times, values = held[own or row.get("slice", ""), row.get("field", ""), _tags(row)]
        times.append(time)
        values.append(number(row["value"]))
    return [Segment(*key, np.array(times, np.int64), np.array(values, float)) for key, (times, values) in held.items()]


def _tags(row: dict) -> str:
    """The tags of a row other than slice, as one text."""
    return ",".join(f"{name}={row[name]}" for name in sorted(row) if name not in NOT_TAGS)
