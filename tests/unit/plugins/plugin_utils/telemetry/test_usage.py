# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Means of what VMs used of late, of the slices that ask for it, on the records of the host states."""
from __future__ import annotations

from ansible_collections.foresight.netslice.plugins.plugin_utils.telemetry import usage
from ansible_collections.foresight.netslice.tests.unit.plugins.plugin_utils.manager import fleets

AS_OF = fleets.AS_OF


class Rows:
    """Answers as Client.rows does, and notes what was asked."""

    def __init__(self, rows):
        self.all, self.asked = rows, []

    def rows(self, measurement, fields, start, stop, bucket=None, tags=None):
        assert (measurement, fields) == ("netslice_vm", {"cpu_cores": float})
        self.asked.append((tags or {}).get("slice"))
        return [row for row in self.all if start <= row["time"] <= stop and row["slice"] == (tags or {}).get("slice", row["slice"])]


def row(ago, vm, cores=None, name="web"):
    return {"time": AS_OF - ago, "slice": name, "vm": vm, "host": "kvm1", **({} if cores is None else {"cpu_cores": cores})}


def test_means_of_the_last_minutes():
    client = Rows([row(700, "w1", 9.0), row(600, "w1", 1.0), row(0, "w1", 2.0), row(-60, "w1", 9.0), row(60, "w2"), row(60, "a1", 3.0, "api")])
    assert usage.read_usage(client, ["web"], AS_OF) == {"w1": 1.5}
    assert client.asked == ["web"]
    assert usage.read_usage(client, [], AS_OF) == {}


def test_many_slices_are_asked_for_at_once():
    client = Rows([row(60, "w1", 1.0), row(60, "x1", 1.0, "other")])
    assert usage.read_usage(client, ["web", *(f"s{number}" for number in range(usage.NAMED))], AS_OF) == {"w1": 1.0}
    assert client.asked == [None]


def test_the_least_busy_vm_goes_and_one_of_which_nothing_is_known_stays():
    slices = [fleets.slice_(scaling={"victims": ["least_busy", "newest"]})]
    _plan, (state,) = fleets.converge(slices, [fleets.profile(requests=fleets.resource(150.0, spread=0.0))], [fleets.host_state("kvm1")])
    first, second, _third = [vm["name"] for vm in state["vms"]]
    states = usage.with_usage({"kvm1": state}, {first: 0.4, second: 0.1})
    (plain,) = fleets.plan(slices, [fleets.profile(requests=fleets.resource(100.0, spread=0.0))], [state])["slices"]
    (busy,) = fleets.plan(slices, [fleets.profile(requests=fleets.resource(100.0, spread=0.0))], [states["kvm1"]])["slices"]
    assert plain["release"] != busy["release"] == [second]
    assert "cpu_cores" not in state["vms"][0]
