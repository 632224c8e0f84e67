# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The ladder: which model forecasts a series, and why. Each rung needs more history than the one below it.

none (nothing measured) -> reactive (less than a day) -> seasonal naive (less than the network needs, or mostly gaps, or a network
that lost its rolling backtest) -> the network. Between the last two stands `sibling`, for a short history beside a long one of the
same slice: see siblings.py.
"""
from __future__ import annotations

from dataclasses import dataclass

from .corpus import SHORTEST
from .features import TOKEN
from .scores import wql
from .seasonal import DAY, HORIZON, WINDOW

try:
    import numpy as np
except ImportError:
    np = None

NONE, REACTIVE, SEASONAL, SIBLING, NETWORK = "none", "reactive", "seasonal-naive", "sibling", "network"
RUNGS = (NONE, REACTIVE, SEASONAL, SIBLING, NETWORK)
#: the network is not asked when less of the last three days was measured
MEASURED = 0.5
#: origins of the backtest, 12 h apart, and what one of them needs of history before it
BACKTESTS, NEEDED = 3, 2 * DAY


@dataclass(frozen=True)
class Choice:
    """The rung of one series, why, and what the backtest found (or None)."""

    rung: str
    reason: str
    accuracy: dict | None = None


def climb(histories):
    """Histories of N series -> list of Choice by the length and density of what was measured."""
    out = []
    for first, measured, recent in zip(histories.first, histories.measured, histories.recent):
        days = (WINDOW - first) / DAY
        if not measured:
            out.append(Choice(NONE, "nothing was measured"))
        elif days < 1:
            out.append(Choice(REACTIVE, f"{days * 24:.1f} h of history, a season needs 24 h"))
        elif days < SHORTEST / DAY:
            out.append(Choice(SEASONAL, f"{days:.1f} d of history, the network needs {SHORTEST / DAY:.0f} d"))
        elif recent < MEASURED:
            out.append(Choice(SEASONAL, f"{recent:.0%} of the last 3 d measured, the network needs {MEASURED:.0%}"))
        else:
            out.append(Choice(NETWORK, f"{days:.1f} d of history"))
    return out


def backtest_windows(histories, which):
    """Windows of series `which` (indices) moved back by whole horizons: -> values, first, rows of shift, index, actual.

    A window holds what was known at its end; the rows that judge it are those the series has now.
    """
    values, first, shifts, index, actual = [], [], [], [], []
    for back in range(1, BACKTESTS + 1):
        rows = back * HORIZON
        able = which[WINDOW - rows - histories.first[which] >= NEEDED]
        shifts.append(np.full(len(able), rows))
        window, begin = histories.moved(able, shifts[-1])
        values.append(window)
        first.append(begin)
        index.append(able)
        end = WINDOW - rows + HORIZON
        actual.append(histories.values[able, end - HORIZON:end])
    return tuple(np.concatenate(part) for part in (values, first, shifts, index, actual))


def judge(choice, actual, network, baseline):
    """Leave the network to seasonal naive where it lost both the whole of its backtest and the first hours of it.

    actual [B, H], network and baseline [B, H, 3] -> Choice. Three origins are few: of 66 series of VMs, clouds and mentions, a gate on the whole alone
    cost 2 % over 12 h and 6 % over the first hour against no gate at all, and this one gained at the first hour what it cost at 12 h, .3 %.
    """
    whole, near = (_losses(actual[:, :rows], network[:, :rows], baseline[:, :rows]) for rows in (None, TOKEN))
    ours, theirs = whole
    accuracy = {"wql": round(ours, 4), "wql_baseline": round(theirs, 4), "coverage_95": round(float((actual <= network[..., -1]).mean()), 3)}
    if ours <= theirs:
        return Choice(NETWORK, f"{choice.reason}, backtest {ours:.3f} against {theirs:.3f} of seasonal naive", accuracy)
    if near[0] <= near[1]:
        return Choice(NETWORK, f"{choice.reason}, backtest {near[0]:.3f} against {near[1]:.3f} of seasonal naive over the first hour, "
                               f"{ours:.3f} against {theirs:.3f} over all", accuracy)
    accuracy["coverage_95"] = round(float((actual <= baseline[..., -1]).mean()), 3)
    return Choice(SEASONAL, f"the network lost its backtest, {ours:.3f} against {theirs:.3f}", {**accuracy, "wql": accuracy["wql_baseline"]})


def _losses(actual, network, baseline):
    """Weighted quantile losses of both."""
    return wql(actual, network), wql(actual, baseline)
