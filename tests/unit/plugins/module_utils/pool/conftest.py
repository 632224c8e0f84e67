# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Libvirt's test driver, and runs that are killed between two calls to it."""
from __future__ import annotations

import contextlib

import pytest

from ansible_collections.foresight.netslice.plugins.module_utils.pool.connection import Connection, libvirt


class Killed(BaseException):
    """Stands for SIGKILL: nothing may catch it."""


@pytest.fixture(name="connection")
def fixture_connection():
    """A node of its own, which nothing outlives."""
    with Connection("test:///default") as connection:
        yield connection


@contextlib.contextmanager
def killed_at(last_call, *methods):
    """Kill what runs in the block after so many calls of these methods of virDomain; gives the list of calls that were made."""
    calls = []
    with pytest.MonkeyPatch.context() as patch, contextlib.suppress(Killed):
        for name in methods:
            real = getattr(libvirt.virDomain, name)

            def counted(self, *args, real=real):
                calls.append(real)
                result = real(self, *args)
                if len(calls) == last_call:
                    raise Killed
                return result

            patch.setattr(libvirt.virDomain, name, counted)
        yield calls
