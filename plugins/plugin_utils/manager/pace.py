# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How fast a count may change: dead band, cool-downs, steps and the budget of removals. Pure; an up never waits for a rule of `down`."""
from __future__ import annotations

import math

from .past import Past
from .wish import Wish, vms

HOUR = 3600
#: share of a VM that is dust of floating point
DUST = 1e-9


def tolerate(wish: Wish, scaling: dict) -> None:
    """No change where the wish differs from what is there by less than a share of it; the demand of this moment is obeyed in any case."""
    off = wish.count - wish.present
    band = scaling["up" if off > 0 else "down"]["tolerance"] * wish.present
    if off and abs(off) < band - DUST:
        held = max(wish.present, wish.needed)
        wish.rule("tolerance", held, f"{vms(wish.count)} differ from {vms(wish.present)} by less than {band / wish.present:.0%}")


def pace(wish: Wish, scaling: dict, past: Past) -> None:
    """Hold a change to what cool-down, step and budget of its direction allow now."""
    if wish.count > wish.present:
        _up(wish, scaling["up"], past)
    elif wish.count < wish.present:
        _down(wish, scaling["down"], past)


def _up(wish: Wish, up: dict, past: Past) -> None:
    cooldown, window = up["cooldown_seconds"], up["window_seconds"]
    if cooldown and past.added(cooldown):
        wish.rule("cooldown", wish.present, f"a VM was added in the last {cooldown} s (scaling.up.cooldown_seconds)")
        return
    if up["vms"] is None and up["percent"] is None:
        return
    added = past.added(window)
    share = None if up["percent"] is None else max(1, math.ceil((wish.present - added) * up["percent"] / 100 - DUST))
    most = max(limit for limit in (up["vms"], share) if limit is not None)
    allowed = wish.present + max(0, most - added)
    if wish.count > allowed:
        wish.rule("step", allowed, f"scaling.up allows {vms(most)} more in {window} s, of which {added} were added")


def _down(wish: Wish, down: dict, past: Past) -> None:
    cooldown, window = down["cooldown_seconds"], down["window_seconds"]
    if cooldown and past.added(cooldown) + past.removed(cooldown):
        wish.rule("cooldown", wish.present, f"the count changed in the last {cooldown} s (scaling.down.cooldown_seconds)")
        return
    if down["vms"] is not None or down["percent"] is not None:
        removed = past.removed(window)
        share = None if down["percent"] is None else max(1, math.floor((wish.present + removed) * down["percent"] / 100 + DUST))
        most = min(limit for limit in (down["vms"], share) if limit is not None)
        _release(wish, "step", most - removed, f"scaling.down allows {vms(most)} fewer in {window} s, of which {removed} were released")
    if down["budget_per_hour"] is not None:
        removed = past.removed(HOUR)
        why = f"scaling.down.budget_per_hour is {down['budget_per_hour']}, of which {removed} were released in the last hour"
        _release(wish, "budget", down["budget_per_hour"] - removed, why)


def _release(wish: Wish, rule: str, most: int, why: str) -> None:
    least = wish.present - max(0, most)
    if wish.count < least:
        wish.rule(rule, least, why)
