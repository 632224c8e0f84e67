# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Settings of a slice that a replay tries, and which of them it suggests for a service objective. Pure."""
from __future__ import annotations

from .scaling_checks import CLASSES

#: of a count whose risk is weighed; fixed quantiles; seconds of the scale-in window
ECONOMIES = (0.01, 0.02, 0.05, 0.1, 0.2)
QUANTILES = (0.9, 0.95, 0.99)
WINDOWS = (300, 900, 1800, 3600)
KEYS = ("quantile", "economy", "scale_in_window_seconds")


def grid(scaling: dict) -> list[dict]:
    """Values of KEYS to try, those of the slice first: every economy with every window, and fixed quantiles with its own window."""
    own = {key: scaling[key] for key in KEYS}
    windows = sorted({*WINDOWS, own["scale_in_window_seconds"]})
    tried = [{"quantile": "auto", "economy": economy, "scale_in_window_seconds": window}
             for window in windows for economy in sorted({*ECONOMIES, own["economy"]})]
    tried += [{**own, "quantile": quantile} for quantile in QUANTILES]
    return [own] + [one for one in tried if one != own]


def class_of(scaling: dict) -> str | None:
    """The service class that presets quantile and economy so, None where none does."""
    return next((name for name, preset in CLASSES.items() if all(scaling[key] == value for key, value in preset.items())), None)


def suggested(candidates: list[dict], most_short: float) -> tuple[dict, bool]:
    """(candidate, whether it keeps the objective): the fewest VM-hours of those that are short in at most `most_short` per cent of the rows.

    candidates: {scaling, outcome}, the present settings first. Where none keeps it, the one that is short least. Of equals the first.
    """
    keeping = [one for one in candidates if one["outcome"]["short_percent"] <= most_short]
    if keeping:
        return min(keeping, key=lambda one: (one["outcome"]["vm_hours"], one["outcome"]["short_percent"])), True
    return min(candidates, key=lambda one: (one["outcome"]["short_percent"], one["outcome"]["vm_hours"])), False
