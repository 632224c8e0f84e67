# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What one VM serves, learned from synthetic queues whose answer is known."""
from __future__ import annotations

import math

import pytest

np = pytest.importorskip("numpy", reason="capacity is learned with numpy")

from ansible_collections.foresight.netslice.plugins.plugin_utils.feedback.capacity import capacity, crossing, isotonic, knee
from ansible_collections.foresight.netslice.plugins.plugin_utils.feedback.observations import observations
from ansible_collections.foresight.netslice.plugins.plugin_utils.feedback.saturation import saturation
from ansible_collections.foresight.netslice.plugins.plugin_utils.feedback.scalability import by_count, scalability

STEP, RATE = 300, 50.0
#: spread of the logarithm of what is measured; nine of ten rows lie below so many of it
SPREAD, NINE = 0.2, 1.2816


def waiting(load, servers, rate=RATE):
    """Mean response time, ms, of a queue M/M/c that serves `rate` in all (Erlang C)."""
    busy, one = load / (rate / servers), rate / servers
    last = busy ** servers / math.factorial(servers) * servers / (servers - busy)
    queued = last / (sum(busy ** k / math.factorial(k) for k in range(servers)) + last)
    return 1000 * (1 / one + queued / (rate - load))


def week(peak, servers=1, days=7, seed=1, rate=RATE, outliers=0.03):
    """(load, indicator, times) of days whose highest load is about `peak` of what a VM serves."""
    draw, times = np.random.default_rng(seed), np.arange(int(days * 288)) * STEP
    shape = 0.55 + 0.45 * np.sin(2 * np.pi * times / 86400)
    load = rate * np.clip(peak * shape * (1 + draw.normal(0, 0.05, len(times))), 0.02, 0.985)
    strain = np.array([waiting(one, servers, rate) for one in load]) * np.exp(draw.normal(0, SPREAD, len(times)))
    strain[draw.random(len(times)) < outliers] *= 10
    return load, strain, times


def truth(objective, servers):
    """The load from which on a tenth of the rows miss the objective."""
    loads = np.arange(0.1, RATE, 0.01)
    return loads[np.argmax([waiting(one, servers) * math.exp(NINE * SPREAD) > objective for one in loads])]


@pytest.mark.parametrize("servers", (1, 2, 4))
@pytest.mark.parametrize("peak", (0.95, 0.98))
def test_with_an_objective_the_load_is_found_at_which_a_tenth_of_the_rows_miss_it(servers, peak):
    objective = 3000 * servers / RATE
    found = capacity(observations(*week(peak, servers)), objective)
    assert found["value"] == pytest.approx(truth(objective, servers), rel=0.1)
    assert found["low"] <= found["value"] <= found["high"] and found["high"] - found["low"] < 0.15 * found["value"]
    assert (found["rows"], found["days"], found["method"]) == (2016, 7, "isotonic")


@pytest.mark.parametrize("servers", (1, 2, 4))
def test_without_an_objective_the_knee_of_a_queue_near_saturation_is_found(servers):
    found = capacity(observations(*week(0.98, servers)), None)
    assert 0.75 * RATE < found["value"] < 0.97 * RATE and found["low"] <= found["value"] <= found["high"] and found["method"] == "segmented"


def test_nothing_is_said_where_load_never_came_near():
    load, strain, times = week(0.5, 4)
    assert capacity(observations(load, strain, times), None)["value"] is None
    found = capacity(observations(load, strain, times), 400.0)
    assert found["value"] is None and "never came near" in found["why"]
    assert 0.85 * load.max() < found["least"] <= load.max()  # but so much was served within the objective


@pytest.mark.parametrize("shape", (lambda load: 80 + 0 * load, lambda load: 20 + load, lambda load: 10 * np.exp(load / 15)))
def test_curves_without_a_knee_have_none(shape):
    load, _strain, times = week(0.95)
    strain = shape(load) * np.exp(np.random.default_rng(3).normal(0, SPREAD, len(load)))
    found = capacity(observations(load, strain, times), None)
    assert found["value"] is None and "no knee" in found["why"]


def test_an_objective_that_is_always_missed_is_no_matter_of_capacity():
    load, strain, times = week(0.95)
    found = capacity(observations(load, strain + 1000, times), 900.0)
    assert (found["value"], found["least"]) == (None, None) and "more VMs would not help" in found["why"]


@pytest.mark.parametrize("days, kept", ((0.5, 1.0), (2, 1.0), (7, 0.05)))
def test_thin_evidence_says_nothing(days, kept):
    load, strain, times = week(0.95, days=days)
    strain[np.random.default_rng(5).random(len(load)) > kept] = np.nan
    found = capacity(observations(load, strain, times), 60.0)
    assert (found["value"], found["least"]) == (None, None) and "too few" in found["why"]


def test_outliers_that_do_not_depend_on_load_move_little():
    clean, dirty = (capacity(observations(*week(0.95, 2, outliers=share)), 120.0) for share in (0.0, 0.05))
    assert dirty["value"] == pytest.approx(clean["value"], rel=0.1)


def test_vms_of_two_sizes_give_the_smaller_ones_figure_or_none():
    """Half of the rows are of VMs that serve half: nothing above what the weaker ones serve is claimed."""
    strong, weak = week(0.95, seed=1), week(0.95, seed=2, rate=RATE / 2)
    mixed = [np.concatenate(pair) for pair in zip(strong, weak)]
    found = capacity(observations(*mixed), 120.0)
    alone = capacity(observations(*weak), 120.0)
    assert found["value"] is None or found["value"] <= 1.1 * alone["high"]


def test_one_day_that_is_unlike_the_others_widens_the_interval():
    load, strain, times = week(0.95)
    usual = capacity(observations(load, strain, times), 60.0)
    strain[:288 * 2] *= 2.0
    odd = capacity(observations(load, strain, times), 60.0)
    assert odd["value"] is None or odd["high"] - odd["low"] > 2 * (usual["high"] - usual["low"])


def test_the_same_rows_give_the_same_figures():
    rows = week(0.95)
    assert capacity(observations(*rows), 60.0) == capacity(observations(*rows), 60.0)
    assert capacity(observations(*rows), None) == capacity(observations(*rows), None)


def test_isotonic_regression_pools_what_falls():
    assert isotonic([1, 3, 2, 2, 5]).tolist() == pytest.approx([1, 7 / 3, 7 / 3, 7 / 3, 5])
    assert isotonic([3, 2, 1]).tolist() == [2, 2, 2]


def a_fleet(alpha, beta, counts, seed=4):
    """(load, indicator, times, counts of VMs) of a week in which N VMs serve by the Universal Scalability Law."""
    parts = []
    for number, count in enumerate(counts):
        rate = RATE / (1 + alpha * (count - 1) + beta * count * (count - 1))
        parts.append((*week(0.97, rate=rate, seed=seed + number), np.full(2016, count)))
    return [np.concatenate(one) for one in zip(*parts)]


def test_what_is_served_falls_with_the_number_of_vms_as_the_law_says():
    load, strain, times, counts = a_fleet(0.03, 0.002, (1, 2, 4, 8, 12))
    served = by_count(observations(load, strain, times), counts, lambda some: crossing(some, 200.0)[0])
    law = scalability(served)
    assert sorted(served) == [1, 2, 4, 8, 12] and served[12] < 0.75 * served[1]
    exact = scalability({count: 40 / (1 + 0.03 * (count - 1) + 0.002 * count * (count - 1)) for count in (1, 2, 4, 8, 12)})
    assert (exact["alone"], exact["contention"], exact["coherency"]) == (pytest.approx(40), pytest.approx(0.03), pytest.approx(0.002))
    assert exact["most"] == 22  # sqrt(0.97 / 0.002)
    assert law["alone"] == pytest.approx(served[1], rel=0.1)
    for count in (4, 8):
        assert law["alone"] / (1 + law["contention"] * (count - 1) + law["coherency"] * count * (count - 1)) == pytest.approx(served[count], rel=0.1)


def test_a_law_of_three_figures_is_not_drawn_through_three_points_nor_below_zero():
    assert scalability({1: 40.0, 2: 39.0, 3: 38.0}) is None
    rising = scalability({1: 40.0, 2: 41.0, 4: 42.0, 8: 43.0})
    assert (rising["contention"], rising["coherency"], rising["most"]) == (0.0, 0.0, None)


@pytest.mark.parametrize("peak, known", ((0.95, True), (0.4, False)))
def test_processors_tell_where_no_indicator_does(peak, known):
    load, _strain, times = week(peak)
    busy = 0.05 + load / RATE * np.exp(np.random.default_rng(6).normal(0, 0.05, len(load)))
    busy[::50] = 1.0
    found = saturation(observations(load, busy, times))
    if known:
        assert found["value"] == pytest.approx(0.75 * RATE, rel=0.03) and found["low"] <= found["value"] <= found["high"]
    else:
        assert found["value"] is None and "never came near" in found["why"]


def test_processors_that_are_busy_with_something_else_tell_nothing():
    load, _strain, times = week(0.95)
    busy = np.random.default_rng(7).uniform(0.1, 0.9, len(load))
    assert saturation(observations(load, busy, times))["value"] is None


def test_processors_that_are_full_without_any_load_tell_nothing():
    load, _strain, times = week(0.95)
    busy = 0.85 + 0.002 * load + np.random.default_rng(8).normal(0, 0.003, len(load))
    found = saturation(observations(load, busy, times))
    assert found["value"] is None and "85% busy without this resource" in found["why"]


def test_a_single_knee_needs_a_rise():
    load, strain, times = week(0.98)
    assert knee(observations(load, np.minimum(strain, 50.0), times)) is None
