# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What replays of the policy found, as one document (docs/schemas/replay.schema.json)."""
from __future__ import annotations

from ..instants import format_instant
from ..manager import rivals
from ..manager.candidates import KEYS, class_of, grid, suggested
from ..manager.gate import settings_of
from ..manager.lead_time import seconds_of
from ..manager.outcome import outcome, perfect_hours, ratio
from ..telemetry.backtests import SCHEMA
from .backtest import known_days
from .policy_replay import tally
from .seasonal import DAY, STEP_SECONDS

#: intervals for which a recorded decision is taken to be in force where no later one is recorded
HELD = 3


def entry(slice_, replayed, models, ran) -> tuple[dict, dict]:
    """The document's entry of one slice, and the counts of each row that its chart shows: {name: list}.

    slice_: as validated; replayed: its Replay; ran: [(seconds, VMs)] of the decisions of that time, oldest first.
    """
    scaling, world = replayed.slice["scaling"], replayed.world
    profiles = replayed.profiles({})
    wishes = replayed.wishes({}, profiles)
    counts = {"policy": replayed.counts(wishes), **_rivals(replayed, world), **_ran(ran, replayed)}
    found = {name: _placed(outcome(world, asked), replayed) for name, asked in counts.items()}
    of = {name: ratio(found["policy"]["vm_hours"], found[name]["vm_hours"]) for name in ("static", "reactive")}
    sweep = rivals.sweep(world, replayed.demand[replayed.first - 1], replayed.every, scaling)
    out = {
        "slice": slice_["name"], "settings": settings_of(slice_), "scaling": {key: scaling[key] for key in (*KEYS, "class", "min", "max")},
        "begin": format_instant(replayed.start), "end": format_instant(replayed.start + len(world.demand) * STEP_SECONDS),
        "passes": len(wishes), "pass_seconds": replayed.every * STEP_SECONDS, "lead_seconds": world.lead * STEP_SECONDS,
        "days": round(found["policy"]["rows"] / DAY, 3), "rows": len(world.demand), "measured_rows": found["policy"]["rows"],
        "largest_demand": max((round(one, 3) for one in world.demand if one is not None), default=None),
        "models": tally(profile["model"]["name"] for profile in profiles), "binding": tally(wish.binding["rule"] for wish in wishes),
        "silence": replayed.silence(wishes), "policies": found, "perfect_vm_hours": perfect_hours(world, scaling),
        "cost_of_oracle": ratio(found["policy"]["vm_hours"], perfect_hours(world, scaling)), "cost_of_static": of["static"],
        "cost_of_reactive": of["reactive"], "short_of_reactive": rivals.short_of_reactive(found["policy"], sweep),
        "where_ran": _where_ran(counts, world, replayed), "suggestion": _suggestion(replayed, world, profiles), "notes": _notes(slice_, replayed, models)}
    return out, {"demand": world.demand, **counts}


def _rivals(replayed, world) -> dict:
    """Counts of each row of whom the policy is compared with."""
    scaling, rows = replayed.slice["scaling"], len(world.demand)
    return {"static": rivals.static(replayed.before, rows, scaling),
            "reactive": rivals.reactive(world.demand, replayed.demand[replayed.first - 1], replayed.every, STEP_SECONDS, scaling),
            "oracle": rivals.oracle(world.demand, replayed.every, world.lead, scaling)}


def _ran(ran, replayed) -> dict:
    """{"ran": the VMs of each row by the decisions that were recorded, None where there is none}; {} where nothing ran."""
    if not any(vms for _at, vms in ran):
        return {}
    out, next_one, now = [], 0, (None, None)
    for row in range(replayed.length - replayed.first):
        at = replayed.start + row * STEP_SECONDS
        while next_one < len(ran) and ran[next_one][0] <= at:
            now, next_one = ran[next_one], next_one + 1
        fresh = now[0] is not None and at - now[0] < HELD * replayed.every * STEP_SECONDS
        out.append(int(now[1]) if fresh else None)
    return {"ran": out} if any(count is not None for count in out) else {}


def _where_ran(counts, world, replayed):
    """What the policy would have come to in the rows of which it is known what ran, None where nothing is."""
    if "ran" not in counts:
        return None
    return _placed(outcome(world, counts["policy"], [row for row, count in enumerate(counts["ran"]) if count is not None]), replayed)


def _placed(found, replayed) -> dict:
    """An outcome whose worst row is an instant."""
    worst = found["worst"]
    return {**found, "worst": worst and {"at": format_instant(replayed.start + worst["row"] * STEP_SECONDS), "percent": worst["percent"]}}


def _suggestion(replayed, world, profiles):
    """Settings for the service objective, and what all that were tried came to; None without an objective."""
    objective = replayed.plan.short_percent
    if objective is None:
        return None
    rows = len(world.demand)
    halves, made, tried = (range(rows // 2), range(rows // 2, rows)), {}, []
    for scaling in grid(replayed.slice["scaling"]):
        window = scaling["scale_in_window_seconds"]
        if window not in made:  # Weighed counts need the forecasts of earlier passes, which a fixed quantile leaves alone.
            made = {window: replayed.profiles({"quantile": "auto", "scale_in_window_seconds": window})}
        counts = replayed.counts(replayed.wishes(scaling, made[window]))
        found = outcome(world, counts)
        tried.append({"scaling": scaling, "class": class_of(scaling), "outcome": _placed(found, replayed),
                      "short_percent_by_half": [outcome(world, counts, half)["short_percent"] for half in halves]})
    chosen, keeps = suggested(tried, objective)
    return {"objective": {"short_percent": objective}, "keeps": keeps, "scaling": chosen["scaling"], "class": chosen["class"], "candidates": tried}


def _notes(slice_, replayed, models) -> list:
    """What a reader must know before believing the figures, as sentences."""
    notes = []
    if slice_["scaling"]["lead_time_seconds"] == "auto":
        notes.append(f"The lead time is learnt from boots, which a replay does not see; {seconds_of(slice_['scaling'])} s are assumed.")
    if slice_["scaling"]["warm"]["state"]:
        notes.append("The warm pool is left out: its VMs cost nothing here, and serve no sooner than others.")
    if replayed.silent_resources:
        notes.append(f"Nothing was measured of {', '.join(replayed.silent_resources)}, which is left out.")
    if replayed.beyond:
        notes.append("A window of the slice reaches beyond the 12 h that are forecast; the last forecast row stands for what follows.")
    at = range(replayed.start, replayed.start + (replayed.length - replayed.first) * STEP_SECONDS, replayed.every * STEP_SECONDS)
    for name in replayed.series:
        known = known_days((slice_["name"], name), at, models)
        if known and known["origins"]:
            notes.append(f"{name}: the tuned model {known['version']} has learnt from telemetry until {known['until'] or 'an unknown instant'}, so "
                         f"{known['origins']} of {len(at)} passes are judged on days that it knows, and it looks better than it is.")
    return notes


def document(entries, left, plan, as_of) -> dict:
    """entries: of slices; left: {slice: why it is left out}; as_of: epoch seconds -> the document."""
    return {
        "schema": SCHEMA, "as_of": format_instant(as_of), "replay_seconds": plan.replay_seconds, "window_seconds": plan.window_seconds,
        "power": {"idle_watts": plan.idle_watts, "busy_watts": plan.busy_watts}, "reactive_target": rivals.TARGET,
        "slices": entries, "left_out": left}
