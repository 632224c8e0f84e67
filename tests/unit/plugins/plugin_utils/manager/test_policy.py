# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How many VMs: quantiles, the demand of this moment, silence, scale-in, dissolving, modes and bounds."""
from __future__ import annotations

import pytest

from ansible_collections.foresight.netslice.plugins.plugin_utils.manager.demand import at_quantile, vms_for
from ansible_collections.foresight.netslice.plugins.plugin_utils.manager.policy import decide
from ansible_collections.foresight.netslice.plugins.plugin_utils.manager.slices import validate_slices
from ansible_collections.foresight.netslice.tests.unit.plugins.plugin_utils.manager import fleets

LEVELS = [0.5, 0.9, 0.95]


@pytest.mark.parametrize(("levels", "values", "quantile", "expected"), [
    (LEVELS, [100, 141, 149], 0.9, 141),
    (LEVELS, [100, 141, 149], 0.95, 149),
    (LEVELS, [100, 112.8155, 116.4485], 0.99, 123.26),  # of a normal distribution: mean 100, deviation 10
    (LEVELS, [100, 112.8155, 116.4485], 0.8, 108.42),
    ([0.95, 0.5, 0.9], [149, 100, 141], 0.5, 100),
    ([0.5], [70], 0.95, 70),
    (LEVELS, [10, 10, 10], 0.99, 10),
    (LEVELS, [-5, -1, 0], 0.5, 0),
    (LEVELS, [100, 150, 140], 0.99, 150),  # crossed quantiles: never below a lower level
])
def test_quantiles_are_straight_lines_over_the_normal_score(levels, values, quantile, expected):
    assert at_quantile(levels, values, quantile) == pytest.approx(expected, abs=0.02)


@pytest.mark.parametrize(("demand", "serves", "expected"), [(0, 50, 0), (1, 50, 1), (50, 50, 1), (50.1, 50, 2), (0.1 * 3, 0.1, 3), (1e-12, 50, 0)])
def test_vms_are_rounded_up(demand, serves, expected):
    assert vms_for(demand, serves) == expected


def wish(present, profile, unknown=(), **sections):
    (slice_,) = validate_slices([fleets.slice_(**sections)])
    return decide(slice_, profile, fleets.past(present), list(unknown))


def flat(act, **keys):
    """A profile whose quantiles are all the same."""
    return fleets.profile(requests=fleets.resource(act, spread=0.0, **keys), verdict=keys.get("verdict", "ok"))


QUIET = {"dissolve_after_seconds": 3600}

CASES = {
    "forecast counts at the quantile": (2, fleets.profile(requests=fleets.resource(100, 90)), {}, 3, 3, []),
    "nothing changes what is right": (3, flat(140), {}, 3, 3, []),
    "never below the demand of this moment": (2, flat(100, last=140), {}, 3, 3, ["last_value"]),
    "max caps, the wish stays": (2, flat(1000), {}, 20, 10, ["max"]),
    "min lifts": (0, flat(10), {"min": 3}, 1, 3, ["min"]),
    "scale in when all agree": (5, flat(100), {}, 2, 2, []),
    "the hold window keeps": (5, flat(100, hold=190), {}, 2, 4, ["scale_in"]),
    "the recent peak keeps": (5, flat(100, peak=240), {}, 2, 5, ["scale_in"]),
    "the recent peak never adds": (5, flat(100, peak=900), {}, 2, 5, ["scale_in"]),
    "stale holds": (5, flat(10, verdict="stale"), {}, 5, 5, []),
    "missing holds": (5, fleets.profile(), {}, 5, 5, []),
    "no profile holds": (5, None, {}, 5, 5, []),
    "missing starts at min": (0, fleets.profile(), {"min": 2}, 0, 2, ["min"]),
    "gappy and cold decide": (5, flat(100, verdict="gappy"), {}, 2, 2, []),
    "scale_out_only adds": (2, flat(200), {"mode": "scale_out_only"}, 4, 4, []),
    "scale_out_only keeps": (5, flat(100), {"mode": "scale_out_only"}, 2, 5, ["mode"]),
    "forecast_only says what it would do": (1, flat(200), {"mode": "forecast_only"}, 4, 1, ["mode"]),
    "paused": (7, flat(2000), {"mode": "paused"}, 40, 7, ["max", "mode"]),
    "max lowered by the operator": (9, flat(400), {"max": 4}, 8, 4, ["max"]),
    "dissolve": (2, flat(1, dissolve_peak=2.0), QUIET, 1, 0, ["dissolve"]),
    "no dissolve after a busy hour": (2, flat(1, dissolve_peak=30.0), QUIET, 1, 1, []),
    "no dissolve before a busy morning": (2, flat(1, dissolve_peak=1.0, horizon=300), QUIET, 1, 1, []),
    "no dissolve without history": (2, fleets.profile(requests=dict(fleets.resource(1, dissolve_peak=1.0), history_seconds=600)), QUIET, 1, 1, []),
    "no dissolve in silence": (2, flat(0, dissolve_peak=0.0, verdict="stale"), QUIET, 2, 2, []),
    "no dissolve where only scaling out is allowed": (2, flat(1, dissolve_peak=1.0), {**QUIET, "mode": "scale_out_only"}, 1, 2, ["dissolve", "mode"]),
    "stays dissolved": (0, flat(1), QUIET, 1, 0, ["dissolve"]),
    "stays dissolved in silence": (0, fleets.profile(), QUIET, 0, 0, []),
    "recreated ahead of demand": (0, flat(1, hold=120), {**QUIET, "min": 2}, 1, 2, ["min"]),
    "not recreated for the far horizon": (0, flat(1, horizon=500), QUIET, 1, 0, ["dissolve"]),
}


@pytest.mark.parametrize("case", CASES, ids=str)
def test_counts(case):
    present, profile, scaling, wished, final, rules = CASES[case]
    result = wish(present, profile, scaling=scaling)
    assert (result.wished, result.count) == (wished, final)
    assert [rule["rule"] for rule in result.rules] == rules
    for rule, following in zip(result.rules, result.rules[1:]):
        assert rule["after"] == following["before"]
    if result.rules:
        assert result.rules[-1]["after"] == result.count
        assert result.binding["rule"] == result.rules[-1]["rule"]


def test_the_binding_resource_is_named():
    profile = fleets.profile(requests=fleets.resource(40, spread=0.0), cpu=fleets.resource(5.5, unit="cores", spread=0.0))
    result = wish(1, profile, vm={"serves": {"requests": 50, "cpu": 2}})
    assert result.count == 3
    assert result.binding == {"resource": "cpu", "rule": "forecast", "why": "forecast q0.95 5.5 cores in 300..600 s needs 3 VMs of 2 cores"}


def test_one_silent_resource_only_stops_the_shrinking():
    serves = {"vm": {"serves": {"requests": 50, "cpu": 2}}}
    deaf = fleets.resource(0, verdict="stale")
    grows = fleets.profile(requests=fleets.resource(290, spread=0.0), cpu=deaf, verdict="stale")
    shrinks = fleets.profile(requests=fleets.resource(40, spread=0.0), cpu=deaf, verdict="stale")
    assert wish(3, grows, **serves).count == 6
    held = wish(3, shrinks, **serves)
    assert held.count == 3
    assert held.telemetry == "stale"


def test_unknown_hosts_hold_the_count():
    for demand in (10, 900):
        result = wish(4, flat(demand), unknown=["kvm2", "kvm3"])
        assert result.count == 4
    assert "kvm2, kvm3 did not answer" in result.binding["why"]


@pytest.mark.parametrize(("mode", "final"), [("enforce", 0), ("forecast_only", 0), ("scale_out_only", 0), ("paused", 3)])
def test_absent_is_an_order(mode, final):
    result = wish(3, flat(500), state="absent", scaling={"mode": mode})
    assert result.count == final
    assert result.dissolving is (final == 0)
