# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The feedback document, and its proposals as a file that a person merges (docs/schemas/feedback.schema.json)."""
from __future__ import annotations

import yaml

from ..instants import format_instant

SCHEMA = "foresight.netslice/feedback/1"
HEAD = """\
# Proposals that were learned from telemetry; nothing of this file is in force. Move those that you accept to netslice_accepted in a file of
# your own, where netslice_slices is "{{ your_slices | foresight.netslice.accept_proposals(netslice_accepted) }}", or change your slices.
"""
#: of a proposal, in the file
WRITTEN = ("slice", "key", "present", "proposed", "since", "why")


def document(entries: list[dict], as_of: int, period_seconds: int) -> dict:
    """entries: of slices, with their proposals."""
    return {"schema": SCHEMA, "as_of": format_instant(as_of), "period_seconds": period_seconds, "slices": entries}


def proposals_of(entries: list[dict]) -> list[dict]:
    """All proposals, in the order of the slices."""
    return [proposal for one in entries for proposal in one["proposals"]]


def overlay(entries: list[dict]) -> str:
    """YAML of the proposals: the same text for the same proposals, at whatever instant."""
    told = [{**{key: one[key] for key in WRITTEN}, "effect": in_words(one["effect"])} for one in proposals_of(entries)]
    return "---\n" + HEAD + yaml.safe_dump({"netslice_proposals": told}, sort_keys=False, allow_unicode=True, width=150)


def in_words(effect: dict | None) -> str:
    """What a replay says of proposals."""
    if effect is None:
        return "not replayed"
    if effect["why"]:
        return f"not replayed: {effect['why']}"
    now, then = effect["now"], effect["then"]
    return (f"in {effect['days']:g} days replayed, short in {_percent(then)} of the rows in place of {_percent(now)}, with {then['vm_hours']:.0f} VM-hours "
            f"in place of {now['vm_hours']:.0f}")


def _percent(found: dict) -> str:
    return "none" if found["short_percent"] is None else f"{found['short_percent']:.2f} %"
