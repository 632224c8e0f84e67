# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One interface to InfluxDB in both of its dialects, and the choice between them."""
from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections import defaultdict

from ..errors import TelemetryError
from .http import call
from .line import batches
from .refusals import shown
from .series import Segment, SeriesRequest

#: up to so many slices are asked for by name; with more, reading the whole measurement is quicker than a long condition
NAMED_SLICES = 200


class Client(ABC):
    """A connection, to be closed or used in a `with`. options: the dict that telemetry/options.py makes. Raises TelemetryError."""

    dialect = ""

    def __init__(self, options: dict):
        self.url = options["influxdb_url"].rstrip("/")
        self.bucket = options["influxdb_bucket"]
        self.timeout = float(options["influxdb_timeout_seconds"])
        self.options = options

    def read(self, requests: list[SeriesRequest], start: int, stop: int) -> dict[tuple[str, str], list[Segment]]:
        """Raw points of [start, stop] (seconds, both included), by (slice, resource); nothing found is an empty list.

        One query serves all requests of one bucket and measurement; a request with its own query has one for its slice.
        """
        found = {(request.slice, request.resource): [] for request in requests}
        common, own = defaultdict(list), defaultdict(list)
        for request in requests:
            bucket = request.bucket or self.bucket
            if request.query:
                own[bucket, request.slice, request.query].append(request)
            else:
                common[bucket, request.measurement].append(request)
        for (bucket, measurement), group in common.items():
            slices = sorted({request.slice for request in group})
            fields = sorted({request.field for request in group})
            named = slices if len(slices) <= NAMED_SLICES else []
            self._keep(found, group, self._measured(bucket, measurement, fields, named, start, stop))
        for (bucket, name, query), group in own.items():
            fields = sorted({request.field for request in group})
            self._keep(found, group, self._own(bucket, name, query, fields, start, stop))
        return found

    @staticmethod
    def _keep(found, group, segments) -> None:
        """Hand each segment to the requests it serves; segments of slices nobody asked for are dropped."""
        served = defaultdict(list)
        for request in group:
            served[request.slice, request.field].append((request.slice, request.resource))
        for segment in segments:
            for key in served.get((segment.slice, segment.field), ()):
                found[key].append(segment)

    def rows(self, measurement: str, fields: dict, start: int, stop: int, bucket: str | None = None, tags: dict | None = None) -> list[dict]:
        """Points of [start, stop] of one of our own measurements: {time: seconds, each tag: text, each field it has: value}.

        fields: {name: float, int or str, what its values are}; tags: {name: text} that a point must have. For few points: each becomes
        Python objects.
        """
        found = {}
        for time, tags, field, text in self._points(bucket or self.bucket, measurement, sorted(fields), start, stop, tags or {}):
            row = found.setdefault((time, tuple(sorted(tags.items()))), {"time": time, **tags})
            try:
                if text != "":
                    row[field] = fields[field](text)
            except ValueError:  # a field of the same name and another kind
                continue
        return sorted(found.values(), key=lambda row: row["time"])

    def segments(self, measurement: str, fields: list[str], slices: list[str], start: int, stop: int) -> list[Segment]:
        """Numbers of [start, stop] of one of our own measurements as arrays: for many points. Of many slices, those of others come too."""
        named = sorted(slices) if len(slices) <= NAMED_SLICES else []
        return list(self._measured(self.bucket, measurement, sorted(fields), named, start, stop))

    def write(self, points, bucket: str | None = None) -> int:
        """Write Points in batches; returns how many. A point of the same measurement, tags and time is overwritten."""
        written = 0
        for text, count in batches(points):
            self._send(bucket or self.bucket, text)
            written += count
        return written

    def close(self) -> None:
        """Give back the connection."""

    def __enter__(self) -> Client:
        return self

    def __exit__(self, *exc) -> None:
        self.close()

    @abstractmethod
    def _measured(self, bucket, measurement, fields, slices, start, stop):
        """Segments of a measurement; of all slices when slices is empty."""

    @abstractmethod
    def _points(self, bucket, measurement, fields, start, stop, tags):
        """(seconds, tags, field, text of the value) of each point of a measurement that has these tags."""

    @abstractmethod
    def _own(self, bucket, name, query, fields, start, stop):
        """Segments of a slice's own query."""

    @abstractmethod
    def _send(self, bucket, text) -> None:
        """Write lines of line protocol with times in seconds."""


def connect(options: dict) -> Client:
    """A Client in the dialect of the options; auto asks the server for its version. Raises TelemetryError, MissingLibrary."""
    from .flux import FluxClient
    from .influxql import InfluxqlClient

    if not options.get("influxdb_bucket"):
        raise TelemetryError("Cannot connect to InfluxDB: no bucket is named. Set influxdb_bucket, or the variable netslice_influxdb_bucket.")
    dialect = options.get("influxdb_dialect") or "auto"
    if dialect == "auto":
        dialect = "flux" if server_version(options) == 2 else "influxql"
    return {"flux": FluxClient, "influxql": InfluxqlClient}[dialect](options)


def server_version(options: dict) -> int:
    """Major version of the server, from the header or the body of its answer to /ping or /health."""
    url = options["influxdb_url"].rstrip("/")
    for path in ("/ping", "/health"):
        status, headers, body = call(options, path, "ask for the version of InfluxDB", tolerate=True)
        told = headers.get("X-Influxdb-Version") or ""
        match = re.search(r"(\d+)\.\d", told) or re.search(r'"version"\s*:\s*"v?(\d+)\.', body.decode("utf-8", "replace"))
        if match:
            return int(match.group(1))
    raise TelemetryError(f"Cannot tell the version of InfluxDB at {shown(url)}: it answers HTTP {status} without one. "
                         f"Correct influxdb_url, or set influxdb_dialect to flux or influxql.")
