# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What was found dirty in the telemetry of one resource and how it was treated, in words. The table stands in docs/telemetry.md."""
from __future__ import annotations

from dataclasses import dataclass

from ..instants import format_instant

#: kind -> what was found and done, as the end of a sentence that begins with what is counted
WORDS = {
    "not_a_number": "that hold no finite number are gaps",
    "absurd": "beyond anything measurable are gaps",
    "negative": "below zero, of a quantity that otherwise never is, are gaps",
    "after_as_of": "after as_of are not used: a clock is ahead, or as_of lies in the past of the telemetry",
    "before_history": "older than the history asked for are not used",
    "duplicate": "of an instant that has a later one are dropped: the last one counts",
    "out_of_order": "older than the one before them are sorted",
    "counter_reset": "where the counter starts anew are gaps: what it counted meanwhile is unknown",
    "counter_wrap": "where the counter passes the end of its range are counted across it",
    "counter_glitch": "of a counter that the next one contradicts are dropped",
    "behind": "are silent beside others that are not: each keeps its last mean for some rows and is then left out",
    "spike": "beyond fifty times all others, each alone, count as the largest of the others",
    "spike_now": "beyond fifty times all others, the newest, stand as the present demand, and the forecast takes them for the largest of the others",
    "unit_up": "at the newest level, a thousandfold of the one before: taken for true, the history before is rescaled to it",
    "unit_down": "at the newest level, a thousandth of the one before: held as a possible error of the unit, the history before is rescaled to it",
    "unit_excursion": "a thousandfold or a thousandth of the rows around them are rescaled to those",
    "gap": "without a value are filled for the forecast with the median day at the level of both sides",
    "gap_at_end": "missing at the end are filled for the forecast with the median day at the last level",
    "constant": "are all the same and are forecast as they are",
    "zero": "are all zero and are forecast as they are",
    "late": "are all there is, fewer than of other resources of the slice: the forecast goes by these, or by another resource where that wins",
    "clock_change": "of the wall clock are skipped or doubled: rows stand by wall clock, a skipped hour is a gap, a doubled one its mean",
}
#: kinds that count something else than points
_COUNTED = {"behind": "sets of tags", "clock_change": "hours", **dict.fromkeys(
    ("spike", "spike_now", "unit_up", "unit_down", "unit_excursion", "gap", "gap_at_end", "constant", "zero", "late"), "rows")}


@dataclass(frozen=True)
class Note:
    """One finding: its kind, the instant of the first case (seconds since 1970), how many there are, where (a set of tags, or nothing)."""

    kind: str
    since: int
    count: int
    where: str = ""

    @property
    def what(self) -> str:
        """The finding and its treatment as a sentence."""
        place = f" ({self.where})" if self.where else ""
        return f"{_COUNTED.get(self.kind, 'points').capitalize()}{place} {WORDS[self.kind]}."

    def entry(self) -> dict:
        """The note as Demand Profiles and slice_telemetry_info show it."""
        return {"kind": self.kind, "since": format_instant(self.since), "count": self.count, "what": self.what}


def merged(notes: list[Note]) -> tuple[Note, ...]:
    """One Note for each kind, in the order of WORDS; where is kept as long as all agree."""
    by_kind: dict[str, list[Note]] = {}
    for note in notes:
        by_kind.setdefault(note.kind, []).append(note)
    found = []
    for kind in (kind for kind in WORDS if kind in by_kind):
        same = by_kind[kind]
        where = same[0].where if len({note.where for note in same}) == 1 else ""
        found.append(Note(kind, min(note.since for note in same), sum(note.count for note in same), where))
    return tuple(found)
