# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where a forecast comes from: model, version, runtime, inputs and fallback of each resource, and on request the bases that carried it."""
from __future__ import annotations

from .features import CHUNK, features
from .ladder import NETWORK
from .profile import number, rows_between, windows_of
from .runtime import explain
from .seasonal import HORIZON, NAMES

try:
    import numpy as np
except ImportError:
    np = None

#: bases named in an explanation, the largest shares
NAMED = 5


def explanations(history, keys, origin, choices, models):
    """What carried the forecast of each series: (shares [HORIZON, BASES], correction [HORIZON] in its units), None off the network's rung."""
    out = [None] * len(keys)
    members = [models.member(key) if choice.rung == NETWORK else None for key, choice in zip(keys, choices)]
    for member in {id(m): m for m in members if m is not None}.values():
        mine = np.flatnonzero([m is member for m in members])
        for part in (mine[begin:begin + CHUNK] for begin in range(0, len(mine), CHUNK)):
            found = explain(member.nets, features(history.values[part], history.first[part], origin[part]), member.shares)
            for i, shares, added in zip(part, *found):
                out[i] = shares, added
    return out


def add_explanations(profiles, slices, outlooks, at, settings):
    """Put `explanation` into the entry of every resource of the profiles of slices; outlooks: {(slice, resource): Outlook}."""
    for profile, slice_ in zip(profiles, slices):
        spans = windows_of(slice_["scaling"], settings.horizon_seconds)
        for name, entry in profile["resources"].items():
            outlook = outlooks[slice_["name"], name]
            entry["explanation"] = _told(*outlook.explained, at - outlook.series.end, spans) if outlook.explained else None


def _told(shares, added, offset, spans):
    """The named bases and the correction over the windows act and horizon, the latter as far as the network forecasts at once.

    Rows are those of the clock that the network goes by, which a change of local time moves by an hour.
    """
    out = {}
    for name in ("act", "horizon"):
        rows = rows_between(offset, *spans[name], HORIZON)
        mean = shares[rows].mean(0)
        most = np.argsort(-mean, kind="stable")[:NAMED]
        out[name] = {"bases": [{"name": NAMES[i], "share": round(float(mean[i]), 4)} for i in most], "correction": number(np.abs(added[rows]).mean())}
    return out
