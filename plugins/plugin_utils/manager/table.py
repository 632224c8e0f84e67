# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A plan as a table of text, one row a slice: for the end of a pass, and for whoever approves the plan."""
from __future__ import annotations

from .explain import change, moves, reason
from .shortfall import words

COLUMNS = ("slice", "mode", "state", "VMs", "verdict", "because")
#: of a reason at most, so that a row stays a line
REASON_CHARACTERS = 100


def table(plan: dict, rows: int) -> list[str]:
    """Lines of text about an unpacked plan: what it is, a row for each slice, what is missing, who lost what to whom.

    Rows are in the order of names. Where there are more slices than `rows`, those that change or lack something are shown first.
    """
    entries = sorted(plan["slices"], key=lambda entry: entry["name"])
    shown = sorted(entries, key=lambda entry: not _notable(entry))[:rows]
    names = {entry["name"] for entry in shown}
    lines = [f"Plan {plan['id']} of {plan['as_of']}, applicable until {plan['expires_at']}: {_count(plan['changes'], 'change')}, {plan['verdict']}"]
    if plan["unknown_hosts"]:
        lines.append(f"No answer from {', '.join(plan['unknown_hosts'])}: no slice gets or loses a VM.")
    word = [one["host"] for one in plan["lost_hosts"] if one["by"] == "word"]
    if word:
        lines.append(f"Declared lost: {', '.join(word)}. What was there does not count.")
    lines += [f"Lost by evidence: {one['host']} ({one['why']}). What was there does not count." for one in plan["lost_hosts"] if one["by"] == "evidence"]
    lines += _aligned([COLUMNS] + [_cells(entry) for entry in entries if entry["name"] in names])
    hidden = [entry for entry in entries if entry["name"] not in names]
    if hidden:
        busy = sum(1 for entry in hidden if _notable(entry))
        lines.append(f"... and {_count(len(hidden), 'more slice')}, of which {busy} change or lack something")
    lost = [f"lost: {entry['name']} {words(item)}" for entry in entries for item in entry["shortfall"] if item["to"]]
    return lines + [f"missing: {text}" for text in plan["missing"][:rows]] + lost[:rows]


def _notable(entry: dict) -> bool:
    return bool(moves(entry)) or entry["vms"]["final"] != entry["vms"]["present"] or entry["verdict"] != "feasible"


def _cells(entry: dict) -> tuple:
    why = reason(entry)
    why = why if len(why) <= REASON_CHARACTERS else f"{why[:REASON_CHARACTERS - 3]}..."
    pool = (entry.get("pool") or {}).get("final")
    counts = f"{change(entry)} + {pool} warm" if pool else change(entry)
    return (entry["name"], entry["mode"], entry["state"], counts, entry["verdict"], why)


def _aligned(rows: list) -> list[str]:
    """The rows as lines whose columns begin one below the other."""
    widths = [max(len(row[column]) for row in rows) for column in range(len(COLUMNS))]
    return ["  ".join(cell.ljust(width) for cell, width in zip(row, widths)).rstrip() for row in rows]


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
