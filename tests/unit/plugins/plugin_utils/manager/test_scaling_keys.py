# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Lead times from boots, presets of classes, and what records of VMs tell of the past."""
from __future__ import annotations

import pytest

from ansible_collections.foresight.netslice.plugins.plugin_utils.analytics.profile import windows_of
from ansible_collections.foresight.netslice.plugins.plugin_utils.errors import InvalidInput
from ansible_collections.foresight.netslice.plugins.plugin_utils.manager.lead_time import learned, seconds_of, warm_seconds
from ansible_collections.foresight.netslice.plugins.plugin_utils.manager.past import Past
from ansible_collections.foresight.netslice.plugins.plugin_utils.manager.slices import validate_slices
from ansible_collections.foresight.netslice.tests.unit.plugins.plugin_utils.manager import fleets

AUTO = {"lead_time_seconds": "auto", "interval_seconds": 120}


def booted(name, seconds, number):
    return {"slice": name, "vip": f"10.90.2.{number + 2}", "since": f"2026-01-05T07:{number:02d}:00Z", "boot_seconds": seconds}


def lead_of(boots, name="web", **scaling):
    slices = validate_slices([fleets.slice_(scaling={**AUTO, **scaling})])
    states = {"kvm1": {"vms": [booted(name, seconds, number) for number, seconds in enumerate(boots)]}, "kvm2": {"vms": []}}
    (slice_,) = learned(slices, states)
    assert learned([slice_], states) == [slice_]
    return slice_["scaling"]["lead_time_seconds"]


@pytest.mark.parametrize(("boots", "lead"), [
    ([], 300),
    ([None, None], 300),
    ([6.1], 127),
    ([6.1, None, 42.0], 162),
    ([10.0] * 19 + [90.0], 130),              # one of twenty may be later
    ([10.0] * 18 + [90.0, 90.0], 210),
    ([900.0] * 10 + [10.0] * 20, 130),        # the twenty that began last
    ([1e6], 86400),
])
def test_lead_times_are_learned(boots, lead):
    assert lead_of(boots) == lead


def test_boots_of_others_and_written_lead_times_do_not_count():
    assert lead_of([50.0], name="api") == 300
    assert lead_of([50.0], lead_time_seconds=60) == 60


def test_without_hosts_auto_is_the_default():
    (slice_,) = validate_slices([fleets.slice_(scaling=AUTO)])
    assert seconds_of(slice_["scaling"]) == 300
    assert windows_of(slice_["scaling"], 43200)["act"] == (300, 420)


def test_the_plan_acts_on_what_was_learned():
    state = fleets.host_state("kvm1")
    _plan, (state,) = fleets.converge([fleets.slice_(scaling=AUTO)], [fleets.profile(requests=90.0)], [state])
    state["vms"][0]["boot_seconds"] = 33.2
    plan = fleets.plan([fleets.slice_(scaling=AUTO)], [fleets.profile(requests=90.0)], [state])
    assert "in 154..274 s" in plan["slices"][0]["binding"]["why"]


def test_a_projection_is_forecast_where_it_is_asked_for():
    (slice_,) = validate_slices([fleets.slice_(scaling={"down": {"project_seconds": 3600}})])
    assert windows_of(slice_["scaling"], 43200)["projection"] == (0, 3600)
    assert "projection" not in windows_of(validate_slices([fleets.slice_()])[0]["scaling"], 43200)


@pytest.mark.parametrize(("scaling", "quantile", "economy"), [
    ({}, "auto", 0.05),
    ({"class": None}, "auto", 0.05),
    ({"class": "balanced"}, "auto", 0.05),
    ({"class": "availability"}, "auto", 0.01),
    ({"class": "cost"}, "auto", 0.2),
    ({"class": "cost", "economy": 0.1}, "auto", 0.1),
    ({"class": "availability", "quantile": 0.99}, 0.99, 0.01),
])
def test_classes_preset_what_the_slice_does_not_say(scaling, quantile, economy):
    once = validate_slices([fleets.slice_(scaling=scaling)])
    assert (once[0]["scaling"]["quantile"], once[0]["scaling"]["economy"]) == (quantile, economy)
    assert validate_slices(once) == once


def test_an_unknown_class_is_refused():
    with pytest.raises(InvalidInput, match="scaling.class: 'gold' is not one of availability, balanced, cost"):
        validate_slices([fleets.slice_(scaling={"class": "gold"})])


def record(lifecycle, ago, reason="booted"):
    return {"lifecycle": lifecycle, "reason": reason, "since": fleets.format_instant(fleets.AS_OF - ago)}


def test_the_past_is_read_from_the_records():
    past = Past(fleets.AS_OF, [
        record("active", 86400), record("active", 299), record("verifying", 10), record("reserved", 0), {"lifecycle": "active", "since": None},
        record("draining", 30), record("stopping", 20), record("quarantined", 300), record("quarantined", 5, "conflict"),
    ])
    assert past.present == 5
    assert [past.added(seconds) for seconds in (5, 60, 300)] == [1, 2, 3]
    assert [past.removed(seconds) for seconds in (25, 300, 301)] == [1, 2, 3]


def test_the_warm_pool_is_no_past_but_for_what_was_returned_to_it():
    past = Past(fleets.AS_OF, [record("active", 60), record("warm", 10), record("parked", 10), record("warming", 5), record("warm", 20, "returned")])
    assert (past.present, past.added(30), past.removed(30)) == (1, 0, 1)


def test_boots_out_of_the_warm_pool_are_learned_apart():
    (slice_,) = validate_slices([fleets.slice_(scaling={**AUTO, "warm": {"state": "stopped"}})])
    boots = [(40.0, None), (12.0, "warm"), (14.0, "warm"), (None, "warm")]
    vms = [{"slice": "web", "vip": f"10.90.2.{index + 2}", "since": "2026-01-05T07:00:00Z", "boot_seconds": seconds, "boot_from": kind}
           for index, (seconds, kind) in enumerate(boots)]  # fmt: skip
    assert learned([slice_], {"kvm1": {"vms": vms}})[0]["scaling"]["lead_time_seconds"] == 40 + 120
    assert warm_seconds(slice_, vms) == 14 + 120
    assert warm_seconds(slice_, vms[:1]) is None
    parked = validate_slices([fleets.slice_(scaling={**AUTO, "warm": {"state": "parked"}})])[0]
    assert warm_seconds(parked, []) == 120


@pytest.mark.parametrize(("warm", "words"), [
    ({"min": 1}, "scaling.warm.min: asks for a warm pool, but scaling.warm.state is not given. Set it to stopped or parked"),
    ({"reuse": True}, "scaling.warm.reuse: asks for a warm pool"),
    ({"state": "parked", "min": 3}, "scaling.warm.min: 3 is more than scaling.warm.max, 2"),
    ({"state": False}, "scaling.warm.state: must be text, not bool"),
    ({"state": "hibernated"}, "scaling.warm.state: 'hibernated' is not one of stopped, parked"),
    ({"state": "stopped", "max": 53}, "but scaling.max 10, scaling.warm.max 53 and 1 in quarantine need 64"),
])
def test_a_warm_pool_that_cannot_be_is_refused(warm, words):
    with pytest.raises(InvalidInput, match=words):
        validate_slices([fleets.slice_(scaling={"warm": warm}, network={"range": "10.90.2.0/26"})])


def test_the_window_of_a_warm_pool_is_forecast_where_there_is_one():
    (slice_,) = validate_slices([fleets.slice_(scaling={"warm": {"state": "stopped", "window_seconds": 1800}})])
    assert windows_of(slice_["scaling"], 43200)["warm"] == (0, 1800)
    assert "warm" not in windows_of(validate_slices([fleets.slice_()])[0]["scaling"], 43200)


def test_a_raised_slice_has_addresses_for_all_its_vms():
    scaling = {"max": 10, "raise": {"max": 60, "until": "2026-12-01T00:00:00Z", "reason": "launch"}}
    with pytest.raises(InvalidInput, match="scaling.raise.max 60"):
        validate_slices([fleets.slice_(scaling=scaling, network={"range": "10.90.2.0/26"})])
    (slice_,) = validate_slices([fleets.slice_(scaling=scaling)])
    assert slice_["scaling"]["raise"]["until"] == "2026-12-01T00:00:00Z"
