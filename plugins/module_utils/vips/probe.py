# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Asking whether addresses are in use, before a guest takes them (RFC 5227, and duplicate address detection of RFC 4862)."""
from __future__ import annotations

import contextlib

from .arp import Asker
from .ndp import ports

ROUNDS = 3
SECONDS = 1.3


def taken(bridge, addresses, timeout=SECONDS):
    """{address: MAC} of those in use on the bridge, after three rounds in `timeout` seconds; all at once.

    The sender of a probe is 0.0.0.0 or ::, so that nobody learns anything of it. Raises HostError where the bridge is missing.
    """
    if not addresses:
        return {}
    with contextlib.ExitStack() as stack:
        asker = Asker(ports(stack, {bridge: addresses}), anonymous=True)
        answers = asker.answers
        # The last round gets a whole share of the time to be answered in.
        asker.ask(lambda elapsed: elapsed >= timeout or all(answers.values()), lambda address: answers[address], timeout / ROUNDS)
    return {address: next(iter(macs)) for address, macs in answers.items() if macs}
