# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether a host still stands as it was last asked to: found by the code that slice_networks and slice_qos plan with, so that these need not be run."""
from __future__ import annotations

from .. import asked
from ..errors import HostError
from ..substrate import change, replay, report
from ..substrate.netlink import Netlink
from ..vips import isolation, nft


def marks(connection, inspected, machines, state_dir):
    """{networks or attachments: mark of what was last asked for}, of those where a run that is asked the same would find nothing to do or to warn of.

    inspected: of networks.inspect(); machines: of domains.read().
    """
    found = {}
    for kind, stands in ((asked.NETWORKS, lambda last: _networks(connection, inspected, machines, state_dir, last)),
                         (asked.ATTACHMENTS, lambda last: _attachments(state_dir, last))):
        last = asked.last(state_dir, kind)
        try:
            if last is not None and stands(last):
                found[kind] = asked.mark(last)
        except (HostError, ArithmeticError, AttributeError, LookupError, TypeError, ValueError):
            continue  # the module itself tells what is wrong; what was kept may be of another version of it
    return found


def _networks(connection, inspected, machines, state_dir, last):
    todo = isolation.plan(connection, inspected, machines, {**last, "state_dir": state_dir})
    return not todo.commands and not todo.pending and (todo.tables is None or nft.stored(state_dir, todo.tables))


def _attachments(state_dir, last):
    with Netlink() as netlink:
        changes = change.plan(netlink, last, "present", False)
    return not any(any(one.steps) for one in changes) and not report.warnings(changes) and replay.stored(state_dir, changes)
