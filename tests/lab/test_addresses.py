# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A slice with IPv6 and reserved addresses by whole passes, and a range that shrinks away from a host while VMs serve on it."""
from __future__ import annotations

from conftest import a_slice, instant, tell
from play import play


def virsh(host, *words):
    return host.run("virsh", "-c", host.uri, *words)


def domains(lab):
    """{host: names of its domains of the slice}"""
    return {name: [one for one in virsh(host, "list", "--all", "--name").split() if one.startswith("web-")] for name, host in lab.hypervisors.items()}


def networks(lab):
    return {name: "netslice-web" in virsh(host, "net-list", "--all", "--name").split() for name, host in lab.hypervisors.items()}


def test_a_range_shrinks_away_from_a_host(pretended):
    tell(pretended, "web", 20, days=3, until=180)
    wide = a_slice(pretended, min=2, max=4)
    wide["network"] = {"range": ["10.90.2.0/27", "10.90.2.32/27"], "range6": "fd00:90:2::/64", "reserved": ["10.90.2.20"], "quarantine_seconds": 0}
    made = play(pretended, netslice_slices=[wide], netslice_as_of=instant())
    assert made.rc == 0, made.stdout
    assert domains(pretended) == {"kvm1": ["web-10-90-2-2"], "kvm2": ["web-10-90-2-34"]}
    for name, vip, vip6, gateway6 in (("kvm1", "10-90-2-2", "fd00:90:2::a5a:202", "fd00:90:2::a5a:201"),
                                      ("kvm2", "10-90-2-34", "fd00:90:2::a5a:222", "fd00:90:2::a5a:221")):
        host = pretended.hypervisors[name]
        assert f"netslice.vip6={vip6}</cmdline>" in virsh(host, "dumpxml", f"web-{vip}")
        network = virsh(host, "net-dumpxml", "netslice-web")
        assert f"<ip family='ipv6' address='{gateway6}' prefix='123'>" in network and ('reserved="10.90.2.20"' in network) is (name == "kvm1")
        assert "pref 20943" in host.run("tc", "filter", "show", "dev", "up0")
    again = play(pretended, netslice_slices=[wide], netslice_as_of=instant(5))
    assert (again.rc, again.changes) == (0, 0), again.stdout

    narrow = {**wide, "network": {**wide["network"], "range": ["10.90.2.0/27"]}}
    seen = []
    for minutes in (10, 15, 20):
        ran = play(pretended, netslice_slices=[narrow], netslice_as_of=instant(minutes))
        assert ran.rc == 0, ran.stdout
        seen.append(({name: len(found) for name, found in domains(pretended).items()}, networks(pretended)["kvm2"]))
    assert seen[0] == ({"kvm1": 2, "kvm2": 1}, True), seen
    assert seen[-1] == ({"kvm1": 2, "kvm2": 0}, False) and ran.changes == 0, (seen, ran.stdout)
