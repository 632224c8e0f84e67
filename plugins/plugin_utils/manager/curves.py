# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The file of the forecast curves of a pass, which never travel through a variable."""
from __future__ import annotations

import json

from .. import files
from ..errors import NetsliceError
from ..telemetry.records import CURVES_SCHEMA


def write_curves(path: str, as_of: str, profiles: list[dict]) -> None:
    """Write {schema, as_of, profiles} to `path`, mode 0600, whole or not at all. Raises NetsliceError."""
    text = json.dumps({"schema": CURVES_SCHEMA, "as_of": as_of, "profiles": profiles}, separators=(",", ":"))
    try:
        files.replace(path, text.encode("utf-8"), 0o600)
    except OSError as exc:
        raise NetsliceError(f"Cannot write the forecast curves to {path}: {exc.strerror}. Give a path in a folder that can be written.") from exc
