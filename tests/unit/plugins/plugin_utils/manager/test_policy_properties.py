# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What holds of every decision about one slice, whatever its rules: bounds, silence, directions, repeats, order, more demand."""
from __future__ import annotations

import pytest

hypothesis = pytest.importorskip("hypothesis", reason="property tests need hypothesis")

from hypothesis import given, strategies as st  # noqa: E402

from ansible_collections.foresight.netslice.plugins.plugin_utils.instants import format_instant, parse_instant  # noqa: E402
from ansible_collections.foresight.netslice.plugins.plugin_utils.manager.past import Past  # noqa: E402
from ansible_collections.foresight.netslice.plugins.plugin_utils.manager.policy import decide  # noqa: E402
from ansible_collections.foresight.netslice.plugins.plugin_utils.manager.schedules import ceiling_of  # noqa: E402
from ansible_collections.foresight.netslice.plugins.plugin_utils.manager.slices import validate_slices  # noqa: E402
from ansible_collections.foresight.netslice.tests.unit.plugins.plugin_utils.manager import fleets  # noqa: E402
from ansible_collections.foresight.netslice.tests.unit.plugins.plugin_utils.manager.examples import examples, scalings  # noqa: E402

CASES = examples(200)
EMPTY = {"tolerance": 0, "vms": None, "percent": None, "window_seconds": 300, "cooldown_seconds": 0,
         "budget_per_hour": None, "project_seconds": None, "max_age_seconds": "auto"}
amounts = st.sampled_from([value * 37.5 for value in range(25)] + [0.0, 1.0])
#: requests a second, of which a VM serves 50, for now, act, hold, projection, peak: each another, or all the same
demands = st.one_of(st.tuples(*[amounts] * 5), amounts.map(lambda value: (value,) * 5))
ages = st.sampled_from([0, 60, 200, 299, 300, 400, 1000, 3000, 3599, 3600, 86400])
pasts = st.tuples(st.lists(ages, max_size=14), st.lists(ages, max_size=4))


def slice_of(scaling):
    """A slice with everything that a scaling may need."""
    (slice_,) = validate_slices([fleets.slice_(scaling=scaling, network={"quarantine_seconds": 7200})])
    return slice_


def past_of(past, as_of=fleets.AS_OF):
    added, removed = past
    return fleets.past(len(added), added, removed, as_of)


def profile_of(demand, mean=None, **keys):
    now, act, hold, projection, peak = demand
    keys = {"spread": 0.0 if mean is None else 0.4, "mean": mean, "age": 60, "projection": projection, "dissolve_peak": peak, **keys}
    earlier = [hold] if mean is not None else []
    requests = fleets.resource(act, now, hold, max(act, hold, projection), peak=peak, earlier=earlier, **keys)
    return fleets.profile(verdict=keys.get("verdict", "ok"), requests=requests)


def cap_of(scaling):
    """The most VMs that a slice may have at AS_OF."""
    lift, (ceiling, _name) = scaling["raise"], ceiling_of(scaling["schedules"], fleets.AS_OF)
    most = lift["max"] if lift["max"] is not None and fleets.AS_OF < parse_instant(lift["until"]) else scaling["max"]
    return most if ceiling is None else min(most, ceiling)


@CASES
@given(scalings(), demands, pasts, st.sampled_from([None, 100.0, 400.0]))
def test_never_above_what_is_allowed(scaling, demand, past, mean):
    slice_ = slice_of({**scaling, "mode": "enforce"})
    assert decide(slice_, profile_of(demand, mean), past_of(past), []).count <= cap_of(slice_["scaling"])


@CASES
@given(scalings(), demands, pasts, st.sampled_from([{"verdict": "stale"}, {"verdict": "missing"}, {"age": 301}, {"age": 800}]))
def test_nothing_is_taken_away_in_silence(scaling, demand, past, silence):
    slice_ = slice_of({**scaling, "down": {**scaling["down"], "max_age_seconds": "auto"}})
    before = past_of(past)
    order = max(slice_["scaling"]["max"], slice_["scaling"]["raise"]["max"] or 0)
    for profile in (profile_of(demand, **silence), fleets.profile(), None):
        assert decide(slice_, profile, before, []).count >= min(before.present, order)


@CASES
@given(scalings(), demands, pasts, st.sampled_from([None, 400.0]))
def test_an_up_never_waits_for_a_rule_of_down(scaling, demand, past, mean):
    slice_, free = slice_of(scaling), slice_of({**scaling, "down": EMPTY})
    profile, before = profile_of(demand, mean), past_of(past)
    wanted = decide(free, profile, before, [])
    if wanted.count > before.present:
        assert decide(slice_, profile, before, []).count == wanted.count
        assert decide(slice_, profile, past_of((past[0], [])), []).count == wanted.count


@CASES
@given(scalings(), demands, pasts, st.sampled_from([None, 400.0]), st.randoms(use_true_random=False))
def test_what_was_decided_is_decided_again(scaling, demand, past, mean, rng):
    slice_, profile, before = slice_of(scaling), profile_of(demand, mean), past_of(past)
    wish = decide(slice_, profile, before, [])
    now = format_instant(fleets.AS_OF)
    records = [{"lifecycle": "active", "since": format_instant(fleets.AS_OF - ago)} for ago in past[0]]
    rng.shuffle(records)
    gone = [{"lifecycle": "quarantined", "since": format_instant(fleets.AS_OF - ago)} for ago in past[1]]
    for record in records[wish.count:]:
        record.update(lifecycle="draining", since=now)
    records += [{"lifecycle": "verifying", "since": now} for _number in range(wish.count - len(past[0]))]
    assert decide(slice_, profile, Past(fleets.AS_OF, records + gone), []).count == wish.count


@CASES
@given(scalings(), demands, demands, pasts, st.randoms(use_true_random=False))
def test_the_order_of_the_input_changes_nothing(scaling, demand, other, past, rng):
    slice_ = slice_of(scaling)
    slice_["vm"]["serves"] = {"requests": 50, "cpu": 50}
    profile = profile_of(demand)
    profile["resources"]["cpu"] = profile_of(other)["resources"]["requests"]
    first = decide(slice_, profile, past_of(past), [])
    turned = fleets.copied(slice_)
    turned["vm"]["serves"] = {"cpu": 50, "requests": 50}
    profile["resources"] = dict(reversed(profile["resources"].items()))
    added, removed = (rng.sample(ages_, len(ages_)) for ages_ in past)
    rng.shuffle(turned["scaling"]["schedules"])
    second = decide(turned, profile, past_of((added, removed)), [])
    assert (second.count, second.rules, second.binding) == (first.count, first.rules, first.binding)


@CASES
@given(scalings(), demands, demands, pasts)
def test_more_demand_never_gives_fewer_vms(scaling, demand, more, past):
    slice_ = slice_of({**scaling, "quantile": 0.95})
    larger = tuple(one + another for one, another in zip(demand, more))
    counts = [decide(slice_, profile_of(one), past_of(past), []).count for one in (demand, larger)]
    assert counts[0] <= counts[1]


@CASES
@given(scalings(), demands, st.integers(1, 9), pasts, st.sampled_from([100.0, 400.0]))
def test_more_demand_never_gives_fewer_vms_where_the_risk_is_weighed(scaling, demand, more, past, mean):
    """As many requests more in every quantile as some VMs serve."""
    slice_ = slice_of({**scaling, "quantile": "auto"})
    profile = profile_of(demand, mean)
    larger = fleets.copied(profile)
    entry = larger["resources"]["requests"]
    entry["last"]["value"] += more * 50
    for key in ("recent_peak", "dissolve_peak"):
        entry[key] += more * 50
    entry["windows"] = {name: [value + more * 50 for value in values] for name, values in entry["windows"].items()}
    entry["earlier"] = [[value + more * 50 for value in values] for values in entry["earlier"]]
    assert decide(slice_, profile, past_of(past), []).count <= decide(slice_, larger, past_of(past), []).count


def test_the_strategies_reach_every_rule():
    """Examples that never bind a rule would prove nothing about it."""
    seen = set()

    @examples(600)
    @given(scalings(), demands, pasts)
    def look(scaling, demand, past):
        seen.update(rule["rule"] for rule in decide(slice_of(scaling), profile_of(demand), past_of(past), []).rules)

    look()
    assert seen >= {"tolerance", "scale_in", "projection", "cooldown", "step", "budget", "min", "floor", "max", "raise", "ceiling", "mode"}
