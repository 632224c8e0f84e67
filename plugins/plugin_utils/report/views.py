# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the page says of one slice, beside its charts."""
from __future__ import annotations

from . import attention, period, replay_table
from .accuracy import acting_lead, scores
from .svg import small
from .templates import trusted
from .ticks import value_text

CHANGES_SHOWN = 40
#: hosts of a slice, and addresses of it on one host, that the page names
HOSTS_SHOWN, ADDRESSES_SHOWN = 20, 8


def view(history, start: int, as_of: int) -> dict:
    """Facts of one History over the period from `start` to `as_of`, in seconds."""
    last, found = history.last, scores(history)
    demand = _demand(history, last)
    return {
        "history": history, "name": history.name, "position": (-(history.slice.get("priority") or 0), history.name), "last": last,
        "states": _states(last),
        "attention": attention.of_slice(history, found, as_of), "scores": found, "changes": _changes(history.decisions),
        "acting": [one for one in found if one.lead == acting_lead(history, one.resource)],
        "guarantees": last.guarantees() if last else {}, "hosts": _hosts(last.entry) if last else [],
        "vips": (last.entry.get("vips") or []) if last else [], "demand": demand, "small": _small(history, demand, start, as_of),
        "period": period.of_history(history), "replay": history.replay,
        "replayed": (replay_table.sentence(history.replay), replay_table.rows(history.replay)) if history.replay else None,
    }


def _states(last) -> list:
    """(word, whether it is well) of the last decision."""
    if last is None:
        return []
    verdict, telemetry = last.get("verdict"), last.get("telemetry")
    words = [(last.get("state"), True), (last.get("mode"), True), (verdict, verdict not in ("partial", "infeasible")),
             (telemetry and f"telemetry {telemetry}", telemetry not in ("stale", "missing", "gappy")), (last.get("model"), True)]
    return [one for one in words if one[0]]


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


def _small(history, demand, start: int, as_of: int):
    """The picture of the first resource that was measured, for the table of all slices; empty without any."""
    name = next((row[0] for row in demand if row[0] in history.demand), None)
    if name is None:
        return ""
    measured = history.demand[name]
    values = [v for v in measured.values if v is not None]
    says = f"{name} between {value_text(min(values))} and {value_text(max(values))} {measured.unit}"
    return trusted(small(measured.points(), start, as_of, says))


def _changes(decisions) -> list:
    """The decisions that differ from the one before, newest first."""
    told, before = [], None
    for one in decisions:
        now = tuple(one.get(key) for key in ("mode", "state", "verdict", "telemetry", "model", "wished", "final", "binding_rule"))
        if now != before:
            told.append(one)
        before = now
    return told[::-1][:CHANGES_SHOWN]


def _hosts(entry: dict) -> list:
    """{"host", "active", "draining", "shares"} of each host, in the order of names; shares: (direction, device, guarantee, ceiling) in Mbit/s."""
    placed, shares = entry.get("placed") or {}, {}
    for item in entry.get("shaping") or []:
        shares.setdefault(item.get("host"), []).append(
            (item.get("direction"), item.get("device"), item.get("guarantee_mbit"), item.get("ceiling_mbit")))
    return [{"host": host, "active": _addresses((placed.get(host) or {}).get("active")), "draining": _addresses((placed.get(host) or {}).get("draining")),
             "shares": shares.get(host, [])} for host in sorted({*placed, *shares}, key=str)][:HOSTS_SHOWN]


def _addresses(vips) -> str:
    vips = vips or []
    more = f" and {len(vips) - ADDRESSES_SHOWN} more" if len(vips) > ADDRESSES_SHOWN else ""
    return ", ".join(vips[:ADDRESSES_SHOWN]) + more
