# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What of a share needs no run of its modules, by the marks that the host tells."""
from __future__ import annotations

import copy
import json

import pytest
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator

from ansible_collections.foresight.netslice.plugins.module_utils import asked
from ansible_collections.foresight.netslice.plugins.modules import slice_networks, slice_qos
from ansible_collections.foresight.netslice.plugins.plugin_utils.manager.artifact import pack, share_of
from ansible_collections.foresight.netslice.plugins.plugin_utils.manager.settled import settled, with_settled, without_settled
from ansible_collections.foresight.netslice.plugins.plugin_utils.manager.vips import FORMS, vip_assignments
from ansible_collections.foresight.netslice.tests.unit.plugins.plugin_utils.manager import fleets

ALL = ["attachments", "networks", "vms"]


def as_module(spec, **options):
    """Options as a module has them, which come to it as JSON."""
    checked = ArgumentSpecValidator(spec).validate(json.loads(json.dumps(options)))
    assert not checked.error_messages
    return checked.validated_parameters


def kept(**network):
    """(share, Host state) of a pass that keeps what an earlier one made; the marks are those of what the modules were given."""
    slices = [fleets.slice_(network=network) if network else fleets.slice_(), fleets.slice_("db", 3)]
    profiles = [fleets.profile(one["name"], requests=fleets.resource(90.0, spread=0.0)) for one in slices]
    _first, (state,) = fleets.converge(slices, profiles, [fleets.host_state("kvm1")])
    share = fleets.plan(slices, profiles, [state])["hosts"]["kvm1"]
    return share, {**state, "as_asked": told(share, state["links"])}


def told(share, links):
    """Marks of a host that was asked for this share."""
    given = as_module(slice_networks.argument_spec(), links=links, **{key: share[key] for key in ("networks", "ranges", "flows", "vms")})
    shaped = as_module(slice_qos.argument_spec(), attachments=share["attachments"])
    networks = asked.of_networks(*(given[key] for key in ("networks", "ranges", "flows", "vms", "links")))
    return {"networks": asked.mark(json.loads(json.dumps(networks))), "attachments": asked.mark(json.loads(json.dumps(shaped["attachments"])))}


@pytest.mark.parametrize("network", [{}, {"mode": "nat"}, {"range6": "fd00:90:2::/64", "dscp": "af21"}, {"reserved": ["10.90.2.9"]}])
def test_a_pass_that_keeps_all_needs_no_module(network):
    share, state = kept(**network)
    assert share["vms"] and share["networks"] and share["attachments"]
    assert settled(share, state) == ALL


def test_a_host_that_tells_nothing_is_asked_for_all_but_vms():
    share, state = kept()
    del state["as_asked"]
    assert settled(share, state) == ["vms"]


@pytest.mark.parametrize("path, value, left", [
    (("attachments", 0, "classes", 0, "guarantee_mbit"), 77.5, ["networks", "vms"]),
    (("attachments", 0, "classes", 0, "vips"), [], ["networks", "vms"]),
    (("networks", 0, "mtu"), 1450, ["vms"]),
    (("ranges", 0, "range"), "10.91.0.0/24", ["vms"]),
    (("flows",), [{"from": "web", "to": "db", "protocol": "tcp", "port": 5432}], ["vms"]),
    (("vms", 0, "want"), "quarantined", ["vms"]),
    (("vms", 0, "action"), "heal", []),
    (("vms", 0, "hook"), "after_active", []),
    (("vms", 0, "name"), "web-10-90-2-99", []),
])
def test_what_differs_is_run_with_what_follows_from_it(path, value, left):
    share, state = kept()
    changed = copy.deepcopy(share)
    part = changed
    for key in path[:-1]:
        part = part[key]
    part[path[-1]] = value
    assert settled(changed, state) == left


def test_another_link_is_another_isolation():
    share, state = kept()
    state["links"] = state["links"] + [{"device": "eth9", "rate_mbit": 1000.0}]
    assert settled(share, state) == ["vms"]


def test_a_network_to_remove_needs_the_module_however_the_host_stands():
    share, state = kept()
    share["networks"].append({**share["networks"][0], "slice": "old", "id": 99, "want": "absent"})
    state["as_asked"] = told(share, state["links"])
    assert settled(share, state) == ["vms"]


def test_every_share_of_a_plan_tells():
    share, state = kept()
    plan = with_settled({"id": "1", "hosts": {"kvm1": share, "kvm2": {**share, "host": "kvm2"}}}, {"kvm1": state})
    assert [plan["hosts"][host]["settled"] for host in ("kvm1", "kvm2")] == [ALL, []]
    assert "settled" not in share


@pytest.mark.parametrize("form", [lambda plan: plan, pack])
def test_a_lean_share_lacks_only_what_settled_modules_would_ask_for(form):
    share, state = kept()
    plan = {"id": "1", "slices": [], "missing": [], "hosts": {"kvm1": share}}
    whole = form(with_settled(plan, {"kvm1": state}))
    assert share_of(whole, "kvm1") == {**share, "settled": ALL}
    lean = share_of(whole, "kvm1", lean=True)
    assert lean == {**{key: value for key, value in share.items() if key not in ("ranges", "flows")}, "settled": ALL, "vms": lean["vms"]}
    assert [set(vm) for vm in lean["vms"]] == [{"name", "slice", "vip", "want", "action", "until"}] * len(share["vms"])
    del state["as_asked"]
    networks = share_of(form(with_settled(plan, {"kvm1": state})), "kvm1", lean=True)
    assert networks["ranges"] == share["ranges"] and networks["settled"] == ["vms"] and networks["vms"] == lean["vms"]


@pytest.mark.parametrize("form", FORMS)
def test_a_lean_share_assigns_the_same_addresses(form):
    share, state = kept(range6="fd00:90:2::/64")
    share["settled"] = settled(share, state)
    assert share["settled"] == ALL and "fd00:90:2::" in str(vip_assignments(share, form))
    assert vip_assignments(without_settled(share), form) == vip_assignments(share, form)


def test_tasks_of_a_hook_are_given_all_of_their_vm():
    share, state = kept()
    share["vms"][0]["hooks"] = [{"name": "after_active"}]
    share["settled"] = settled(share, state)
    lean = without_settled(share)["vms"]
    assert lean[0] == share["vms"][0] and "memory_mib" in lean[0] and "memory_mib" not in lean[1]
