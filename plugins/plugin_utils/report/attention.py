# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What of a slice, and of the whole pass, needs a person: short sentences, worst first."""
from __future__ import annotations

from .accuracy import ENOUGH, acting_lead

#: The stated quantile is 0.95; a band that held fewer of the measured values than this is too narrow.
LEAST_COVERAGE = 0.88
#: what declared a host lost, in words
_LOST = {"word": "declared lost", "evidence": "lost by evidence ({})"}


def of_slice(history, scores, as_of: int) -> list[str]:
    """Sentences for one History; empty where all is well."""
    last = history.last
    if last is None:
        return ["No decision was recorded in this period."]
    parts = (_capacity(last), _healing(last), _telemetry(last), _limits(last), _mode(last), _drift(last), _age(history, as_of), _forecast(history, scores),
             _proposals(history))
    return [sentence for part in parts for sentence in part]


def of_plan(plan: dict) -> list[str]:
    """Sentences for the pass as a whole."""
    unknown = plan.get("unknown_hosts") or []
    lost = plan.get("lost_hosts") or []
    return [
        *(f"Host {host} did not answer in this pass: nothing of its slices shrinks or moves until it is back or declared lost." for host in unknown),
        *(f"Host {one['host']} is {_LOST[one['by']].format(one.get('why'))}: its VMs do not count, and its VIPs are not given out until it is back."
          for one in lost),
    ]


def _capacity(last):
    verdict = last.get("verdict")
    if verdict in ("partial", "infeasible"):
        missing = ", ".join(_words(item) for item in last.entry.get("missing") or [])
        yield f"The plan is {verdict}: {missing or 'capacity is missing'}."


def _healing(last):
    for sentence in [*(last.entry.get("resizing") or []), *(last.entry.get("healing") or [])]:
        yield f"{sentence}."


def _words(item) -> str:
    if not isinstance(item, dict):
        return str(item)
    return str(item.get("why") or item.get("detail") or ", ".join(f"{k} {v}" for k, v in item.items()))


def _telemetry(last):
    verdict = last.get("telemetry", "ok")
    if verdict in ("stale", "missing"):
        yield f"Telemetry is {verdict}: the slice keeps what it has and does not shrink until measurements return."
    if verdict == "gappy":
        yield "Telemetry is gappy: much of the last day was not measured, and the slice is decided on from the rest."


def _limits(last):
    for rule in last.rules:
        if rule["rule"] == "max":
            yield f"Demand asks for {rule['before']} VMs and the limit is {rule['after']}: {rule['why']}."


def _mode(last):
    wished, present, mode = last.get("wished"), last.get("present"), last.get("mode")
    if mode in ("forecast_only", "paused") and None not in (wished, present) and wished != present:
        yield f"The plan would have {wished:.0f} VMs and the slice has {present:.0f}, but its mode is {mode}: nothing is changed."


def _drift(last):
    if last.get("drift"):
        yield (f"Its forecasts drift, so that a seasonal naive model decides until the network does well again ({last.get('drift')}): "
               f"train the model on this slice if that lasts.")


def _age(history, as_of: int):
    interval = (history.slice.get("scaling") or {}).get("interval_seconds") or 300
    late = as_of - history.last.time
    if late > 3 * interval:
        yield f"The last pass is {late // 60} minutes old, and passes are due every {interval // 60}."


def _forecast(history, scores):
    """The worst of the bands the slice decides on."""
    narrow = [s for s in scores if s.pairs >= ENOUGH and s.below < LEAST_COVERAGE and s.lead == acting_lead(history, s.resource)]
    for score in sorted(narrow, key=lambda s: s.below)[:1]:
        yield (f"The 0.95 quantile of {score.resource} held {score.below:.0%} of the measured values {score.lead // 60} minutes ahead: "
               f"train the model on this slice, or {_safer(history)}.")


def _proposals(history):
    """What was learned, for a person to accept or to leave."""
    for one in history.proposals:
        yield f"{one['key']} should rather be {one['proposed']} than {one['present']}, since {one['why']}: accept that, or leave it (docs/feedback.md)."


def _safer(history) -> str:
    """What makes a slice keep more in hand."""
    quantile = (history.slice.get("scaling") or {}).get("quantile", "auto")
    return "lower scaling.economy" if quantile == "auto" else "raise scaling.quantile"
