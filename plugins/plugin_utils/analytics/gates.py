# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Gates of the ladder beside the network's backtest: drift, the archive, the season of a young series, the shipped model beside a tuned one."""
from __future__ import annotations

from dataclasses import replace

from .baselines import reactive, seasonal_naive
from .corpus import SHORTEST
from .ladder import NETWORK, REACTIVE, SEASONAL, Choice
from .limits import bounded
from .scores import quantile_losses
from .seasonal import DAY, WINDOW

try:
    import numpy as np
except ImportError:
    np = None

#: rows back from the end where the backtest of a season begins; each forecast is judged on what came until the end
SEASON_BACK = (36, 72, 108, 144)


def without_drifted(choices, keys, records):
    """Choices in which a series that drifted is left to seasonal naive."""
    return [Choice(SEASONAL, f"drift: {records[key]['drift']['why']}") if choice.rung == NETWORK and (records.get(key) or {}).get("drift") else choice
            for choice, key in zip(choices, keys)]


def by_archive(choice, record, why_not):
    """The choice of a series on the network's rung that gets no backtest, `why_not`: what the archive says of it, if it says anything."""
    accuracy = (record or {}).get("accuracy")
    if not accuracy:
        return replace(choice, reason=f"{choice.reason}, {why_not}")
    ours, theirs = accuracy["wql"], accuracy["wql_baseline"]
    if ours <= theirs:
        return replace(choice, reason=f"{choice.reason}, {ours:.3f} against {theirs:.3f} of seasonal naive in the archive")
    return Choice(SEASONAL, f"the network lost in the archive, {ours:.3f} against {theirs:.3f}")


def season_pays(choices, history):
    """Choices in which seasonal naive of a young series gives way to `reactive` where its rolling backtest is worse.

    A series needs a day before an origin; one without any such origin keeps its season.
    """
    out = list(choices)
    for i, choice in enumerate(choices):
        losses = _season_losses(history, i) if choice.rung == SEASONAL and WINDOW - history.first[i] < SHORTEST else None
        if losses and losses[1] > losses[0]:
            out[i] = Choice(REACTIVE, f"{choice.reason}; the season lost its backtest, {losses[1]:.3f} against {losses[0]:.3f} of the last value")
    return out


def _season_losses(history, i):
    """(loss of reactive, loss of seasonal naive) over the origins of SEASON_BACK, relative to what was measured; None without an origin."""
    back = np.array([rows for rows in SEASON_BACK if WINDOW - rows - history.first[i] >= DAY], dtype=int)
    total, size = np.zeros(2), 0.0
    for rows, values, first in zip(back, *history.moved(np.full(len(back), i), back)):
        actual, seen = history.values[i, WINDOW - rows:], values[None, first:]
        for k, ahead in enumerate((reactive(seen), seasonal_naive(values[None], np.array([first])))):
            total[k] += quantile_losses(actual, bounded(ahead, seen)[0, :rows]).sum() / 3
        size += np.abs(actual).sum()
    return tuple(total / max(size, 1e-9)) if len(back) else None


def tuned_pays(models, keys, actual, tuned, shipped):
    """Models without the tuned version of the series whose rolling backtest the shipped model wins.

    keys: of each window; actual [B, H]; tuned, shipped [B, H, 3]. -> Models, {key: (loss of tuned, loss of shipped)} of those series.
    """
    lost = {}
    for key in dict.fromkeys(keys):
        mine = np.array([one == key for one in keys])
        ours, theirs = (float(quantile_losses(actual[mine], one[mine]).mean()) for one in (tuned, shipped))
        if ours > theirs:
            lost[key] = (ours, theirs)
    names = {"/".join(key) for key in lost}
    return replace(models, assigned={name: version for name, version in models.assigned.items() if name not in names}), lost
