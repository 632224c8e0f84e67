# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What becomes of each VM: kept, healed, drained, stopped, quarantined, forgotten."""
from __future__ import annotations

from collections.abc import Collection

from ..instants import format_instant, parse_instant
from . import healing as health, ipv4, victims
from .healing import Healing, age, serves, unhealthy
from .maintenance import releasable
from .past import RETURNED
from .replacement import NOBODY, Leaving, replaced
from .view import COUNTED, POOLED, held

#: grips of a plan on a slice: all of it; heal in place and let clocks run; nothing at all
FREE, HEAL_ONLY, FROZEN = "free", "heal_only", "frozen"


class VmWant:
    """What one VM shall be, on its host. retain: whether its disks are kept for a person while it is in quarantine."""

    __slots__ = ("host", "record", "name", "vip", "want", "action", "until", "vcpus", "memory_mib", "retain")

    def __init__(self, host, record, name, vip, want, action, until, vcpus, memory_mib, retain=False):
        self.host, self.record, self.name, self.vip = host, record, name, vip
        self.want, self.action, self.until = want, action, until
        self.vcpus, self.memory_mib, self.retain = vcpus, memory_mib, retain

    @property
    def held(self) -> tuple[int, int]:
        """(virtual processors, MiB) that it takes of its host in this pass, be it on its way to less."""
        vcpus, memory_mib = held(self.record) if self.record else (0, 0)
        return max(self.vcpus, vcpus), max(self.memory_mib, memory_mib)


def settle(slice_: dict | None, records: list[tuple[str, dict]], count: int, grip: str, as_of: int, free_memory: dict,
           leaving: Leaving = NOBODY, healing: Healing = health.NONE, restore: Collection[str] = ()) -> list[VmWant]:
    """Wants of the existing VMs of a slice that shall have `count`; VMs still lacking are placed later.

    slice_: None for a slice that is on hosts but not listed (its grip is FROZEN). free_memory: MiB by host, to find the fullest. leaving: VMs that are
    replaced, and go once others serve in their place. healing: which are restarted, and which are not any more.
    restore: names of VMs whose stored definitions are put right.
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
    wants += [want_of(host, record, "active", _action(slice_, record, as_of, healing, restore), None) for host, record in keep]
    wants.sort(key=lambda want: ipv4.parse_address(want.vip))
    return wants


def give_up(slice_: dict, want: VmWant, as_of: int) -> VmWant:
    """The want of a VM that gives way to another slice: released by way of its drain, which goes on where it has begun."""
    if want.record["lifecycle"] == "draining":
        return _drained(slice_, want.host, want.record, as_of)
    return _released(slice_, want.host, want.record, as_of, True)


def want_of(host: str, record: dict, want: str, action: str, until: str | None, retain: bool = False) -> VmWant:
    """The want of a VM that exists, which keeps its size."""
    return VmWant(host, record, record["name"], record["vip"], want, action, until, record["vcpus"], record["memory_mib"], retain)


def _action(slice_: dict, record: dict, as_of: int, healing: Healing, restore: Collection[str]) -> str:
    if record["name"] in healing.failing:
        return "keep"
    if record["lifecycle"] in ("reserved", "probing", "draining"):
        return "start"
    if record["name"] in healing.restart or unhealthy(slice_, record, as_of):
        return "heal"
    return "restore" if record["name"] in restore else "keep"


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
    """First step of a release: drain, or at once quarantine, or nothing left where neither lasts. What did not stay up may be kept for a person to look at."""
    drain = slice_["scaling"]["drain_seconds"]
    if may_drain and drain and serves(slice_, record, as_of):
        return want_of(host, record, "draining", "drain", format_instant(as_of + drain))
    retained = slice_["scaling"]["healing"]["retain_seconds"] if _broken(slice_, record, as_of) else 0
    seconds = max(slice_["network"]["quarantine_seconds"], retained)
    if not seconds:
        return want_of(host, record, "absent", "release", None)
    return want_of(host, record, "quarantined", "release", format_instant(as_of + seconds), bool(retained))


def _broken(slice_: dict, record: dict, as_of: int) -> bool:
    """Whether a VM that is released did not stay up; of one on its way out already its restarts alone tell."""
    if record["lifecycle"] == "stopping":
        return bool(record.get("restarts")) and health.spent(slice_, record, as_of)
    return health.fails(slice_, record, as_of)


def _drained(slice_: dict, host: str, record: dict, as_of: int) -> VmWant:
    if record.get("until"):
        end = parse_instant(record["until"])
    else:
        end = as_of - age(record, as_of) + slice_["scaling"]["drain_seconds"]
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
        ready = [record for host, record in staying if answers(record) and (host, record) not in chosen]
        allowed = releasable(len(going), len(ready), count)
        if leaving.failing and count:
            going = [(host, record) for host, record in going if replaced(record, ready, count)]
        chosen += victims.choose(list(leaving.policies), going, allowed, free_memory, answers, protected)
    return chosen
