# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The shipped forecaster beside what one could install, on the public traces: scores relative to seasonal naive, and processor time."""
from __future__ import annotations

import importlib.util
from pathlib import Path

from figures import figure, public_traces
from traces import read_folder

MODELS = str(Path(__file__).resolve().parents[2] / "models")


def main() -> None:
    folder = public_traces("the forecaster beside its peers")
    import peers
    traces = read_folder(folder)
    for name, (_run, library) in peers.MODELS.items():
        if name == peers.FITTED:  # takes longest, and forecast_fit measures it
            continue
        if not importlib.util.find_spec(library):
            print(f"{name}: {library} is not installed", flush=True)
            continue
        row = peers.measure(name, traces, MODELS)
        for key, what in (("wql_12h", "WQL over 12 h"), ("wql_1h", "WQL over 1 h"), ("mase_12h", "MASE over 12 h"), ("mase_1h", "MASE over 1 h")):
            figure(f"{name}: {what}, relative to seasonal naive", row[key], "1")
        figure(f"{name}: fit to {len(traces)} traces", row["fit_seconds"], "s")
        figure(f"{name}: a forecast", row["ms_a_forecast"], "ms")


if __name__ == "__main__":
    main()
