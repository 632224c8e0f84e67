# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The rule of evidence by scenarios of evidence_scenarios/*.yml, and what a plan makes of it.

A file is a list of {name, given, expected}. In all of them kvm1 and kvm2 answer, and each other host of `roster` is silent. given: `rule`: keys over
silent_seconds 900; `kvm3` and others: what is known of a silent host, over that it answered 1200 s `ago`, `wrote` telemetry then, has the address
192.0.2.1<number> and a VIP, or null; `asked`, `passes` (3), `others_write`; `hears`: {witness: addresses that answer it}, over those of the other.
expected: `lost`: {host: words of the evidence}, `refused`: {host: words}; what is not named is neither.
"""
from __future__ import annotations

from pathlib import Path

import pytest

yaml = pytest.importorskip("yaml", reason="scenarios need PyYAML")

from ansible_collections.foresight.netslice.plugins.plugin_utils.errors import InvalidInput  # noqa: E402
from ansible_collections.foresight.netslice.plugins.plugin_utils.instants import format_instant  # noqa: E402
from ansible_collections.foresight.netslice.plugins.plugin_utils.manager import evidence  # noqa: E402
from ansible_collections.foresight.netslice.plugins.plugin_utils.manager.plan import make_plan  # noqa: E402
from ansible_collections.foresight.netslice.plugins.plugin_utils.manager.slices import validate_slices  # noqa: E402
from ansible_collections.foresight.netslice.plugins.plugin_utils.manager.table import table  # noqa: E402
from ansible_collections.foresight.netslice.plugins.plugin_utils.report import attention  # noqa: E402
from ansible_collections.foresight.netslice.plugins.plugin_utils.telemetry.hosts import loss_points  # noqa: E402
from ansible_collections.foresight.netslice.tests.unit.plugins.plugin_utils.manager import fleets  # noqa: E402

FOLDER = Path(__file__).parent / "evidence_scenarios"
CASES = {one["name"]: one for path in sorted(FOLDER.glob("*.yml")) for one in yaml.safe_load(path.read_text())}
ANSWERING = {"kvm1": ("192.0.2.11", "10.90.2.2"), "kvm2": ("192.0.2.12", "10.90.2.34")}


def answering(host):
    """State of a host that answers, with one VM that serves."""
    address, vip = ANSWERING[host]
    network = {"slice": "web", "id": 16, "range": "10.90.2.0/24", "prefix": "10.90.2.0/27", "mode": "routed", "mtu": 1500}
    vm = {"name": f"web-{vip}", "slice": "web", "vip": vip, "lifecycle": "active", "running": True, "memory_mib": 512, "vcpus": 1}
    return fleets.host_state(host, addresses=[f"{address}/24"], networks=[network], vms=[vm])


def known(host, keys):
    """What InfluxDB tells of a silent host."""
    if keys is None:
        return None
    keys = {"ago": 1200, "wrote": True, "writes_ago": None, "addresses": [f"192.0.2.1{host[-1]}"], "vips": [f"10.90.2.{32 * (int(host[-1]) - 1) + 2}"],
            "lost": False, **keys}
    time = fleets.AS_OF - keys["ago"]
    lost = {"host": host, "since": format_instant(time), "fenced": True} if keys["lost"] else None
    writes = None if keys["writes_ago"] is None else fleets.AS_OF - keys["writes_ago"]
    return evidence.Seen(time, tuple(keys["addresses"]), tuple(keys["vips"]), lost, keys["wrote"], writes)


def run(given):
    """(suspects that are lost, {host: why another is not})"""
    rule = evidence.Rule(**{"silent_seconds": 900, **given.get("rule", {})})
    roster = given.get("roster", ["kvm1", "kvm2", "kvm3"])
    states = {host: answering(host) for host in ANSWERING}
    silent = evidence.silent_hosts(roster, states, [])
    seen = {host: known(host, given.get(host, {})) for host in silent}
    found = evidence.suspect(rule, silent, given.get("asked", roster), roster, seen, given.get("passes", 3), given.get("others_write", True), fleets.AS_OF)
    suspects, controls = evidence.probes(found.suspects, states)
    answers = {"kvm1": [*ANSWERING["kvm1"], *ANSWERING["kvm2"]], "kvm2": [*ANSWERING["kvm1"], *ANSWERING["kvm2"]], **given.get("hears", {})}
    judged = evidence.judge(rule, suspects, controls, answers)
    return judged.suspects, {**found.refused, **judged.refused}


@pytest.mark.parametrize("name", CASES)
def test_the_rule_by_scenarios(name):
    lost, refused = run(CASES[name]["given"])
    expected = CASES[name]["expected"]
    assert ({one["host"] for one in lost}, set(refused)) == (set(expected.get("lost", {})), set(expected.get("refused", {}))), (lost, refused)
    for one in lost:
        assert expected["lost"][one["host"]] in one["why"]
    for host, words in expected.get("refused", {}).items():
        assert words in refused[host]


def test_a_piece_less_never_saves_a_host_that_all_pieces_condemn():
    """Every scenario but the first lacks a piece of the first: the first alone is judged by the whole rule and lost."""
    assert [one["host"] for one in run({})[0]] == ["kvm3"]
    assert run({})[0][0]["fenced"] is False and run({"kvm3": {"lost": True}})[0][0]["fenced"] is True


@pytest.mark.parametrize("keys, words", [
    ({"silent_seconds": 0}, "netslice_evidence.silent_seconds: 0 is less than 1"), ({"passes": 0}, "passes: 0"), ({"most_hosts": 0}, "most_hosts: 0"),
    ({"witnesses": 0}, "witnesses: 0"), ({"most_percent": 120}, "most_percent: 120 is no share"),
    ({"telemetry": False, "probe": False}, "with neither telemetry nor probe"),
])
def test_a_rule_that_proves_nothing_is_refused(keys, words):
    with pytest.raises(InvalidInput, match=words):
        evidence.Rule(**{"silent_seconds": 900, **keys})


def test_vips_that_are_not_routed_and_addresses_of_ipv6_are_not_probed():
    state = answering("kvm1")
    state["addresses"].append("2001:db8::11/64")
    assert evidence.record_of(state) == {"addresses": ["192.0.2.11"], "vips": ["10.90.2.2"]}
    state["networks"][0]["mode"] = "nat"
    assert evidence.record_of(state)["vips"] == []


def planned(**keys):
    """A plan of one slice whose other host is lost by evidence."""
    slices = validate_slices([fleets.slice_()])
    profiles = [fleets.profile(requests=fleets.resource(90.0, spread=0.0))]
    return make_plan(slices, profiles, {"kvm1": fleets.host_state("kvm1")}, ["kvm1", "kvm2"], fleets.AS_OF, 600, False, **keys)


LOST = {"host": "kvm2", "by": "evidence", "since": "2026-01-05T07:40:00Z", "why": "no answer", "addresses": [], "vips": ["10.90.2.34"], "fenced": True}


def test_a_plan_tells_the_evidence_and_takes_the_host_for_lost():
    plan = planned(evidence=[LOST])
    assert (plan["lost_hosts"], plan["unknown_hosts"], plan["slices"][0]["vms"]["final"]) == ([LOST], [], 2)
    assert "Lost by evidence: kvm2 (no answer). What was there does not count." in table(plan, 9)
    assert attention.of_plan(plan) == ["Host kvm2 is lost by evidence (no answer): its VMs do not count, and its VIPs are not given out until it is back."]
    assert [(point.measurement, point.tags, point.time) for point in loss_points(plan)] == [("netslice_host", {"host": "kvm2"}, fleets.AS_OF)]


def test_a_host_lost_by_evidence_is_planned_like_one_lost_by_word():
    plans = [planned(evidence=[LOST]), planned(lost=["kvm2"])]
    for plan in plans:
        del plan["lost_hosts"], plan["id"]
        for share in plan["hosts"].values():
            del share["plan_id"]
    assert plans[0] == plans[1]


def test_the_word_of_the_operator_comes_before_evidence():
    plan = planned(evidence=[LOST], lost=["kvm2"])
    assert plan["lost_hosts"] == [{"host": "kvm2", "by": "word"}]
    assert loss_points(plan) == []


@pytest.mark.parametrize("change", [{"why": None}, {"by": "word"}, {"fenced": "yes"}])
def test_evidence_is_taken_as_it_was_judged(change):
    assert evidence.checked([{**LOST, "more": 1}]) == [LOST]
    with pytest.raises(InvalidInput, match=r"evidence\[0\]: has no"):
        evidence.checked([{**LOST, **change}])
