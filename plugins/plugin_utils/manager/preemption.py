# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which VMs give way where a better claim finds no room."""
from __future__ import annotations

from . import lifecycle
from .ground import Ground
from .planned import PlannedSlice
from .shortfall import Gift

#: modes in which a slice may lose VMs
_LOSING = ("enforce", "scale_in_only")


class Preemption:
    """VMs that may be given up, by host, those that matter least first.

    A slice never loses what is in its min share, and to priority alone nothing of its scaling.min; nor does it lose anything while its telemetry is
    silent or late, or in a mode that releases nothing. `ranked`: all slices, those with the best claim first.
    """

    def __init__(self, ranked: list[PlannedSlice], ground: Ground, as_of: int) -> None:
        self.ground, self.capacity, self.as_of = ground, ground.capacity, as_of
        self.place = {one.name: index for index, one in enumerate(ranked)}
        self.by_host: dict[str, list] = {}
        free = [one for one in reversed(ranked) if one.grip == lifecycle.FREE]
        promises = any(one.lacking and one.quota.least for one in free)
        if not any(one.lacking for one in free) or not (promises or any(one.slice["quota"]["preemptible"] for one in free)):
            return
        for one in free:
            for want in sorted(filter(_there, one.wants), key=lambda want: want.record.get("since") or "", reverse=True):
                if _drains(want) or (_may_lose(one) and want.name not in one.slice["placement"]["protect"]):
                    self.by_host.setdefault(want.host, []).append((one, want))
        for entries in self.by_host.values():
            entries.sort(key=lambda entry: not _drains(entry[1]))

    def make_room(self, one: PlannedSlice, upto: int, promised: bool = False) -> None:
        """Give up VMs of others until `one` has `upto`, or nobody is left to give way. promised: for a min share, whatever the priorities."""
        while self.by_host and one.lacking > one.awaited and one.serving + one.awaited < upto:
            chosen = self._cheapest(one, promised)
            if chosen is None:
                return
            free = [self._give_up(loser, want, one, promised) for loser, want in chosen]
            if False not in free:
                have = one.serving
                one.create(self.ground, have + 1)
                if one.serving == have:
                    return
            else:
                self._await(one, [want for (_loser, want), at_once in zip(chosen, free) if not at_once])

    def _await(self, one: PlannedSlice, draining: list) -> None:
        """One VM of `one` waits for those that drain; what it needs beside theirs is free on their host already, and nobody else's."""
        one.awaited += 1
        rest = [max(0, one.slice["vm"][key] - sum(getattr(want, key) for want in draining)) for key in ("vcpus", "memory_mib")]
        self.capacity.add(draining[0].host, *rest)

    def _cheapest(self, one: PlannedSlice, promised: bool) -> list | None:
        """The VMs to give up for one VM: of the host where those matter least."""
        best, rules = None, self.ground.rules(one)
        for host in sorted(self.by_host.keys() - self.capacity.closed.keys()):
            if rules.refuses(host) or one.addresses.lowest_free(host) is None:
                continue
            victims = self._victims(one, host, promised)
            if victims:
                fresh = sum(not _drains(want) for _loser, want in victims)
                score = (bool(fresh), -min(self.place[loser.name] for loser, _want in victims), len(victims), host)
                if best is None or score < best[0]:
                    best = (score, victims)
        return best and best[1]

    def _victims(self, one: PlannedSlice, host: str, promised: bool) -> list | None:
        """Fewest VMs of the host, those that matter least first, without which one more of `one` fits; None where that is not enough."""
        vcpus, memory = self.capacity.vcpus[host] - one.slice["vm"]["vcpus"], self.capacity.room(host) - one.slice["vm"]["memory_mib"]
        chosen, taken = [], {}
        for loser, want in self.by_host[host]:
            if vcpus > -1e-9 and memory >= 0:
                break
            if want.want == "active":
                lost = taken.get(loser.name, 0)
                if loser is one or loser.name in one.slice["placement"]["with"] or not _yields(loser, one, promised, lost):
                    continue
                taken[loser.name] = lost + 1
            chosen.append((loser, want))
            vcpus, memory = vcpus + want.vcpus, memory + want.memory_mib
        if vcpus < -1e-9 or memory < 0:
            return None
        for entry in reversed(list(chosen)):
            if vcpus - entry[1].vcpus > -1e-9 and memory >= entry[1].memory_mib:
                chosen.remove(entry)
                vcpus, memory = vcpus - entry[1].vcpus, memory - entry[1].memory_mib
        more = [one.slice["vm"][key] - sum(getattr(want, key) for _loser, want in chosen) for key in ("vcpus", "memory_mib")]
        return chosen if self.capacity.absorbs(*more) else None

    def _give_up(self, loser: PlannedSlice, want, one: PlannedSlice, promised: bool) -> bool:
        """Whether the room of the VM is free at once."""
        self.by_host[want.host] = [entry for entry in self.by_host[want.host] if entry[1] is not want]
        if want.want == "draining":
            return False
        released = lifecycle.give_up(loser.slice, want, self.as_of)
        loser.wants[loser.wants.index(want)] = released
        loser.given.append(Gift(one, promised, "memory" if self.capacity.room(want.host) < one.slice["vm"]["memory_mib"] else "vcpus"))
        if released.want == "draining":
            return False
        self.capacity.give(want.host, want.vcpus, want.memory_mib)
        return True


def _may_lose(one: PlannedSlice) -> bool:
    return one.slice["scaling"]["mode"] in _LOSING and not one.wish.still


def _there(want) -> bool:
    return want.want in ("active", "draining") and want.record is not None


def _drains(want) -> bool:
    """Given up by an earlier pass already, though its slice may want it back."""
    return want.record["lifecycle"] == "draining"


def _yields(loser: PlannedSlice, one: PlannedSlice, promised: bool, lost: int) -> bool:
    """Whether a slice gives up one VM more than `lost` for `one`."""
    left = loser.serving - lost - 1
    if promised:
        return left >= loser.quota.least
    lower = loser.slice["priority"] < one.slice["priority"] and loser.slice["quota"]["preemptible"]
    return lower and left >= max(loser.quota.least, loser.slice["scaling"]["min"])
