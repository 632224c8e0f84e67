# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A file that is replaced whole or not at all."""
from __future__ import annotations

import json
import os

from .. import files
from ..errors import NetsliceError

MODE = 0o644


def differs(path: str, text: str) -> bool:
    """Whether the file is not there, holds another text, or has another mode. Raises NetsliceError."""
    try:
        with open(path, encoding="utf-8", newline="") as file:
            return file.read() != text or os.stat(path).st_mode & 0o777 != MODE
    except (FileNotFoundError, UnicodeDecodeError):
        return True
    except OSError as exc:
        raise NetsliceError(f"Cannot read the report {path}: {exc.strerror}. Correct path, or the permissions of the file.") from exc


def require_places(paths: list) -> None:
    """Refuse files that could not be written, before there is anything to write into them; None is no file. Raises NetsliceError."""
    for path in filter(None, paths):
        _require_place(path)


def _require_place(path: str) -> None:
    folder = os.path.dirname(os.path.abspath(path))
    if os.path.isdir(path):
        raise NetsliceError(f"Cannot write the report {path}: it is a folder. Name a file.")
    if not os.path.isdir(folder):
        raise NetsliceError(f"Cannot write the report {path}: No such file or directory. Make the folder {folder} on the controller, or correct path.")
    if not os.access(folder, os.W_OK | os.X_OK):
        raise NetsliceError(f"Cannot write the report {path}: Permission denied. Correct path, or the permissions of the folder {folder}.")


def replace_json(path: str, document: dict) -> None:
    """Write the document as lines of JSON. Raises NetsliceError."""
    replace(path, json.dumps(document, indent=1, sort_keys=True, ensure_ascii=False, allow_nan=False) + "\n")


def replace(path: str, text: str) -> None:
    """Write the text in one step, readable by all. Raises NetsliceError."""
    try:
        files.replace(path, text.encode("utf-8"), MODE)
    except FileNotFoundError as exc:
        raise NetsliceError(f"Cannot write the report {path}: {exc.strerror}. "
                            f"Make the folder {os.path.dirname(os.path.abspath(path))} on the controller, or correct path.") from exc
    except OSError as exc:
        raise NetsliceError(f"Cannot write the report {path}: {exc.strerror}. Correct path, or free space on the controller.") from exc
