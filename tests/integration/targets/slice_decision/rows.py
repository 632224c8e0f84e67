# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Print the recorded decisions and forecasts of the test's instant as JSON."""
from __future__ import annotations

import json
import os

from ansible_collections.foresight.netslice.plugins.plugin_utils.telemetry.client import connect
from ansible_collections.foresight.netslice.plugins.plugin_utils.telemetry.options import DEFAULTS, checked

AS_OF = 1767600000
DECISION = {"record": str, "binding_rule": str, "wished": float}
FORECAST = {"q50": float, "q95": float, "model": str}

with connect(checked({name: os.environ.get(f"NETSLICE_{name.upper()}") for name in DEFAULTS})) as client:
    print(json.dumps({"decisions": sorted(client.rows("netslice_decision", DECISION, AS_OF, AS_OF), key=lambda row: row["slice"]),
                      "forecasts": client.rows("netslice_forecast", FORECAST, AS_OF, AS_OF)}))
