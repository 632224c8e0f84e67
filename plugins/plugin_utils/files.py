# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The one writer of files on the controller: a reader sees the old or the new content, never a part."""
from __future__ import annotations

import os
import tempfile


def replace(path: str, data: bytes, mode: int = 0o644) -> None:
    """Write the file whole, with `mode` from its first byte that others may see, or leave it as it was and nothing beside it.

    The content is on the disk before the name points to it. Raises OSError, which the caller turns into a refusal that names its subject.
    """
    handle, temporary = tempfile.mkstemp(prefix=".netslice-", dir=os.path.dirname(os.path.abspath(path)))  # made with mode 0600
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.chmod(temporary, mode)
        os.replace(temporary, path)
    except BaseException:
        os.unlink(temporary)
        raise
