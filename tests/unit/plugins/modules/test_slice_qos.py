# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A share that expires while another run holds the lock is refused."""
from __future__ import annotations

import contextlib
import time
import types

import pytest

from ansible_collections.foresight.netslice.plugins.module_utils.errors import ShareRefused
from ansible_collections.foresight.netslice.plugins.module_utils.instants import format_instant
from ansible_collections.foresight.netslice.plugins.modules import slice_qos


def test_expiry_is_looked_at_under_the_lock(monkeypatch):
    clock = [time.time()]
    monkeypatch.setattr(time, "time", lambda: clock[0])

    @contextlib.contextmanager
    def held_by_another(_state_dir):
        clock[0] += 100
        yield

    monkeypatch.setattr(slice_qos, "apply_lock", held_by_another)
    params = {
        "attachments": [], "state": "present", "takeover": False, "state_dir": "/nowhere", "as_of": format_instant(clock[0]),
        "expires_at": format_instant(clock[0] + 60), "live": True,
    }  # fmt: skip
    with pytest.raises(ShareRefused, match="it expired at"):
        slice_qos.converge(types.SimpleNamespace(params=params, check_mode=False))
