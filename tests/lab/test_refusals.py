# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Bad input and absent parts: one message that names the thing, the value, the cause and the fix, and nothing changes."""
from __future__ import annotations

import json
from contextlib import contextmanager

import pytest
from conftest import a_slice, instant, tell
from play import play


@pytest.fixture(scope="module")
def lab(pretended):
    tell(pretended, "web", 60, days=2, until=5)
    return pretended


def residue(lab):
    """What a pass could have changed on the hosts of a lab."""
    return {
        name: (host.run("virsh", "-c", host.uri, "list", "--all", "--name"), host.run("virsh", "-c", host.uri, "net-list", "--all", "--name"),
               host.run("nft", "list", "ruleset"), host.run("tc", "qdisc", "show"))
        for name, host in lab.hypervisors.items()
    }


@contextmanager
def inventory(lab, **variables):
    """The inventory of a lab with other variables of its hosts."""
    path = lab.directory / "inventory.yml"
    kept = path.read_text()
    changed = json.loads(kept)
    for host in changed["all"]["children"]["hypervisors"]["hosts"].values():
        host.update(variables)
    path.write_text(json.dumps(changed))
    try:
        yield
    finally:
        path.write_text(kept)


def refused(lab, slices, *words, **variables):
    before = residue(lab)
    ran = play(lab, netslice_slices=slices, netslice_as_of=instant(), **variables)
    assert ran.rc != 0, ran.stdout
    assert ran.failures, ran.stdout
    for _host, text in ran.failures:
        assert "Traceback" not in text
    said = " ".join(text for _host, text in ran.failures)
    assert [word for word in words if word not in said] == [], said
    assert residue(lab) == before


def changed_slice(lab, path, value):
    """A slice with one key, `a.b`, set to a value."""
    made = a_slice(lab)
    *parents, last = path.split(".")
    inner = made
    for key in parents:
        inner = inner.setdefault(key, {})
    inner[last] = value
    return made


@pytest.mark.parametrize("path, value, words", [
    ("name", "Web_1", ["netslice_slices[0].name", "Web_1"]),
    ("vm.cpus", 2, ["netslice_slices[0].vm.cpus", "vcpus"]),
    ("network.range", "10.90.2.0/30", ["netslice_slices[0].network", "10.90.2.0/30"]),
    ("scaling.min", 9, ["netslice_slices[0].scaling", "9", "6"]),
    ("network.egress", {"guarantee_mbit": 500}, ["netslice_slices[0].network.egress.guarantee_mbit", "500"]),
])
def test_a_slice_that_breaks_its_contract(lab, path, value, words):
    refused(lab, [changed_slice(lab, path, value)], *words)


def test_ranges_that_overlap(lab):
    refused(lab, [a_slice(lab), a_slice(lab, "api", 2)], "10.90.2.0/24", "web", "api")


@pytest.mark.parametrize("variables, words", [
    ({"netslice_influxdb_url": "http://127.0.0.1:1"}, ["127.0.0.1:1", "InfluxDB"]),
    ({"netslice_influxdb_bucket": "nowhere"}, ["nowhere"]),
], ids=["down", "no bucket"])
def test_influxdb_that_does_not_serve(lab, variables, words):
    refused(lab, [a_slice(lab)], *words, **variables)


def test_influxdb_that_refuses_the_credentials(lab):
    secret = "not-the-token-of-this-server"
    wrong = {"netslice_influxdb_token": secret} if "influxdb_token" in lab.influxdb else {"netslice_influxdb_password": secret}
    before = residue(lab)
    ran = play(lab, netslice_slices=[a_slice(lab)], netslice_as_of=instant(), **wrong)
    assert ran.failures and "InfluxDB" in ran.failures[0][1]
    assert secret not in ran.failures[0][1]
    assert residue(lab) == before


def test_libvirtd_that_is_down_on_every_host(lab):
    with inventory(lab, netslice_libvirt_uri="qemu+unix:///system?socket=/nowhere/libvirt-sock"):
        refused(lab, [a_slice(lab)], "/nowhere/libvirt-sock")


def test_a_foreign_qdisc(lab):
    for host in lab.hypervisors.values():
        host.run("tc", "qdisc", "add", "dev", "up0", "root", "handle", "1:", "htb")
    try:
        ran = play(lab, netslice_slices=[a_slice(lab)], netslice_as_of=instant())
        said = " ".join(text for _host, text in ran.failures)
        assert "up0" in said and "htb 1:" in said
        for host in lab.hypervisors.values():
            assert "51ce" not in host.run("tc", "qdisc", "show", "dev", "up0")
    finally:
        for host in lab.hypervisors.values():
            host.run("tc", "qdisc", "del", "dev", "up0", "root")
