# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""From what was learned to proposals: what is proposed, that it does not flap, and how a person accepts it."""
from __future__ import annotations

import pytest

pytest.importorskip("numpy", reason="feedback is computed with numpy")

from ansible_collections.foresight.netslice.plugins.plugin_utils.errors import InvalidInput
from ansible_collections.foresight.netslice.plugins.plugin_utils.feedback import keys, rules, steady
from ansible_collections.foresight.netslice.plugins.plugin_utils.feedback.accepted import accept, pending
from ansible_collections.foresight.netslice.plugins.plugin_utils.feedback.learned import rounded
from ansible_collections.foresight.netslice.plugins.plugin_utils.manager.slices import validate_slices

RAW = {"name": "web", "vm": {"memory_mib": 512, "serves": {"requests": 50}}, "network": {"range": "10.90.2.0/24"}}
AT = "2026-01-05T08:00:00Z"


def a_slice(**values):
    """values: {key with __ in place of dots: value}."""
    raw = RAW
    for key, value in values.items():
        raw = keys.with_value(raw, key.replace("__", "."), value)
    return validate_slices([raw])[0]


def an_entry(capacity=None, boots=None, vms=None, egress=None):
    learned = {"value": None, "low": None, "high": None, "least": None, "rows": 2016, "days": 7, "method": "isotonic", "why": "seen"}
    none = {"n": 0, "median": None, "p95": None, "longest": None, "lead_time_seconds": None, "why": "no boots"}
    link = {"guarantee": 12.0, "ceiling": 100.0, "used_mean": 9.0, "used_p95": 17.0, "used_most": 19.0, "rows": 2016, "over_percent": 40.0,
            "headroom_p95": 1.62, "classes": {"drops": 7}}
    return {"step_seconds": 300, "forecast": {}, "enforced": {"vms": vms, "links": {"egress": {**link, **egress}} if egress is not None else {}},
            "learned": {"boots": boots or none, "capacity": {"requests": {**learned, **(capacity or {})}}}}


def proposed(slice_, entry):
    return {one["key"]: one["proposed"] for one in rules.candidates(slice_, entry)}


@pytest.mark.parametrize("capacity, expected", (
    ({}, None),
    ({"value": 40.0, "low": 38.76, "high": 41.0}, 38.7),
    ({"value": 50.0, "low": 47.0, "high": 52.0}, None),
    ({"value": 80.0, "low": 78.0, "high": 83.0}, 78.0),
    ({"value": 80.0, "low": 78.0, "high": 83.0, "method": "segmented"}, None),  # without an objective nothing says that more would be good enough
    ({"value": 40.0, "low": 38.76, "high": 41.0, "method": "saturation"}, 38.7),
    ({"least": 70.0}, 70.0),
    ({"least": 30.0}, None),
))
def test_what_a_vm_serves(capacity, expected):
    assert proposed(a_slice(), an_entry(capacity)).get("vm.serves.requests") == expected


@pytest.mark.parametrize("present, needed, expected", ((300, 460, 460), (300, 280, None), (300, 200, 200), ("auto", 460, None), (300, None, None)))
def test_the_lead_time(present, needed, expected):
    boots = {"n": 20, "median": 90.0, "p95": 160.0, "longest": 170.0, "lead_time_seconds": needed, "why": "boots"}
    assert proposed(a_slice(scaling__lead_time_seconds=present), an_entry(boots=boots)).get("scaling.lead_time_seconds") == expected


def test_the_limit_is_raised_to_what_was_wished():
    vms = {"passes": 1000, "capped": 40, "capped_percent": 4.0, "wished_most": 14}
    assert proposed(a_slice(), an_entry(vms=vms)) == {"scaling.max": 14}
    assert proposed(a_slice(), an_entry(vms={**vms, "capped": 2, "capped_percent": 0.2})) == {}


@pytest.mark.parametrize("values, egress, expected", (
    ({}, {}, {"network.egress.headroom": 1.7}),
    ({"network__egress__guarantee_mbit": 12}, {}, {"network.egress.guarantee_mbit": 17.0}),
    ({"network__egress": {"guarantee_mbit": 12, "ceiling_mbit": 15}}, {}, {"network.egress.guarantee_mbit": 15}),  # more would be refused
    ({}, {"classes": {"drops": 0}}, {}),
    ({}, {"classes": None}, {}),
    ({"network__egress__guarantee_mbit": 60}, {"over_percent": 0.0, "used_most": 19.0}, {"network.egress.guarantee_mbit": 22.8}),
    ({"network__egress__guarantee_mbit": 40}, {"over_percent": 0.0, "used_most": 19.0}, {}),
    ({"network__egress__guarantee_mbit": 60}, {"over_percent": 0.0, "used_most": 19.0, "rows": 288}, {}),  # one day says little
    ({}, {"headroom_p95": 1.15}, {}),  # the headroom is no longer what lacks
    ({"network__egress__guarantee_mbit": 18}, {}, {}),   # already raised, though the past was above
    ({}, {"over_percent": None}, {}),
))
def test_guarantees(values, egress, expected):
    assert proposed(a_slice(**values), an_entry(egress=egress)) == expected


def a_candidate(proposal, present=50.0):
    return {"key": "vm.serves.requests", "present": present, "proposed": proposal, "low": None, "high": None, "why": "seen", "evidence": {}}


def test_proposals_begin_late_end_late_and_keep_their_value():
    def turn(value, before, present=50.0):
        return steady.proposals("web", [a_candidate(value, present)] if value else [], before, AT)

    assert turn(46.0, []) == []                       # 8 % is not plain
    first = turn(44.0, [])
    assert [(one["proposed"], one["since"]) for one in first] == [(44.0, AT)]
    later = steady.proposals("web", [a_candidate(46.0)], first, "2026-01-06T08:00:00Z")
    assert [(one["proposed"], one["since"]) for one in later] == [(44.0, AT)]  # still there, and the same
    assert [one["proposed"] for one in turn(39.0, first)] == [39.0]            # plainly another one
    assert turn(48.0, first) == [] and turn(None, first) == []                 # gone
    assert turn(46.0, first, present=49.0) == []                               # made for another value: to be plain anew
    assert [one["proposed"] for one in turn(58.0, first)] == [58.0]            # the other way


def test_wandering_estimates_do_not_flap():
    """Estimates that wander by 4 % around the edge of a proposal make one at most, and it never changes."""
    before, told = [], []
    for value in [45.5, 44.5, 45.5, 44.2, 46.0, 45.0, 44.6, 46.5, 44.9] * 5:
        before = steady.proposals("web", [a_candidate(value)], before, AT)
        told.append(tuple(one["proposed"] for one in before))
    changes = sum(one != other for one, other in zip(told, told[1:]))
    assert changes == 1 and told[-1] == (44.5,)


def test_an_accepted_proposal_is_not_made_again():
    capacity = {"value": 40.0, "low": 38.76, "high": 41.0}
    one = {"slice": "web", **rules.candidates(a_slice(), an_entry(capacity))[0]}
    (changed,) = accept([RAW], [one])
    assert changed["vm"]["serves"]["requests"] == 38.7 and RAW["vm"]["serves"]["requests"] == 50
    assert steady.proposals("web", rules.candidates(validate_slices([changed])[0], an_entry(capacity)), [], AT) == []


@pytest.mark.parametrize("present", (33.333, 1234.56, 50))
def test_what_a_proposal_was_made_for_is_recorded_as_a_person_wrote_it(present):
    """With fewer digits it would fit the slice no more: it could not be accepted, nor be known again by the next run."""
    raw = keys.with_value(RAW, "vm.serves.requests", present)
    found = rules.candidates(validate_slices([raw])[0], an_entry({"value": 12.0, "low": 11.11, "high": 13.0}))
    (one,) = rounded(steady.proposals("web", found, [], AT))
    assert accept([raw], [one])[0]["vm"]["serves"]["requests"] == one["proposed"]
    assert [again["since"] for again in steady.proposals("web", found, [one], "2026-01-06T08:00:00Z")] == [AT]


def test_what_was_accepted_or_changed_waits_no_more():
    one = {"key": "vm.serves.requests", "present": 50, "proposed": 38.7}
    assert pending(a_slice(), [one]) == [one]
    assert pending(a_slice(vm__serves__requests=38.7), [one]) == [] and pending({}, [one]) == []


def test_what_is_accepted_must_fit_the_slice():
    one = {"slice": "web", "key": "scaling.economy", "present": 0.05, "proposed": 0.02}
    assert accept([RAW], [one])[0]["scaling"] == {"economy": 0.02}  # the present value is a default
    twice = accept(accept([RAW], [one]), [one])
    assert twice[0]["scaling"] == {"economy": 0.02}
    for wrong, text in (({**one, "present": 0.1}, r"netslice_accepted\[0\].present: scaling.economy of slice web is 0.05 by now"),
                        ({**one, "slice": "api"}, r"\.slice: there is no slice 'api'"), ({"slice": "web"}, "has not all of the keys"),
                        ({**one, "proposed": 7}, r"netslice_slices\[0\].scaling.economy"), ({**one, "slice": ["web"]}, r"\.slice: there is no slice"),
                        ({**one, "key": 3}, r"\.present: 3 of slice web is None"), ({**one, "key": 3, "present": None}, r"\.key: 3 is no key of slice web"),
                        ({**one, "key": "network.range.x", "present": None}, r"\.key: 'network.range.x' is no key of slice web"),
                        ({**one, "key": "name", "present": "web", "proposed": "api"}, r"\.key: 'name' is no key")):
        with pytest.raises(InvalidInput, match=text):
            accept([RAW], [wrong])
    with pytest.raises(InvalidInput, match="must be a list"):
        accept([RAW], {})
