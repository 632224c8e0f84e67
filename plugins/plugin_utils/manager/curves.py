# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The file of the forecast curves of a pass, which never travel through a variable."""
from __future__ import annotations

import contextlib
import glob
import json
import os
import stat
import time

from .. import files
from ..errors import NetsliceError
from ..telemetry.records import CURVES_SCHEMA

#: how the file of a pass is named that nobody asked to keep (roles/slice_manager), and after how many seconds no pass can still want it
PASSING, FORGOTTEN = "netslice-curves-", 86400


def forget_killed(path: str) -> None:
    """Remove the files beside that of this pass which passes left that were killed: of the same user, and older than a day."""
    folder, name = os.path.split(path)
    if not name.startswith(PASSING):
        return
    for one in glob.glob(os.path.join(glob.escape(folder), f"{PASSING}*.json")):
        with contextlib.suppress(OSError):  # another pass was quicker
            found = os.lstat(one)
            if stat.S_ISREG(found.st_mode) and found.st_uid == os.geteuid() and time.time() - found.st_mtime > FORGOTTEN:
                os.unlink(one)


def forget_passing(path: str) -> None:
    """Remove the file where nobody asked to keep it, by its name. Raises NetsliceError."""
    if os.path.basename(path).startswith(PASSING):
        try:
            os.unlink(path)
        except OSError as exc:
            raise NetsliceError(f"Cannot remove the forecast curves of this pass at {path}: {exc.strerror}. Remove the file.") from exc


def write_curves(path: str, as_of: str, profiles: list[dict]) -> None:
    """Write {schema, as_of, profiles} to `path`, mode 0600, whole or not at all. Raises NetsliceError."""
    forget_killed(path)
    text = json.dumps({"schema": CURVES_SCHEMA, "as_of": as_of, "profiles": profiles}, separators=(",", ":"))
    try:
        files.replace(path, text.encode("utf-8"), 0o600)
    except OSError as exc:
        raise NetsliceError(f"Cannot write the forecast curves to {path}: {exc.strerror}. Give a path in a folder that can be written.") from exc
