# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The scenarios of scenarios/*.yml: what is given, how many VMs are expected, and by which rules.

A file is a list of scenarios {name, given, expected}. One VM serves 50 requests a second. given: `present` VMs, which began a day ago, but for
`added`: seconds ago at which some of them began; `removed`: seconds ago at which others were given up; `at`: the instant; `demand`: requests a
second now and in every window of the forecast, or a mapping of `now`, `act`, `hold`, `horizon`, `projection`, `peak`, `dissolve_peak`,
`verdict`, `age`; `scaling`, `network` and `state` of the slice; `unknown` hosts; `replay`: the
last replay of the policy, an hour ago and good unless it says otherwise, or null. expected: `vms`, `rules` in their order, and
`why`, words of the last reason; or `refused`, words of the refusal.
"""
from __future__ import annotations

from pathlib import Path

import pytest

yaml = pytest.importorskip("yaml", reason="scenarios need PyYAML")

from ansible_collections.foresight.netslice.plugins.plugin_utils.errors import InvalidInput  # noqa: E402
from ansible_collections.foresight.netslice.plugins.plugin_utils.instants import format_instant, parse_instant  # noqa: E402
from ansible_collections.foresight.netslice.plugins.plugin_utils.manager.gate import gated, settings_of  # noqa: E402
from ansible_collections.foresight.netslice.plugins.plugin_utils.manager.policy import decide  # noqa: E402
from ansible_collections.foresight.netslice.plugins.plugin_utils.manager.slices import validate_slices  # noqa: E402
from ansible_collections.foresight.netslice.tests.unit.plugins.plugin_utils.manager import fleets  # noqa: E402

FOLDER = Path(__file__).parent / "scenarios"
CASES = {f"{path.stem}: {one['name']}": one for path in sorted(FOLDER.glob("*.yml")) for one in yaml.safe_load(path.read_text())}
GIVEN = {"present", "added", "removed", "at", "demand", "scaling", "network", "state", "unknown", "replay"}
#: rules that an expectation names, where they bind
RULES = {
    "last_value", "telemetry", "tolerance", "scale_in", "projection", "cooldown", "step", "budget", "dissolve", "min", "floor", "max", "raise", "ceiling",
    "state", "mode", "unknown_hosts",
}


def profile_of(demand, as_of):
    """The Demand Profile of a scenario; None where there is none."""
    if demand is None:
        return None
    told = dict(demand) if isinstance(demand, dict) else {"now": demand}
    now = told.pop("now")
    resource = fleets.resource(
        told.pop("act", now), now, told.pop("hold", None), told.pop("horizon", None), told.get("verdict", "ok"), peak=told.pop("peak", None),
        dissolve_peak=told.pop("dissolve_peak", None), spread=0.0, projection=told.pop("projection", None), age=told.pop("age", 0),
    )
    profile = fleets.profile(requests=resource, verdict=told.pop("verdict", "ok"))
    assert not told, f"unknown keys {sorted(told)}"
    return {**profile, "as_of": format_instant(as_of)}


def replays(told, slice_, as_of):
    """The last replay of a scenario, by slice; {} where there is none."""
    if told is None:
        return {}
    settings = "sha256:0" if told.get("settings") == "other" else settings_of(slice_)
    return {slice_["name"]: {
        "time": as_of - told.get("age", 3600), "settings": settings, "policies": {"policy": {"short_percent": told.get("short_percent", 0.1)}},
        "days": told.get("days", 14), "cost_of_static": told.get("cost_of_static", 0.3), "short_of_reactive": told.get("short_of_reactive", 0.2)}}


def decision(given):
    """The Wish of a scenario."""
    assert set(given) <= GIVEN, f"unknown keys {sorted(set(given) - GIVEN)}"
    as_of = parse_instant(given["at"]) if "at" in given else fleets.AS_OF
    sections = {key: given[key] for key in ("scaling", "network", "state") if key in given}
    (slice_,) = validate_slices([fleets.slice_(**sections)])
    (slice_,) = gated([slice_], replays(given.get("replay", {}), slice_, as_of), as_of)
    past = fleets.past(given["present"], given.get("added", ()), given.get("removed", ()), as_of)
    return decide(slice_, profile_of(given.get("demand"), as_of), past, given.get("unknown", []))


@pytest.mark.parametrize("case", CASES, ids=str)
def test_scenarios(case):
    given, expected = CASES[case]["given"], CASES[case]["expected"]
    if "refused" in expected:
        with pytest.raises(InvalidInput) as caught:
            decision(given)
        assert expected["refused"] in str(caught.value)
        return
    wish = decision(given)
    assert (wish.count, [rule["rule"] for rule in wish.rules]) == (expected["vms"], expected.get("rules", []))
    assert expected.get("why", "") in wish.binding["why"]
    for rule, following in zip(wish.rules, wish.rules[1:]):
        assert rule["after"] == following["before"]


def test_every_rule_binds_in_one_scenario_and_is_idle_in_another():
    binding = [set(one["expected"].get("rules", [])) for one in CASES.values() if "vms" in one["expected"]]
    assert set().union(*binding) == RULES
    for rule in RULES:
        stem = [name for name, one in CASES.items() if name.startswith(f"{rule}:")]
        assert any(rule in CASES[name]["expected"].get("rules", []) for name in stem), f"scenarios/{rule}.yml has none where it binds"
        assert any(rule not in CASES[name]["expected"].get("rules", [rule]) for name in stem), f"scenarios/{rule}.yml has none where it does not"
