# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Instants and canonical JSON on the hosts; the same texts as on the controller."""
from __future__ import annotations

import hashlib
import json
import time
from datetime import datetime, timezone

from .errors import HostError


def parse_instant(text):
    """RFC 3339 text with an offset -> whole seconds since 1970. Raises HostError."""
    try:
        at = datetime.fromisoformat(str(text).replace("Z", "+00:00"))
    except ValueError:
        at = None
    # At the ends of the calendar its UTC may be in no year that there is.
    if at is None or at.tzinfo is None or not 1 < at.year < 9999:
        raise HostError(f"Cannot read the instant {text!r}: it is not RFC 3339. Write one like 2026-01-05T08:00:00Z.")
    return int(at.timestamp())


def format_instant(seconds):
    """Seconds since 1970 -> RFC 3339 text in UTC, whole seconds, rounded down."""
    return datetime.fromtimestamp(int(seconds // 1), tz=timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


def instant_or_now(text):
    """The instant given, in the one form of the contracts; that of the clock where none is given."""
    return format_instant(time.time() if text is None else parse_instant(text))


def canonical_json(document):
    """The one text of a document: sorted keys, no blanks. Equal documents have equal texts."""
    return json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)


def digest(text):
    """`sha256:<hex>` of a text."""
    return "sha256:" + hashlib.sha256(text.encode()).hexdigest()


def fingerprint(document):
    """`sha256:<hex>` of the canonical JSON of a document."""
    return digest(canonical_json(document))
