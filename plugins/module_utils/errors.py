# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The one base of the errors that code on the hosts raises for its callers."""
from __future__ import annotations


class HostError(Exception):
    """A refusal: "Cannot <verb> <object>: <cause>. <fix>".

    Modules catch this class once, in main(), and fail with its text.
    """


class PoolError(HostError):
    """libvirt is absent, refuses, or holds something other than expected."""


class ShareRefused(HostError):
    """The share of the plan is expired, or was made from another state."""


class Busy(HostError):
    """Another run holds the lock of this host for too long."""
