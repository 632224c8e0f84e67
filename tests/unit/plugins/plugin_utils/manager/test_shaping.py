# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Guarantees: the split over hosts, the grid, what is kept, and what fits a link."""
from __future__ import annotations

import pytest

from ansible_collections.foresight.netslice.plugins.plugin_utils.manager.demand import Readings
from ansible_collections.foresight.netslice.plugins.plugin_utils.manager.shaping import admit, claim, default_rate, Need, on_grid
from ansible_collections.foresight.netslice.plugins.plugin_utils.manager.slices import validate_slices
from ansible_collections.foresight.netslice.tests.unit.plugins.plugin_utils.manager import fleets


@pytest.mark.parametrize(("rate", "expected"), [(0.1, 0.5), (1, 1.0), (9.6, 10.0), (10.2, 11.0), (99.5, 100.0), (101, 105.0), (1001, 1050.0), (3.3 * 3, 10.0)])
def test_grid(rate, expected):
    assert on_grid(rate) == expected


@pytest.mark.parametrize(("link", "expected"), [(10000, 100.0), (1000, 10.0), (100, 1.0), (20, 1.0), (5, 0.5)])
def test_default_class(link, expected):
    assert default_rate(link) == expected


def need(act=None, **shape):
    (slice_,) = validate_slices([fleets.slice_(network={"egress": shape})])
    profile = None if act is None else fleets.profile(egress=fleets.resource(act, unit="Mbit/s", spread=0.0))
    return Need(slice_, Readings(profile, 0.95), "egress")


@pytest.mark.parametrize(("wanted", "share", "present", "expected"), [
    (dict(act=40.0), 1.0, None, (48.0, 100.0)),
    (dict(act=40.0), 0.25, None, (12.0, 100.0)),
    (dict(act=0.2), 0.5, None, (1.0, 100.0)),  # never below the minimum
    (dict(act=40.0), 1.0, (55.0, 100.0), (55.0, 100.0)),  # large enough, and not 20 % too large: kept
    (dict(act=40.0), 1.0, (58.0, 100.0), (48.0, 100.0)),
    (dict(act=40.0), 1.0, (47.5, 100.0), (48.0, 100.0)),
    (dict(act=40.0, ceiling_mbit=30), 1.0, None, (30.0, 30.0)),
    (dict(act=400.0), 1.0, None, (100.0, 100.0)),
    (dict(guarantee_mbit=12.3), 0.5, (7.0, 100.0), (6.15, 100.0)),  # as written, not on the grid, nothing kept
    (dict(), 1.0, (33.0, 100.0), (33.0, 100.0)),  # silence keeps what is there
    (dict(), 1.0, None, (1.0, 100.0)),
])
def test_claims(wanted, share, present, expected):
    one = claim("web", 16, (0, "web"), need(**wanted), share, 100.0, present and (*present, None), [])
    assert (one.guarantee, one.ceiling) == expected
    assert one.differs() == (present != expected)


def test_a_held_slice_keeps_its_class_or_has_none():
    assert claim("web", 16, (0, "web"), None, 1.0, 100.0, None, []) is None
    one = claim("web", 16, (0, "web"), None, 1.0, 100.0, (7.3, 50.0, 5.0), [])
    assert (one.guarantee, one.ceiling, one.vip_ceiling, one.differs()) == (7.3, 50.0, 5.0, False)


@pytest.mark.parametrize(("shape", "present", "expected", "differs"), [
    ({"vip_ceiling_mbit": 5}, (1.0, 100.0, None), 5.0, True),
    ({"vip_ceiling_mbit": 5}, (1.0, 100.0, 5.0), 5.0, False),
    ({"vip_ceiling_mbit": 5}, (1.0, 100.0, 4.0), 5.0, True),
    ({}, (1.0, 100.0, 5.0), None, True),
    ({"vip_ceiling_mbit": 200}, (1.0, 100.0, None), None, False),  # no less than the link
])
def test_ceilings_of_vips(shape, present, expected, differs):
    one = claim("web", 16, (0, "web"), need(**shape), 1.0, 100.0, present, [])
    assert (one.vip_ceiling, one.entry()["vip_ceiling_mbit"], one.differs()) == (expected, expected, differs)


def claims(*entries):
    return [
        claim(name, 16 + index, (-priority, name), need(act=rate / 1.2), 1.0, 20.0, present, [])
        for index, (name, priority, rate, present) in enumerate(entries)
    ]


def test_what_fits_is_given():
    made = claims(("a", 100, 10, None), ("b", 100, 9, None))
    admit(made, 20.0)
    assert [one.guarantee for one in made] == [10.0, 9.0]


def test_priority_decides_after_every_minimum():
    made = claims(("a", 100, 15, None), ("b", 100, 12, None), ("top", 200, 15, None))
    admit(made, 20.0)
    assert {one.name: (one.guarantee, one.short) for one in made} == {"a": (3.0, 12.0), "b": (1.0, 11.0), "top": (15.0, 0.0)}


def test_generous_guarantees_shrink_before_anybody_is_short():
    made = claims(("a", 100, 10, (12.0, 20.0, None)), ("b", 100, 8, None))
    assert made[0].guarantee == 12.0
    admit(made, 20.0)
    assert [one.guarantee for one in made] == [10.0, 8.0]
    assert [one.short for one in made] == [0.0, 0.0]


def test_minimums_beyond_the_link_are_scaled_and_held_slices_stay():
    made = claims(*((f"s{index:02d}", 100, 1, None) for index in range(30)))
    made.append(claim("held", 99, (0, "held"), None, 1.0, 20.0, (4.0, 20.0, None), []))
    admit(made, 20.0)
    assert made[-1].guarantee == 4.0
    assert {one.guarantee for one in made[:-1]} == {0.5}
    assert sum(one.guarantee for one in made) <= 19.0


def test_the_shortage_is_said():
    slices = [fleets.slice_(), fleets.slice_("api", 3)]
    state = fleets.host_state("kvm1", links=[{"device": "eth0", "rate_mbit": 20}])
    profiles = [
        fleets.profile(name, requests=40.0, egress=fleets.resource(10.0, unit="Mbit/s", spread=0.0), ingress=fleets.resource(1.0, unit="Mbit/s", spread=0.0))
        for name in ("web", "api")
    ]
    plan = fleets.plan(slices, profiles, [state])
    assert plan["verdict"] == "partial"
    assert plan["missing"] == [
        "web: 5 Mbit/s of the 12 Mbit/s of egress it needs of eth0 on kvm1 (a link of 20 Mbit/s, of which 1 are for what is no slice)"
    ]


def test_what_is_granted_in_full_beside_a_shortage_is_what_the_next_pass_finds_right():
    third = claim("api", 16, (0, "api"), need(guarantee_mbit=2), 2 / 3, 20.0, None, [])
    held = claim("web", 17, (0, "web"), need(), 1.0, 20.0, (18.0, 20.0, None), [])
    admit([third, held], 20.0)
    assert (third.guarantee, third.short, held.guarantee) == (1.333, 0.0, 17.66)
    again = [claim("api", 16, (0, "api"), need(guarantee_mbit=2), 2 / 3, 20.0, (1.333, 20.0, None), []),
             claim("web", 17, (0, "web"), need(), 1.0, 20.0, (17.66, 20.0, None), [])]
    admit(again, 20.0)
    assert not any(one.differs() for one in again)


def test_a_hidden_slice_has_all_slices_of_its_host_shaped_at_their_bridges():
    def bridges(*slices):
        plan = fleets.plan(list(slices), [fleets.profile(one["name"], requests=40.0) for one in slices], [fleets.host_state("kvm1")])
        return {one["direction"]: one.get("bridges") for one in plan["hosts"]["kvm1"]["attachments"]}

    assert bridges(fleets.slice_(), fleets.slice_("api", 3)) == {"egress": None, "ingress": None}
    assert bridges(fleets.slice_(), fleets.slice_("api", 3, network={"mode": "nat"})) == {"egress": None, "ingress": ["nsb16", "nsb17"]}
