# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""From histories to one page that needs nothing but itself."""
from __future__ import annotations

from . import alternative, period, replay_table
from .accuracy import ENOUGH
from .attention import of_plan
from .figures import charts, fleet
from .templates import fill, pictures
from .views import view

#: sentences that stand at the head of the page; those of the other slices stand with them
TOLD = 20


def render(histories, plan: dict, as_of: int, hours: int, detailed: int = 100) -> tuple:
    """(the page as text, what needs a person as [{slice, text}]).

    Slices that need a person come first; charts are drawn for the first `detailed` of them.

    histories: list of History; plan: the plan of the present pass or {}; as_of: seconds.
    """
    start, ahead = as_of - hours * 3600, max((c[-1][0] for h in histories for c in h.curves.values() if c), default=as_of)
    stop = min(ahead, as_of + 12 * 3600)
    views = sorted((view(h, start, as_of) for h in histories), key=lambda v: (not v["attention"], v["position"]))
    for number, one in enumerate(views):
        one["number"] = number
        drawn = charts(one["history"], start, stop, as_of) if number < detailed else None
        one["charts"] = None if drawn is None else pictures(drawn, f"s{number}")
        one["table"] = alternative.table(drawn or [])
    sentences = of_plan(plan)
    told = [{"slice": "", "text": sentence} for sentence in sentences] + [
        {"slice": one["name"], "text": sentence} for one in views for sentence in one["attention"]]
    return _page(views, told, plan, as_of, start), told


def _page(views, told, plan, as_of: int, start: int) -> str:
    periods = [one["period"] for one in views if one["period"]]
    added = period.together(periods)
    drawn = [fleet(added)] if added else []
    numbers = {one["name"]: one["number"] for one in views if one["charts"] is not None}
    shown = [{**one, "number": numbers.get(one["slice"])} for one in told[:TOLD]]
    return fill(
        "report.html.j2", as_of=as_of, start=start, slices=views, fleet=_fleet(views, periods), told=shown, untold=len(told) - len(shown), enough=ENOUGH,
        plan_id=plan.get("id"), charts=pictures(drawn, "all"), table=alternative.table(drawn), policies=period.POLICIES,
        replay_columns=replay_table.COLUMNS, replay_legend=" ".join(replay_table.LEGEND))


def _fleet(views, periods) -> dict:
    lasts = [v["last"] for v in views if v["last"]]
    acted = [one for v in views for one in v["acting"]]
    pairs = sum(one.pairs for one in acted)
    return {"slices": len(views), "attention": sum(bool(v["attention"]) for v in views), "judged": len(periods),
            "present": sum(int(d.get("present", 0)) for d in lasts), "final": sum(int(d.get("final", 0)) for d in lasts),
            "held": sum(one.below * one.pairs for one in acted) / pairs if pairs else None, "pairs": pairs,
            "last_pass": max((d.time for d in lasts), default=None), "ran": period.totals(periods),
            "replayed": _cost([v["replay"] for v in views if v["replay"]])}


def _cost(replays) -> dict:
    """{policy: {"vm_hours", "watt_hours", "of_static"}} over the last replays of all slices that have one; {} without any."""
    total = {name: {key: sum(one["policies"][name][key] for one in replays) for key in ("vm_hours", "watt_hours")}
             for name in ("policy", "static", "reactive", "oracle")} if replays else {}
    return {name: {**one, "of_static": one["vm_hours"] / total["static"]["vm_hours"] if total["static"]["vm_hours"] else None}
            for name, one in total.items()}
