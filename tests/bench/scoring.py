# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Scores of forecasts of traces at rolling origins, relative to a seasonal naive forecast, over 12 hours and over the first hour.

A forecast of a trace is an array [ORIGINS, HORIZON, 3] of the quantiles .5, .9 and .95 in the units of the trace.
"""
from __future__ import annotations

import csv

import numpy as np

from ansible_collections.foresight.netslice.plugins.plugin_utils.analytics.scores import coverage, geometric_mean, mase, seasonal_error, wql
from ansible_collections.foresight.netslice.plugins.plugin_utils.analytics.seasonal import DAY, HORIZON

ORIGINS, APART = 24, 63
SPANS = {"12h": HORIZON, "1h": 12}
#: standard normal quantiles of .5, .9 and .95
_Z = (0.0, 1.2815515655446004, 1.6448536269514722)


def origins(rows: int) -> np.ndarray:
    """Rows of a trace before which the forecasts begin: 24 of them, the last a horizon before its end."""
    return rows - HORIZON - APART * np.arange(ORIGINS - 1, -1, -1)


def futures(values) -> np.ndarray:
    """What came after each origin of a trace, [ORIGINS, HORIZON]."""
    return np.stack([values[at:at + HORIZON] for at in origins(len(values))])


def naive(values) -> np.ndarray:
    """The reference that all scores are relative to: yesterday, and normal quantiles of what yesterday missed in the last day. [ORIGINS, HORIZON, 3]."""
    out = []
    for at in origins(len(values)):
        missed = values[at - DAY:at] - values[at - 2 * DAY:at - DAY]
        spread = np.sqrt((missed ** 2).mean())
        out.append(values[at - DAY:at - DAY + HORIZON, None] + spread * np.array(_Z))
    return np.stack(out)


def score(values, forecast) -> dict:
    """One trace and its forecasts -> {span: {"wql", "mase", "coverage"}}."""
    actual, scale = futures(values), seasonal_error(values[:origins(len(values))[0]])
    return {span: {"wql": wql(actual[:, :rows], forecast[:, :rows]), "mase": mase(actual[:, :rows], forecast[:, :rows], scale),
                   "coverage": coverage(actual[:, :rows], forecast[:, :rows])} for span, rows in SPANS.items()}


def table(traces: dict, forecasts: dict) -> dict:
    """{name: values} and {name: forecasts} -> the row of a model: geometric means of the traces' scores relative to seasonal naive.

    -> {"wql_12h", "wql_1h", "mase_12h", "mase_1h", "coverage" (mean share under the .95 quantile, 12 h), "off" (its mean distance from
    .95), "near" (traces within .02 of it), "traces"}.
    """
    ours = {name: score(values, forecasts[name]) for name, values in traces.items()}
    base = {name: score(values, naive(values)) for name, values in traces.items()}
    row = {f"{kind}_{span}": geometric_mean([ours[name][span][kind] / max(base[name][span][kind], 1e-12) for name in traces])
           for kind in ("wql", "mase") for span in SPANS}
    shares = np.array([ours[name]["12h"]["coverage"] for name in traces])
    off = np.abs(shares - 0.95)
    return {**row, "coverage": float(shares.mean()), "off": float(off.mean()), "near": int((off <= 0.02).sum()), "traces": len(traces)}


def read_forecasts(path: str) -> dict:
    """A CSV file trace,origin,step,q50,q90,q95 -> {trace: forecasts}, in the order of origins and steps."""
    found = {}
    with open(path, newline="", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            found.setdefault(row["trace"], []).append((int(row["origin"]), int(row["step"]), *(float(row[q]) for q in ("q50", "q90", "q95"))))
    return {name: np.array([row[2:] for row in sorted(rows)]).reshape(-1, HORIZON, 3) for name, rows in found.items()}
