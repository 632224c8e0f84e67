# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Demand Profiles of 1,000 slices x 3 resources as one batch, the telemetry at hand."""
from __future__ import annotations

import resource
import time

from ansible_collections.foresight.netslice.plugins.plugin_utils.analytics.engine import Settings, demand_profiles
from ansible_collections.foresight.netslice.plugins.plugin_utils.telemetry.series import Series
from figures import figure, skip
from week import AS_OF, HISTORY, RESOURCES, SLICES, STEP, demand, slices


def main() -> None:
    try:
        import torch  # noqa: F401
    except ImportError:
        skip("needs torch")
    wanted, values = slices(), demand()
    series = {
        (one["name"], name): Series(one["name"], name, spec["unit"], STEP, AS_OF - HISTORY, values[i, j], AS_OF - STEP)
        for i, (name, spec) in enumerate(RESOURCES.items()) for j, one in enumerate(wanted)
    }
    settings = Settings(history_seconds=HISTORY)
    for label in ("first", "second"):
        begin = time.perf_counter()
        profiles = demand_profiles(wanted, series, AS_OF, settings)
        seconds = time.perf_counter() - begin
        figure(f"Demand Profiles of 1,000 slices x 3 resources, {label} time in a process", seconds, "s", 5)
    assert len(profiles) == SLICES
    print("models: " + ", ".join(sorted({one["model"] for profile in profiles for one in profile["resources"].values()})))
    figure("most memory of the process", resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, "MiB", 2048)


if __name__ == "__main__":
    main()
