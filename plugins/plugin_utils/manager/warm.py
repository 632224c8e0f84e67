# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The warm pool of a slice: VMs that are made before they are needed, shut off or parked. How many, which, and what becomes of each."""
from __future__ import annotations

from . import ipv4, lifecycle, victims
from .bounds import most_at
from .counts import count_in
from .lead_time import warm_seconds
from .quotas import Quota
from .view import POOLED
from .wish import Wish, vms

#: scaling.warm.state -> what its VMs are wanted to be, which is their lifecycle too
WANTS = {"stopped": "warm", "parked": "parked"}
#: readiness of a VM of the pool, the readiest first
_PARKED, _STOPPED, _UNREADY = range(3)


class Size:
    """How many VMs the pool shall have: `count`, never fewer than `least` if there is room, and why."""

    __slots__ = ("count", "least", "why")

    def __init__(self, count: int, least: int, why: str) -> None:
        self.count, self.least, self.why = count, least, why


def size_of(slice_: dict, wish: Wish, quota: Quota, present: int, as_of: int) -> Size:
    """The size of the pool of a slice that shall have wish.count VMs in service. present: VMs that the pool has.

    What the forecast of the window needs more than serve, between min and max. In silence, and where the mode releases nothing, the pool does not shrink
    either, but to max, which is an order of the moment; where the mode adds nothing it does not grow.
    """
    warm, mode = slice_["scaling"]["warm"], slice_["scaling"]["mode"]
    readings = [wish.readings.of(resource) for resource in sorted(slice_["vm"]["serves"])]
    silent = wish.still or any(reading.silent or reading.warm is None for reading in readings)
    goes = slice_["state"] == "absent" or (wish.dissolving and not silent)
    if warm["state"] is None or goes:
        return Size(0, 0, "the slice goes" if goes else "scaling.warm.state is not given")
    if silent:
        count, why = max(present, 0 if wish.dissolving else warm["min"]), "no usable forecast of the window: what is there is held"
    else:
        need = min(count_in(slice_, readings, "warm")[0], most_at(slice_["scaling"], as_of))
        count = max(need - wish.count, warm["min"])
        why = f"the forecast of the next {warm['window_seconds']} s needs {vms(need)}, {vms(wish.count)} serve"
    held = present if silent or mode == "scale_out_only" else 0
    count = min(max(count, held), warm["max"])
    if quota.most is not None and count > max(quota.most - wish.count, held):
        count, why = max(quota.most - wish.count, held, 0), quota.why
    if mode == "scale_in_only" and count > present:
        count, why = present, "scaling.mode is scale_in_only"
    return Size(count, min(count, warm["min"]), why)


class Pool:
    """The VMs of the pool while the slice is planned: [(host, record)].

    They give way to VMs that serve, of any slice: they are counted only once all those are placed, and go where their host has no room left for them.
    """

    def __init__(self, slice_: dict, records: list[tuple[str, dict]], wish: Wish, quota: Quota, as_of: int) -> None:
        self.slice, self.as_of = slice_, as_of
        self.entries = [(host, record) for host, record in records if record["lifecycle"] in POOLED]
        self.present = len(self.entries)
        self.size = size_of(slice_, wish, quota, self.present, as_of)
        self.want = WANTS.get(slice_["scaling"]["warm"]["state"] or "")
        self.seconds = warm_seconds(slice_, [record for _host, record in records])
        self.gone: list[tuple[str, dict]] = []
        self.final = 0

    @property
    def members(self) -> list[tuple[str, dict]]:
        """All VMs there are of it, those that go in this pass included."""
        return self.entries + self.gone

    def part(self, departing: frozenset, definition: str | None) -> None:
        """Let go of those on hosts to be drained, and of those that are out of date: nobody is served by them."""
        for host, record in list(self.entries):
            if host in departing or (definition is not None and record.get("template") not in (None, definition)):
                self._drop(host, record)

    def welcome(self, wants: list) -> list:
        """Take VMs that leave service well into the pool, as many as it lacks; returns the wants without theirs."""
        if not self.slice["scaling"]["warm"]["reuse"] or self.want is None:
            return wants
        places, rest = self.size.count - len(self.entries), []
        for want in wants:
            well = want.action == "release" and want.record["lifecycle"] in ("active", "draining") and want.record["running"]
            if well and places > 0:
                places -= 1
                self.entries.append((want.host, want.record))
            else:
                rest.append(want)
        return rest

    def take(self, count: int, rules, capacity) -> list[lifecycle.VmWant]:
        """Wants of up to `count` VMs that go into service now: the readiest first, then those on the best hosts."""
        taken = []
        while len(taken) < count:
            fit = [
                (_readiness(record), rules.rank(host, capacity), ipv4.parse_address(record["vip"]), host, record) for host, record in self.entries
                if record["lifecycle"] in POOLED and not rules.refuses(host)
                and capacity.fits(host, record["vcpus"], record["memory_mib"]) and capacity.absorbs(record["vcpus"], record["memory_mib"])
            ]
            if not fit:
                break
            _ready, _rank, _address, host, record = min(fit, key=lambda entry: entry[:4])
            self.entries.remove((host, record))
            rules.count(host)
            capacity.add(host, record["vcpus"], record["memory_mib"])
            taken.append(lifecycle.want_of(host, record, "active", "start", None))
        return taken

    def keep(self, rules, capacity, free_memory: dict) -> list[lifecycle.VmWant]:
        """Wants of the VMs there are: those that find room beside all that serve stay, as many as there shall be; the others go."""
        for host, record in list(self.entries):
            if rules.refuses(host) or not capacity.carries(host, record["vcpus"], record["memory_mib"]):
                self._drop(host, record)
            else:
                rules.count(host)
                capacity.add(host, record["vcpus"], record["memory_mib"])
        policies, surplus = self.slice["scaling"]["victims"], len(self.entries) - self.size.count
        for host, record in victims.choose(policies, self.entries, surplus, free_memory, lambda record: _readiness(record) != _UNREADY, []):
            self._drop(host, record)
            capacity.give(host, record["vcpus"], record["memory_mib"])
        wants = [lifecycle.want_of(host, record, self.want, self._action(record), None) for host, record in self.entries]
        self.final = len(wants)
        return wants + [lifecycle.released(self.slice, host, record, self.as_of) for host, record in self.gone]

    def _drop(self, host: str, record: dict) -> None:
        self.entries.remove((host, record))
        self.gone.append((host, record))

    def _action(self, record: dict) -> str:
        return action_of(self.slice, record, self.want, self.as_of)

    def entry(self) -> dict:
        """What the plan tells of the pool."""
        return {"state": self.slice["scaling"]["warm"]["state"], "present": self.present, "wished": self.size.count, "final": self.final,
                "lead_time_seconds": self.seconds, "why": self.size.why}


def action_of(slice_: dict, record: dict, want: str, as_of: int) -> str:
    """What makes a VM what the pool wants of it: keep, heal, warm (made ready), return (from service)."""
    state, running = record["lifecycle"], record["running"]
    if state not in POOLED:
        return "return"
    if want == "warm":
        return "keep" if state == "warm" and not running else "warm"
    if not running:
        return "heal" if state == "parked" else "warm"
    if state == "warm":
        return "warm"
    return "heal" if lifecycle.unhealthy(slice_, record, as_of) else "keep"


def _readiness(record: dict) -> int:
    if record["lifecycle"] == "parked" and record["running"]:
        return _PARKED
    return _STOPPED if record["lifecycle"] == "warm" and not record["running"] else _UNREADY
