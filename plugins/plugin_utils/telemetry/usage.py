# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How busy each VM of some slices was of late, from measurement netslice_vm."""
from __future__ import annotations

#: how far back is looked: long enough for a few points of a collector that writes every minute or so
SECONDS = 600
#: up to so many slices are asked for by name
NAMED = 20


def read_usage(client, names: list[str], as_of: int) -> dict[str, float]:
    """{name of a VM: CPU cores, a mean of the last 10 minutes up to as_of} of the VMs of the slices that have points. Raises TelemetryError."""
    wanted, points = set(names), {}
    for tags in [{"slice": name} for name in sorted(wanted)] if len(wanted) <= NAMED else [{}]:
        for row in client.rows("netslice_vm", {"cpu_cores": float}, as_of - SECONDS, as_of, tags=tags):
            if row.get("slice") in wanted and "vm" in row and "cpu_cores" in row:
                points.setdefault(row["vm"], []).append(row["cpu_cores"])
    return {vm: round(sum(values) / len(values), 3) for vm, values in points.items()}


def with_usage(states: dict[str, dict], usage: dict[str, float]) -> dict[str, dict]:
    """The host states, with `cpu_cores` of the VMs of which it is known."""
    return {
        host: {**state, "vms": [{**vm, "cpu_cores": usage[vm["name"]]} if vm["name"] in usage else vm for vm in state["vms"]]}
        for host, state in states.items()
    }
