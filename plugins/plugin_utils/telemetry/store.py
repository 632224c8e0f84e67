# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where telemetry is kept: the bucket, how long, its downsampling, and who may read and write it. What is wanted, what is there, and the steps between."""
from __future__ import annotations

import typing as t

from ..errors import InvalidInput
from .client import server_version

DAY = 86400
#: calibration reads a week of what was said and measured, and some hours before
LEAST_RETENTION = 15 * DAY // 2
#: what the collector writes that is a quantity at an instant, so that its mean says something
MEASUREMENTS = {
    "slice_demand": ["cpu_cores", "memory_mib", "ingress_mbit", "egress_mbit", "requests_per_second"],
    "netslice_vm": ["cpu_cores", "memory_mib", "ingress_mbit", "egress_mbit"],
}
RIGHTS = ("read", "write", "both")


class Wanted(t.NamedTuple):
    """retention, every, kept: seconds; retention and kept 0: for ever; every 0: no downsampling. access: {name: rights}; passwords: {name: text}."""

    bucket: str
    retention: int
    every: int
    kept: int
    measurements: dict
    access: dict
    passwords: dict


class Step(t.NamedTuple):
    """What is to change, in words, and the function that does it: it returns {name: token} of tokens it made, else nothing."""

    words: str
    do: t.Callable[[], dict | None]


def wanted(args: dict, bucket: str) -> Wanted:
    """What the options of slice_telemetry_store ask for. Raises InvalidInput."""
    retention, every, kept = (args[f"{name}_seconds"] for name in ("retention", "downsample", "downsample_retention"))
    if retention < 0 or 0 < retention < LEAST_RETENTION:
        raise InvalidInput(f"retention_seconds: {retention} is less than the {LEAST_RETENTION} that forecasts and their calibration read; "
                           f"give more, or 0 for ever")
    if every < 0 or kept < 0 or (every and 0 < kept <= retention):
        raise InvalidInput(f"downsample_retention_seconds: {kept} keeps the means of downsample_seconds {every} no longer than what they are made of; "
                           f"give more than retention_seconds, or 0 for ever")
    if "/" in bucket:
        raise InvalidInput(f"influxdb_bucket: {bucket} names a retention policy; name the database alone")
    access = {one["name"]: one["rights"] for one in args["access"]}
    if len(access) < len(args["access"]):
        raise InvalidInput("access: a name stands there twice; state each once")
    return Wanted(bucket, retention, every, kept, args["measurements"], access, {one["name"]: one.get("password") for one in args["access"]})


def document(wanted_: Wanted) -> dict:
    """What is wanted, as the result of the action plugin and its diff show it."""
    downsampled = {"every_seconds": wanted_.every, "retention_seconds": wanted_.kept, "measurements": sorted(wanted_.measurements)} if wanted_.every else None
    return {"bucket": wanted_.bucket, "retention_seconds": wanted_.retention, "downsampled": downsampled, "access": dict(sorted(wanted_.access.items()))}


def how_long(seconds: int) -> str:
    return f"for {seconds} s" if seconds else "for ever"


def may_keep(what: str, option: str, now: int, seconds: int, drop_data: bool) -> None:
    """Refuse to keep points for less long than now, of which the older ones would be lost, unless they may be. Raises InvalidInput."""
    if not drop_data and seconds and (not now or seconds < now):
        raise InvalidInput(f"{option}: {what} is kept {how_long(now)} now, so that points older than {seconds} s would be lost; give {now}, or set drop_data")


def store_of(options: dict):
    """The store of the server of these connection options, which are of somebody who may change it. Raises TelemetryError."""
    from .store_flux import FluxStore
    from .store_influxql import InfluxqlStore

    dialect = options.get("influxdb_dialect") or "auto"
    if dialect == "auto":
        dialect = "flux" if server_version(options) == 2 else "influxql"
    return {"flux": FluxStore, "influxql": InfluxqlStore}[dialect](options)
