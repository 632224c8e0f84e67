# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Print the slice_demand of the last minutes as JSON."""
from __future__ import annotations

import json
import os
import time

from ansible_collections.foresight.netslice.plugins.plugin_utils.telemetry.client import connect
from ansible_collections.foresight.netslice.plugins.plugin_utils.telemetry.options import DEFAULTS, checked

with connect(checked({name: os.environ.get(f"NETSLICE_{name.upper()}") for name in DEFAULTS})) as client:
    print(json.dumps(client.rows("slice_demand", {"memory_mib": float, "cpu_cores": float}, int(time.time()) - 300, int(time.time()))))
