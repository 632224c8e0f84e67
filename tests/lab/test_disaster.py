# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What docs/disaster.md says: InfluxDB without its bucket, then empty; a hypervisor that comes back with nothing; passes from another controller."""
from __future__ import annotations

import base64
import json
import shutil
import urllib.parse
import urllib.request
from pathlib import Path

from conftest import a_slice, instant, tell
from play import play


def ask(options, method, path, body=None):
    """One request to the HTTP interface of InfluxDB, as its administrator; the decoded answer, or None."""
    if options.get("influxdb_token"):
        login = f"Token {options['influxdb_token']}"
    else:
        login = "Basic " + base64.b64encode(f"{options['influxdb_username']}:{options['influxdb_password']}".encode()).decode()
    request = urllib.request.Request(options["influxdb_url"] + path, method=method, headers={"Authorization": login},
                                     data=None if body is None else json.dumps(body).encode())
    with urllib.request.urlopen(request, timeout=120) as answer:
        text = answer.read()
    return json.loads(text) if text.strip() else None


def lose_bucket(options):
    """Drop the bucket with all that is in it. Returns a function that makes it again, empty."""
    name = options["influxdb_bucket"]
    if not options.get("influxdb_token"):
        def say(words):
            return ask(options, "POST", "/query?q=" + urllib.parse.quote(f'{words} "{name}"'))

        say("DROP DATABASE")
        return lambda: say("CREATE DATABASE")
    bucket = ask(options, "GET", f"/api/v2/buckets?name={name}")["buckets"][0]
    ask(options, "DELETE", f"/api/v2/buckets/{bucket['id']}")
    return lambda: ask(options, "POST", "/api/v2/buckets", {"name": name, "orgID": bucket["orgID"], "retentionRules": []})


def virsh(hypervisor, *words):
    return hypervisor.run("virsh", "--connect", hypervisor.uri, *words)


def vms(lab):
    """Names of the VMs on each hypervisor, and their number."""
    found = {host: sorted(name for name in virsh(one, "list", "--all", "--name").split() if name.startswith("web-")) for host, one in lab.hypervisors.items()}
    return found, sum(map(len, found.values()))


def a_pass(lab, minutes, folder):
    """One pass in a process and a folder of its own, as from a new controller; its outcome, and what was planned for the slice."""
    path = Path(folder) / f"plan-{minutes}.json"
    ran = play(lab, netslice_slices=[a_slice(lab, quantile="auto")], netslice_as_of=instant(minutes), slice_manager_plan_path=str(path))
    return ran, json.loads(path.read_text())["slices"][0] if path.exists() else None


def test_influxdb_is_lost_and_a_hypervisor_comes_back_empty(pretended, tmp_path):
    lab = pretended
    tell(lab, "web", 150, days=2, until=1)
    ran, entry = a_pass(lab, 0, tmp_path)
    assert ran.rc == 0, ran.stdout
    before, count = vms(lab)
    assert count == entry["vms"]["final"] >= 3 and all(before.values())

    make_bucket = lose_bucket(lab.influxdb)
    ran, entry = a_pass(lab, 5, tmp_path)
    assert ran.rc != 0 and ran.changes == 0 and entry is None
    assert "does not exist" in str(ran.failures), ran.stdout
    assert vms(lab)[0] == before

    make_bucket()
    ran, entry = a_pass(lab, 10, tmp_path)
    assert ran.rc == 0, ran.stdout
    assert entry["telemetry"] == "missing" and entry["vms"]["final"] == count
    assert vms(lab)[0] == before

    tell(lab, "web", 150, since=0, until=16)
    ran, entry = a_pass(lab, 15, tmp_path)
    assert ran.rc == 0, ran.stdout
    assert entry["model"] == "reactive" and entry["vms"]["final"] == count
    assert vms(lab)[0] == before

    empty(lab.hypervisors["kvm2"])
    assert vms(lab)[1] == len(before["kvm1"])
    ran, entry = a_pass(lab, 15, tmp_path)
    assert ran.rc == 0, ran.stdout
    after, number = vms(lab)
    assert number == count and after["kvm1"][:len(before["kvm1"])] == before["kvm1"] and after["kvm2"]


def empty(hypervisor):
    """Take from a hypervisor all that it has of slices, as if it had been installed anew."""
    for name in virsh(hypervisor, "list", "--all", "--name").split():
        if name.startswith("web-"):
            virsh(hypervisor, "destroy", name)
            virsh(hypervisor, "undefine", name)
    virsh(hypervisor, "net-destroy", "netslice-web")
    virsh(hypervisor, "net-undefine", "netslice-web")
    hypervisor.run("sh", "-c", "nft flush ruleset; tc qdisc del dev up0 root; tc qdisc del dev up0 ingress; true")
    shutil.rmtree(hypervisor.directory / "state")
