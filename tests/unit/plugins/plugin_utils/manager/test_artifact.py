# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Plans packed and as artifacts: the same plan comes out, or a refusal that says why."""
from __future__ import annotations

import base64
import hashlib
import json
import zlib

import pytest

from ansible_collections.foresight.netslice.plugins.plugin_utils.errors import InvalidInput, NetsliceError
from ansible_collections.foresight.netslice.plugins.plugin_utils.manager import artifact
from ansible_collections.foresight.netslice.plugins.plugin_utils.manager.difference import difference
from ansible_collections.foresight.netslice.plugins.plugin_utils.manager.plan import make_plan
from ansible_collections.foresight.netslice.tests.unit.plugins.plugin_utils.manager import fleets


def document(content):
    """Data and digest of an artifact with other content."""
    text = json.dumps(content)
    return {"data": base64.b64encode(zlib.compress(text.encode())).decode(), "sha256": hashlib.sha256(text.encode()).hexdigest()}


@pytest.fixture(name="plan")
def made_plan():
    slices = [fleets.slice_(flows=[{"from": "api", "protocol": "tcp", "port": 80}]), fleets.slice_("api", 3)]
    profiles = [fleets.profile(name, requests=140.0) for name in ("web", "api")]
    return fleets.plan(slices, profiles, [fleets.host_state("kvm1"), fleets.host_state("kvm2")])


def test_packed_and_unpacked(plan):
    before = json.dumps(plan)
    packed = artifact.pack(plan)
    assert json.dumps(plan) == before
    assert "slices" not in packed
    assert artifact.unpack(packed) == plan
    assert artifact.unpack(plan) is plan
    for host in ("kvm1", "kvm2"):
        assert artifact.share_of(packed, host) == artifact.share_of(plan, host) == plan["hosts"][host]
    assert artifact.share_of(packed, "kvm3") == artifact.share_of(plan, "kvm3") == {}


def test_artifact_and_back(plan):
    made = artifact.encode(plan)
    assert set(made) == {"plan_id", "sha256", "expires_at", "data"}
    assert artifact.decode(made, fleets.AS_OF + 600) == plan


@pytest.mark.parametrize(("change", "now", "words"), [
    ({}, 601, "expired at 2026-01-05T08:10:00Z, and it is 2026-01-05T08:10:01Z"),
    ({"sha256": "0" * 64}, 0, "does not match its sha256"),
    ({"plan_id": "0" * 16}, 0, "plan_id '0000000000000000' is not that of the plan"),
    ({"expires_at": "2027-01-05T08:10:00Z"}, 0, "expires_at '2027-01-05T08:10:00Z' is not that of the plan"),
    ({"data": "eJyrrgUAAXUA+Q=="}, 0, "does not match its sha256"),
    ({"data": "%"}, 0, "cannot be read"),
    ({"data": "AAAA"}, 0, "cannot be read"),
    (document([]), 0, "holds no plan, and not a foresight.netslice/plan/1"),
    (document({"schema": "foresight.netslice/plan/2"}), 0, "holds foresight.netslice/plan/2, and not a .*Plan and apply with the same version"),
    (document({"schema": "foresight.netslice/plan/1"}), 0, "holds foresight.netslice/plan/1, and"),
])
def test_a_bad_artifact_is_refused(plan, change, now, words):
    with pytest.raises(InvalidInput, match=words):
        artifact.decode({**artifact.encode(plan), **change}, fleets.AS_OF + now)


@pytest.mark.parametrize("given", [{}, {"plan_id": "x"}, None, "text"])
def test_no_artifact(given):
    with pytest.raises(InvalidInput, match="^artifact: lacks"):
        artifact.decode(given, fleets.AS_OF)


def test_too_large_for_an_artifact(plan, monkeypatch):
    monkeypatch.setattr(artifact, "LARGEST_ARTIFACT", 100)
    with pytest.raises(NetsliceError, match="Divide the slices"):
        artifact.encode(plan)


def test_a_thousand_slices_stay_below_the_largest_event():
    slices, profiles, states = fleets.fleet(1000, 100, 4000)
    found = {state["host"]: state for state in states}
    plan = make_plan(slices, profiles, found, sorted(found), fleets.AS_OF, 600, True)
    assert len(json.dumps(artifact.pack(plan))) < 700000
    assert len(artifact.encode(plan)["data"]) < 700000


def test_the_difference_has_a_line_for_each_slice_and_vm():
    slices = [fleets.slice_(), fleets.slice_("api", 3)]
    calm = [fleets.profile(name, requests=fleets.resource(40.0, spread=0.0)) for name in ("web", "api")]
    _plan, states = fleets.converge(slices, calm, [fleets.host_state("kvm1")])
    found = {state["host"]: state for state in states}
    assert difference(fleets.plan(slices, calm, states), found)["before"] == ""
    next(vm for vm in states[0]["vms"] if vm["slice"] == "web")["running"] = False
    busy = [fleets.profile("web", requests=fleets.resource(90.0, spread=0.0)), calm[1]]
    diff = difference(fleets.plan(slices, busy, states), found)
    assert diff["before"].splitlines() == ["slice web: 1 VM", "  web-10-90-2-2 on kvm1: active, not running", "  web-10-90-2-3 on kvm1: absent"]
    assert diff["after"].splitlines() == [
        "slice web: 2 VMs; forecast q0.95 90 1/s in 300..600 s needs 2 VMs of 50 1/s",
        "  web-10-90-2-2 on kvm1: active (heal)", "  web-10-90-2-3 on kvm1: active (create)",
    ]


def test_networks_and_links_are_on_the_line_of_their_slice():
    """At most one line a changed slice and one a changed VM, whatever changes of a slice."""
    def demand(act, egress):
        return [fleets.profile(requests=fleets.resource(act, spread=0.0), egress=fleets.resource(egress, unit="Mbit/s", spread=0.0))]
    hosts = [fleets.host_state(f"kvm{number}") for number in range(1, 6)]
    slices = [fleets.slice_()]
    first = fleets.plan(slices, demand(240.0, 40.0), hosts)
    diff = difference(first, {state["host"]: state for state in hosts})
    assert diff["before"].splitlines()[0] == "slice web: 0 VMs, no network on kvm1, kvm2, kvm3 and 2 more, no egress, no ingress"
    assert diff["after"].splitlines()[0].startswith(
        "slice web: 5 VMs, network on kvm1, kvm2, kvm3 and 2 more (routed, mtu 1500), egress 50 to 50000 Mbit/s, "
        "ingress 5 to 50000 Mbit/s; forecast q0.95 240 1/s")
    assert len(diff["before"].splitlines()) == len(diff["after"].splitlines()) == 1 + 5
    states = [fleets.apply(first["hosts"][state["host"]], state) for state in hosts]
    diff = difference(fleets.plan(slices, demand(240.0, 80.0), states), {state["host"]: state for state in states})
    assert diff["before"] == "slice web: 5 VMs, egress 50 to 50000 Mbit/s\n"
    assert diff["after"].startswith("slice web: 5 VMs, egress 100 to 50000 Mbit/s; forecast") and diff["after"].count("\n") == 1


def test_a_dissolved_slice_is_one_line():
    slices = [fleets.slice_()]
    _plan, states = fleets.converge(slices, [fleets.profile(requests=40.0)], [fleets.host_state("kvm1")])
    states[0]["vms"] = []
    states = [fleets.renew(states[0])]
    diff = difference(fleets.plan([fleets.slice_(state="absent")], [], states), {"kvm1": states[0]})
    assert diff["before"] == "slice web: 0 VMs, network on kvm1\n"
    assert diff["after"].startswith("slice web: 0 VMs, no network on kvm1; ") and diff["after"].count("\n") == 1


def test_the_difference_tells_of_the_warm_pool_a_line_a_vm():
    raw = [fleets.slice_(scaling={"scale_in_window_seconds": 0, "warm": {"state": "stopped", "min": 1, "reuse": True}})]
    few, many = ([fleets.profile(requests=fleets.resource(value, spread=0.0, warm=value))] for value in (40.0, 90.0))
    first, states = fleets.converge(raw, few, [fleets.host_state("kvm1")])
    assert "  web-10-90-2-3 on kvm1: warm (warm)\n" in difference(first, {"kvm1": fleets.host_state("kvm1")})["after"]
    grown, more = fleets.converge(raw, many, states, as_of=fleets.AS_OF + 900)
    diff = difference(grown, {"kvm1": states[0]})
    assert "  web-10-90-2-3 on kvm1: warm\n" in diff["before"]
    assert "  web-10-90-2-3 on kvm1: active (start)\n  web-10-90-2-4 on kvm1: warm (warm)\n" in diff["after"]
    diff = difference(fleets.plan(raw, few, more, as_of=fleets.AS_OF + 1800), {"kvm1": more[0]})
    assert diff["after"].count("(release)") == 1
