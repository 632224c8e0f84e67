# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The command that forecasts traces writes what its judges read."""
from __future__ import annotations

import csv
from pathlib import Path

from outcome import BUILD, Totals, run

ROWS, DAY = 288 * 16, 288


def trace(path: Path) -> None:
    """A made-up trace of 16 days in rows of 5 minutes, with a daily rhythm."""
    with path.open("w", newline="") as out:
        writer = csv.writer(out)
        writer.writerow(["timestamp", "value"])
        for row in range(ROWS):
            day, minute = divmod(row * 5, 1440)
            rhythm = abs(minute - 720) / 720
            writer.writerow([f"2026-01-{day + 1:02d} {minute // 60:02d}:{minute % 60:02d}:00", 100 - 60 * rhythm + (row * 7919) % 13])


def check(totals: Totals, collection: Path) -> None:
    traces, out = BUILD / "traces", BUILD / "forecast.csv"
    traces.mkdir(parents=True, exist_ok=True)
    trace(traces / "made_up.csv")
    totals.add("bench-forecast runs", run(
        "bench-forecast", ["python", "tests/bench/forecast.py", "--traces", traces, "--mode", "shipped", "--out", out], cwd=collection))
    rows = list(csv.DictReader(out.open())) if out.exists() else []
    totals.add("bench-forecast writes 24 origins x 144 steps", len(rows) == 24 * 144)
    totals.add("quantiles never cross", bool(rows) and all(float(r["q50"]) <= float(r["q90"]) <= float(r["q95"]) for r in rows))
