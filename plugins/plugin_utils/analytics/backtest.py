# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What rolling origins say of the forecaster: scores of every series and of all, as one document (docs/schemas/backtest.schema.json)."""
from __future__ import annotations

from ..instants import format_instant, parse_instant
from .ladder import NETWORK
from .profile import number
from .rolling import ENGINE, NAIVE
from .scores import QUANTILES, coverage, geometric_mean, mase, misses, quantile_losses, wql
from .seasonal import STEP_SECONDS
from .statistical import NAME as STATISTICAL
from .statistical import why_absent

try:
    import numpy as np
except ImportError:
    np = None

SCHEMA = "foresight.netslice/backtest/1"
MEMBERS = (ENGINE, NETWORK, NAIVE, STATISTICAL)
HOUR = 3600 // STEP_SECONDS


def complete(rolled) -> dict:
    """{member: float64 [O, rows, 3]} of the members that forecast the series at every origin, in the order of MEMBERS."""
    return {name: np.stack(rolled.members[name]) for name in MEMBERS
            if name in rolled.members and all(one is not None for one in rolled.members[name])}


def _score(actual, forecast, scale):
    """Scores of measured rows: actual [n], forecast [n, 3]."""
    some = bool(np.abs(actual).sum() > 0)
    sides = {f"{QUANTILES[which]:g}": misses(actual, forecast, which) for which in (0, -1)}
    return {
        "mase": number(mase(actual, forecast, scale)), "wql": number(wql(actual, forecast)) if some else None, "wql_relative": None,
        "coverage_90": number(coverage(actual, forecast, 1)), "coverage_95": number(coverage(actual, forecast)),
        "over": {q: {"size": number(one.over) if some else None, "share": number(one.over_share)} for q, one in sides.items()},
        "under": {q: {"size": number(one.under) if some else None, "share": number(one.under_share)} for q, one in sides.items()}}


def _horizon(seconds, actual, members, scale):
    """Scores of the first `seconds` of every forecast; None where nothing of them was measured."""
    rows = seconds // STEP_SECONDS
    known = np.isfinite(actual[:, :rows])
    if not known.any():
        return None
    found = {name: _score(actual[:, :rows][known], forecast[:, :rows][known], scale) for name, forecast in members.items()}
    base = found[NAIVE]["wql"]
    for one in found.values():
        one["wql_relative"] = number(one["wql"] / base) if base and one["wql"] is not None else None
    return {"horizon_seconds": seconds, "rows": int(known.sum()), "members": found}


def _by_hour(actual, members):
    """Quantile loss and coverage of .95 in every hour ahead: the losses of all members are scaled by what was measured in that hour."""
    out = {name: {"wql": [], "coverage_95": []} for name in members}
    for begin in range(0, actual.shape[1], HOUR):
        part = slice(begin, begin + HOUR)
        known = np.isfinite(actual[:, part])
        size = np.abs(actual[:, part][known]).sum()
        for name, forecast in members.items():
            losses = quantile_losses(actual[:, part][known], forecast[:, part][known])
            out[name]["wql"].append(number(losses.sum() / len(QUANTILES) / size) if size > 0 else None)
            out[name]["coverage_95"].append(number(coverage(actual[:, part][known], forecast[:, part][known])) if known.any() else None)
    return out


def known_days(key, at, models):
    """What a tuned model knows of the days that judge it: {"version", "until", "origins"}, None for the shipped one."""
    version = models.assigned.get("/".join(key))
    if version is None:
        return None
    until = (models.member(key).span or {}).get("end")
    count = len(at) if until is None else sum(one < parse_instant(until) for one in at)
    return {"version": version, "until": until, "origins": count}


def entry(rolled, models, scored_seconds):
    """The document's entry of one Rolled."""
    actual, members = np.stack(rolled.actual), complete(rolled)
    scores = [_horizon(seconds, actual, members, rolled.scale) for seconds in sorted(scored_seconds)]
    return {
        "slice": rolled.key[0], "resource": rolled.key[1], "unit": rolled.unit, "origins": [format_instant(at) for at in rolled.at],
        "decides": {"model": rolled.models[-1], "reason": rolled.reasons[-1],
                    "origins": {name: rolled.models.count(name) for name in sorted(set(rolled.models))}},
        "learnt": known_days(rolled.key, rolled.at, models), "measured": number(np.isfinite(actual).mean()),
        "scores": [one for one in scores if one is not None], "by_hour": _by_hour(actual, members)}


def _summary(series, seconds):
    """Over all series: geometric means of the relative scores, and mean coverage, of each member."""
    out = {}
    scores = [one["members"] for s in series for one in s["scores"] if one["horizon_seconds"] == seconds]
    for name in MEMBERS:
        mine = [(one[name], one[NAIVE]) for one in scores if name in one]
        relative = [one["wql_relative"] for one, _naive in mine if one["wql_relative"] is not None]
        scaled = [one["mase"] / naive["mase"] for one, naive in mine if one["mase"] is not None and naive["mase"]]
        if mine:
            out[name] = {
                "series": len(mine), "better": sum(value < 1 for value in relative),
                "wql_relative": number(geometric_mean(np.array(relative))) if relative else None,
                "mase_relative": number(geometric_mean(np.array(scaled))) if scaled else None,
                "coverage_90": number(np.mean([one["coverage_90"] for one, _naive in mine])),
                "coverage_95": number(np.mean([one["coverage_95"] for one, _naive in mine]))}
    return {"horizon_seconds": seconds, "members": out}


def _notes(series, statistical):
    """What a reader must know before believing the figures, as sentences."""
    notes = []
    for one in series:
        learnt, name = one["learnt"], f"{one['slice']}/{one['resource']}"
        if learnt and learnt["until"] is None:
            notes.append(f"{name}: the tuned model {learnt['version']} does not say what it has learnt from, so it may know the days that judge it.")
        elif learnt and learnt["origins"]:
            notes.append(f"{name}: the tuned model {learnt['version']} has learnt from telemetry until {learnt['until']}, so {learnt['origins']} of "
                         f"{len(one['origins'])} origins judge it on days that it knows, and it looks better than it is.")
    if statistical["reason"]:
        notes.append(f"The statistical model is missing in some or all series: {statistical['reason']}.")
    return notes


def _statistical(series, plan):
    """For how many series the statistical model forecast, and why not for the others."""
    count = sum(STATISTICAL in one["by_hour"] for one in series)
    reason = why_absent()
    if reason is None and count < len(series):
        reason = (f"it is fitted to {plan.statistical_series} series at most (statistical_series)" if len(series) > plan.statistical_series
                  else f"it could not be fitted to {len(series) - count} series")
    return {"name": STATISTICAL, "series": count, "reason": reason}


def document(rolled, left, models, plan, as_of):
    """rolled: list of Rolled in the order of the slices; left: {"slice/resource": why}; as_of: epoch seconds -> the document."""
    series = [entry(one, models, plan.scored_seconds) for one in rolled]
    statistical = _statistical(series, plan)
    return {
        "schema": SCHEMA, "as_of": format_instant(as_of), "step_seconds": plan.step_seconds, "history_seconds": plan.history_seconds,
        "window_seconds": plan.window_seconds, "horizon_seconds": plan.horizon_seconds, "quantiles": list(QUANTILES), "statistical": statistical,
        "summary": [_summary(series, seconds) for seconds in sorted(plan.scored_seconds)],
        "series": series, "left_out": left, "notes": _notes(series, statistical)}
