# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One writer a host: flock on a file of the state directory, so that a killed run leaves no lock behind."""
from __future__ import annotations

import contextlib
import fcntl
import os
import time

from ..errors import Busy, HostError

POLL_SECONDS = 0.1


@contextlib.contextmanager
def apply_lock(state_dir, timeout_seconds=120.0):
    """Hold state_dir/apply.lock; makes the directory. Raises Busy after timeout_seconds, HostError where it cannot be made."""
    path = os.path.join(state_dir, "apply.lock")
    try:
        os.makedirs(state_dir, mode=0o755, exist_ok=True)
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as exc:
        raise HostError(f"Cannot open the lock {path}: {exc.strerror}. Run as root, or set state_dir to a directory of yours.") from exc
    try:
        _acquire(descriptor, path, time.monotonic() + timeout_seconds)
        yield path
    finally:
        os.close(descriptor)


def _acquire(descriptor, path, deadline):
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            break
        except BlockingIOError:
            if time.monotonic() >= deadline:
                raise Busy(
                    f"Cannot lock {path}: process {_holder(descriptor)} still holds it. "
                    f"Another pass is at work on this host; wait for it, or end it if it hangs."
                ) from None
            time.sleep(POLL_SECONDS)
    os.ftruncate(descriptor, 0)
    os.pwrite(descriptor, str(os.getpid()).encode(), 0)


def _holder(descriptor):
    text = os.pread(descriptor, 20, 0).decode(errors="replace").strip()
    return text or "of unknown number"
