# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Run a command beside a private InfluxDB that holds telemetry of three slices up to 2026-01-05T08:00:00Z.

web has days of an office-hours peak (the first argument says how many), young has twelve hours, silent has none. Skips, saying why,
without an InfluxDB.
"""
from __future__ import annotations

import math
import os
import subprocess
import sys

from influx import Influx, NoServer

from ansible_collections.foresight.netslice.plugins.plugin_utils.instants import parse_instant
from ansible_collections.foresight.netslice.plugins.plugin_utils.telemetry.client import connect
from ansible_collections.foresight.netslice.plugins.plugin_utils.telemetry.line import Point
from ansible_collections.foresight.netslice.plugins.plugin_utils.telemetry.options import checked

AS_OF = "2026-01-05T08:00:00Z"


def points(days):
    """Demand of every five minutes: a working day from 8 to 17, a little noise."""
    end = parse_instant(AS_OF)
    for name, hours in (("web", days * 24), ("young", 12)):
        for at in range(end - hours * 3600, end, 300):
            hour = at / 3600 % 24
            requests = 40 + 200 / (1 + math.exp(-(hour - 8.5) * 4)) / (1 + math.exp((hour - 17) * 4)) + (at // 300 * 7919 % 13)
            yield Point("slice_demand", {"slice": name}, {"requests_per_second": requests, "cpu_cores": requests / 60}, at)


def main():
    try:
        server = Influx("auto")
    except NoServer as exc:
        print(f"skipped: {exc}")
        return 0
    with server:
        with connect(checked(server.options)) as client:
            client.write(list(points(int(sys.argv[1]))))
        environment = {f"NETSLICE_{key.upper()}": value for key, value in server.options.items() if value}
        return subprocess.run(sys.argv[2:], env={**os.environ, **environment, "TARGET_AS_OF": AS_OF}, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
