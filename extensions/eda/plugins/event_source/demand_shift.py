# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Event source of ansible-rulebook: what of slices calls for somebody before the next pass."""
from __future__ import annotations

import asyncio
import sys
import time
from pathlib import Path

DOCUMENTATION = r"""
short_description: Events where the demand of slices leaves its forecast, or silence falls
description:
  - Looks at slices in InfluxDB every few seconds, and gives an event, under C(demand_shift), where something is raised and where it is cleared again.
    While it lasts there is none.
  - The kinds are C(above_band) and C(below_band), where the demand left the band between the 0.95 quantile and its mirror image below the median,
    C(silent), where telemetry is missing or stale, C(stale_pass), where no pass decided about a slice of late, C(vip_silent), where a virtual IP gives no
    answer though no VM of it is being made or started, and C(unwatched), where InfluxDB or the file of slices cannot be read; then the other findings
    stay as they were.
  - Every event has C(kind), C(state) (C(raised) or C(cleared)), C(as_of) and C(why), those about a slice C(slice), and where it applies C(resource),
    C(value), C(low), C(high), C(vip), C(verdict) and C(age_seconds).
  - The collection must be in the collections path of C(ansible-rulebook), and its Python have ansible-core, numpy and, for InfluxDB 2, influxdb-client.
options:
  slices:
    description:
      - The slices, as the list C(netslice_slices) of an inventory holds them.
      - Either this or O(slices_path) is needed.
    type: list
    elements: dict
  slices_path:
    description:
      - A YAML or JSON file that holds them, as a list or under C(netslice_slices). It is read again when it changes.
    type: str
  interval_seconds:
    description:
      - The number of seconds between looks.
    type: int
    default: 60
  rows:
    description:
      - The number of complete rows of 5 minutes, one after another, that must lie outside the band on the same side.
    type: int
    default: 1
  tolerance:
    description:
      - The share by which demand may be beyond the band.
    type: float
    default: 0
  pass_max_age_seconds:
    description:
      - The number of seconds that may lie between passes.
    type: int
    default: 900
  probe_port:
    description:
      - A TCP port that virtual IPs are asked at. A connection that is refused is an answer too.
      - With V(0) they are not asked.
    type: int
    default: 0
  probe_timeout_seconds:
    description:
      - The number of seconds to wait for the answer of a virtual IP.
    type: float
    default: 2
  influxdb_url:
    description:
      - The URL of InfluxDB. This and all other options C(influxdb_*) are those of the lookup C(foresight.netslice.demand_profile); one that is omitted
        is taken from the environment variable C(NETSLICE_INFLUXDB_*).
    type: str
"""

EXAMPLES = r"""
- foresight.netslice.demand_shift:
    slices_path: /etc/netslice/slices.yml
    interval_seconds: 30
    rows: 2
    tolerance: 0.1
    pass_max_age_seconds: 900
    probe_port: 443
    probe_timeout_seconds: 1
    influxdb_url: http://192.0.2.5:8086

- foresight.netslice.demand_shift:
    slices:
      - {name: web, vm: {memory_mib: 512, serves: {requests: 50}}, network: {range: 10.90.2.0/24}}
"""


async def main(queue: asyncio.Queue, args: dict) -> None:
    """Put an event into the queue whenever a finding is raised or cleared. Raises NetsliceError where the options do not do."""
    # ansible-rulebook runs this file by itself; the collection it belongs to is found from where it lies.
    root = str(Path(__file__).resolve().parents[7])
    if root not in sys.path:
        sys.path.insert(0, root)
    from ansible_collections.foresight.netslice.plugins.plugin_utils.watch import Watch

    watch = Watch(args)
    while True:
        for event in await asyncio.to_thread(watch.look, int(time.time())):
            await queue.put({"demand_shift": event})
        await asyncio.sleep(watch.options["interval_seconds"])
