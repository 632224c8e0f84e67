# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Files that others read, replaced in one step."""
from __future__ import annotations

import contextlib
import os

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
    """Replace the file, so that a crash leaves the old text or the new one. The caller is the only writer. Raises HostError."""
    temporary = _temporary(path)
    try:
        # What a killed run left under this name is used again; it may not have been whole.
        _forget(temporary)
        handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
        os.chmod(temporary, mode)
        os.replace(temporary, path)
    except OSError as exc:
        with contextlib.suppress(OSError):
            os.remove(temporary)
        raise HostError(f"Cannot write {path}: {exc.strerror}. Make its directory, or name another file.") from exc


def remove(path):
    """Remove the file if it is there, and what a killed run left beside it. Raises HostError."""
    tidy(path)
    try:
        os.remove(path)
    except FileNotFoundError:
        pass
    except OSError as exc:
        raise HostError(f"Cannot remove {path}: {exc.strerror}. Remove it, or run as root.") from exc


def tidy(path):
    """Remove what a killed run left beside the file. Raises HostError."""
    try:
        _forget(_temporary(path))
    except OSError as exc:
        raise HostError(f"Cannot remove {_temporary(path)}: {exc.strerror}. Remove it, or run as root.") from exc


def _temporary(path):
    """Name of the file on its way: always the same, so that kills leave at most one. Programs that read a whole directory skip a dot."""
    return os.path.join(os.path.dirname(path), f".{os.path.basename(path)}.netslice-new")


def _forget(path):
    with contextlib.suppress(FileNotFoundError):
        os.remove(path)
