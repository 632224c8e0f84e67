# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Calibration records of all series from the archive of their forecasts: corrections, accuracy, drift."""
from __future__ import annotations

from . import drift
from .calibration import LEVELS, corrected, independent, learnt
from .outcomes import Outcomes, compare

try:
    import numpy as np
except ImportError:
    np = None

DRIFTED, RECOVERED = "drift", "recovered"


def _figures(found: Outcomes, as_of: int) -> list:
    """drift.Figures of each series, None where there are no outcomes."""
    age = as_of - found.ends
    recent = (age >= 0) & (age < drift.WINDOW_SECONDS)
    before = np.where((age >= drift.WINDOW_SECONDS) & np.ones(found.actual.shape, dtype=bool), found.actual, np.nan)
    then = corrected(found.network, learnt(before, found.network, found.spacing)[:, :, None, :])
    whole = compare(found, then, recent)
    blocks = [compare(found, then, recent & (age // drift.BLOCK_SECONDS == block)) for block in range(drift.WINDOW_SECONDS // drift.BLOCK_SECONDS)]
    lost = np.all([one.network.sum(-1) > one.naive.sum(-1) for one in blocks], axis=0)  # a block without outcomes was not lost
    effective, size = independent(whole.count, found.spacing).max(-1), np.maximum(whole.size, 1e-12)
    return [drift.Figures(float(effective[i]), float(whole.wql("network")[i]), float(whole.wql("naive")[i]), bool(lost[i]),
                          float(whole.network[i, -1] / size[i]), float(whole.naive[i, -1] / size[i]), float(whole.covered[i]))
            if whole.count[i].any() else None for i in range(len(found.keys))]


def _shares(found: Outcomes):
    """Share of the values under the network's 0.95 quantile at each lead [N, L], NaN where nothing is known, and how many values [N, L]."""
    known = np.isfinite(found.actual) & np.isfinite(found.network[..., -1])
    count = known.sum(-1)
    under = (known & (found.actual <= found.network[..., -1])).sum(-1)
    return np.where(count > 0, under / np.maximum(count, 1), np.nan), count


def recalibrated(found: Outcomes, before: dict, as_of: int) -> tuple[dict, list]:
    """Calibration records {(slice, resource): record} at `as_of` (seconds) and the events [{"slice", "resource", "kind", "why"}].

    before: the records of the last time. A series without outcomes keeps its state of drift.
    """
    mature = found.ends <= as_of
    found.actual = np.where(mature, found.actual, np.nan)
    shift, (coverage, count) = learnt(found.actual, found.network, found.spacing), _shares(found)
    figures, whole = _figures(found, as_of), compare(found, found.network, mature)
    records, events = {}, []
    for i, key in enumerate(found.keys):
        earlier = (before.get(key) or {}).get("drift")
        now = drift.judged(earlier, figures[i], as_of)
        records[key] = {
            "n": [int(n) for n in count[i]], **{f"shift{round(level * 100)}": _rounded(shift[i, :, k]) for k, level in enumerate(LEVELS)},
            "coverage_95": _rounded(coverage[i]), "accuracy": _accuracy(whole, i), "drift": now}
        if (earlier is None) != (now is None):
            kind, why = (DRIFTED, now["why"]) if now else (RECOVERED, f"inside its band since {earlier['inside_since']}")
            events.append({"slice": key[0], "resource": key[1], "kind": kind, "why": why})
    for key, record in before.items():
        if key not in records and record.get("drift"):
            records[key] = {name: value for name, value in record.items() if name != "time"}
    return records, events


def _accuracy(whole, i):
    """What the archive says of the network as it was, uncorrected; None where nothing was comparable."""
    count = int(whole.count[i].sum())
    if not count:
        return None
    return {"n": count, "wql": round(float(whole.wql("network")[i]), 4), "wql_baseline": round(float(whole.wql("naive")[i]), 4),
            "coverage_95": round(float(whole.covered[i]), 3)}


def _rounded(values):
    return [None if not np.isfinite(value) else round(float(value), 4) for value in values]
