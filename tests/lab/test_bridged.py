# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A slice on the bridge that its hosts have already, by whole passes, with real guests in the LAN of the world."""
from __future__ import annotations

import re

import checks
import traffic
from conftest import a_slice, instant, tell
from play import play
from processes import enter, run

#: what a host is beside its slices: its bridge and the ports of it, addresses, routes, rules, queues, networks and domains
LOOKS = (
    "ip -d link show type bridge", "bridge link show", "ip address show dev br0", "ip route", "nft list ruleset", "tc qdisc show dev up0",
    "tc qdisc show dev br0", "virsh -q net-list --all --name", "virsh -q list --all --name", "ip -brief link show type ifb", "sysctl net.ipv4.ip_forward",
)
#: of the ranges of the LAN 192.0.2.0/24 the first VIPs of the two hosts; a machine of the LAN has the first of them already
STRANGER, FIRST, SECOND = "192.0.2.130", "192.0.2.131", "192.0.2.162"
CEILINGS = {"egress": 8, "ingress": 5}


def shop(lab, **more):
    made = {**a_slice(lab, name="shop", min=2, max=2), **more}
    made["network"] = {"mode": "bridged", "bridge": "br0", "lan": "192.0.2.0/24", "gateway": "192.0.2.1", "range": "192.0.2.128/26",
                       **{direction: {"ceiling_mbit": rate} for direction, rate in CEILINGS.items()}}
    return made


def seen(host):
    """What a host is, without what counts by itself."""
    return [re.sub(r"(?:timer|age|expires|lft) +\S+", "", host.run(*look.split())) for look in LOOKS]


def bring_bridge(host):
    """The host gets the bridge that an operator would have made: its uplink is a port of it, and its address is there."""
    run([*enter(host.pid), "ip", "-batch", "-"], input="".join(f"{line}\n" for line in (
        "link add br0 type bridge forward_delay 0", f"address del {host.address}/24 dev up0", "link set up0 master br0",
        # Without an address of its own making, which would be tentative for a while.
        "link set br0 addrgenmode none", "link set br0 up", f"address add {host.address}/24 dev br0", "route add default via 192.0.2.1",
    )))


def test_guests_are_machines_of_the_lan_and_hosts_are_left_as_they_were(real):
    tell(real, "shop", 60, days=2, until=60)
    for host in real.hypervisors.values():
        bring_bridge(host)
    before = {name: seen(host) for name, host in real.hypervisors.items()}
    real.world.run("ip", "address", "add", f"{STRANGER}/32", "dev", "lan0")

    began = play(real, netslice_slices=[shop(real)], netslice_as_of=instant())
    assert "shop-192-0-2-130" in checks.domains(real.hypervisors["kvm1"]), began.stdout
    assert checks.domains(real.hypervisors["kvm1"]).get("shop-192-0-2-130") == {
        "running": False, "lifecycle": "quarantined", "slice": "shop", "vip": STRANGER, "until": instant(5)}, began.stdout
    made = play(real, netslice_slices=[shop(real)], netslice_as_of=instant(1))
    assert made.rc == 0, made.stdout
    assert checks.serving(real.world, [FIRST, SECOND], 30) == {FIRST, SECOND}
    again = play(real, netslice_slices=[shop(real)], netslice_as_of=instant(2))
    assert (again.rc, again.changes) == (0, 0), again.stdout

    told = checks.page(real.world, f"{FIRST}/cgi-bin/link?{SECOND}", seconds=20) or ""
    assert f"{FIRST}/24" in told and f"reached {SECOND}" in told and re.search(rf"^{re.escape(SECOND)} .* 02:5c:c0:00:02:a2 ", told, re.M), told
    for direction, ceiling in CEILINGS.items():
        rate, = traffic.measure(real.world, [FIRST], direction)
        assert ceiling * 0.8 <= rate <= ceiling * 1.05, (direction, rate)

    gone = [play(real, netslice_slices=[shop(real, state="absent")], netslice_as_of=instant(minutes)) for minutes in (3, 60)]
    assert [one.rc for one in gone] == [0, 0], gone[-1].stdout
    after = {name: seen(host) for name, host in real.hypervisors.items()}
    assert [(name, *pair) for name in before for pair in zip(before[name], after[name]) if pair[0] != pair[1]] == []
