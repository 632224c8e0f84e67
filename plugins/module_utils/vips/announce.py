# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Telling the neighbours of a slice who has a VIP: gratuitous ARP and unsolicited neighbour advertisements, in case one remembers another MAC."""
from __future__ import annotations

import contextlib
import time

from .arp import BURST
from .ndp import ports
from .verify import own_mac

BURSTS = 2
GAP_SECONDS = 0.5
_PAUSE_SECONDS = 0.005


def announce(vips, bursts=BURSTS, gap=GAP_SECONDS):
    """Announce {bridge: [address]}: in ARP a request and a reply, since some neighbours heed only one; again after `gap` seconds.

    Raises HostError where a bridge is missing.
    """
    with contextlib.ExitStack() as stack:
        queue = [(port, data) for port, mine in ports(stack, vips).items() for vip in mine for data in port.announcements(own_mac(vip), vip)]
        for burst in range(bursts if queue else 0):
            if burst:
                time.sleep(gap)
            for number, (port, data) in enumerate(queue):
                if number and number % BURST == 0:
                    time.sleep(_PAUSE_SECONDS)
                port.send(data)
