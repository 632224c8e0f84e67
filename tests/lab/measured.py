# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Runs the collection's collector on every hypervisor of a lab, configured as the role telemetry would."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import hosts
from lab import INFLUXDB_PORT

COLLECTOR = Path(__file__).resolve().parents[2] / "roles" / "telemetry" / "files" / "netslice-collector.py"


class Collectors:
    """One collector a hypervisor; each measure() writes the rates since the one before."""

    def __init__(self, lab, directory):
        self.hypervisors = lab.hypervisors
        self.paths = {}
        options = {name.removeprefix("influxdb_"): value for name, value in lab.influxdb.items()}
        for host, hypervisor in lab.hypervisors.items():
            configuration = {**options, "url": f"http://{hosts.WORLD_ADDRESS}:{INFLUXDB_PORT}", "uri": hypervisor.uri, "host": host,
                             "devices": [hosts.UPLINK], "state": str(directory / f"counters-{host}.json")}
            self.paths[host] = directory / f"collector-{host}.json"
            self.paths[host].write_text(json.dumps(configuration))

    def measure(self):
        for host, hypervisor in self.hypervisors.items():
            hypervisor.run(sys.executable, COLLECTOR, "--config", self.paths[host])
