# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How much to keep in hand, where a slice states how often demand may run short (scaling.gate.short_percent), by replays of the last days. Pure."""
from __future__ import annotations

from ..manager.candidates import grid, suggested
from ..manager.outcome import outcome

#: a cheaper setting must be short in at most this share of what is allowed, and save this share of the VM-hours, for the past was lucky
SAFE, SAVED = 0.5, 0.05


def asked(slice_: dict) -> bool:
    """Whether the slice states an objective."""
    return slice_["scaling"]["gate"]["short_percent"] is not None


def candidate(slice_: dict, replayed) -> dict | None:
    """A candidate, as rules.py makes them, for scaling.economy, or scaling.quantile where that is fixed; None where the present one will do.

    slice_: as it was learned to be (effect.world_of), with an objective; replayed: its Replay, which can be replayed.
    """
    scaling, limit = slice_["scaling"], slice_["scaling"]["gate"]["short_percent"]
    key = "economy" if scaling["quantile"] == "auto" else "quantile"
    other = replayed.altered(slice_)
    world, profiles = other.world, other.profiles({})  # which the economy, or a fixed quantile, leaves alone
    tried = [{"scaling": one, "outcome": outcome(world, other.counts(other.wishes(one, profiles)))} for one in _settings(scaling)]
    now = tried[0]["outcome"]
    if now["short_percent"] is None:
        return None
    if now["short_percent"] > limit:
        chosen, keeps = suggested(tried, limit)
        why = f"in {_words(now)}, and {limit:g} % are allowed (scaling.gate.short_percent)" + ("" if keeps else "; none that was tried keeps that")
    else:
        safe = [one for one in tried if one["outcome"]["short_percent"] <= SAFE * limit and one["outcome"]["vm_hours"] <= (1 - SAVED) * now["vm_hours"]]
        chosen = min(safe, key=lambda one: one["outcome"]["vm_hours"], default=tried[0])
        why = f"in {_words(now)}, far fewer than the {limit:g} % that are allowed (scaling.gate.short_percent), and fewer VMs would do"
    if chosen["scaling"][key] == scaling[key]:
        return None
    return {"key": f"scaling.{key}", "present": scaling[key], "proposed": chosen["scaling"][key], "low": None, "high": None, "why": why,
            "evidence": {"n": now["rows"], "of": "rows", "days": round(now["rows"] * world.step / 86400, 1), "method": "replay"}}


def _settings(scaling: dict) -> list[dict]:
    """Of the grid of a replay those that differ in how much is kept in hand alone, the present ones first."""
    own = grid(scaling)[0]
    return [one for one in grid(scaling) if one["scale_in_window_seconds"] == own["scale_in_window_seconds"]
            and (one["quantile"] == "auto") == (own["quantile"] == "auto")]


def _words(found: dict) -> str:
    return f"a replay of what was learned {found['short_percent']:.2f} % of the rows were short"
