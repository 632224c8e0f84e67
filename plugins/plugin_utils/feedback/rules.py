# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which settings of a slice what was learned of it speaks against, and what it speaks for. Pure: candidates, of which steady.py makes proposals."""
from __future__ import annotations

import math

from .capacity import OBJECTIVE
from .keys import value_of
from .links import DIRECTIONS
from .observations import LEAST_DAYS

#: a lead time is lowered only where boots need less than this share of it
SHORTER = 0.7
#: per cent of rows above the guarantee, with drops, for which it is raised; a stated one is lowered where use stayed below this share of it
OVER_PERCENT, UNUSED = 5.0, 0.5
#: per cent of the passes in which the limit was in the way, and passes, for which it is raised
CAPPED_PERCENT, CAPPED_PASSES = 1.0, 3


def candidates(slice_: dict, entry: dict) -> list[dict]:
    """[{key, present, proposed, low, high, why, evidence}] of a validated slice and its entry of the feedback document."""
    found = [*_serves(slice_, entry), *_lead(slice_, entry), *_most(slice_, entry)]
    for direction in DIRECTIONS:
        found += _guarantee(slice_, entry, direction)
    return found


def floored(value: float) -> float:
    """A number with its first three digits, so that what is proposed was seen."""
    scale = 10.0 ** (2 - math.floor(math.log10(value)))
    return math.floor(value * scale + 1e-9) / scale


def _candidate(slice_, key, proposed, why, low=None, high=None, **evidence) -> dict:
    return {"key": key, "present": value_of(slice_, key), "proposed": proposed, "low": low, "high": high, "why": why, "evidence": evidence}


def _serves(slice_, entry):
    """What one VM serves: less where it was seen to serve less, more only where an objective was seen to be kept."""
    for resource, found in entry["learned"]["capacity"].items():
        present, key = slice_["vm"]["serves"][resource], f"vm.serves.{resource}"
        evidence = {"n": found["rows"], "of": "rows", "days": found["days"], "method": found["method"]}
        if found["value"] is not None and (present > found["high"] or (present < found["low"] and found["method"] == OBJECTIVE)):
            yield _candidate(slice_, key, floored(found["low"]), found["why"], found["low"], found["high"], **evidence)
        elif found["value"] is None and found["least"] and present < found["least"]:
            yield _candidate(slice_, key, floored(found["least"]), found["why"], found["least"], None, **evidence)


def _lead(slice_, entry):
    present, found = slice_["scaling"]["lead_time_seconds"], entry["learned"]["boots"]
    needed = found["lead_time_seconds"]
    if present != "auto" and needed is not None and (needed > present or needed < SHORTER * present):
        yield _candidate(slice_, "scaling.lead_time_seconds", needed, found["why"], found["p95"], None, n=found["n"], of="boots", days=None,
                         method="quantile")


def _most(slice_, entry):
    vms = entry["enforced"]["vms"]
    if vms and vms["capped"] >= CAPPED_PASSES and vms["capped_percent"] >= CAPPED_PERCENT and vms["wished_most"] > slice_["scaling"]["max"]:
        why = (f"the limit was in the way in {vms['capped']} of {vms['passes']} passes ({vms['capped_percent']:.1f} %), and at most {vms['wished_most']} "
               f"were wished")
        yield _candidate(slice_, "scaling.max", vms["wished_most"], why, n=vms["passes"], of="passes", days=None, method="count")


def _guarantee(slice_, entry, direction):
    found = entry["enforced"]["links"].get(direction)
    shape = slice_["network"][direction]
    if not found or found["over_percent"] is None:
        return
    days = round(found["rows"] * entry["step_seconds"] / 86400, 1)
    evidence = {"n": found["rows"], "of": "rows", "days": days, "method": "quantile"}
    dropped = (found["classes"] or {}).get("drops") or 0
    stated = shape["guarantee_mbit"]
    if found["over_percent"] > OVER_PERCENT and dropped:
        why = f"{direction} was above its guarantee in {found['over_percent']:.1f} % of the rows, and {dropped} packets were dropped"
        headroom = min(10.0, math.ceil((found["headroom_p95"] or 0.0) * 10) / 10)
        if stated is not None and found["used_p95"] > stated:
            wanted = min(math.ceil(found["used_p95"] * 10) / 10, shape["ceiling_mbit"] or math.inf)
            yield _candidate(slice_, f"network.{direction}.guarantee_mbit", wanted, why, **evidence)
        elif stated is None and headroom > shape["headroom"]:
            yield _candidate(slice_, f"network.{direction}.headroom", headroom, why, **evidence)
    elif stated is not None and days >= LEAST_DAYS and found["used_most"] * shape["headroom"] < UNUSED * stated:
        least = max(shape["minimum_mbit"], math.ceil(found["used_most"] * shape["headroom"] * 10) / 10)
        why = f"{direction} never used more than {found['used_most']:.4g} of {stated:g} Mbit/s guaranteed, and what it does not need others may be guaranteed"
        yield _candidate(slice_, f"network.{direction}.guarantee_mbit", least, why, **evidence)
