# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Who lost what to whom: what a slice does not get, as data beside the words of `missing`."""
from __future__ import annotations

from typing import NamedTuple

from .wish import vms

#: resource of which something is short -> its unit
UNITS = {"memory": "MiB", "vcpus": "vCPUs", "vips": "VIPs", "egress": "Mbit/s", "ingress": "Mbit/s"}
#: why somebody else has it, or nobody can have it -> in words
BECAUSE = {
    "priority": "of a better claim", "min_share": "of a promised share", "capacity": "the hosts have no more",
    "reserve_hosts": "room is kept for the loss of a host",
    "placement": "a hard rule of placement", "no_host": "no host takes new VMs", "vips": "the range has none free", "drain": "VMs that give way still drain",
    "maintenance": "hosts are to be drained", "range": "its addresses there are outside its ranges, or another host's too",
}
#: slices that a line names at most
NAMED = 3


class Shortage(NamedTuple):
    """Why VMs fit nowhere: in words, as a key of BECAUSE, and of what how much is short, None where that is not what lacks."""

    text: str
    because: str
    resource: str | None = None
    amount: float | None = None


class Gift(NamedTuple):
    """One VM that was given up: for which slice, whether for its promised share, and what that one found no room of."""

    taker: object
    promised: bool
    resource: str


def entry(because: str, count: int | None = None, resource: str | None = None, amount: float | None = None, to=(), where: str | None = None) -> dict:
    """An element of `shortfall`. count: VMs; to: elements of `holder`; where: the link."""
    found = {"because": because, "resource": resource, "amount": amount, "unit": UNITS.get(resource), "vms": count, "to": list(to)}
    return {**found, "where": where} if where else found


def holder(one, **has) -> dict:
    """A slice that has what another one lacks. one: the planned slice; has: `vms` or `guarantee_mbit`."""
    return {"slice": one.name, "priority": one.slice["priority"] if one.slice else None, **has}


def of_gifts(one, gifts: list[Gift]) -> list[dict]:
    """Elements of `shortfall` of a slice that gave VMs up: one for each reason and resource, with whom they went to."""
    groups: dict[tuple, dict] = {}
    for gift in gifts:
        takers = groups.setdefault(("min_share" if gift.promised else "priority", gift.resource), {})
        takers.setdefault(gift.taker.name, []).append(gift.taker)
    found = []
    for (because, resource), takers in sorted(groups.items()):
        count = sum(map(len, takers.values()))
        size = one.slice["vm"]["memory_mib" if resource == "memory" else "vcpus"]
        to = [holder(same[0], vms=len(same)) for _name, same in sorted(takers.items())]
        found.append(entry(because, count, resource, count * size, to))
    return found


def words(item: dict) -> str:
    """An element in a few words: `1 VM (512 MiB of memory) to web (priority 200, 1 VM): of a better claim`."""
    amount = f"{item['amount']:g} {item['unit']}" + (f" of {item['resource']}" if item["resource"] not in ("vcpus", "vips") else "") if item["resource"] else ""
    what = f"{vms(item['vms'])}{f' ({amount})' if amount else ''}" if item["vms"] else amount
    more = f" and {len(item['to']) - NAMED} more" if len(item["to"]) > NAMED else ""
    to = f" to {', '.join(map(_holder, item['to'][:NAMED]))}{more}" if item["to"] else ""
    where = f" of {item['where']}" if item.get("where") else ""
    return f"{what}{where}{to}: {BECAUSE[item['because']]}"


def _holder(one: dict) -> str:
    has = vms(one["vms"]) if "vms" in one else f"{one['guarantee_mbit']:g} Mbit/s"
    rank = "not listed" if one["priority"] is None else f"priority {one['priority']}"
    return f"{one['slice']} ({rank}, {has})"
