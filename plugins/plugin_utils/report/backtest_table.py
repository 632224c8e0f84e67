# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A backtest as lines of text, for a terminal or the output of a job, and as the rows of the tables of its page."""
from __future__ import annotations

from .ticks import hours_text

COLUMNS = ("forecast", "decided", "MASE", "WQL", "of naive", "<= .90", "<= .95", "over .5", "under .5", "over .95", "under .95")
LEGEND = (
    "engine: what a pass would have used; decided: at how many origins it was this model; of naive: WQL over that of seasonal naive, below 1 is better;",
    "<= .90, <= .95: share of the measured rows at or below that quantile; over, under: how far the median (.5) and the upper quantile (.95) lay above",
    "and below what was measured, in per cent of the demand, and in what share of the rows.",
)
#: models of Demand Profiles that each member stands for
_MODELS = {"network": ("lstm-global", "lstm-tuned"), "seasonal-naive": ("seasonal-naive",)}


def ordered(document: dict) -> list:
    """The series, those first whose engine is worst against seasonal naive at the longest horizon; then by name."""
    def place(one):
        relative = one["scores"][-1]["members"]["engine"]["wql_relative"] if one["scores"] else None
        return -relative if relative is not None else 0.0, one["slice"], one["resource"]
    return sorted(document["series"], key=place)


def rows(series: dict) -> list:
    """(horizon as text, cells of COLUMNS) of each horizon and member of one series."""
    return [(hours_text(score["horizon_seconds"]), _cells(name, one, series)) for score in series["scores"] for name, one in score["members"].items()]


def _cells(name, score, series) -> list:
    return [name, _decided(name, series), _number(score["mase"]), _number(score["wql"]), _number(score["wql_relative"]),
            _percent(score["coverage_90"]), _percent(score["coverage_95"]),
            *(_miss(score[side][q]) for q in ("0.5", "0.95") for side in ("over", "under"))]


def _decided(name, series) -> str:
    """At how many origins a member's model decided; beside the engine, those at which it was none of the members."""
    by_member = {member: sum(series["decides"]["origins"].get(model, 0) for model in models) for member, models in _MODELS.items()}
    count = len(series["origins"])
    if name == "engine":
        others = count - sum(by_member.values())
        return f"others {others}/{count}" if others else ""
    return f"{by_member[name]}/{count}" if name in by_member else ""


def summary_rows(document: dict) -> list:
    """(horizon as text, forecast, series, better than naive, relative MASE, relative WQL, coverages) of all series together."""
    return [(hours_text(part["horizon_seconds"]), name, str(one["series"]), str(one["better"]), _number(one["mase_relative"]), _number(one["wql_relative"]),
             _percent(one["coverage_90"]), _percent(one["coverage_95"])) for part in document["summary"] for name, one in part["members"].items()]


SUMMARY = ("ahead", "forecast", "series", "better", "MASE of naive", "WQL of naive", "<= .90", "<= .95")


def lines(document: dict, detailed: int) -> list:
    """The whole backtest as text: all series together, then the first `detailed` of them."""
    shown = ordered(document)[:detailed]
    out = [f"Backtest of {len(document['series'])} series as of {document['as_of']}: geometric means of scores relative to seasonal naive, means of shares"]
    out += aligned(SUMMARY, summary_rows(document), left=2)
    if shown:
        out += ["", *(["The series that do worst against seasonal naive:"] if len(shown) < len(document["series"]) else []), *LEGEND]
        cells = [(f"{one['slice']}/{one['resource']}", ahead, *row) for one in shown for ahead, row in rows(one)]
        out += aligned(("series", "ahead", *COLUMNS), cells, left=3)
        out += [f"{one['slice']}/{one['resource']}: decided now by {one['decides']['model']}, {one['decides']['reason']}" for one in shown]
    out += [f"left out {key}: {why}" for key, why in document["left_out"].items()]
    return out + [f"note: {note}" for note in document["notes"]]


def aligned(header, cells, left) -> list:
    """Aligned columns; the first `left` of them to the left."""
    widths = [max(len(row[i]) for row in [header, *cells]) for i in range(len(header))]
    return ["  ".join(text.ljust(width) if i < left else text.rjust(width) for i, (text, width) in enumerate(zip(row, widths))).rstrip()
            for row in [header, *cells]]


def _number(value) -> str:
    return "-" if value is None else f"{value:.3f}"


def _percent(value) -> str:
    return "-" if value is None else f"{value:.1%}"


def _miss(one) -> str:
    return "-" if one["size"] is None else f"{one['size']:.1%} ({one['share']:.0%})"
