# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A share is refused when it is expired, or made from another state."""
from __future__ import annotations

import re

import pytest

from ansible_collections.foresight.netslice.plugins.module_utils.errors import HostError, ShareRefused
from ansible_collections.foresight.netslice.plugins.module_utils.instants import parse_instant
from ansible_collections.foresight.netslice.plugins.module_utils.pool import share

AS_OF, END = "2026-01-05T08:00:00Z", "2026-01-05T08:05:00Z"


@pytest.mark.parametrize(
    ("as_of", "expires_at", "live", "clock", "refused"),
    [
        (AS_OF, END, True, "2026-01-05T08:05:00Z", False),
        (AS_OF, END, True, "2026-01-05T08:05:01Z", True),
        (AS_OF, END, False, "2030-01-01T00:00:00Z", False),
        ("2026-01-05T08:05:01Z", END, False, "2026-01-05T08:00:00Z", True),
        (None, END, False, "2030-01-01T00:00:00Z", False),
        (AS_OF, None, True, "2030-01-01T00:00:00Z", False),
        ("2026-01-05T09:00:00+01:00", "2026-01-05T08:00:00Z", False, AS_OF, False),
    ],
)
def test_expiry(as_of, expires_at, live, clock, refused):
    message = share.check(as_of, expires_at, live, None, None, now=parse_instant(clock))
    assert (message is not None) == refused
    if refused:
        assert "expired at 2026-01-05T08:05:00Z" in message and "Make a new plan" in message


@pytest.mark.parametrize(("live", "clock", "refused"), [
    (True, "2026-01-05T07:55:00Z", False), (True, "2026-01-05T07:54:59Z", True), (True, "2016-01-05T08:00:00Z", True), (False, "2016-01-05T08:00:00Z", False),
])
def test_a_plan_of_the_future(live, clock, refused):
    message = share.check(AS_OF, END, live, None, None, now=parse_instant(clock))
    assert (message is not None) == refused
    if refused:
        assert f"decides for {AS_OF} and the clock of this host says {clock}" in message and "Set the clocks" in message


def test_state_of_another_moment():
    assert share.check(None, None, True, "sha256:a", "sha256:a") is None
    assert share.check(None, None, True, None, "sha256:a") is None
    message = share.check(None, None, True, "sha256:a", "sha256:b")
    assert "sha256:a" in message and "sha256:b" in message and "slice_info" in message


def test_require_raises():
    with pytest.raises(ShareRefused):
        share.require({"fingerprint": "sha256:a"}, "sha256:b")
    for text in ("tomorrow", "9999-12-31T23:59:59-23:59", "0001-01-01T00:00:00+23:59", "2026-01-05T08:00:00"):
        with pytest.raises(HostError, match=re.escape(repr(text))):
            share.require({"expires_at": text}, "sha256:b")
