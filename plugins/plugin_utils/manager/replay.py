# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The policy of one slice driven over Demand Profiles of the past: what each pass would have decided, had its decisions been applied. Pure."""
from __future__ import annotations

from ..instants import parse_instant
from .past import Past
from .policy import decide
from .slice_keys import ENFORCED


def enforced(slice_: dict) -> dict:
    """The slice as a replay takes it: present, and in a mode that is enforced."""
    mode = slice_["scaling"]["mode"]
    return {**slice_, "state": "present", "scaling": {**slice_["scaling"], "mode": mode if mode in ENFORCED else "enforce"}}


def decisions(slice_: dict, profiles, present: int = 0):
    """Wishes of the policy for each profile, the VMs of one pass being there in the next; they differ by their instants.

    slice_: validated; profiles: Demand Profiles, oldest first; present: VMs before the first. The youngest go first, and are known as long as
    their addresses are in quarantine, as the rules that look back need it.
    """
    records, gone, kept = [{"lifecycle": "active"}] * present, [], slice_["network"]["quarantine_seconds"]
    for profile in profiles:
        now, at = profile["as_of"], parse_instant(profile["as_of"])
        wish = decide(slice_, profile, Past(at, records + [record for record, _until in gone]), [])
        released = max(0, len(records) - wish.count)
        gone = [(record, until) for record, until in gone if until > at] + [({"lifecycle": "quarantined", "since": now}, at + kept)] * released
        records = [*records[:wish.count], *[{"lifecycle": "active", "since": now}] * (wish.count - len(records))]
        yield wish


def held(counts: list[int], every: int, rows: int) -> list[int]:
    """Counts of passes that are `every` rows apart -> the count in force at each of `rows` rows."""
    return [counts[min(row // every, len(counts) - 1)] for row in range(rows)]
