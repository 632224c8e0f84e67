# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Write what VMs used of late, {name: CPU cores} of standard input, as the collector of the role telemetry would."""
from __future__ import annotations

import json
import os
import sys

from ansible_collections.foresight.netslice.plugins.plugin_utils.instants import parse_instant
from ansible_collections.foresight.netslice.plugins.plugin_utils.telemetry.client import connect
from ansible_collections.foresight.netslice.plugins.plugin_utils.telemetry.line import Point
from ansible_collections.foresight.netslice.plugins.plugin_utils.telemetry.options import checked

PREFIX = "NETSLICE_INFLUXDB_"
options = {key[len("NETSLICE_"):].lower(): value for key, value in os.environ.items() if key.startswith(PREFIX)}
at = parse_instant(os.environ["TARGET_AS_OF"]) - 60
with connect(checked(options)) as client:
    client.write([Point("netslice_vm", {"host": "kvm1", "slice": "web", "vm": vm}, {"cpu_cores": cores}, at) for vm, cores in json.load(sys.stdin).items()])
