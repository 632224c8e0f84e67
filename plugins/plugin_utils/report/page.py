# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""From histories to one page that needs nothing but itself."""
from __future__ import annotations

from . import attention, replay_table
from .accuracy import ENOUGH, scores
from .figures import charts
from .templates import fill, pictures

CHANGES_SHOWN = 40


def render(histories, plan: dict, as_of: int, hours: int, detailed: int = 100) -> tuple:
    """(the page as text, what needs a person as [{slice, text}]).

    Slices that need a person come first; charts are drawn for the first `detailed` of them.

    histories: list of History; plan: the plan of the present pass or {}; as_of: seconds.
    """
    start, ahead = as_of - hours * 3600, max((c[-1][0] for h in histories for c in h.curves.values() if c), default=as_of)
    stop = min(ahead, as_of + 12 * 3600)
    views = sorted((_view(h, as_of) for h in histories), key=lambda v: (not v["attention"], v["position"]))
    for number, view in enumerate(views):
        view["number"] = number
        view["charts"] = pictures(charts(view["history"], start, stop, as_of), f"s{number}") if number < detailed else None
    of_plan = attention.of_plan(plan)
    text = fill(
        "report.html.j2", as_of=as_of, start=start, slices=views, fleet=_fleet(views), attention=of_plan, enough=ENOUGH, plan_id=plan.get("id"),
        replay_columns=replay_table.COLUMNS, replay_legend=" ".join(replay_table.LEGEND))
    told = [{"slice": "", "text": sentence} for sentence in of_plan]
    return text, told + [{"slice": v["name"], "text": sentence} for v in views for sentence in v["attention"]]


def _view(history, as_of: int) -> dict:
    """What the page says of one slice, beside its charts."""
    last, found = history.last, scores(history)
    return {
        "history": history, "name": history.name, "position": (-(history.slice.get("priority") or 0), history.name), "last": last,
        "attention": attention.of_slice(history, found, as_of), "scores": found, "changes": _changes(history.decisions),
        "guarantees": last.guarantees() if last else {}, "vips": (last.entry.get("vips") or []) if last else [],
        "demand": _demand(history, last), "replay": history.replay,
        "replayed": (replay_table.sentence(history.replay), replay_table.rows(history.replay)) if history.replay else None,
    }


def _demand(history, last) -> list:
    """(resource, unit, measured now, predicted at the quantile the slice decides on), resources that count VMs first."""
    entry = last.entry if last else {}
    now, predicted = entry.get("demand") or {}, entry.get("predicted") or {}
    resources = history.slice.get("telemetry", {}).get("resources") or {}
    serves = (history.slice.get("vm") or {}).get("serves") or {}
    names = sorted({*resources, *now, *predicted, *history.demand}, key=lambda r: (r not in serves, r))
    rows = []
    for name in names:
        measured = history.demand.get(name)
        value = now.get(name) if now.get(name) is not None else (measured.last() if measured else None)
        rows.append((name, (resources.get(name) or {}).get("unit") or (measured.unit if measured else ""), value, predicted.get(name)))
    return [row for row in rows if row[2] is not None or row[3] is not None]


def _changes(decisions) -> list:
    """The decisions that differ from the one before, newest first."""
    told, before = [], None
    for one in decisions:
        now = tuple(one.get(key) for key in ("mode", "state", "verdict", "telemetry", "model", "wished", "final", "binding_rule"))
        if now != before:
            told.append(one)
        before = now
    return told[::-1][:CHANGES_SHOWN]


def _fleet(views) -> dict:
    lasts = [v["last"] for v in views if v["last"]]
    return {"slices": len(views), "attention": sum(bool(v["attention"]) for v in views),
            "present": sum(int(d.get("present", 0)) for d in lasts), "final": sum(int(d.get("final", 0)) for d in lasts),
            "last_pass": max((d.time for d in lasts), default=None), "cost": _cost([v["replay"] for v in views if v["replay"]])}


def _cost(replays) -> dict:
    """{policy: {"vm_hours", "watt_hours", "of_static"}} over the last replays of all slices that have one; {} without any."""
    total = {name: {key: sum(one["policies"][name][key] for one in replays) for key in ("vm_hours", "watt_hours")}
             for name in ("policy", "static", "reactive", "oracle")} if replays else {}
    return {name: {**one, "of_static": one["vm_hours"] / total["static"]["vm_hours"] if total["static"]["vm_hours"] else None}
            for name, one in total.items()}
