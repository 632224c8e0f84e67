# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which VMs a slice gives up, by the policies that it names."""
from __future__ import annotations

import math

from ..instants import parse_instant
from . import ipv4

#: policies of scaling.victims, each of which prefers the VMs ...
POLICIES = (
    "least_busy",  # that used the least CPU of late, as far as it is known
    "rebalance",  # of the host with most VMs of the slice
    "fullest_host",  # of the host with least free memory
    "emptiest_host",  # of the host with most free memory, so that it becomes free
    "outdated_first",  # whose template is not that of the newest VM
    "newest",  # that began last
    "oldest",  # that began first
)
#: what holds where a slice names none
DEFAULT = ["rebalance", "fullest_host", "newest"]


def choose(policies: list[str], keep: list[tuple[str, dict]], surplus: int, free_memory: dict, serves, protected: list[str]) -> list[tuple[str, dict]]:
    """Up to `surplus` of the (host, record) of a slice: those that do not serve first, then by each policy in turn, then by address.

    serves: whether a record serves. protected: names of VMs that are never chosen.
    """
    if surplus <= 0:
        return []
    counts: dict[str, int] = {}
    for host, _record in keep:
        counts[host] = counts.get(host, 0) + 1
    fixed = {id(record): _fixed(policies, host, record, keep, free_memory) for host, record in keep}

    def rank(entry):
        host, record = entry
        parts = [counts[host] if part is None else part for part in fixed[id(record)]]
        return (not serves(record), *parts, ipv4.parse_address(record["vip"]))

    left, victims = [entry for entry in keep if entry[1]["name"] not in protected], []
    for _number in range(min(surplus, len(left))):
        victim = max(left, key=rank)
        left.remove(victim)
        counts[victim[0]] -= 1
        victims.append(victim)
    return victims


def _fixed(policies: list[str], host: str, record: dict, keep: list, free_memory: dict) -> list:
    """The parts of a rank that do not change while VMs are chosen; None stands for that of `rebalance`, which does."""
    began = _began(record)
    parts = []
    for policy in policies:
        if policy == "rebalance":
            parts.append(None)
        elif policy == "least_busy":
            parts.append(-record.get("cpu_cores", math.inf))
        elif policy in ("fullest_host", "emptiest_host"):
            parts.append(-free_memory[host] if policy == "fullest_host" else free_memory[host])
        elif policy == "outdated_first":
            newest = max((one for _host, one in keep), key=lambda one: (_began(one), ipv4.parse_address(one["vip"])))
            parts.append(record.get("template") != newest.get("template"))
        else:
            parts.append(began if policy == "newest" else -began)
    return parts


def _began(record: dict) -> int:
    return parse_instant(record["since"]) if record.get("since") else 0
