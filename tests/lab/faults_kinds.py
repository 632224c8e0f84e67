# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Faults beside killed modules."""
from __future__ import annotations


def double_vip(fleet, chance):
    """The bug `double-vip`: after a kill the record of a VM names the VIP of another one."""
    for host in fleet.hosts.values():
        names = [name for name, one in host.dump()["domains"].items() if one["record"]]
        if len(names) > 1:
            first, second = chance.sample(sorted(names), 2)
            text = host.space.run("virsh", "-c", host.uri, "metadata", first, "urn:foresight:netslice:1")
            host.space.run("virsh", "-c", host.uri, "metadata", second, "urn:foresight:netslice:1", "--key", "netslice", "--set", text.strip(),
                           "--config")
            return


def on_test_driver(campaign, times, fleet_of):
    pass


def on_guests(campaign, times, fleet_of):
    pass
