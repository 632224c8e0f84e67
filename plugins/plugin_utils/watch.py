# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Looks at slices again and again for what calls for somebody: reads InfluxDB, asks VIPs, and gives the events of shifts.py."""
from __future__ import annotations

import os
import socket
from concurrent.futures import ThreadPoolExecutor

import yaml

from . import shifts
from ..module_utils.pool.names import vm_name
from .errors import InvalidInput, NetsliceError, TelemetryError
from .instants import parse_instant
from .manager.slices import ROOT, validate_slices
from .telemetry.client import connect
from .telemetry.decisions import last_records
from .telemetry.options import DEFAULTS as CONNECTION
from .telemetry.options import plugin_connection
from .telemetry.reader import read_series, series_requests
from .telemetry.records import DECISION, FORECAST, LEADS, row_of

#: {option: (type, default, least)}
OPTIONS = {
    "interval_seconds": (int, 60, 1), "rows": (int, 1, 1), "tolerance": (float, 0.0, 0), "pass_max_age_seconds": (int, 900, 1),
    "probe_port": (int, 0, 0), "probe_timeout_seconds": (float, 2.0, 0.1),
}
STEP_SECONDS = 300
#: the forecasts a row is compared with, the newest first: later ones of a pass that came late, earlier ones where passes are rare
BAND_LEADS = LEADS[:3]
PROBES_AT_ONCE = 32
#: what a pass does to VMs whose VIPs give no answer until it is done; one that is restored or resized runs, and answers meanwhile
BOOTING = ("create", "start", "heal", "return")


class Watch:
    """One watch over slices. args: what a rulebook gives the event source. Raises InvalidInput."""

    def __init__(self, args: dict):
        unknown = sorted(set(args) - {"slices", "slices_path"} - set(OPTIONS) - set(CONNECTION))
        if unknown:
            raise InvalidInput(f"{unknown[0]}: is no option of demand_shift; it has slices, slices_path, {', '.join(OPTIONS)} and influxdb_*")
        self.options = {name: _number(name, args.get(name), *spec) for name, spec in OPTIONS.items()}
        self._args, self._file = args, None
        self.slices: list[dict] = []
        self._renew()
        self.connection = plugin_connection({name: args.get(name) for name in CONNECTION}, {}, None)
        self._found: dict = {}

    def look(self, as_of: int) -> list[dict]:
        """Events since the look before. An InfluxDB, or a file of slices, that cannot be read is one too, and leaves the other findings as they were."""
        try:
            self._renew()
            with connect(self.connection) as client:
                found = self._readable(client, as_of)
        except NetsliceError as exc:
            held = [shift for shift in self._found.values() if shift.kind != shifts.UNWATCHED]
            found = [*held, shifts.Shift(shifts.UNWATCHED, (), str(exc))]
        self._found, events = shifts.turns(self._found, found, as_of)
        return events

    def _renew(self) -> None:
        """Read the slices where their file is another one than at the look before. Raises InvalidInput."""
        file = _state_of(self._args.get("slices_path"))
        if not self.slices or file != self._file:
            self.slices = validate_slices(_slices(self._args))
            self._file = file

    def _readable(self, client, as_of: int) -> list:
        """The findings. Raises TelemetryError where what stands in InfluxDB is not what passes write: a watch goes on whatever others wrote there."""
        try:
            return self._findings(client, as_of)
        except (LookupError, TypeError, ValueError, AttributeError) as exc:
            raise TelemetryError(f"Cannot judge the slices: {type(exc).__name__} {exc}. Write {DECISION} and {FORECAST} with slice_decision alone.") from exc

    def _findings(self, client, as_of: int) -> list:
        rows = self.options["rows"]
        longest = max([one["telemetry"]["max_age_seconds"] for one in self.slices] + [rows * STEP_SECONDS])
        series = read_series(client, series_requests(self.slices), as_of, longest + 2 * STEP_SECONDS, STEP_SECONDS)
        bands = read_bands(client, as_of - rows * STEP_SECONDS, as_of)
        ages = {one["name"]: one["telemetry"]["max_age_seconds"] for one in self.slices}
        found = [shifts.silent(one, ages[name], as_of) for (name, _resource), one in series.items()]
        found += [shifts.left_band(one, bands.get(key, {}), rows, self.options["tolerance"]) for key, one in series.items()]
        # Looked for a little longer than is allowed, so that the age of one that is just too old can be said.
        records = last_records(client, list(ages), as_of, 2 * self.options["pass_max_age_seconds"])
        decided = {name: parse_instant(record["as_of"]) for name, record in records.items()}
        found += [shifts.stale_pass(name, decided.get(name), self.options["pass_max_age_seconds"], as_of) for name in ages]
        return [shift for shift in found if shift] + self._unanswered(records)

    def _unanswered(self, records: dict) -> list:
        port, patience = self.options["probe_port"], self.options["probe_timeout_seconds"]
        vips = [(name, vip) for name, record in records.items() for vip in expected(name, record)] if port else []
        with ThreadPoolExecutor(PROBES_AT_ONCE) as pool:
            answers = pool.map(lambda one: answers_at(one[1], port, patience), vips)
            return [shifts.unanswered(name, vip, port) for (name, vip), answer in zip(vips, answers) if not answer]


def expected(name: str, record: dict) -> list[str]:
    """The VIPs of a slice that shall answer by its last decision: not those of VMs that its pass has still to make, or to start."""
    booting = {vm for action in BOOTING for vm in record.get(action) or ()}
    return [vip for vip in record.get("vips") or () if record.get("state") == "active" and vm_name(name, vip) not in booting]


def answers_at(address: str, port: int, patience: float) -> bool:
    """Whether an address answers: a connection that it takes, or refuses, is an answer."""
    try:
        socket.create_connection((address, port), timeout=patience).close()
    except ConnectionRefusedError:
        return True
    except OSError:
        return False
    return True


def read_bands(client, begin: int, end: int) -> dict[tuple[str, str], dict[int, tuple[float, float]]]:
    """{(slice, resource): {end of a row in seconds: (median, 0.95 quantile)}} of the rows that end in [begin, end], each by its newest forecast."""
    found: dict = {}
    for lead in reversed(BAND_LEADS):
        reach = (row_of(lead, STEP_SECONDS) + 1) * STEP_SECONDS
        for row in client.rows(FORECAST, {"q50": float, "q95": float}, begin - reach - STEP_SECONDS, end, tags={"lead": str(lead)}):
            at = row["time"] // STEP_SECONDS * STEP_SECONDS + reach
            if {"slice", "resource", "q50", "q95"} <= set(row) and begin <= at <= end:
                found.setdefault((row["slice"], row["resource"]), {})[at] = (row["q50"], row["q95"])
    return found


def _state_of(path):
    """What tells a file from the one it was before: which, how long, when written. None where there is none."""
    try:
        found = os.stat(path) if path else None
    except OSError:
        return None
    return found and (found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns)


def _slices(args: dict):
    """The slices as the user wrote them."""
    if bool(args.get("slices")) == bool(args.get("slices_path")):
        raise InvalidInput("slices, slices_path: one of the two is needed, and not both; give the list netslice_slices, or a YAML file that holds it")
    if args.get("slices"):
        return args["slices"]
    try:
        with open(args["slices_path"], encoding="utf-8") as file:
            found = yaml.safe_load(file)
    except (OSError, ValueError, RecursionError, yaml.YAMLError) as exc:
        raise InvalidInput(f"slices_path: {args['slices_path']} cannot be read: {exc}") from exc
    return found.get(ROOT) if isinstance(found, dict) else found


def _number(name: str, given, kind, default, least):
    try:
        value = default if given is None else kind(given)
    except (TypeError, ValueError) as exc:
        raise InvalidInput(f"{name}: {given!r} is no number; give {least} or more") from exc
    if not least <= value < float("inf"):
        raise InvalidInput(f"{name}: {given!r} does not do; give {least} or more")
    return value
