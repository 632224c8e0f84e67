# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which hooks are due, that one which ran is not due again, and that task files are found."""
from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from ansible.errors import AnsibleError
from ansible_collections.foresight.netslice.plugins.plugin_utils.errors import InvalidInput
from ansible_collections.foresight.netslice.plugins.plugin_utils.manager.difference import difference
from ansible_collections.foresight.netslice.plugins.plugin_utils.manager.hooks import FAILURES, with_paths
from ansible_collections.foresight.netslice.plugins.plugin_utils.manager.slices import validate_slices
from ansible_collections.foresight.netslice.tests.unit.plugins.plugin_utils.manager import fleets

ALL = {name: {"tasks": f"{name}.yml"} for name in ("before_start", "after_active", "before_release", "after_release")}
SCALING = {"scale_in_window_seconds": 0, "drain_seconds": 600}


def web(hooks=None, **sections):
    sections = {"scaling": SCALING, **sections}
    return {**fleets.slice_(**sections), "hooks": ALL if hooks is None else hooks}


def demand(value):
    return [fleets.profile(requests=fleets.resource(value, spread=0.0))]


def hooks_of(plan):
    """{name of a VM: names of the hooks that are due}"""
    return {vm["name"]: [hook["name"] for hook in vm["hooks"]] for vm in plan["hosts"]["kvm1"]["vms"] if "hooks" in vm}


def note(plan, state, *left):
    """The state after a pass that ran its hooks, but for those of the VMs that are left out."""
    state = fleets.apply(plan["hosts"]["kvm1"], state)
    ran = {name: hooks[-1] for name, hooks in hooks_of(plan).items() if name not in left}
    for vm in state["vms"]:
        vm["hook"] = ran.get(vm["name"], vm.get("hook"))
    return fleets.renew(state)


def test_hooks_are_due_once_in_a_life():
    state, now = fleets.host_state("kvm1"), fleets.AS_OF
    first = fleets.plan([web()], demand(90.0), [state])
    assert hooks_of(first) == {"web-10-90-2-2": ["before_start", "after_active"], "web-10-90-2-3": ["before_start", "after_active"]}
    missed = fleets.plan([web()], demand(90.0), [note(first, state, "web-10-90-2-3")])
    assert hooks_of(missed) == {"web-10-90-2-3": ["after_active"]} and missed["changes"] == 1
    state = note(first, state)
    again = fleets.plan([web()], demand(90.0), [state])
    assert hooks_of(again) == {} and again["changes"] == 0

    drained = fleets.plan([web()], demand(40.0), [state], as_of=now + 900)
    assert hooks_of(drained) == {"web-10-90-2-3": ["before_release"]}
    assert "  web-10-90-2-3 on kvm1: draining until 2026-01-05T08:25:00Z (drain, hook before_release)\n" in difference(drained, {"kvm1": state})["after"]
    unseen = fleets.apply(drained["hosts"]["kvm1"], state)
    assert hooks_of(fleets.plan([web()], demand(40.0), [unseen], as_of=now + 1200)) == {"web-10-90-2-3": ["before_release"]}
    state = note(drained, state)
    assert hooks_of(fleets.plan([web()], demand(40.0), [state], as_of=now + 1200)) == {}
    back = fleets.plan([web()], demand(90.0), [state], as_of=now + 1200)
    assert hooks_of(back) == {"web-10-90-2-3": ["after_active"]}

    gone = fleets.plan([web()], demand(40.0), [state], as_of=now + 1800)
    assert hooks_of(gone) == {"web-10-90-2-3": ["after_release"]}
    assert hooks_of(fleets.plan([web()], demand(40.0), [note(gone, state)], as_of=now + 1800)) == {}


def test_a_slice_that_names_none_has_none_due():
    plan = fleets.plan([web({})], demand(90.0), [fleets.host_state("kvm1")])
    assert all("hooks" not in vm for vm in plan["hosts"]["kvm1"]["vms"])


def test_nothing_is_run_for_a_slice_that_is_held():
    plan, (state,) = fleets.converge([web({})], demand(90.0), [fleets.host_state("kvm1")])
    assert len(plan["slices"][0]["create"]) == 2
    for mode in ("paused", "forecast_only"):
        held = fleets.plan([web(scaling={**SCALING, "mode": mode})], demand(90.0), [state])
        assert hooks_of(held) == {} and held["changes"] == 0


def test_a_parked_vm_is_booted_once_and_serves_later():
    pooled = {**SCALING, "warm": {"state": "parked", "min": 1}}
    plan = fleets.plan([web(scaling=pooled)], demand(40.0), [fleets.host_state("kvm1")])
    assert hooks_of(plan) == {"web-10-90-2-2": ["before_start", "after_active"], "web-10-90-2-3": ["before_start"]}
    state = fleets.apply(plan["hosts"]["kvm1"], fleets.host_state("kvm1"))
    taken = fleets.plan([web(scaling=pooled)], demand(90.0), [state])
    assert hooks_of(taken)["web-10-90-2-3"] == ["after_active"]


def test_a_vm_that_is_retained_is_kept_as_long_as_one_that_does_not_stay_up():
    hooks = {"after_active": {"tasks": "a.yml", "on_failure": "retain"}, "before_start": {"tasks": "b.yml"}}
    with pytest.raises(InvalidInput, match="hooks.after_active.on_failure: is retain, but scaling.healing.retain_seconds is 0"):
        validate_slices([web(hooks)])
    plan = fleets.plan([web(hooks, scaling={**SCALING, "healing": {"retain_seconds": 3600}})], demand(40.0), [fleets.host_state("kvm1")])
    ends = {hook["name"]: hook["until"] for hook in plan["hosts"]["kvm1"]["vms"][0]["hooks"]}
    assert ends == {"before_start": "2026-01-05T08:05:00Z", "after_active": "2026-01-05T09:00:00Z"}


def test_a_hook_that_the_drain_has_no_time_for_is_refused():
    with pytest.raises(InvalidInput, match=r"hooks.before_release.timeout_seconds: 300 is more than scaling.drain_seconds, 60"):
        validate_slices([web({"before_release": {"tasks": "a.yml"}}, scaling={"drain_seconds": 60})])
    validate_slices([web({"before_release": {"tasks": "a.yml", "timeout_seconds": 60}}, scaling={"drain_seconds": 60})])


@pytest.mark.parametrize(("hooks", "words"), [
    ({"on_start": {"tasks": "a.yml"}}, r"hooks.on_start: is not a known key; did you mean before_start\?"),
    ({"before_start": {"tasks": "a.yml", "on_failure": "retain"}}, "hooks.before_start.on_failure: 'retain' is not one of abandon, continue"),
    ({"after_active": {"tasks": "a.yml", "timeout_seconds": 0}}, "hooks.after_active.timeout_seconds: 0 is outside 1..3600"),
])
def test_hooks_that_are_none_are_refused(hooks, words):
    with pytest.raises(InvalidInput, match=words):
        validate_slices([web(hooks)])


def test_the_role_knows_what_comes_of_each_failure():
    tasks = yaml.safe_load((Path(__file__).resolve().parents[5] / "roles" / "slice_manager" / "tasks" / "hook.yml").read_text(encoding="utf-8"))
    told = next(task["vars"] for task in tasks if "__slice_manager_failed" in task.get("vars", {}))
    # ansible-core before 2.19 renders a dictionary as a whole, so that one key that is missing fails all.
    assert set(told["__slice_manager_given_up"]) == set(FAILURES)
    assert set(told["__slice_manager_failed"]) == {fate for fates in FAILURES.values() for fate in fates}


def test_task_files_are_found_or_refused():
    (slice_,) = validate_slices([web({"after_active": {"tasks": "a.yml"}})])
    assert with_paths(slice_, lambda kind, name: f"/play/{kind}/{name}")["hooks"]["after_active"]["tasks"] == "/play/tasks/a.yml"

    def find(_kind, name):
        raise AnsibleError(f"Could not find {name}")

    with pytest.raises(InvalidInput, match="slice web, hooks.after_active.tasks: Cannot find a.yml: Could not find a.yml. Put it into tasks/"):
        with_paths(slice_, find)
