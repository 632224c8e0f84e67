# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Archived forecasts of many series side by side with what was measured afterwards."""
from __future__ import annotations

from dataclasses import dataclass

from ..telemetry.archive import SOURCES
from ..telemetry.records import LEADS, PERCENT, row_of
from .scores import quantile_losses

try:
    import numpy as np
except ImportError:
    np = None


@dataclass
class Outcomes:
    """N series, L leads, T origins; NaN where nothing was said or measured."""

    keys: list       # (slice, resource) of each
    ends: object     # int64 [L, T], seconds where the forecast row of a lead and origin ends
    spacing: float   # seconds between origins
    actual: object   # float64 [N, L, T]
    network: object  # float64 [N, L, T, 3]
    naive: object    # float64 [N, L, T, 3]


def pair(series: dict, said: dict, step: int) -> Outcomes:
    """series: {(slice, resource): telemetry Series of `step` seconds a row}; said: as telemetry.archive.read_forecasts returns it."""
    keys = [key for key in series if any((*key, str(lead)) in said for lead in LEADS)]
    times = [times for key in keys for lead in LEADS for parts in said.get((*key, str(lead)), {}).values() for times, _values in parts]
    origins = np.unique(np.concatenate(times) // step * step) if times else np.zeros(0, dtype=np.int64)
    spacing = float(np.median(np.diff(origins))) if len(origins) > 1 else float(step)
    reach = np.array([(row_of(lead, step) + 1) * step for lead in LEADS])
    ends = origins[None, :] + reach[:, None]
    out = {source: np.full((len(keys), len(LEADS), len(origins), len(PERCENT)), np.nan) for source in SOURCES}
    actual = np.full((len(keys), len(LEADS), len(origins)), np.nan)
    for i, key in enumerate(keys):
        one = series[key]
        row = (ends - one.start) // step - 1
        inside = (row >= 0) & (row < len(one.values))
        actual[i][inside] = one.history[row[inside]]  # without what telemetry itself does not believe
        for j, lead in enumerate(LEADS):
            for name, parts in said.get((*key, str(lead)), {}).items():
                place = out[name[:-2]][i, j, :, PERCENT.index(int(name[-2:]))]
                for when, values in parts:
                    place[np.searchsorted(origins, when // step * step)] = values
    return Outcomes(keys, ends, max(spacing, step), np.where(np.isfinite(actual), actual, np.nan), **out)


@dataclass
class Compared:
    """Sums over the outcomes of N series that network, naive and measurement all have."""

    count: object     # int [N, L]
    size: object      # float64 [N], of what was measured
    network: object   # float64 [N, 3], losses of each quantile
    naive: object     # float64 [N, 3]
    covered: object   # float64 [N], share under the 0.95 quantile of the network; NaN where there is no outcome

    def wql(self, source: str):
        """Weighted quantile loss [N] of network or naive."""
        return getattr(self, source).mean(-1) / np.maximum(self.size, 1e-12)


def compare(found: Outcomes, network, where) -> Compared:
    """The network's quantiles (perhaps corrected) [N, L, T, 3] against seasonal naive on the outcomes `where` [L, T]."""
    known = np.isfinite(found.actual) & np.isfinite(network).all(-1) & np.isfinite(found.naive).all(-1) & where
    total = {}
    for name, forecast in (("network", network), ("naive", found.naive)):
        total[name] = np.where(known[..., None], quantile_losses(found.actual, forecast), 0.0).sum((1, 2))
    count = known.sum(-1)
    under = (known & (found.actual <= network[..., -1])).sum((1, 2))
    covered = np.where(count.sum(-1) > 0, under / np.maximum(count.sum(-1), 1), np.nan)
    return Compared(count, np.where(known, np.abs(found.actual), 0.0).sum((1, 2)), total["network"], total["naive"], covered)
