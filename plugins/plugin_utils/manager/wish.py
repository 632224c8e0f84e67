# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The count of one slice while it is decided, and the words its reasons are written in."""
from __future__ import annotations

from .demand import Reading, Readings


class Wish:
    """The count of VMs of one slice, with every rule that changed it.

    still: telemetry is silent or behind, so that nothing is taken away but by a person's order. needed: VMs that the demand of this moment needs.
    forecast: what the forecast needs, in words; None where none is usable.
    """

    def __init__(self, present: int) -> None:
        self.present = present
        self.wished = present
        self.count = present
        self.needed = 0
        self.forecast: str | None = None
        self.still = False
        self.rules: list[dict] = []
        self.binding = {"resource": None, "rule": "telemetry", "why": "no telemetry"}
        self.dissolving = False
        self.telemetry = "missing"
        self.readings: Readings | None = None
        self.demand: dict[str, float | None] = {}
        self.predicted: dict[str, float | None] = {}

    def rule(self, name: str, after: int, why: str) -> None:
        """Set the count and record the rule, where it changes anything."""
        if after != self.count:
            self.rules.append({"rule": name, "before": self.count, "after": after, "why": why})
            self.binding = {"resource": self.binding["resource"], "rule": name, "why": why}
            self.count = after


def amount(value: float, reading: Reading) -> str:
    """A quantity of a resource, with its unit."""
    return f"{value:.4g} {reading.unit}".rstrip() if value < 1000 else f"{value:.0f} {reading.unit}".rstrip()


def vms(count: int) -> str:
    """A count of VMs in words."""
    return f"{count} VM" if count == 1 else f"{count} VMs"
