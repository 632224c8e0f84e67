# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Telemetry up to 2026-01-05T08:00:00Z: web has two days with a gap of two rows, young half a day, late ended an hour ago."""
from __future__ import annotations

import os

from ansible_collections.foresight.netslice.plugins.plugin_utils.telemetry.client import connect
from ansible_collections.foresight.netslice.plugins.plugin_utils.telemetry.line import Point
from ansible_collections.foresight.netslice.plugins.plugin_utils.telemetry.options import DEFAULTS, checked

AS_OF = 1767600000
SPANS = {"web": (-172800, 0), "young": (-43200, 0), "late": (-172800, -3600)}

with connect(checked({name: os.environ.get(f"NETSLICE_{name.upper()}") for name in DEFAULTS})) as client:
    client.write(Point("slice_demand", {"slice": name}, {"requests_per_second": 50.0}, AS_OF + at)
                 for name, (first, last) in SPANS.items() for at in range(first, last, 300) if at not in (-7200, -6900))
