# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One writer a host."""
from __future__ import annotations

import os

import pytest

from ansible_collections.foresight.netslice.plugins.module_utils.errors import Busy, HostError
from ansible_collections.foresight.netslice.plugins.module_utils.pool.lock import apply_lock


def test_second_writer_waits_and_gives_up(tmp_path):
    state_dir = str(tmp_path / "state")
    with apply_lock(state_dir) as path:
        with pytest.raises(Busy, match=rf"Cannot lock {path}: process {os.getpid()} still holds it"):
            with apply_lock(state_dir, timeout_seconds=0.05):
                pytest.fail("two writers at once")
    with apply_lock(state_dir, timeout_seconds=0):
        pass


def test_lock_goes_with_its_process(tmp_path):
    child = os.fork()
    if child == 0:
        with apply_lock(str(tmp_path)):
            os._exit(0)
    os.waitpid(child, 0)
    with apply_lock(str(tmp_path), timeout_seconds=0):
        pass


def test_no_directory(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(HostError, match="Cannot open the lock"):
        with apply_lock(str(tmp_path / "file" / "below")):
            pytest.fail("there is no directory")
