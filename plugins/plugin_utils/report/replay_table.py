# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A replay of the policy as lines of text, for a terminal or the output of a job, and as the rows of the tables of its page."""
from __future__ import annotations

from .backtest_table import aligned

COLUMNS = ("policy", "short", "unserved", "worst", "slack", "VM-hours", "of oracle", "Wh", "started/d")
LEGEND = (
    "short: rows with more demand than serves; unserved: of all demand; worst: the largest share of a row's demand that was not served; slack: of what",
    "serves, what no demand needed; of oracle: VM-hours over those of whoever knows each row and starts VMs in no time; Wh: by the stated power model;",
    "static: VMs for the largest demand before; reactive: a target-utilisation autoscaler; oracle: knows the demand until its VMs serve; ran: as recorded.",
)
CANDIDATES = ("quantile", "economy", "scale_in_window", "class", "short", "1st half", "2nd half", "VM-hours", "Wh", "started/d", "")


def ordered(document: dict) -> list:
    """The slices, those first that are short most often; then by name."""
    return sorted(document["slices"], key=lambda one: (-(one["policies"]["policy"]["short_percent"] or 0.0), one["slice"]))


def rows(one: dict) -> list:
    """Cells of COLUMNS of each policy of a slice; `policy, same rows` is what to compare `ran` with."""
    perfect = one["perfect_vm_hours"]
    out = [_cells(name, found, perfect if name != "ran" else None) for name, found in one["policies"].items()]
    return out + ([_cells("policy, same rows", one["where_ran"], None)] if one["where_ran"] else [])


def _cells(name, found, perfect) -> list:
    worst = found["worst"]
    return [name, _percent(found["short_percent"]), _percent(found["unserved_percent"]), _percent(worst and worst["percent"]) if worst else "-",
            _percent(found["slack_percent"], 1), f"{found['vm_hours']:.0f}", f"{found['vm_hours'] / perfect:.2f}" if perfect else "-",
            f"{found['watt_hours']:.0f}", _number(found["started_per_day"])]


def candidates(one: dict) -> list:
    """Cells of CANDIDATES of each setting that was tried for a slice, the present ones first; `<-` marks the suggestion."""
    told = one["suggestion"]
    out = []
    for number, tried in enumerate(told["candidates"]):
        scaling, found, (first, second) = tried["scaling"], tried["outcome"], tried["short_percent_by_half"]
        auto = scaling["quantile"] == "auto"
        marks = [mark for mark, true in (("present", not number), ("<-", scaling == told["scaling"])) if true]
        out.append([str(scaling["quantile"]), f"{scaling['economy']:g}" if auto else "-", f"{scaling['scale_in_window_seconds']} s", tried["class"] or "-",
                    _percent(found["short_percent"]), _percent(first), _percent(second), f"{found['vm_hours']:.0f}", f"{found['watt_hours']:.0f}",
                    _number(found["started_per_day"]), " ".join(marks)])
    return out


def sentence(one: dict) -> str:
    """What was replayed of a slice, and how it compares."""
    silence, policy = one["silence"], one["policies"]["policy"]
    text = (f"{one['slice']}: {one['passes']} passes from {one['begin']} to {one['end']}, {one['measured_rows']} of {one['rows']} rows measured; "
            f"short in {_percent(policy['short_percent'])} of them at {_number(one['cost_of_static'])} of the VM-hours of a static peak and "
            f"{_number(one['cost_of_reactive'])} of those of the reactive autoscaler; {_number(one['short_of_reactive'])} of the short rows of a reactive "
            f"one of the same cost.")
    if silence["passes"]:
        text += f" In {silence['passes']} passes without their newest row: {silence['releases']} scale-ins, {silence['additions']} scale-outs."
    return text


def advice(one: dict) -> str:
    """What is suggested for a slice, as the keys of `scaling` to write."""
    told, objective = one["suggestion"], one["suggestion"]["objective"]["short_percent"]
    keys = {"class": told["class"]} if told["class"] else {key: told["scaling"][key] for key in ("quantile", "economy")}
    if told["scaling"]["quantile"] != "auto":
        keys = {"quantile": told["scaling"]["quantile"]}
    keys["scale_in_window_seconds"] = told["scaling"]["scale_in_window_seconds"]
    words = ", ".join(f"{key}: {value}" for key, value in keys.items())
    if told["keeps"]:
        return f"{one['slice']}: for at most {objective:g} % of the rows short, the cheapest that was tried is scaling: {{{words}}}"
    return f"{one['slice']}: nothing that was tried is short in at most {objective:g} % of the rows; the least short is scaling: {{{words}}}"


def lines(document: dict, detailed: int) -> list:
    """The whole replay as text, for the first `detailed` slices."""
    shown = ordered(document)[:detailed]
    out = [f"Replay of the policy over {len(document['slices'])} slices as of {document['as_of']}", *(LEGEND if shown else ())]
    cells = [[one["slice"], *row] for one in shown for row in rows(one)]
    out += aligned(("slice", *COLUMNS), cells, left=2) if cells else []
    for one in shown:
        out += ["", sentence(one), *(f"note: {note}" for note in one["notes"])]
        if one["suggestion"]:
            out += aligned(CANDIDATES, candidates(one), left=1) + [advice(one)]
    return out + [f"left out {name}: {why}" for name, why in document["left_out"].items()]


def _number(value) -> str:
    return "-" if value is None else f"{value:.2f}"


def _percent(value, digits: int = 2) -> str:
    return "-" if value is None else f"{value:.{digits}f} %"
