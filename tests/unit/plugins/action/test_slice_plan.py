# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The action slice_plan: where its input comes from, what it returns, what it refuses."""
from __future__ import annotations

import json
import os
import stat
from types import SimpleNamespace

import pytest

pytest.importorskip("numpy", reason="slice_plan needs the libraries of the controller")

from ansible.errors import AnsibleError  # noqa: E402
from ansible.parsing.dataloader import DataLoader  # noqa: E402

from ansible_collections.foresight.netslice.plugins.action import slice_plan, slice_vms  # noqa: E402
from ansible_collections.foresight.netslice.plugins.plugin_utils import domain_templates  # noqa: E402
from ansible_collections.foresight.netslice.plugins.plugin_utils.manager import artifact, difference  # noqa: E402
from ansible_collections.foresight.netslice.tests.unit.plugins.plugin_utils.manager import fleets  # noqa: E402

AS_OF = "2026-01-05T08:00:00Z"


def run(task_vars=None, diff=False, check_mode=False, **args):
    """The result of the task; args over those of one slice on one host."""
    given = {
        "slices": [fleets.slice_()], "hypervisors": ["kvm1"], "as_of": AS_OF, "states": {"kvm1": fleets.host_state("kvm1")},
        "profiles": [fleets.profile(requests=fleets.resource(90.0, spread=0.0))], **args,
    }
    task = SimpleNamespace(args={key: value for key, value in given.items() if value is not None}, async_val=0, diff=diff, check_mode=check_mode)
    connection = SimpleNamespace(_shell=SimpleNamespace(tmpdir="/nowhere"))
    play_context = SimpleNamespace(check_mode=check_mode, diff=diff)
    action = slice_plan.ActionModule(task, connection, play_context, DataLoader(), None, None)
    return action.run(task_vars=task_vars or {})


class HostVars(dict):
    """The raw variables of hosts, as ansible-core gives them to actions."""

    def raw_get(self, host):
        return self.get(host)


def test_a_plan_and_its_artifact():
    result = run()
    assert "failed" not in result, result
    assert result["changed"] is True
    assert "diff" not in result
    assert artifact.decode(result["artifact"], fleets.AS_OF) == result["plan"]
    assert result["plan"]["hosts"]["kvm1"]["live"] is False
    json.dumps(result)


def test_named_slices_are_planned_as_absent_and_the_others_are_not(tmp_path):
    path = tmp_path / "slices.json"
    path.write_text(json.dumps({"netslice_slices": [fleets.slice_(), fleets.slice_("db", 3)]}))
    profiles = [fleets.profile(name, fleets.resource(90.0, spread=0.0)) for name in ("web", "db")]
    made = run(slices=None, slices_path=str(path), profiles=profiles, absent=["db"])["plan"]
    assert [(entry["name"], entry["state"], entry["vms"]["final"]) for entry in made["slices"]] == [("db", "absent", 0), ("web", "preparing", 2)]


def test_a_slice_to_be_absent_that_is_not_there_is_refused_by_name():
    assert run(absent=["web", "dbb"])["msg"] == "Cannot dissolve dbb: netslice_slices has web. Correct the names."


def test_check_mode_plans_the_same():
    assert run(check_mode=True)["plan"] == run()["plan"]


def test_diff():
    assert run(diff=True)["diff"]["after"].startswith("slice web: 2 VMs, network on kvm1 (routed, mtu 1500), egress 1 to ")


def test_a_diff_counts_in_the_size_of_the_result():
    many = {"profiles": [fleets.profile(requests=fleets.resource(900.0, spread=0.0))], "slices": [fleets.slice_(scaling={"max": 20})]}
    plain = run(**many)
    most = len(json.dumps(plain["plan"])) + len(plain["artifact"]["data"]) + 1000  # fits to the last character
    assert "packed" not in run(result_characters=most, **many)["plan"]
    result = run(diff=True, result_characters=most, **many)
    assert len(json.dumps(result)) <= most
    assert artifact.unpack(result["plan"]) == plain["plan"]


def test_a_long_diff_is_cut_between_lines():
    whole = {"before": "", "after": "a line\n" * 100, "before_header": "b", "after_header": "a"}
    assert difference.shortened(whole, 1400) == whole
    assert difference.shortened(whole, 60)["after"] == "a line\n" * 4 + "... and 96 more lines\n"


def test_demand_is_only_wanting_over_the_history_that_is_read(monkeypatch):
    warned = []
    monkeypatch.setattr("ansible.plugins.action.display", SimpleNamespace(warning=warned.append))
    for seconds in (864000, 86400):
        run(slices=[fleets.slice_(scaling={"dissolve_after_seconds": seconds})], profiles=None, influxdb_url="http://127.0.0.1:1",
            influxdb_dialect="influxql", influxdb_timeout_seconds=2)
    assert len(warned) == 1 and "dissolve_after_seconds of web is longer than history_seconds, 691200" in warned[0]


def test_what_a_vm_tells_it_was_made_from_is_what_the_plan_asks_for(monkeypatch):
    def nowhere(_self, kind, name):
        raise AnsibleError(f"no {name} in {kind}")

    monkeypatch.setattr(slice_plan.ActionModule, "_find_needle", nowhere)
    slices = [fleets.slice_(scaling={"replace_outdated": True})]
    share = run(slices=slices)["plan"]["hosts"]["kvm1"]
    sources = domain_templates.Sources(lambda kind, name: nowhere(None, kind, name))
    (made, *others) = {slice_vms._filled(vm, "kvm", "domain.xml.j2", sources)["template_digest"] for vm in share["vms"]}
    state = fleets.apply(share, fleets.host_state("kvm1"), {"web": made})
    assert not others and run(slices=slices, states={"kvm1": state})["changed"] is False
    newer = run(slices=[fleets.slice_(scaling={"replace_outdated": True}, vm={"image": {"kernel": "/srv/newer"}})], states={"kvm1": state})["plan"]
    assert newer["slices"][0]["replacement"].startswith("2 VMs of an earlier template, image or size (web-10-90-2-2, web-10-90-2-3): replaced 1 at a time")
    assert len(newer["slices"][0]["create"]) == 1
    missing = fleets.slice_(scaling={"replace_outdated": True}, vm={"template": "none.xml.j2"})
    with pytest.raises(AnsibleError, match="Cannot find the template none.xml.j2"):
        run(slices=[missing])


def test_unchanged_when_applied():
    state = fleets.apply(run()["plan"]["hosts"]["kvm1"], fleets.host_state("kvm1"))
    assert run(states={"kvm1": state})["changed"] is False


def test_the_present_is_live():
    assert run(as_of=None, profiles=[])["plan"]["hosts"]["kvm1"]["live"] is True


def test_slices_from_a_file(tmp_path):
    path = tmp_path / "slices.json"
    for content in ([fleets.slice_()], {"netslice_slices": [fleets.slice_()]}):
        path.write_text(json.dumps(content))
        assert run(slices=None, slices_path=str(path))["plan"] == run()["plan"]


def test_curves_go_to_a_private_file(tmp_path):
    path = tmp_path / "curves.json"
    result = run(curves_path=str(path))
    written = json.loads(path.read_text())
    assert (written["schema"], written["as_of"], written["profiles"][0]["slice"]) == ("foresight.netslice/curves/1", AS_OF, "web")
    assert stat.S_IMODE(os.stat(path).st_mode) == 0o600
    assert os.listdir(tmp_path) == ["curves.json"]
    assert "curve" not in json.dumps(result)
    assert "Cannot write the forecast curves" in run(curves_path=str(tmp_path / "none" / "curves.json"))["msg"]


def test_curves_are_whole_or_only_what_is_archived():
    assert slice_plan.SPEC["curves"] == {"type": "str", "choices": ["leads", "whole"], "default": "whole"}
    assert "value of curves must be one of" in run(curves="some")["msg"]


def test_states_of_this_pass_alone():
    states = {host: {"state": fleets.host_state(host)} for host in ("kvm1", "kvm2", "kvm3", "stray")}
    states["kvm2"] = {"failed": True, "msg": "libvirtd is down"}
    task_vars = {
        "hostvars": HostVars({host: {"slice_manager_info": found} for host, found in states.items()}),
        "ansible_play_hosts_all": ["kvm1", "kvm2", "kvm3"], "ansible_play_hosts": ["kvm1", "kvm2"],
    }
    plan = run(task_vars, states=None, hypervisors=["kvm1", "kvm2", "kvm3", "kvm4"])["plan"]
    assert list(plan["hosts"]) == ["kvm1"]
    assert plan["unknown_hosts"] == ["kvm2", "kvm3", "kvm4"]
    task_vars["ansible_play_hosts"].append("stray")
    refused = run(task_vars, states=None, hypervisors=["kvm1", "kvm2", "kvm3", "kvm4"])
    assert "stray has slices' state but is not in the roster" in refused["msg"]


def test_a_large_plan_is_packed():
    whole = run()["plan"]
    size = len(json.dumps(artifact.pack(whole)))
    packed = run(result_characters=size + 10)
    assert artifact.unpack(packed["plan"]) == whole
    assert packed["artifact"] == {}
    assert "Divide the slices and hypervisors" in run(result_characters=size - 10)["msg"]


def approved(**args):
    """The result of the task with an artifact in place of slices and profiles."""
    return run(**{"slices": None, "profiles": None, **args})


@pytest.mark.parametrize("characters", [700000, 4500], ids=["whole", "packed"])
def test_an_approved_plan_is_returned_as_it_is(characters):
    made = run()
    result = approved(artifact=made["artifact"], as_of="2026-01-05T08:10:00Z", result_characters=characters, diff=True)
    assert "failed" not in result, result
    assert artifact.unpack(result["plan"]) == made["plan"]
    assert ("packed" in result["plan"]) is (characters == 4500)
    assert result["changed"] is True
    assert result["diff"]["after"].startswith("slice web: 2 VMs, ")


@pytest.mark.parametrize(("args", "words"), [
    ({"as_of": "2026-01-05T08:10:01Z"}, "expired at 2026-01-05T08:10:00Z"), ({"as_of": None}, "expired at 2026-01-05T08:10:00Z"),
    ({"artifact": {}}, "artifact: lacks data"), ({"artifact": "text"}, "artifact: lacks plan_id"),
    ({"states": {}}, "kvm1 does not answer any more"), ({"hypervisors": ["kvm1", "kvm2"]}, "kvm2 is new in netslice_hypervisors"),
    ({"slices": [fleets.slice_()]}, "takes no slices beside artifact"), ({"slices_path": "slices.yml"}, "takes no slices_path beside artifact"),
    ({"profiles": []}, "takes no profiles beside artifact"), ({"curves_path": "/tmp/curves.json"}, "takes no curves_path beside artifact"),
])
def test_an_approved_plan_is_refused(args, words):
    result = approved(**{"artifact": run()["artifact"], **args})
    assert result["failed"] is True and words in result["msg"], result
    assert "plan" not in result


def test_an_approved_plan_that_was_changed_is_refused():
    made = run()["artifact"]
    other = run(slices=[fleets.slice_(scaling={"min": 5})])["artifact"]
    for key in ("data", "sha256"):
        assert "does not match its sha256" in approved(artifact={**made, key: other[key]})["msg"]
    state = fleets.apply(run()["plan"]["hosts"]["kvm1"], fleets.host_state("kvm1"))
    assert "kvm1: web-10-90-2-2, web-10-90-2-3 are new" in approved(artifact=made, states={"kvm1": state})["msg"]


@pytest.mark.parametrize(("args", "words"), [
    ({"slices": [fleets.slice_("Web")]}, "netslice_slices[0].name: 'Web' is refused"),
    ({"slices": None}, "either slices or slices_path"),
    ({"slices_path": "/srv/slices.yml"}, "either slices or slices_path"),
    ({"slices": None, "slices_path": "/nowhere/slices.yml"}, "slices_path: /nowhere/slices.yml cannot be read"),
    ({"hypervisors": None}, "hypervisors"),
    ({"hypervisor": ["kvm1"]}, "hypervisor"),
    ({"as_of": "yesterday"}, "as_of: 'yesterday' is no instant"),
    ({"expires_seconds": 0}, "expires_seconds: 0 is less than 1"),
    ({"hypervisors": ["kvm2"]}, "kvm1 has slices' state but is not in the roster"),
    ({"profiles": [{"slice": "web"}]}, "profiles[0]: is no Demand Profile"),
    ({"profiles": [{**fleets.profile(requests=9.0), "as_of": "2026-01-05T07:00:00Z"}]}, "is more than 600 s from 2026-01-05T08:00:00Z"),
    ({"states": {"kvm1": {}}}, "state of kvm1: is no foresight.netslice/host-state/1"),
    ({"profiles": None, "influxdb_url": "http://127.0.0.1:1", "influxdb_timeout_seconds": 2}, "127.0.0.1:1"),
    ({"slices": [{**fleets.slice_(), "name": object()}]}, "slices: is no plain data"),
])
def test_refusals_are_failed_results(args, words):
    if args.get("profiles", 0) is None:
        args = {**args, "influxdb_token": "t", "influxdb_org": "o", "influxdb_bucket": "b", "influxdb_dialect": "flux"}
    result = run(**args)
    assert result["failed"] is True
    assert words in result["msg"]
    assert "plan" not in result


def test_telemetry_is_not_read_before_the_input_is_checked():
    overlap = fleets.host_state("kvm1", addresses=["10.90.2.9/24"])
    result = run(states={"kvm1": overlap}, profiles=None, influxdb_url="http://127.0.0.1:1")
    assert "holds 10.90.2.9/24" in result["msg"]


def test_hosts_lost_by_evidence_are_not_waited_for():
    lost = {"host": "kvm2", "by": "evidence", "since": "2026-01-05T07:40:00Z", "why": "no answer", "addresses": [], "vips": [], "fenced": False}
    plan = run(hypervisors=["kvm1", "kvm2"], evidence=[lost])["plan"]
    assert (plan["lost_hosts"], plan["unknown_hosts"]) == ([lost], [])
    assert "evidence[0]: has no why" in run(hypervisors=["kvm1", "kvm2"], evidence=[{**lost, "why": 1}])["msg"]
    made = run(hypervisors=["kvm1", "kvm2"], evidence=[lost])["artifact"]
    assert "kvm2 is no more lost by evidence" in approved(artifact=made, hypervisors=["kvm1", "kvm2"])["msg"]
    assert approved(artifact=made, hypervisors=["kvm1", "kvm2"], evidence=[lost])["plan"] == plan
