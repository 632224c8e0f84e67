# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Write telemetry up to 2026-01-05T08:00:00Z to the InfluxDB of the environment.

batch: eleven days of a cycle of seven hours, which no season of the shipped model knows; office: the same days of office hours; young: twelve
hours.
"""
from __future__ import annotations

import os

from ansible_collections.foresight.netslice.plugins.plugin_utils.instants import parse_instant
from ansible_collections.foresight.netslice.plugins.plugin_utils.telemetry.client import connect
from ansible_collections.foresight.netslice.plugins.plugin_utils.telemetry.line import Point
from ansible_collections.foresight.netslice.plugins.plugin_utils.telemetry.options import CONNECTION_SPEC, checked

END = parse_instant("2026-01-05T08:00:00Z")


def demand(name, at):
    """Requests per second at an instant, with a little noise that repeats to the last digit."""
    noise = at // 300 * 7919 % 13
    if name == "office":
        return 40 + 200 * (8 <= at / 3600 % 24 < 17) + noise
    return 60 + 80 * (at // 300 % 84 < 30) + noise


def main():
    options = {name: os.environ.get(f"NETSLICE_{name.upper()}") for name in CONNECTION_SPEC}
    with connect(checked({name: value for name, value in options.items() if value})) as client:
        client.write([Point("slice_demand", {"slice": name}, {"requests_per_second": float(demand(name, at))}, at)
                      for name, hours in (("batch", 264), ("office", 264), ("young", 12)) for at in range(END - hours * 3600, END, 300)])


if __name__ == "__main__":
    main()
