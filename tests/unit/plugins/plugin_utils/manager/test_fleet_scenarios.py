# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The scenarios of fleet_scenarios/*.yml: slices that compete for hosts, and where their VMs go.

A file is a list of scenarios {name, given, expected}. A VM takes 1 vCPU and 512 MiB, and serves 50 requests a second. given: `hosts`: {name: keys},
of which `vms` is how many such VMs it has memory for (8), `vcpus` its virtual processors for slices (64), and the others are keys of the host state;
`slices`: {name: keys of a slice, and `demand` in requests a second, with `ahead`, what the window of the warm pool predicts (the demand)};
`before`: demands of passes that were made and applied before, each {slice: demand};
`then`: {host or slice: keys} that changed after those; `passes`: how many passes are made with the demand, the last of which is judged; `options` of the plan;
`stuck`: slices whose VMs do not answer that are made in these passes; `silent` and `crashed`: VMs that from the last of the passes before on run without
an answer, or do not run however often they are started; `altered`: {VM: what was changed of it by hand}; `removed`: VMs whose domains somebody removed;
`records`: {VM: keys of its record};
`lost`: {host: in how many of these passes it is gone and declared lost}, after which it is back as it was. A pass is 900 s after the one before. expected:
{slice: {vms, verdict, rules, on: {host: VMs}, create, start, restore, resize, warm, return, release, drain, forget, pool: VMs that it has then,
kept: {host: VMs of the pool}, missing: words, why: words of `replacement` or of the pool, healing and resizing: words of it, lost: the elements of `shortfall`
in words}}, of which every key is optional; `changes` of the whole plan; or `refused`, words of the refusal.
"""
from __future__ import annotations

from pathlib import Path

import pytest

yaml = pytest.importorskip("yaml", reason="scenarios need PyYAML")

from ansible_collections.foresight.netslice.plugins.plugin_utils.errors import InvalidInput  # noqa: E402
from ansible_collections.foresight.netslice.plugins.plugin_utils.instants import fingerprint, format_instant  # noqa: E402
from ansible_collections.foresight.netslice.plugins.plugin_utils.manager.plan import make_plan  # noqa: E402
from ansible_collections.foresight.netslice.plugins.plugin_utils.manager.shortfall import BECAUSE, words  # noqa: E402
from ansible_collections.foresight.netslice.plugins.plugin_utils.manager.slices import validate_slices  # noqa: E402
from ansible_collections.foresight.netslice.tests.unit.plugins.plugin_utils.manager import fleets  # noqa: E402

FOLDER = Path(__file__).parent / "fleet_scenarios"
CASES = {f"{path.stem}: {one['name']}": one for path in sorted(FOLDER.glob("*.yml")) for one in yaml.safe_load(path.read_text())}
GIVEN = {"hosts", "slices", "before", "then", "passes", "options", "lost", "stuck", "silent", "crashed", "altered", "removed", "records"}
PASS_SECONDS = 900


def host_of(name, keys):
    """The state of an empty host of a scenario."""
    keys = dict(keys or {})
    room, vcpus = keys.pop("vms", 8), keys.pop("vcpus", 64)
    return fleets.host_state(name, **{"vcpus": vcpus, "vcpu_ratio": 1.0, "memory_mib": room * 512, "reserve": {"vcpus": 0, "memory_mib": 0}, **keys})


def stick(hosts, slices, old):
    """VMs of the slices that were not there before run, and do not answer."""
    for state in hosts:
        for vm in state["vms"]:
            if vm["slice"] in slices and vm["name"] not in old and vm["lifecycle"] == "active":
                vm["lifecycle"] = "verifying"


def hush(hosts, silent, crashed, at):
    """What a pass of the instant `at` leaves of VMs that run without an answer, and of those that crash."""
    for state in hosts:
        for vm in state["vms"]:
            if vm["name"] not in [*silent, *crashed] or vm["lifecycle"] not in ("active", "verifying"):
                continue
            if vm["since"] == at:
                vm["lifecycle"] = "verifying"
            elif vm["lifecycle"] == "active" and vm["name"] in silent:
                vm.update(silent_since=vm.get("silent_since") or at, answers=False)
            if vm["name"] in crashed:
                vm["running"] = False
        fleets.renew(state)


def meddle(hosts, altered, removed, records):
    """What people did to domains, and what else is true of them."""
    for state in hosts:
        state["vms"] = [vm for vm in state["vms"] if vm["name"] not in removed]
        for vm in state["vms"]:
            vm.update({"changed_by_hand": altered[vm["name"]]} if vm["name"] in altered else {})
            vm.update(records.get(vm["name"], {}))
        fleets.renew(state)


def run(given):
    """The plan of the last pass of a scenario, and the slices it was made for."""
    assert set(given) <= GIVEN, f"unknown keys {sorted(set(given) - GIVEN)}"
    hosts = [host_of(name, keys) for name, keys in given["hosts"].items()]
    demand = {name: keys.get("demand", 0) for name, keys in given["slices"].items()}
    before, later, now, made = given.get("before", []), given.get("then", {}), fleets.AS_OF, {}
    for number, wanted in enumerate([*before, *[demand] * given.get("passes", 1)]):
        if number:
            hosts = [fleets.apply(plan["hosts"][state["host"]], state, made) if state["host"] in plan["hosts"] else state for state in hosts]
        if number > len(before):
            stick(hosts, given.get("stuck", []), old)
        else:
            old = {vm["name"] for state in hosts for vm in state["vms"]}
        if number >= len(before):
            hush(hosts, given.get("silent", []), given.get("crashed", []), format_instant(now - PASS_SECONDS))
            meddle(hosts, given.get("altered", {}), given.get("removed", []) if number == len(before) else [], given.get("records", {}))
        if number == len(before):
            for state in hosts:
                state.update(later.get(state["host"], {}))
        changed = later if number >= len(before) else {}
        raw = [
            fleets.slice_(name, index, **{key: value for key, value in {**keys, **changed.get(name, {})}.items() if key not in ("demand", "ahead")})
            for index, (name, keys) in enumerate(given["slices"].items())
        ]
        profiles = [fleets.profile(name, requests=_forecast(wanted.get(name, 0), given["slices"][name])) for name in demand]
        lost = [host for host, passes in given.get("lost", {}).items() if 0 <= number - len(before) < passes]
        found = {state["host"]: state for state in hosts if state["host"] not in lost}
        roster = sorted(given["hosts"])
        slices = validate_slices(raw)
        made = {one["name"]: fingerprint({key: value for key, value in one["vm"].items() if one["vm"]["most"].get(key) is None}) for one in slices}
        plan = make_plan(slices, profiles, found, roster, now, 600, False, **{"lost": lost, "definitions": made, **given.get("options", {})})
        now += PASS_SECONDS
    vips = [vm["vip"] for state in hosts for vm in state["vms"]]
    assert len(vips) == len(set(vips)), "a VIP on two VMs"
    return plan


def _forecast(demand, keys):
    return fleets.resource(float(demand), spread=0.0, warm=float(max(demand, keys.get("ahead", 0))))


def judged(plan, name):
    """What a scenario may expect of a slice."""
    entry = next(one for one in plan["slices"] if one["name"] == name)
    where, kept = {}, {}
    for host, share in plan["hosts"].items():
        wants = [vm["want"] for vm in share["vms"] if vm["slice"] == name]
        for found, counted in ((where, ("active",)), (kept, ("warm", "parked"))):
            count = sum(want in counted for want in wants)
            found.update({host: count} if count else {})
    pool = entry.get("pool", {"final": 0, "why": ""})
    return {
        "vms": entry["vms"]["final"], "verdict": entry["verdict"], "rules": [rule["rule"] for rule in entry["vms"]["rules"]], "on": where,
        **{action: len(entry[action]) for action in ("create", "release", "drain", "heal", "restore", "resize", "start", "warm", "return", "forget")},
        "missing": "; ".join(entry["missing"]), "why": entry.get("replacement", "") or pool["why"], "pool": pool["final"], "kept": kept,
        "lost": [words(item) for item in entry["shortfall"]], "healing": "; ".join(entry.get("healing", [])),
        "resizing": "; ".join(entry.get("resizing", [])),
    }


@pytest.mark.parametrize("case", CASES, ids=str)
def test_fleet_scenarios(case):
    given, expected = CASES[case]["given"], dict(CASES[case]["expected"])
    if "refused" in expected:
        with pytest.raises(InvalidInput) as caught:
            run(given)
        assert expected["refused"] in str(caught.value)
        return
    plan = run(given)
    if "changes" in expected:
        assert plan["changes"] == expected.pop("changes")
    for name, wanted in expected.items():
        found = judged(plan, name)
        for key in ("missing", "why", "healing", "resizing"):
            assert wanted[key] in found[key] if wanted.get(key) else key not in wanted or not found[key], found[key]
        exact = {key: value for key, value in wanted.items() if key not in ("missing", "why", "healing", "resizing")}
        assert {key: found[key] for key in exact} == exact, name


def test_every_rule_of_a_fleet_binds_in_one_scenario_and_is_idle_in_another():
    told = [entry["rules"] for one in CASES.values() for entry in one["expected"].values() if isinstance(entry, dict) and "rules" in entry]
    for rule in ("quota", "protected", "preempted", "capacity"):
        assert any(rule in rules for rules in told), f"no scenario where {rule} binds"
        assert any(rule not in rules for rules in told), f"no scenario where {rule} does not"


@pytest.mark.parametrize("because", BECAUSE)
def test_every_reason_for_a_loss_binds_in_one_scenario_and_is_idle_in_another(because):
    told = [" ".join(entry["lost"]) for one in CASES.values() for entry in one["expected"].values() if isinstance(entry, dict) and "lost" in entry]
    assert any(BECAUSE[because] in text for text in told) and any(BECAUSE[because] not in text for text in told)
