# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What becomes of each VM: kept, healed, drained, stopped, quarantined, forgotten."""
from __future__ import annotations

from ..instants import format_instant, parse_instant
from . import ipv4, victims
from .lead_time import seconds_of
from .maintenance import releasable
from .past import RETURNED
from .replacement import NOBODY, Leaving
from .view import COUNTED, POOLED

#: grips of a plan on a slice: all of it; heal in place and let clocks run; nothing at all
FREE, HEAL_ONLY, FROZEN = "free", "heal_only", "frozen"
#: a VM that has not become active this long after it began, or twice its lead time, is restarted
VERIFY_SECONDS = 600


class VmWant:
    """What one VM shall be, on its host."""

    __slots__ = ("host", "record", "name", "vip", "want", "action", "until", "vcpus", "memory_mib")

    def __init__(self, host, record, name, vip, want, action, until, vcpus, memory_mib):
        self.host, self.record, self.name, self.vip = host, record, name, vip
        self.want, self.action, self.until = want, action, until
        self.vcpus, self.memory_mib = vcpus, memory_mib


def settle(slice_: dict | None, records: list[tuple[str, dict]], count: int, grip: str, as_of: int, free_memory: dict,
           leaving: Leaving = NOBODY) -> list[VmWant]:
    """Wants of the existing VMs of a slice that shall have `count`; VMs still lacking are placed later.

    slice_: None for a slice that is on hosts but not listed (its grip is FROZEN). free_memory: MiB by host, to find the fullest. leaving: VMs that are
    replaced, and go once others serve in their place.
    """
    if grip == FROZEN:
        return [_frozen(host, record, as_of) for host, record in records]
    keep, draining, wants = [], [], []
    for host, record in records:
        lifecycle = record["lifecycle"]
        if lifecycle in COUNTED:
            keep.append((host, record))
        elif lifecycle == "draining":
            draining.append((host, record))
        elif lifecycle in POOLED:
            # Pool decides about them; while a host is unknown they are left as they are.
            wants += [_frozen(host, record, as_of)] if grip == HEAL_ONLY else []
        elif lifecycle == "stopping":
            wants.append(_released(slice_, host, record, as_of, False))
        else:
            wants.append(_quarantined(host, record, as_of))
    if grip == HEAL_ONLY:
        wants += [_frozen(host, record, as_of) for host, record in draining]
    else:
        for host, record in _victims(slice_, keep, count, free_memory, as_of, leaving):
            keep.remove((host, record))
            wants.append(_released(slice_, host, record, as_of, True))
        for host, record in draining:
            if len(keep) < count and record["running"] and record["name"] not in leaving.names:
                keep.append((host, record))
            else:
                wants.append(_drained(slice_, host, record, as_of))
    wants += [want_of(host, record, "active", _action(slice_, record, as_of), None) for host, record in keep]
    wants.sort(key=lambda want: ipv4.parse_address(want.vip))
    return wants


def unhealthy(slice_: dict, record: dict, as_of: int) -> bool:
    """A VM that should run and does not, or that has been on its way for too long."""
    lifecycle = record["lifecycle"]
    if lifecycle == "active":
        return not record["running"]
    if lifecycle == "parked":
        return not record["running"]
    if lifecycle in ("starting", "verifying", "warming"):
        return not record["running"] or _age(record, as_of) >= max(VERIFY_SECONDS, 2 * seconds_of(slice_["scaling"]))
    return False


def serves(slice_: dict, record: dict, as_of: int) -> bool:
    """A VM that answered and is well."""
    return record["lifecycle"] == "active" and not unhealthy(slice_, record, as_of)


def give_up(slice_: dict, want: VmWant, as_of: int) -> VmWant:
    """The want of a VM that gives way to another slice: released by way of its drain, which goes on where it has begun."""
    if want.record["lifecycle"] == "draining":
        return _drained(slice_, want.host, want.record, as_of)
    return _released(slice_, want.host, want.record, as_of, True)


def _age(record: dict, as_of: int) -> int:
    return as_of - parse_instant(record["since"]) if record.get("since") else 0


def want_of(host: str, record: dict, want: str, action: str, until: str | None) -> VmWant:
    """The want of a VM that exists, which keeps its size."""
    return VmWant(host, record, record["name"], record["vip"], want, action, until, record["vcpus"], record["memory_mib"])


def _action(slice_: dict, record: dict, as_of: int) -> str:
    if record["lifecycle"] in ("reserved", "probing", "draining"):
        return "start"
    return "heal" if unhealthy(slice_, record, as_of) else "keep"


def _frozen(host: str, record: dict, as_of: int) -> VmWant:
    lifecycle = record["lifecycle"]
    if lifecycle in COUNTED:
        return want_of(host, record, "active", "keep", None)
    if lifecycle == "draining":
        return want_of(host, record, "draining", "keep", record.get("until"))
    if lifecycle in POOLED:
        return want_of(host, record, "parked" if record["running"] and lifecycle != "warm" else "warm", "keep", None)
    return want_of(host, record, "quarantined", "keep", record.get("until") or format_instant(as_of))


def released(slice_: dict, host: str, record: dict, as_of: int) -> VmWant:
    """The want of a VM that goes without a drain. The address of one that never served goes with it: nobody was told of it."""
    if record["lifecycle"] in POOLED and record.get("reason") != RETURNED:
        return want_of(host, record, "absent", "release", None)
    return _released(slice_, host, record, as_of, False)


def _released(slice_: dict, host: str, record: dict, as_of: int, may_drain: bool) -> VmWant:
    """First step of a release: drain, or at once quarantine, or nothing left where neither lasts."""
    drain = slice_["scaling"]["drain_seconds"]
    if may_drain and drain and record["running"] and record["lifecycle"] == "active" and not unhealthy(slice_, record, as_of):
        return want_of(host, record, "draining", "drain", format_instant(as_of + drain))
    seconds = slice_["network"]["quarantine_seconds"]
    if not seconds:
        return want_of(host, record, "absent", "release", None)
    return want_of(host, record, "quarantined", "release", format_instant(as_of + seconds))


def _drained(slice_: dict, host: str, record: dict, as_of: int) -> VmWant:
    if record.get("until"):
        end = parse_instant(record["until"])
    else:
        end = as_of - _age(record, as_of) + slice_["scaling"]["drain_seconds"]
    if end > as_of and record["running"]:
        return want_of(host, record, "draining", "keep", format_instant(end))
    return _released(slice_, host, record, as_of, False)


def _quarantined(host: str, record: dict, as_of: int) -> VmWant:
    until = record.get("until")
    if until is None or parse_instant(until) <= as_of:
        return want_of(host, record, "absent", "forget", None)
    return want_of(host, record, "quarantined", "release" if record["running"] else "keep", until)


def _victims(slice_: dict, keep: list, count: int, free_memory: dict, as_of: int, leaving: Leaving) -> list[tuple[str, dict]]:
    """VMs to give up so that `count` are left: of those that stay as many as are too many, of those that leave what others serve in place of already."""
    protected = slice_["placement"]["protect"] if slice_["state"] == "present" else []
    policies = slice_["scaling"]["victims"]

    def answers(record):
        return serves(slice_, record, as_of)

    going = [(host, record) for host, record in keep if record["name"] in leaving.names and record["name"] not in protected]
    staying = [entry for entry in keep if entry not in going] if going else keep
    chosen = victims.choose(policies, staying, len(staying) - count, free_memory, answers, protected)
    if going:
        ready = sum(answers(record) for _host, record in staying) - sum(answers(record) for _host, record in chosen)
        chosen += victims.choose(list(leaving.policies), going, releasable(len(going), ready, count), free_memory, answers, protected)
    return chosen
