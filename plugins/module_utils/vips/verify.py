# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Asking, from the gateway of each slice, whether VIPs and the IPv6 addresses beside them answer, and from which MAC."""
from __future__ import annotations

import contextlib
import typing as t

from ..pool.names import vip_of, vm_mac
from .arp import Asker
from .ndp import ports

#: how long one that should answer now, or should not, is given
ROUND_SECONDS = 1.2


class Answer(t.NamedTuple):
    """Of one VIP: when its own MAC answered (seconds since 1970, None if it did not), and the other MACs that did."""

    at: t.Optional[float]
    others: list


def answers(waiting, steady, quiet, timeout, round_seconds=ROUND_SECONDS):
    """{address: Answer}, asked all in parallel. Each group is {bridge: [address]}, of VIPs and of IPv6 addresses beside them.

    waiting: asked until they answer from their derived MAC, or `timeout` seconds. steady: should answer within round_seconds.
    quiet: asked as long, and should not answer. Raises HostError where a bridge is missing.
    """
    slow, fast, never = ({vip for vips in group.values() for vip in vips} for group in (waiting, steady, quiet))
    asked: t.Dict[str, list] = {}
    for group in (waiting, steady, quiet):
        for bridge, vips in group.items():
            asked.setdefault(bridge, []).extend(vips)
    with contextlib.ExitStack() as stack:
        asker = Asker(ports(stack, asked))
        heard = asker.answers

        def settled(vip):
            return own_mac(vip) in heard[vip]

        def done(elapsed):
            late = elapsed >= round_seconds
            return (elapsed >= timeout or all(map(settled, slow))) and (late or (not never and all(map(settled, fast))))

        asker.ask(done, settled)
    return {vip: Answer(macs.get(own_mac(vip)), sorted(set(macs) - {own_mac(vip)})) for vip, macs in heard.items()}


def own_mac(address):
    """The one MAC that may answer for an address."""
    return vm_mac(vip_of(address) if ":" in address else address)
