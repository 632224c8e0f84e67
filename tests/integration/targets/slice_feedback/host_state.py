# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Prints the state of a host with six VMs of slice web, whose boots took 200 to 400 s, as slice_info returns it."""
from __future__ import annotations

import json

VMS = [{"name": f"web-10-90-2-{2 + i}", "slice": "web", "vip": f"10.90.2.{2 + i}", "vcpus": 1, "memory_mib": 512, "boot_seconds": 200.0 + 40 * i,
        "boot_from": None, "since": f"2026-01-0{1 + i % 4}T00:00:00Z", "lifecycle": "active"} for i in range(6)]
print(json.dumps({"schema": "foresight.netslice/host-state/1", "host": "localhost", "vms": VMS}))
