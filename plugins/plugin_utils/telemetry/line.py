# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Points in InfluxDB's line protocol."""
from __future__ import annotations

import math
from dataclasses import dataclass

from ..errors import InvalidInput

LINES_A_REQUEST = 5000
BYTES_A_REQUEST = 4_000_000


@dataclass(frozen=True)
class Point:
    """One point: measurement, tags {name: text}, fields {name: number, bool or text}, time in seconds since 1970.

    Tags and fields that are None, and numbers that are not finite, are left out.
    """

    measurement: str
    tags: dict
    fields: dict
    time: int


def line(point: Point) -> str | None:
    """The line of a point with time in seconds, None when it has no field. Raises InvalidInput for what the protocol cannot carry."""
    fields = ",".join(f"{_name(name)}={value}" for name, value in ((n, _value(v)) for n, v in point.fields.items()) if value is not None)
    if not fields:
        return None
    tags = "".join(f",{_name(name)}={_name(str(value))}" for name, value in sorted(point.tags.items()) if value not in (None, ""))
    return f"{_name(point.measurement)}{tags} {fields} {int(point.time)}"


def _name(text: str) -> str:
    """A measurement, tag or field name, or the value of a tag."""
    if "\n" in text or "\r" in text or text.endswith("\\"):
        raise InvalidInput(f"Cannot write {text!r} to InfluxDB: names and tags cannot hold a line break or end with a backslash. Rename it.")
    return text.replace(",", "\\,").replace("=", "\\=").replace(" ", "\\ ")


def _value(value) -> str | None:
    if value is None:
        return None
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return f"{value}i"
    if isinstance(value, str):
        return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
    return repr(float(value)) if math.isfinite(value) else None


def batches(points):
    """Points -> (text of the lines, count) of each request to make."""
    lines, size = [], 0
    for text in (line(point) for point in points):
        if text is None:
            continue
        lines.append(text)
        size += len(text)
        if len(lines) >= LINES_A_REQUEST or size >= BYTES_A_REQUEST:
            yield "\n".join(lines), len(lines)
            lines, size = [], 0
    if lines:
        yield "\n".join(lines), len(lines)
