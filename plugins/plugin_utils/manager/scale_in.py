# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What keeps a VM from being released: earlier forecasts, the recent peak, telemetry that is behind, and a forecast that would take it back."""
from __future__ import annotations

from ..instants import parse_instant
from .counts import choice_of, count_in, weighs
from .demand import Reading, vms_for
from .schedules import floor_of
from .wish import Wish, amount, vms


def hold(wish: Wish, slice_: dict, readings: list[Reading]) -> None:
    """A VM goes only if neither the forecasts of the scale-in window nor its measured peak need it."""
    if wish.count >= wish.present:
        return
    serves, seconds = slice_["vm"]["serves"], slice_["scaling"]["scale_in_window_seconds"]
    earlier = _earlier_wishes(slice_, readings)
    needs = list(earlier)
    for reading in readings:
        rate = serves[reading.resource]
        if not earlier:
            needs.append((vms_for(reading.hold, rate), reading, f"forecast {amount(reading.hold, reading)} until the end of the hold window"))
        peak = reading.last if reading.recent_peak is None else max(reading.recent_peak, reading.last)
        needs.append((vms_for(peak, rate), reading, f"peak {amount(peak, reading)} of the last {seconds} s"))
    need, reading, why = max(needs, key=lambda entry: entry[0])
    _keep(wish, "scale_in", need, reading.resource, f"{why} still needs {vms(need)}")


def project(wish: Wish, slice_: dict, readings: list[Reading], as_of: int) -> None:
    """No release that the forecast, or the floor of a schedule, would take back within down.project_seconds."""
    seconds = slice_["scaling"]["down"]["project_seconds"]
    if seconds is None or wish.count >= wish.present:
        return
    dumb = [reading.resource for reading in readings if reading.projection is None]
    if dumb:
        _keep(wish, "projection", wish.present, dumb[0], f"no forecast of {', '.join(dumb)} says what the next {seconds} s need")
        return
    need, top = count_in(slice_, readings, "projection")
    _keep(wish, "projection", need, top.resource, f"the forecast of the next {seconds} s needs {vms(need)} again")
    floor, name = floor_of(slice_["scaling"]["schedules"], as_of, as_of + seconds)
    _keep(wish, "projection", floor, None, f"schedule {name} asks for {vms(floor)} within {seconds} s")


def behind(profile: dict | None, readings: list[Reading], limit: int | str) -> list[str]:
    """Resources whose newest full row of telemetry is missing, or whose newest point is older than `limit` seconds.

    Telemetry that stopped is first seen by a row without it, long before it is stale. A resource that is measured in every
    second or third row only (its coverage says so) may lack as many.
    """
    if profile is None:
        return []
    step = profile.get("step_seconds") or 0
    since_row = parse_instant(profile["as_of"]) % step if step else 0
    late = []
    for reading in readings:
        rows = max(1, round(1 / reading.coverage)) if reading.coverage else 1
        most = rows * step + since_row if limit == "auto" else limit
        if reading.age_seconds is not None and (step or limit != "auto") and reading.age_seconds > most:
            late.append(reading.resource)
    return late


def _keep(wish: Wish, rule: str, need: int, resource: str | None, why: str) -> None:
    held = min(need, wish.present)
    if held > wish.count:
        wish.rule(rule, held, why)
        wish.binding["resource"] = resource


def _earlier_wishes(slice_: dict, readings: list[Reading]) -> list:
    """What the passes of the last scale-in window wished, where the risk is weighed: (count, reading, why)."""
    if not weighs(slice_, readings):
        return []
    wishes = []
    for values in zip(*(reading.earlier for reading in readings)):
        chosen = choice_of(slice_, list(zip(readings, values)))
        top = next(reading for reading in readings if reading.resource == chosen.resource)
        wishes.append((chosen.count, top, f"a forecast of the last {slice_['scaling']['scale_in_window_seconds']} s"))
    return wishes
