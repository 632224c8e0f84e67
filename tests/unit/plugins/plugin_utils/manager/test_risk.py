# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The count whose risk of being short is worth its price."""
from __future__ import annotations

import pytest

from ansible_collections.foresight.netslice.plugins.plugin_utils.manager.demand import at_quantile
from ansible_collections.foresight.netslice.plugins.plugin_utils.manager.policy import decide
from ansible_collections.foresight.netslice.plugins.plugin_utils.manager.risk import choose, line_of
from ansible_collections.foresight.netslice.plugins.plugin_utils.manager.slices import validate_slices
from ansible_collections.foresight.netslice.tests.unit.plugins.plugin_utils.manager import fleets

LEVELS = [0.5, 0.9, 0.95]
NORMAL = [100.0, 112.8155, 116.4485]  # mean 100, deviation 10


@pytest.mark.parametrize("quantile", [0.5, 0.7, 0.9, 0.93, 0.95, 0.99])
def test_the_line_is_that_of_the_quantiles(quantile):
    values = [100, 141, 149]
    line = line_of("requests", LEVELS, values, 50, 100)
    assert line.chance(at_quantile(LEVELS, values, quantile) / 50) == pytest.approx(1 - quantile, abs=1e-6)


@pytest.mark.parametrize(("values", "count", "chance"), [
    (NORMAL, 10, 0.5), (NORMAL, 12, 0.0228), (NORMAL, 13, 0.00135), ([100, 100, 100], 10, 0.5), ([100, 100, 100], 11, 0.0), ([100, 90, 80], 11, 0.0),
])
def test_the_chance_of_being_short(values, count, chance):
    assert line_of("requests", LEVELS, values, 10, 100).chance(count) == pytest.approx(chance, abs=2e-4)


def test_one_quantile_stands_for_itself():
    line = line_of("requests", [0.5], [100], 10, 100)
    assert (line.chance(9.9), line.chance(10), line.chance(10.5)) == pytest.approx((1.0, 0.5, 0.0), abs=0.03)


@pytest.mark.parametrize(("economy", "count"), [(0.001, 14), (0.045, 13), (0.5, 12), (1.0, 12)])
def test_a_dearer_vm_is_chosen_less_often(economy, count):
    assert choose([line_of("requests", LEVELS, NORMAL, 10, 100)], 10, economy).count == count


def test_the_median_is_served_however_dear():
    burst = [line_of("requests", LEVELS, [1000, 1100, 1150], 10, 1)]
    assert choose(burst, 0.1, 1.0).count == 100


def test_more_demand_never_gives_fewer_vms():
    counts = [choose([line_of("requests", LEVELS, [scale * value for value in NORMAL], 10, 100)], 10, 0.045).count for scale in (0.5, 0.9, 1, 1.1, 3, 30, 900)]
    assert counts == sorted(counts)


def test_resources_are_short_at_different_times():
    requests, cpu = line_of("requests", LEVELS, NORMAL, 10, 100), line_of("cpu", LEVELS, [9.8, 11.0, 11.4], 1, 9)
    alone, both = choose([requests], 10, 0.045), choose([requests, cpu], 10, 0.045)
    assert both.count >= alone.count
    assert both.resource == "requests"
    assert both.chance == pytest.approx(requests.chance(both.count) + cpu.chance(both.count))


def weighed(present, act, earlier=(), scaling=(), **keys):
    entry = fleets.resource(act, earlier=earlier, **{"mean": 500.0, **keys})
    (slice_,) = validate_slices([fleets.slice_(scaling=dict(scaling))])
    return decide(slice_, fleets.profile(requests=entry), fleets.past(present), [])


CASES = {
    "the risk is weighed": (2, dict(act=200), 5, []),
    "a shortage that is worth it": (2, dict(act=183, scaling={"economy": 1.0}), 4, []),
    "the same shortage, not worth it": (2, dict(act=183), 5, []),
    "a fixed quantile is obeyed": (2, dict(act=190, scaling={"quantile": 0.5}), 4, []),
    "never below the demand of this moment": (2, dict(act=100, last=320), 7, ["last_value"]),
    "released when every forecast agrees": (9, dict(act=200, earlier=[200, 200, 200]), 5, []),
    "an earlier forecast keeps": (9, dict(act=200, earlier=[200, 300, 200]), 7, ["scale_in"]),
    "an earlier forecast never adds": (6, dict(act=200, earlier=[900]), 6, ["scale_in"]),
    "the recent peak keeps": (9, dict(act=200, earlier=[200], peak=390), 8, ["scale_in"]),
    "the hold window keeps where there is no earlier forecast": (9, dict(act=200, hold=300), 7, ["scale_in"]),
    "growth is not held back": (2, dict(act=400, earlier=[100, 100]), 10, []),
}


@pytest.mark.parametrize("case", CASES, ids=str)
def test_counts(case):
    present, keys, final, rules = CASES[case]
    result = weighed(present, **keys)
    assert (result.count, [rule["rule"] for rule in result.rules]) == (final, rules)


def test_the_record_says_what_was_weighed():
    why = weighed(2, 200).binding["why"]
    assert why.startswith("forecast 200 1/s (q0.5), 220 1/s (q0.95) in 300..600 s: 5 VMs of 50 1/s are too few with probability ")
    assert why.endswith("one more is not worth its price at economy 0.05")


@pytest.mark.parametrize("mean", [0, 10, 200])
def test_an_idle_slice_needs_no_vm(mean):
    result = weighed(1, act=0, last=0, hold=0, peak=0, mean=mean, scaling={"min": 0})
    assert result.count == 0


@pytest.mark.parametrize("values", [[3e8, 3e8, 3e8], [1e9, 1e9, 1e9], [0.0, 0.0, 1e9]])
def test_a_forecast_far_beyond_the_mean_is_still_a_number(values):
    line = line_of("requests", [0.5, 0.9, 0.95], values, 50, 1e-6)
    choice = choose([line], 1e-6, 0.05)
    assert 0.0 <= choice.chance <= 1.0 and choice.count >= values[0] / 50
