# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Files that others read, replaced in one step."""
from __future__ import annotations

import os
import tempfile

from ..errors import HostError


def read(path):
    """Text of the file, empty where there is none. Raises HostError."""
    try:
        with open(path, encoding="utf-8") as file:
            return file.read()
    except FileNotFoundError:
        return ""
    except (OSError, ValueError) as exc:
        raise HostError(f"Cannot read {path}: {exc}. Move it away, or name another file.") from exc


def write(path, text, mode=0o644):
    """Replace the file, so that a crash leaves the old text or the new one. Raises HostError."""
    temporary = None
    try:
        handle, temporary = tempfile.mkstemp(dir=os.path.dirname(path) or ".", prefix=".netslice-")
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
        os.chmod(temporary, mode)
        os.replace(temporary, path)
    except OSError as exc:
        if temporary and os.path.exists(temporary):
            os.remove(temporary)
        raise HostError(f"Cannot write {path}: {exc.strerror}. Make its directory, or name another file.") from exc


def remove(path):
    """Remove the file if it is there. Raises HostError."""
    try:
        os.remove(path)
    except FileNotFoundError:
        pass
    except OSError as exc:
        raise HostError(f"Cannot remove {path}: {exc.strerror}. Remove it, or run as root.") from exc
