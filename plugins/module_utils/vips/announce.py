# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Telling the neighbours of a slice who has a VIP: gratuitous ARP, in case one of them remembers another MAC."""
from __future__ import annotations

import contextlib
import time

from ..pool.names import vm_mac
from .arp import BURST, NOBODY, REPLY, REQUEST, Port, frame

BURSTS = 2
GAP_SECONDS = 0.5
_PAUSE_SECONDS = 0.005


def announce(vips, bursts=BURSTS, gap=GAP_SECONDS):
    """Announce {bridge: [VIP]}: a request and a reply for each, since some neighbours heed only one; again after `gap` seconds.

    Raises HostError where a bridge is missing.
    """
    with contextlib.ExitStack() as stack:
        frames = [(stack.enter_context(Port(bridge)), mine) for bridge, mine in vips.items() if mine]
        queue = [(port, data) for port, mine in frames for vip in mine for data in announcements(vip, port.mac)]
        for burst in range(bursts if queue else 0):
            if burst:
                time.sleep(gap)
            for number, (port, data) in enumerate(queue):
                if number and number % BURST == 0:
                    time.sleep(_PAUSE_SECONDS)
                port.send(data)


def announcements(vip, source_mac):
    """The two frames of one VIP. They leave from the bridge with its own MAC, so that no bridge learns the guest's at a wrong port."""
    return [frame(operation, vm_mac(vip), vip, NOBODY, vip, source_mac=source_mac) for operation in (REQUEST, REPLY)]
