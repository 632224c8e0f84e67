# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What counts of VMs come to, whom a policy is compared with, and which settings are suggested: by figures that were worked out by hand."""
from __future__ import annotations

import math

import pytest

from ansible_collections.foresight.netslice.plugins.plugin_utils.manager import candidates, outcome, replay, rivals
from ansible_collections.foresight.netslice.plugins.plugin_utils.manager.slices import validate_slices
from ansible_collections.foresight.netslice.tests.unit.plugins.plugin_utils.manager import fleets

BOUNDS = {"min": 1, "max": 10}
POWER = outcome.Power(idle_watts=1.0, busy_watts=3.0, vcpus=2)


@pytest.mark.parametrize("asked, lead, serving, paid", [
    ([2, 4, 4, 3, 3], 1, [2, 2, 4, 3, 3], [2, 4, 4, 3, 3]),   # up after the lead time, down at once
    ([2, 4, 4, 3, 3], 0, [2, 4, 4, 3, 3], [2, 4, 4, 3, 3]),
    ([2, 6, 4, 4, 4], 2, [2, 2, 2, 4, 4], [2, 6, 4, 4, 4]),   # what does not serve yet is given up first
    ([2, 4, 1, 1], 2, [2, 2, 1, 1], [2, 4, 1, 1]),            # and then what serves
    ([2, 4, 6, 5, 5, 5], 2, [2, 2, 2, 4, 5, 5], [2, 4, 6, 5, 5, 5]),
    ([0, 0, 1, 1], 1, [0, 0, 0, 1], [0, 0, 1, 1]),
])
def test_vms_serve_after_the_lead_time_and_go_at_once(asked, lead, serving, paid):
    assert outcome.serve(asked, lead) == (serving, paid)


def test_lead_times_are_whole_rows():
    assert [outcome.lead_rows(seconds, 300) for seconds in (0, 1, 300, 301)] == [0, 1, 1, 2]


def test_the_figures_of_an_outcome():
    world = outcome.World([1.5, 3.0, None, 4.0, 2.5], 1, 300, POWER)
    found = outcome.outcome(world, [2, 3, 3, 3, 3])   # serving 2, 2, 3, 3, 3; paid 2, 3, 3, 3, 3; the third row is not judged
    assert found["rows"] == 4 and found["short_rows"] == 2 and found["short_percent"] == 50
    assert found["unserved_percent"] == pytest.approx(100 * 2 / 11, abs=1e-4)
    assert found["slack_percent"] == pytest.approx(100 * 1.0 / 10, abs=1e-4)
    assert found["worst"] == {"row": 1, "percent": pytest.approx(33.3333)}
    assert found["vm_hours"] == pytest.approx(11 / 12, abs=1e-3)
    assert found["started_per_day"] == 72   # one in four rows of 5 minutes
    assert found["watt_hours"] == pytest.approx(2 * (1.0 * 11 + 2.0 * (1.5 + 2 + 3 + 2.5)) / 12, abs=1e-3)


def test_demand_that_is_served_to_the_dust_is_not_short():
    found = outcome.outcome(outcome.World([2.0 + 1e-12] * 3, 1, 300), [2, 2, 2])
    assert found["short_rows"] == 0 and found["worst"] is None


def test_rows_of_which_nothing_is_known_are_left_out():
    world = outcome.World([1.0, 5.0, 1.0], 0, 300)
    assert outcome.outcome(world, [2, None, 2])["short_rows"] == 0
    nothing = outcome.outcome(world, [None, None, None])
    assert nothing["rows"] == 0 and nothing["short_percent"] is None and nothing["vm_hours"] == 0
    assert outcome.outcome(world, [2, 2, 2], range(1, 2))["short_percent"] == 100


def test_a_perfect_policy_costs_the_demand_rounded_up_within_the_bounds():
    assert outcome.perfect_hours(outcome.World([0.0, 1.2, None, 20.0], 1, 300), BOUNDS) == round((1 + 2 + 10) / 12, 3)


def test_a_static_fleet_is_sized_by_what_was_before():
    assert rivals.static([1.0, None, 3.2], 2, BOUNDS) == [4, 4]
    assert rivals.static([], 1, BOUNDS) == [1] and rivals.static([99.0], 1, BOUNDS) == [10]


def test_a_reactive_autoscaler_holds_within_its_tolerance_in_its_window_and_in_silence():
    demand = [4.0, 4.3, 8.0, None, 2.0, 2.0, 2.0]
    assert rivals.reactive(demand, 4.0, 1, 300, {"min": 1, "max": 20}, 1.0) == [4, 4, 5, 8, 8, 8, 2]
    assert rivals.reactive(demand, 4.0, 1, 300, {"min": 1, "max": 6}, 1.0)[3] == 6
    assert rivals.reactive(demand, None, 2, 300, BOUNDS, 1.0) == [1, 1, 5, 5, 5, 5, 2]


def test_an_oracle_covers_what_comes_until_its_next_vms_serve():
    assert rivals.oracle([1.0, 2.5, 1.0, 1.0], 1, 1, BOUNDS) == [3, 3, 1, 1]
    assert rivals.oracle([1.0, None, 4.0, 1.0, 1.0], 2, 1, BOUNDS) == [4, 4, 4, 4, 1]
    world = outcome.World([1.0, 2.5, 6.7, 1.0, 3.0, 9.5, 2.0], 1, 300)
    assert outcome.outcome(world, rivals.oracle(world.demand, 1, 1, BOUNDS))["short_rows"] == 0


def test_a_policy_is_compared_with_the_reactive_one_of_the_same_cost():
    sweep = [{"vm_hours": 10.0, "short_percent": 4.0}, {"vm_hours": 20.0, "short_percent": 1.0}, {"vm_hours": 40.0, "short_percent": 0.0}]

    def of(hours, short):
        return rivals.short_of_reactive({"vm_hours": hours, "short_percent": short}, sweep)
    assert of(15.0, 1.0) == pytest.approx(1 / math.sqrt(4.0))
    assert of(10.0, 2.0) == 0.5 and of(5.0, 2.0) == 0.5
    assert of(50.0, 0.0) == 1.0 and of(20.0, 0.5) == 0.5
    assert of(15.0, None) is None


def wished(*loads, present=0, **scaling):
    (slice_,) = validate_slices([fleets.slice_(scaling=scaling, network={"quarantine_seconds": 3600})])
    profiles = [{**fleets.profile(requests=fleets.resource(load, spread=0.0, peak=load, age=0)), "as_of": f"2026-01-05T08:{5 * i:02d}:00Z"}
                for i, load in enumerate(loads)]
    return [wish.count for wish in replay.decisions(slice_, profiles, present)]


def test_what_a_pass_decided_is_there_in_the_next():
    assert wished(100, 400, 400, 50) == [2, 8, 8, 1]
    assert wished(100, 400, 400, 400, up={"vms": 2, "window_seconds": 600}, present=2) == [2, 4, 4, 6]


def test_releases_are_remembered_as_long_as_rules_look_back():
    assert wished(500, 50, 50, 50, present=10, down={"vms": 3, "window_seconds": 600}) == [10, 7, 7, 4]
    assert wished(500, 50, 50, 50, present=10, down={"budget_per_hour": 4}) == [10, 6, 6, 6]
    assert wished(500, 50, 500, 50, 50, present=10, down={"cooldown_seconds": 600}) == [10, 1, 10, 10, 1]


def test_a_replay_takes_a_slice_as_if_it_were_enforced():
    for mode, taken in (("forecast_only", "enforce"), ("paused", "enforce"), ("scale_out_only", "scale_out_only")):
        (slice_,) = validate_slices([fleets.slice_(scaling={"mode": mode})])
        assert replay.enforced(slice_)["scaling"]["mode"] == taken
    assert replay.held([1, 2], 3, 5) == [1, 1, 1, 2, 2]


def test_the_present_settings_are_tried_first_and_nothing_twice():
    (slice_,) = validate_slices([fleets.slice_(scaling={"economy": 0.07, "scale_in_window_seconds": 1200})])
    grid = candidates.grid(slice_["scaling"])
    assert grid[0] == {"quantile": "auto", "economy": 0.07, "scale_in_window_seconds": 1200}
    assert len({tuple(one.items()) for one in grid}) == len(grid) == 6 * 5 + 3
    assert {one["scale_in_window_seconds"] for one in grid if one["quantile"] != "auto"} == {1200}
    assert candidates.class_of(grid[0]) is None and candidates.class_of({"quantile": "auto", "economy": 0.2}) == "cost"


def tried(short, hours):
    return {"outcome": {"short_percent": short, "vm_hours": hours}}


def test_the_cheapest_that_keeps_the_objective_is_suggested_and_else_the_least_short():
    some = [tried(0.5, 100.0), tried(0.4, 90.0), tried(0.6, 50.0), tried(0.4, 90.0)]
    assert candidates.suggested(some, 0.5) == (some[1], True) and candidates.suggested(some, 0.5)[0] is some[1]
    assert candidates.suggested(some, 0.6)[0] is some[2]
    assert candidates.suggested(some, 0.1) == (some[1], False)
