# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What of slices calls for somebody before the next pass: demand outside its forecast, silence, passes that stopped. Pure."""
from __future__ import annotations

import math
from dataclasses import dataclass

from .instants import format_instant
from .telemetry.freshness import assess

ABOVE, BELOW, SILENT, STALE, UNANSWERED, UNWATCHED = "above_band", "below_band", "silent", "stale_pass", "vip_silent", "unwatched"
KINDS = (ABOVE, BELOW, SILENT, STALE, UNANSWERED, UNWATCHED)


@dataclass(frozen=True)
class Shift:
    """One finding. subject: what it is about, as keys of its event (slice, resource, vip); figures: further keys, which may change while it lasts."""

    kind: str
    subject: tuple[tuple[str, str], ...]
    why: str
    figures: tuple[tuple[str, object], ...] = ()

    @property
    def key(self) -> tuple:
        """What makes it the same finding at another instant."""
        return (self.kind, *self.subject)


def left_band(series, band: dict[int, tuple[float, float]], rows: int, tolerance: float) -> Shift | None:
    """Demand that lay outside its band in each of the last `rows` complete rows of a Series, all on one side.

    band: {end of a row in seconds: (median, 0.95 quantile) that was forecast}. The band reaches from as far below the median as the quantile is
    above it, up to the quantile, and `tolerance` (a share) beyond both. Rows that nobody forecast or measured are no finding.
    """
    end = series.end
    sides, edges = set(), None
    for back in range(rows):
        at, found = end - back * series.step_seconds, None
        value = float(series.values[-1 - back]) if back < len(series.values) else math.nan
        if at in band and math.isfinite(value):
            median, top = band[at]
            low, high = max(0.0, 2 * median - top) * (1 - tolerance), top * (1 + tolerance)
            found = ABOVE if value > high else BELOW if value < low else None
            edges = edges or (value, low, high)
        sides.add(found)
    if len(sides) != 1 or None in sides:
        return None
    kind = sides.pop()
    value, low, high = edges
    why = f"{series.resource} is {value:.4g} {series.unit}, and {low:.4g}..{high:.4g} was forecast for the {series.step_seconds} s to {format_instant(end)}"
    return Shift(kind, (("slice", series.slice), ("resource", series.resource)), why, (("value", value), ("low", low), ("high", high)))


def silent(series, max_age_seconds: int, as_of: int) -> Shift | None:
    """Telemetry of a resource that is missing or stale."""
    fresh = assess(series, as_of, max_age_seconds)
    if fresh.verdict not in ("missing", "stale"):
        return None
    why = f"nothing of {series.resource} arrives" if fresh.age_seconds is None else f"the newest value of {series.resource} is {fresh.age_seconds} s old"
    return Shift(SILENT, (("slice", series.slice), ("resource", series.resource)), why, (("verdict", fresh.verdict), ("age_seconds", fresh.age_seconds)))


def stale_pass(name: str, decided: int | None, max_age_seconds: int, as_of: int) -> Shift | None:
    """A slice about which no pass decided of late. decided: seconds of the newest decision, None where there is none near."""
    age = None if decided is None else as_of - decided
    if age is not None and age <= max_age_seconds:
        return None
    why = f"no pass decided about it in the last {max_age_seconds} s" if age is None else f"the last pass that decided about it was {age} s ago"
    return Shift(STALE, (("slice", name),), why, (("age_seconds", age),))


def unanswered(name: str, vip: str, port: int) -> Shift:
    """A virtual IP that shall serve and gives no answer."""
    return Shift(UNANSWERED, (("slice", name), ("vip", vip)), f"{vip} gives no answer on port {port}")


def turns(before: dict, now: list[Shift], as_of: int) -> tuple[dict, list[dict]]:
    """(findings by their key, events): an event where a finding is raised, and one where it is cleared; none while it lasts."""
    found = {shift.key: shift for shift in now}
    raised = [event(shift, "raised", as_of) for key, shift in found.items() if key not in before]
    cleared = [event(shift, "cleared", as_of) for key, shift in before.items() if key not in found]
    return found, raised + cleared


def event(shift: Shift, state: str, as_of: int) -> dict:
    """What a rulebook sees of a finding, under demand_shift."""
    return {"kind": shift.kind, "state": state, "as_of": format_instant(as_of), **dict(shift.subject), "why": shift.why, **dict(shift.figures)}
