# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""When a VM counts as hung and when as one that does not stay up, and what holds however VMs fail."""
from __future__ import annotations

import random

import pytest

hypothesis = pytest.importorskip("hypothesis", reason="property tests need hypothesis")

from hypothesis import given, strategies as st  # noqa: E402

from ansible_collections.foresight.netslice.plugins.plugin_utils.instants import canonical_json, format_instant  # noqa: E402
from ansible_collections.foresight.netslice.plugins.plugin_utils.manager import healing  # noqa: E402
from ansible_collections.foresight.netslice.plugins.plugin_utils.manager.slices import validate_slices  # noqa: E402
from ansible_collections.foresight.netslice.tests.unit.plugins.plugin_utils.manager import fleets  # noqa: E402
from ansible_collections.foresight.netslice.tests.unit.plugins.plugin_utils.manager.examples import examples  # noqa: E402

AS_OF, CASES = fleets.AS_OF, examples(40)
MODES = st.sampled_from(["enforce", "scale_out_only", "forecast_only", "paused"])


def a_slice(**rules):
    return validate_slices([fleets.slice_(scaling={"healing": rules})])[0]


def a_vm(lifecycle="active", running=True, since=7200, silent=None, answers=None, restarts=()):
    """A record; times are seconds before AS_OF."""
    told = {} if answers is None else {"answers": answers}
    return {
        "name": "web-10-90-2-2", "vip": "10.90.2.2", "lifecycle": lifecycle, "running": running, "since": format_instant(AS_OF - since),
        "silent_since": None if silent is None else format_instant(AS_OF - silent), "restarts": [format_instant(AS_OF - ago) for ago in restarts], **told,
    }


@pytest.mark.parametrize("record, expected", [
    (a_vm(silent=600, answers=False), True),
    (a_vm(silent=599, answers=False), False),
    (a_vm(silent=6000, answers=True), False),
    (a_vm(silent=6000), False),  # nobody could ask it now
    (a_vm(silent=6000, answers=False, running=False), False),
    (a_vm("draining", silent=6000, answers=False), False),
    (a_vm(), False),
])
def test_hung(record, expected):
    assert healing.hung(a_slice(), record, AS_OF) is expected


@pytest.mark.parametrize("record, expected", [
    (a_vm(running=False, restarts=(3000, 2000, 1000)), True),
    (a_vm(running=False, restarts=(3700, 2000, 1000)), False),
    (a_vm(running=False, restarts=(2000, 1000)), False),
    (a_vm(restarts=(3000, 2000, 1000)), False),  # it is well
    # Given up on, it stays so however long ago that was, for the window ends where it ceased to serve.
    (a_vm(running=False, silent=90000, restarts=(93000, 92000, 91000)), True),
    (a_vm(running=False, silent=90000, restarts=(94000, 92000, 91000)), False),
    (a_vm("verifying", since=90000, restarts=(93000, 92000, 90000)), True),
    (a_vm("verifying", since=300, restarts=(1500, 900, 300)), False),  # its time to come up is not over
    (a_vm("reserved", False, since=100, restarts=(2000, 1000, 100)), True),
    (a_vm("reserved", False, since=100), False),
    (a_vm(silent=700, answers=False, restarts=(3000, 2000, 1000)), True),
    (a_vm(silent=700, answers=True, restarts=(3000, 2000, 1000)), False),
])
def test_fails(record, expected):
    assert healing.fails(a_slice(), record, AS_OF) is expected


def test_a_window_is_never_too_short_for_the_restarts_of_one_that_is_slow_to_come_up():
    slow = validate_slices([fleets.slice_(scaling={"lead_time_seconds": 7200})])[0]
    assert healing.fails(slow, a_vm("verifying", since=14400, restarts=(43200, 28800, 14400)), AS_OF)


@pytest.mark.parametrize("silent, serving, ill", [(2, 2, False), (3, 3, True), (3, 5, True), (3, 6, False), (6, 10, True), (5, 10, False)])
def test_a_host_is_ill_where_many_are_silent(silent, serving, ill):
    vms = [a_vm(silent=300 if number < silent else None, answers=False if number < silent else None) for number in range(serving)]
    found = healing.ill_hosts({"kvm1": {"vms": [*vms, a_vm("quarantined", False)]}})
    assert found == ({"kvm1": f"{silent} of the {serving} VMs that run on kvm1 are silent at once, so look at the network of kvm1"} if ill else {})


def test_what_is_retained_keeps_its_disks_in_quarantine():
    raw = [fleets.slice_(scaling={"healing": {"retain_seconds": 86400}})]
    found = [fleets.profile(requests=100.0)]
    _plan, states = fleets.converge(raw, found, [fleets.host_state("kvm1")])
    first = states[0]["vms"][0]
    first.update(running=False, restarts=[format_instant(AS_OF - ago) for ago in (900, 600, 300)])
    plan = fleets.plan(raw, found, [fleets.renew(states[0])], as_of=AS_OF + 60)
    states = [fleets.apply(plan["hosts"]["kvm1"], states[0])]
    plan = fleets.plan(raw, found, states, as_of=AS_OF + 360)
    vm = next(vm for vm in plan["hosts"]["kvm1"]["vms"] if vm["name"] == first["name"])
    assert (vm["want"], vm["retain"], vm["until"]) == ("quarantined", True, format_instant(AS_OF + 360 + 86400))
    assert [one.get("retain") for one in plan["hosts"]["kvm1"]["vms"] if one["name"] != first["name"]] == [None] * 3
    assert plan["slices"][0]["release"] == [first["name"]]


def ill_fated(states, doomed, rng, at):
    """The hosts after VMs of the doomed names fell silent, crashed or did not come up, as passes would find them."""
    for state in states:
        for vm in state["vms"]:
            if vm["name"] not in doomed or vm["lifecycle"] not in ("active", "verifying"):
                continue
            if vm["since"] == at:
                vm["lifecycle"] = "verifying"
            elif vm["lifecycle"] == "active" and rng.random() < 0.7:
                vm.update(silent_since=vm.get("silent_since") or at, answers=False)
            vm["running"] = vm["running"] and rng.random() < 0.7
        fleets.renew(state)


@CASES
@given(st.integers(0, 2**32), MODES, st.integers(1, 3), st.integers(0, 3), st.integers(1, 3))
def test_however_vms_fail_restarts_and_launches_stay_within_their_limits(seed, mode, at_once, restarts, most):
    rng, now = random.Random(seed), AS_OF
    raw = [fleets.slice_(name, index, scaling={
        "max": 6, "healing": {"at_once": at_once, "restarts": restarts}, "disruption": {"max_unavailable": most}}) for index, name in enumerate(("api", "web"))]
    profiles = [fleets.profile(name, requests=float(rng.randint(1, 6) * 45)) for name in ("api", "web")]
    states = [fleets.host_state("kvm1"), fleets.host_state("kvm2")]
    _plan, states = fleets.converge(raw, profiles, states, as_of=now)
    for one in raw:
        one["scaling"]["mode"] = mode
    fate, changes = {vm["name"] for state in states for vm in state["vms"] if rng.random() < 0.4}, []
    for _pass in range(25):
        now += 900
        plan = fleets.plan(raw, profiles, states, as_of=now)
        found = {vm["name"]: vm for state in states for vm in state["vms"]}
        for entry in plan["slices"]:
            hung = [name for name in entry["heal"] if found[name]["running"] and found[name]["lifecycle"] == "active"]
            assert len(hung) <= at_once and len(entry["create"]) <= most
            assert mode in ("enforce", "scale_out_only") or not entry["heal"]
            assert mode == "enforce" or not entry["create"] + entry["release"]
            well = [vm for vm in found.values() if vm["slice"] == entry["name"] and vm["name"] not in fate and vm["lifecycle"] == "active"]
            assert not {vm["name"] for vm in well} & set(entry["heal"])
        states = [fleets.apply(plan["hosts"][state["host"]], state) for state in states]
        fate |= {name for entry in plan["slices"] for name in entry["create"] if rng.random() < 0.3}
        ill_fated(states, fate, rng, format_instant(now))
        recent = [sum(at > format_instant(now - 3600) for at in vm.get("restarts", [])) for state in states for vm in state["vms"]]
        assert max(recent) <= restarts
        changes.append(plan["changes"])
    if mode not in ("enforce", "scale_out_only"):
        assert not any(changes)
    assert changes[-1] == 0 or mode == "enforce", canonical_json(plan["slices"])
