# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The one base of the errors that controller code raises for its callers."""
from __future__ import annotations


class NetsliceError(Exception):
    """A refusal: its text names the thing, the value, the cause and the fix.

    Plugins catch this class once, at their boundary, and fail with its text.
    """


class InvalidInput(NetsliceError):
    """Data from the user breaks a contract; the text starts with the path of the key."""


class MissingLibrary(NetsliceError):
    """A Python library the work needs is absent or too old."""


class TelemetryError(NetsliceError):
    """InfluxDB is unreachable, refuses the credentials, or lacks the bucket."""


class ModelError(NetsliceError):
    """A model file is absent, damaged, or of a format this version does not read."""
