# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Decisions of the policy, row by row, on every trace of a folder: `make bench-replay`.

Writes trace,step,vms for the rows from day 14 to the last but one. The largest demand of the first 14 days needs 20 VMs. A decision uses
rows up to its own only: the Demand Profile that the engine makes at the end of that row from its default history, and the policy with
the default settings of a slice, as slice_replay drives them. Mode site fits the model to the first 14 days, as demand_model would. With
SILENCE=seed in the environment telemetry stops for 2 h at random times of each trace, and never comes.
"""
from __future__ import annotations

import os
import time
import zlib

import numpy as np
import over_traces

from ansible_collections.foresight.netslice.plugins.plugin_utils.analytics import network  # first: one thread
from ansible_collections.foresight.netslice.plugins.plugin_utils.analytics import corpus, passes, tuning, weights
from ansible_collections.foresight.netslice.plugins.plugin_utils.analytics.engine import Settings
from ansible_collections.foresight.netslice.plugins.plugin_utils.analytics.registry import Member, Models
from ansible_collections.foresight.netslice.plugins.plugin_utils.analytics.seasonal import DAY, STEP_SECONDS
from ansible_collections.foresight.netslice.plugins.plugin_utils.manager import replay
from ansible_collections.foresight.netslice.plugins.plugin_utils.manager.slices import validate_slices
from ansible_collections.foresight.netslice.plugins.plugin_utils.telemetry.series import Series

START, PEAK, MOST = 14 * DAY, 20, 1000
SILENT_ROWS = 24  # 2 h
SETTINGS = Settings()
assert network.QUANTILES == (0.5, 0.9, 0.95)


def slice_of(values):
    """A slice with default settings, of which 20 VMs serve the peak of the first 14 days."""
    (slice_,) = validate_slices([{
        "name": "trace", "telemetry": {"resources": {"demand": {"field": "demand"}}},
        "vm": {"memory_mib": 512, "serves": {"demand": float(values[:START].max()) / PEAK}, "image": {"kernel": "/srv/vmlinuz"}},
        "scaling": {"mode": "enforce", "max": MOST}, "network": {"range": "10.90.0.0/16"}}])
    return slice_


def muted(values, name):
    """The trace as it is measured: with SILENCE=seed, telemetry stops for 2 h at random times, on the average every day."""
    if not os.environ.get("SILENCE"):
        return values
    rng, values = np.random.default_rng([int(os.environ["SILENCE"]), zlib.crc32(name.encode())]), values.copy()
    for first in rng.integers(START, len(values) - SILENT_ROWS, (len(values) - START) // DAY):
        values[first:first + SILENT_ROWS] = np.nan
    return values


def decisions(member, values, start, whole):
    """The count of VMs of each pass from the end of row START on, of a trace as it is measured; whole: the trace that says how large a VM is."""
    slice_ = slice_of(whole)
    series = Series("trace", "demand", "1", STEP_SECONDS, start, values, None)
    told = passes.listen(slice_, "demand", series, Models(member), START + 1, SETTINGS.history_seconds)
    return [wish.count for wish in replay.decisions(slice_, passes.profiles(slice_, {"demand": told}, SETTINGS, START + 1))]


def replay_trace(models, mode, name, values, start):
    """One trace -> rows of the CSV, a line on what was done."""
    nets, manifest = weights.load_model(models, "torch")
    shares, note, begun = None, "as shipped", time.monotonic()
    if mode == "site":
        nets, shares, note = tuning.fit_series(nets, corpus.corpus([values[:START]], [start]))
    fitted, seen = time.monotonic(), muted(values, name)
    counts = decisions(Member(nets, manifest, mode, shares), seen, start, values)
    rows = [[name, START + index, count] for index, count in enumerate(counts)]
    line = f"{name}: {note}, fit {fitted - begun:.1f} s, {len(rows)} decisions in {time.monotonic() - fitted:.1f} s"
    return rows, line + silence(counts, np.isnan(seen[START:START + len(counts)]))


def silence(counts, silent):
    """What happened in the passes without telemetry of their row, in words. Raises SystemExit where VMs were released."""
    if not silent.any():
        return ""
    steps = np.diff(counts)[silent[1:]]
    text = f", of them {silent.sum()} in silence: {(steps < 0).sum()} scale-ins, {(steps > 0).sum()} scale-outs"
    if (steps < 0).any():
        raise SystemExit(f"VMs were released in silence{text}")
    return text


if __name__ == "__main__":
    over_traces.main(__doc__, ["trace", "step", "vms"], replay_trace)
