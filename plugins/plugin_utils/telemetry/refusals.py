# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Refusals of InfluxDB in words: what was wanted, where, why it failed, and what to do."""
from __future__ import annotations

import json
import re
from urllib.parse import urlsplit, urlunsplit

from ..errors import TelemetryError

TOKEN_ADVICE = ("Set influxdb_token (or influxdb_username and influxdb_password) to one that may use it; "
                "variables netslice_influxdb_*, environment NETSLICE_INFLUXDB_*.")


def shown(url: str) -> str:
    """A URL without the user and password that may stand in it."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    host = f"[{host}]" if ":" in host else host
    try:
        port = f":{parts.port}" if parts.port else ""
    except ValueError:
        port = ""
    return urlunsplit((parts.scheme, host + port, parts.path, "", ""))


def unreachable(url: str, want: str, cause) -> TelemetryError:
    """The server cannot be reached; cause is the exception of the connection."""
    reason = getattr(cause, "reason", None) or cause
    return TelemetryError(f"Cannot {want} at {shown(url)}: InfluxDB cannot be reached ({_plain(reason)}). "
                          f"Start it, or correct influxdb_url.")


def too_slow(url: str, want: str, seconds: float) -> TelemetryError:
    return TelemetryError(f"Cannot {want} at {shown(url)}: no answer within {seconds:g} s. "
                          f"Look at the load of InfluxDB, raise influxdb_timeout_seconds, or ask for less history.")


def refused(url: str, want: str, bucket: str, status: int, body: str, own_query: bool = False) -> TelemetryError:
    """The server answered with an error. `want` says what was tried, as in `read slice_demand of bucket telemetry`."""
    text = _message(body)
    low = text.lower()
    if status in (401, 403):
        cause = f"InfluxDB refuses the credentials (HTTP {status}: {text})"
        fix = TOKEN_ADVICE
    elif "organization" in low and "not found" in low:
        cause = f"the organization does not exist ({text})"
        fix = "Correct influxdb_org."
    elif "database not found" in low or "could not find bucket" in low or (status == 404 and "bucket" in low):
        cause = f"bucket or database {bucket!r} does not exist, or the credentials may not see it ({text})"
        fix = "Create it, correct influxdb_bucket or the slice's telemetry.bucket, or give credentials that may use it."
    elif "no space left" in low or "disk quota" in low or "read-only file system" in low:
        cause = f"the disk of InfluxDB is full or read-only (HTTP {status}: {text})"
        fix = ("Free some space there and restart InfluxDB, which does not try anew by itself; "
               "or keep telemetry for less long (slice_telemetry_store, retention_seconds with drop_data).")
    elif own_query:
        cause = f"InfluxDB refuses the slice's own query (HTTP {status}: {text})"
        fix = "Correct telemetry.query of the slice; bound to it are start, stop and slice."
    else:
        cause = f"InfluxDB answers HTTP {status}: {text}"
        fix = "Look into the log of InfluxDB, and check influxdb_url and influxdb_dialect."
    return TelemetryError(f"Cannot {want} at {shown(url)}: {cause}. {fix}")


def _message(body: str) -> str:
    """The sentence inside an error answer of either version: JSON, or CSV with the one column error."""
    try:
        document = json.loads(body)
        text = document.get("message") or document.get("error") or body
    except (ValueError, AttributeError):
        text = re.sub(r"^error\s+", "", body.strip()).strip('"')
    return _plain(text) or "no reason given"


def _plain(text) -> str:
    return re.sub(r"\s+", " ", str(text)).strip()[:300]
