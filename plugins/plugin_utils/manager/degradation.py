# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Who gets what is short: promised shares first, then by priority; and who gives way to whom."""
from __future__ import annotations

from collections import Counter

from . import lifecycle
from .admission import shortage
from .ground import Ground
from .maintenance import CLOSED, movable
from .planned import PlannedSlice
from .preemption import Preemption
from .ranges import doubles
from .replacement import holder
from .shortfall import entry, of_gifts
from .shortfall import holder as holder_of
from .wish import vms

#: slices with a better claim that a shortage names
NAMED = 3


def grant(planned: list[PlannedSlice], ground: Ground, as_of: int) -> None:
    """Place the VMs that lack, in this order, and tell what is missing.

    1. Room for what is dedicated to a slice is kept for it, used or not.
    2. Every slice gets up to its min share, by rank; where room lacks, others give back what they have above their own min share.
    3. The rest goes by rank, and with it what replaces VMs of hosts that are to be drained; where room lacks, preemptible slices of lower priority give
       way, the lowest first, though never for replacements.
    """
    ranked = sorted(planned, key=lambda one: one.rank)
    waiting = [one for one in ranked if one.lacking or one.replacing]
    for one in ranked:
        if one.quota.dedicated and one.slice["state"] == "present" and one.slice["scaling"]["mode"] != "forecast_only":
            one.keep_room(ground)
    preemption = Preemption(ranked, ground, as_of)
    for one in waiting:
        if one.quota.least:
            one.create(ground, one.quota.least)
            preemption.make_room(one, one.quota.least, promised=True)
    for one in waiting:
        one.create(ground)
        preemption.make_room(one, one.wish.count)
    for one in waiting:
        if one.slice["placement"]["with"]:
            one.create(ground)  # those it shall be with may be there only now
    _tell(ranked, ground)


def _tell(ranked: list[PlannedSlice], ground: Ground) -> None:
    """Verdicts of the slices that lack VMs: how many, of what, and who has what they lost."""
    before: list[tuple[int, str, str, dict]] = []  # (-MiB, name, words, element of `to`) of the largest holders of a better rank
    for one in ranked:
        lacking, given = one.lacking, min(len(one.given), one.lacking)
        if given:
            counts = Counter(gift.taker.name for gift in one.given)
            takers = " and ".join(f"{name} ({vms(count)})" for name, count in sorted(counts.items()))
            one.shorten("preempted", given, f"{vms(given)} of {one.slice['vm']['memory_mib']} MiB given up for {takers}", *of_gifts(one, one.given[:given]))
        if lacking - given:
            why, lost = _lack(one, ground, lacking - given, before)
            one.shorten("capacity", lacking - given, why, *lost)
        _tell_of_drain(one, ground)
        if one.replacing and not one.leaving.drained:
            _tell_of_replacements(one, ground, "VMs that are out of date")
        if one.serving:
            priority = f"priority {one.slice['priority']}" if one.slice else "not listed"
            size = sum(want.memory_mib for want in one.wants if want.want == "active")
            before.append((-size, one.name, f"{one.name} ({priority}, {vms(one.serving)})", holder_of(one, vms=one.serving)))
            before = sorted(before, key=lambda found: found[:2])[:NAMED]


def _lack(one: PlannedSlice, ground: Ground, lacking: int, before: list) -> tuple[str, list[dict]]:
    """What a slice lacks beside what it gave up: in words, and as elements of `shortfall`."""
    waiting = min(one.awaited, lacking)
    said = [f"{vms(waiting)} {'waits' if waiting == 1 else 'wait'} until those that give way are drained"] if waiting else []
    lost = [entry("drain", waiting)] if waiting else []
    if lacking > waiting:
        short = shortage(ground.capacity, one.slice, lacking - waiting, one.refused)
        said.append(short.text)
        taken = bool(before) and ground.capacity.exhausted(one.slice["vm"]["vcpus"], one.slice["vm"]["memory_mib"])
        if taken:
            said.append(f"before it come {', '.join(words for _size, _name, words, _holder in before)}")
        because = "priority" if taken and short.because == "capacity" else short.because
        lost.append(entry(because, lacking - waiting, short.resource, short.amount, [found[3] for found in before] if taken else ()))
    return "; ".join(said), lost


def _tell_of_replacements(one: PlannedSlice, ground: Ground, what: str) -> None:
    """Replacements for which there is no room."""
    short = shortage(ground.capacity, one.slice, one.replacing, one.refused)
    one.short("partial", f"to replace {what}, {short.text}", entry(short.because, one.replacing, short.resource, short.amount))


def _tell_of_drain(one: PlannedSlice, ground: Ground) -> None:
    """VMs that stay on a host that they shall leave, because no other has room or the slice does not let them go."""
    stay = [want for want in one.wants if want.want == "active" and want.host in one.departing]
    if not stay:
        return
    shared = doubles(one.view)
    if shared:
        count = sum(want.host in shared for want in stay)
        hosts = ", ".join(sorted(shared)[:NAMED])
        one.short("partial", f"{hosts} and another host have the same addresses: {vms(count)} there shall leave", entry("range", count))
    ranges = all(want.host in one.outside for want in stay)
    left, because = ("hosts whose addresses are outside network.range", "range") if ranges else ("hosts that are to be drained", "maintenance")
    going = one.going if one.leaving.drained else []
    held = len(stay) - sum(want.host in one.departing for want in going)
    if held:
        if one.grip == lifecycle.HEAL_ONLY:
            why = "a host did not answer"
        elif movable(one.slice):
            why = "they are protected" if one.leaving.drained else "others that do not stay up come first"
        else:
            why = f"the slice has scaling.mode {one.slice['scaling']['mode']}" if one.slice else "the slice is not listed"
        hosts = ", ".join(sorted({want.host for want in stay})[:3])
        one.short("partial", f"{vms(held)} {'stays' if held == 1 else 'stay'} on {left} ({hosts}): {why}", entry(because, held))
    why = CLOSED if one.leaving.closed else f"rule {holder(one.wish)} holds the count" if holder(one.wish) else None
    if going and why:
        one.short("partial", f"{vms(len(going))} of {left} {'waits' if len(going) == 1 else 'wait'}: {why}", entry(because, len(going)))
    if going and one.replacing:
        _tell_of_replacements(one, ground, f"VMs of {left}")
