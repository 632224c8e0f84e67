# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A clear word in place of an ImportError, for the libraries of the controller."""
from __future__ import annotations

import importlib
import sys

from .errors import MissingLibrary

#: import name -> (name to install, lowest version)
LIBRARIES = {
    "influxdb_client": ("influxdb-client", "1.40"),
    "netaddr": ("netaddr", "0.10"),
    "numpy": ("numpy", "1.24"),
    "safetensors": ("safetensors", "0.4"),
    "torch": ("torch", "2.1"),
}


def require(name: str, what_for: str):
    """Import library `name`, one of LIBRARIES, and return it.

    Raises MissingLibrary, which names the library, what it is for, the interpreter and the remedy.
    """
    package, lowest = LIBRARIES[name]
    try:
        return importlib.import_module(name)
    except ImportError as exc:
        raise MissingLibrary(
            f"Cannot {what_for}: the Python library {package} (>= {lowest}) cannot be imported by {sys.executable} ({exc}). "
            f"Install it for that interpreter on the controller, or use an execution environment that has it."
        ) from exc
