# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reading a week of 1,000 slices x 3 resources from an InfluxDB beside it, and forecasting them: what a pass does before it plans."""
from __future__ import annotations

import resource
import sys
import time
from pathlib import Path

from ansible_collections.foresight.netslice.plugins.plugin_utils.analytics.engine import Settings, demand_profiles
from ansible_collections.foresight.netslice.plugins.plugin_utils.telemetry.client import connect
from ansible_collections.foresight.netslice.plugins.plugin_utils.telemetry.options import DEFAULTS
from ansible_collections.foresight.netslice.plugins.plugin_utils.telemetry.reader import read_series, series_requests
from figures import figure, skip
from week import AS_OF, HISTORY, RESOURCES, SLICES, STEP, demand, slices

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "lab"))
from influx import Influx, NoServer  # noqa: E402

INSTANTS_A_REQUEST = 10


def write(client, values) -> None:
    """The week, in requests of 10,000 lines."""
    fields = [spec["field"] for spec in RESOURCES.values()]
    names = [f"slice_demand,slice=s{i} " for i in range(SLICES)]
    rows = values.shape[2]
    for first in range(0, rows, INSTANTS_A_REQUEST):
        lines = []
        for row in range(first, min(first + INSTANTS_A_REQUEST, rows)):
            at = AS_OF - HISTORY + row * STEP
            a, b, c = values[:, :, row].tolist()
            lines += [f"{name}{fields[0]}={x},{fields[1]}={y},{fields[2]}={z} {at}" for name, x, y, z in zip(names, a, b, c)]
        # Not by Client.write: two million Points would take longer than what is measured.
        client._send(client.bucket, "\n".join(lines))


def main() -> None:
    try:
        with Influx("auto") as server, connect({**DEFAULTS, **server.options}) as client:
            print(f"InfluxDB {server.version}, {client.dialect}", flush=True)
            measure(client)
    except NoServer as exc:
        skip(str(exc))


def measure(client) -> None:
    wanted, values = slices(), demand()
    begin = time.perf_counter()
    write(client, values)
    print(f"wrote {values.size} values in {time.perf_counter() - begin:.0f} s", flush=True)
    begin = time.perf_counter()
    series = read_series(client, series_requests(wanted), AS_OF, HISTORY, STEP)
    reading = time.perf_counter() - begin
    assert len(series) == SLICES * len(RESOURCES) and min(one.coverage for one in series.values()) > 0.99
    figure("telemetry of 1,000 slices x 3 resources x 7 d into regular series", reading, "s", 10)
    begin = time.perf_counter()
    demand_profiles(wanted, series, AS_OF, Settings(history_seconds=HISTORY))
    figure("Demand Profiles of 1,000 slices x 3 resources, reading and forecasting", reading + time.perf_counter() - begin, "s", 15)
    figure("most memory of the process that reads and forecasts", resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, "MiB", 2048)
    begin = time.perf_counter()
    read_series(client, series_requests(wanted), AS_OF, 3600, STEP)
    figure("telemetry of the last hour of 1,000 slices x 3 resources", time.perf_counter() - begin, "s")


if __name__ == "__main__":
    main()
