# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a forecast costs with each runtime, the telemetry at hand: time, memory, time to the first profile, installed size.

    forecast_cost.py [first | batch RUNTIME]

Without arguments every runtime that is installed is measured, each in processes of its own that this one starts.
"""
from __future__ import annotations

import importlib.util
import os
import resource
import subprocess
import sys
import time
from importlib import metadata

from figures import figure, milliseconds, skip

#: what each runtime needs beside Python and this collection
NEEDS = {"torch": ("numpy", "safetensors", "torch"), "numpy": ("numpy", "safetensors")}
MIB = 1024 * 1024


def closure(names) -> set[str]:
    """Distributions that `names` pull in, themselves included, of those installed."""
    from packaging.requirements import Requirement
    found, left = set(), list(names)
    while left:
        name = left.pop().lower().replace("_", "-")
        if name in found:
            continue
        try:
            wanted = [Requirement(one) for one in metadata.requires(name) or []]
        except metadata.PackageNotFoundError:
            continue
        found.add(name)
        left += [one.name for one in wanted if one.marker is None or one.marker.evaluate({"extra": ""})]
    return found


def installed_mib(name: str) -> float:
    """Size of the files of a distribution."""
    paths = [one.locate() for one in metadata.files(name) or []]
    return sum(os.path.getsize(path) for path in paths if os.path.isfile(path)) / MIB


def peak_mib() -> float:
    """Most memory that this process has had."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def telemetry(count: int):
    """-> validated slices, their series, settings but for the runtime."""
    from ansible_collections.foresight.netslice.plugins.plugin_utils.telemetry.series import Series
    from week import AS_OF, HISTORY, RESOURCES, STEP, demand, slices
    wanted, values = slices(count), demand(count)
    series = {
        (one["name"], name): Series(one["name"], name, spec["unit"], STEP, AS_OF - HISTORY, values[i, j], AS_OF - STEP)
        for i, (name, spec) in enumerate(RESOURCES.items()) for j, one in enumerate(wanted)
    }
    return wanted, series, AS_OF, HISTORY


def first(runtime: str) -> None:
    """One Demand Profile as soon as the process can, then how long one more and one bare forecast take."""
    from ansible_collections.foresight.netslice.plugins.plugin_utils.analytics.engine import Settings, demand_profiles
    given = telemetry(1)
    settings = Settings(history_seconds=given[3], runtime=runtime)
    demand_profiles(*given[:3], settings)
    print("first", flush=True)
    figure(f"{runtime}: memory of a process that made one Demand Profile", peak_mib(), "MiB")
    figure(f"{runtime}: one more Demand Profile of 3 resources, with backtests", milliseconds(lambda: demand_profiles(*given[:3], settings), 15), "ms")
    bare(runtime)


def bare(runtime: str) -> None:
    """Features and networks of one series."""
    import numpy as np
    from ansible_collections.foresight.netslice.plugins.plugin_utils.analytics import features, registry, runtime as runtimes
    from ansible_collections.foresight.netslice.plugins.plugin_utils.analytics.seasonal import WINDOW
    nets = registry.load_models(None, runtime).shipped.nets
    window = 5 + np.sin(np.arange(WINDOW) * 2 * np.pi / 288)[None]
    where = np.zeros(1, dtype=int), np.array([1767571200])
    figure(f"{runtime}: one forecast of one series", milliseconds(lambda: runtimes.forecast(nets, features.features(window, *where)), 31), "ms", 50)


def batch(runtime: str) -> None:
    """Demand Profiles of 1,000 slices x 3 resources as one batch, twice."""
    from ansible_collections.foresight.netslice.plugins.plugin_utils.analytics.engine import Settings, demand_profiles
    given = telemetry(1000)
    settings = Settings(history_seconds=given[3], runtime=runtime)
    for label in ("first", "second"):
        begin, spent = time.perf_counter(), time.process_time()
        profiles = demand_profiles(*given[:3], settings)
        taken, spent = time.perf_counter() - begin, time.process_time() - spent
        what = f"{runtime}: Demand Profiles of 1,000 slices x 3 resources, {label} time in a process"
        figure(what, taken, "s", 3)
        figure(f"{what}, CPU time of all cores", spent, "s")
    models = {(one["model"], one["runtime"]) for profile in profiles for one in profile["resources"].values()}
    assert models == {("lstm-global", runtime)}, models
    figure(f"{runtime}: most memory of the process", peak_mib(), "MiB", 2048)


def measured(runtime: str, part: str) -> None:
    """Run a part in a process of its own and pass on what it prints; `first` is the moment it had its first profile."""
    begin = time.perf_counter()
    with subprocess.Popen([sys.executable, __file__, part, runtime], stdout=subprocess.PIPE, text=True) as process:
        for line in process.stdout:
            if line == "first\n":
                figure(f"{runtime}: start of a process to its first Demand Profile", time.perf_counter() - begin, "s")
            else:
                print(line, end="", flush=True)
    if process.returncode:
        sys.exit(process.returncode)


def main() -> None:
    if len(sys.argv) == 3:
        {"first": first, "batch": batch}[sys.argv[1]](sys.argv[2])
        return
    there = [name for name, needs in NEEDS.items() if all(importlib.util.find_spec(one) for one in needs)]
    if not there:
        skip("needs numpy and safetensors")
    for runtime in there:
        for part in ("first", "batch"):
            measured(runtime, part)
        figure(f"{runtime}: installed size of its libraries", sum(installed_mib(name) for name in closure(NEEDS[runtime])), "MiB")


if __name__ == "__main__":
    main()
