# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether a host may act on its share of a plan."""
from __future__ import annotations

import time

from ..errors import ShareRefused
from ..instants import format_instant, parse_instant


def check(as_of, expires_at, live, want_fingerprint, have_fingerprint, now=None):
    """Message why the share must not be applied, or None.

    as_of, expires_at: instants or None (not checked). live: compare expires_at with the host's clock (`now`, seconds) rather
    than with as_of alone, and refuse an as_of that is ahead of that clock by more than the plan is valid for.
    want_fingerprint: state the share was made from, or None; have_fingerprint: state of this host now.
    """
    if expires_at is not None:
        end = parse_instant(expires_at)
        clock = (time.time() if now is None else now) if live else (end if as_of is None else parse_instant(as_of))
        if clock > end:
            whose = "the clock of this host says" if live else "the pass decides for"
            return (
                f"Cannot apply the share of the plan: it expired at {format_instant(end)} and {whose} {format_instant(clock)}. "
                f"Make a new plan, and check the clocks if it is fresh."
            )
        begin = end if as_of is None else parse_instant(as_of)
        if begin - clock > end - begin > 0:
            return (
                f"Cannot apply the share of the plan: it decides for {format_instant(begin)} and the clock of this host says {format_instant(clock)}. "
                f"What is written down now would last until then. Set the clocks of controller and host right, and make a new plan."
            )
    if want_fingerprint is not None and want_fingerprint != have_fingerprint:
        return (
            f"Cannot apply the share of the plan: it was made from state {want_fingerprint} of this host, which is now in state "
            f"{have_fingerprint}. Run slice_info again and make a new plan."
        )
    return None


def require(params, have_fingerprint):
    """Raise ShareRefused unless the share in the parameters of a module may be applied."""
    message = check(
        params.get("as_of"), params.get("expires_at"), params.get("live", True), params.get("fingerprint"), have_fingerprint
    )
    if message:
        raise ShareRefused(message)
