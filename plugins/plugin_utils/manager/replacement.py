# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""VMs that go once others serve in their place: those of hosts to be drained; else, a few at a time, those that do not stay up however often they are
restarted; else those made of what their slice does not say any more."""
from __future__ import annotations

from dataclasses import dataclass

from .maintenance import CLOSED, movable
from .pace import HOUR
from .past import Past
from .view import COUNTED
from .wish import Wish, vms

#: rules that keep VMs which nobody needs: while they do, the count says nothing of how many are on their way
HOLDING = ("telemetry", "cooldown", "step", "budget")
#: VMs that a sentence names
NAMED = 3


@dataclass(frozen=True)
class Leaving:
    """names: of the VMs. drained: for their host, which takes no new VM. policies: by which they are chosen when as many others serve.
    failing: for they do not stay up. closed: for no new ones are launched in their place now, outside the windows of the slice."""

    names: frozenset[str] = frozenset()
    drained: bool = False
    policies: tuple[str, ...] = ()
    failing: bool = False
    closed: bool = False


NOBODY = Leaving()


def leaving_of(slice_: dict | None, records: list[tuple[str, dict]], departing: frozenset[str], definition: str | None,
               failing: frozenset[str] = frozenset(), altered: frozenset[str] = frozenset(), stuck: frozenset[str] = frozenset(),
               closed: bool = False) -> Leaving:
    """Which VMs of a slice shall go. departing: hosts its VMs shall leave, which come first: they are made of what the slice says now, elsewhere.

    definition: digest of what a new VM of the slice is made from, as records tell it; None where nobody asked. A record that tells none is left alone.
    failing: names of VMs that are not restarted any more. Those that are made of something else are out of date, and no more than that. altered: names of
    VMs that somebody changed while they run, or whose address is given to none any more, which are out of date too.
    stuck: of VMs that could not be resized while they run.
    closed: whether changes that can wait do: those that do not stay up come first then, for they cannot.
    """
    if not movable(slice_):
        return NOBODY
    if closed and failing:
        return Leaving(failing, False, ("oldest",), True)
    drained = frozenset(record["name"] for host, record in records if host in departing)
    if drained:
        return Leaving(drained, True, tuple(slice_["scaling"]["victims"]), closed=closed)
    outdated = altered
    if definition is not None and slice_["scaling"]["replace_outdated"]:
        counted = (record for _host, record in records if record["lifecycle"] in COUNTED)
        outdated |= stuck | frozenset(record["name"] for record in counted if record.get("template") not in (None, definition))
    broken = failing - (outdated - altered)
    if broken:
        return Leaving(broken, False, ("oldest",), True)
    return Leaving(outdated, False, ("oldest",), closed=closed) if outdated else NOBODY


def replaced(record: dict, ready: list[dict], count: int) -> bool:
    """Whether the others that serve show that a VM that does not stay up is itself at fault, and not needed.

    One of them began to serve after its last restart; or as many serve as are wanted, one of them made of the same. Otherwise what is launched in its
    place may fail just so, one VM after another.
    """
    last = max([*(record.get("restarts") or []), record.get("silent_since") or record.get("since") or ""])
    if any((other.get("since") or "") > last for other in ready):
        return True
    return len(ready) >= count and any(other.get("template") == record.get("template") for other in ready)


def budget(slice_: dict, past: Past) -> int:
    """How many VMs that are out of date may be on their way out at a time, and in this hour."""
    most, hourly = slice_["scaling"]["disruption"]["max_unavailable"], slice_["scaling"]["down"]["budget_per_hour"]
    return most if hourly is None else max(0, min(most, hourly - past.removed(HOUR)))


def holder(wish: Wish) -> str | None:
    """The rule that keeps more VMs than are needed: to launch others beside them would add to what it keeps, in every pass."""
    rules = {wish.binding["rule"], *(rule["rule"] for rule in wish.rules)}
    return next((name for name in HOLDING if name in rules), None)


def obstacle(wish: Wish, lacking: int, unproven: list[str], allowed: int, lost: bool, closed: bool) -> str | None:
    """Why no VM that shall go is replaced now, in words; None where nothing is in the way.

    unproven: names of the slice's up-to-date VMs that do not serve. allowed: the budget(). closed: outside the windows of the slice.
    """
    if lost:
        return "hosts are lost"
    if closed:
        return CLOSED
    holding = holder(wish) or ("telemetry" if wish.still else None)
    if holding:
        return f"rule {holding} holds the count"
    if lacking:
        return f"the slice lacks {vms(lacking)}"
    if unproven:
        return f"{', '.join(unproven[:NAMED])} {'does' if len(unproven) == 1 else 'do'} not serve yet"
    return None if allowed else "scaling.down.budget_per_hour is used up"


def words(going: list[str], slice_: dict, why: str | None, altered: bool = False, displaced: bool = False) -> str:
    """A sentence about the VMs that are out of date; why: the obstacle(); altered, displaced: whether any of them was changed by hand, or has an address
    that is given to none any more."""
    names = ", ".join(going[:NAMED]) + (f" and {len(going) - NAMED} more" if len(going) > NAMED else "")
    most = slice_["scaling"]["disruption"]["max_unavailable"]
    wait = f", but none now: {why}" if why else ""
    causes = ["of an earlier template, image or size"]
    causes += ["changed by hand"] if altered else []
    causes += ["of an address now excluded or reserved"] if displaced else []
    what = ", or ".join(causes) + ("," if len(causes) > 1 else "")
    return f"{vms(len(going))} {what} ({names}): replaced {most} at a time, the oldest first{wait}"
