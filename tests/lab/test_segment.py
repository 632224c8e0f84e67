# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A slice that is one segment on two hypervisors, by whole passes, with real guests."""
from __future__ import annotations

import re

import checks
from conftest import a_slice, instant, tell
from play import play, repeat

VIPS = ["10.90.2.2", "10.90.2.34"]
MACS = ["02:5c:0a:5a:02:02", "02:5c:0a:5a:02:22"]


def joined(lab):
    made = a_slice(lab, min=2, max=2)
    made["network"]["overlay"] = "vxlan"
    return made


def test_guests_of_two_hosts_meet_on_one_link_and_the_world_reaches_both(real):
    tell(real, "web", 60, days=2, until=60)
    made = play(real, netslice_slices=[joined(real)], netslice_as_of=instant())
    assert made.rc == 0, made.stdout
    assert checks.serving(real.world, VIPS, 120) == set(VIPS)
    for index, vip in enumerate(VIPS):
        told = checks.page(real.world, f"{vip}/cgi-bin/link?{VIPS[1 - index]}", seconds=60) or ""
        assert f"{vip}/24" in told and "mtu 1450" in told and f"reached {VIPS[1 - index]}" in told, told
        assert re.search(rf"^{re.escape(VIPS[1 - index])} .* {MACS[1 - index]} ", told, re.M), told
    again = repeat(real, netslice_slices=[joined(real)], netslice_as_of=instant(5))
    assert (again.rc, again.changes) == (0, 0), again.stdout


def test_what_others_did_to_the_tunnel_is_healed_by_the_next_pass(real):
    first, second = real.hypervisors["kvm1"], real.hypervisors["kvm2"]
    first.run("ip", "link", "del", "dev", "nsx16")
    second.run("bridge", "fdb", "flush", "dev", "nsx16", "self")
    healed = play(real, netslice_slices=[joined(real)], netslice_as_of=instant(10))
    assert healed.rc == 0, healed.stdout
    told = checks.page(real.world, f"{VIPS[0]}/cgi-bin/link?{VIPS[1]}", seconds=60) or ""
    assert f"reached {VIPS[1]}" in told, told
    assert "vxlan id 16 local 192.0.2.11 " in first.run("ip", "-d", "link", "show", "nsx16")


def test_without_the_overlay_nothing_of_it_is_left(real):
    plain = joined(real)
    plain["network"]["overlay"] = "none"
    assert play(real, netslice_slices=[plain], netslice_as_of=instant(15)).rc == 0
    for host in real.hypervisors.values():
        assert "nsx" not in host.run("ip", "-brief", "link") and "nsx" not in host.run("nft", "list", "ruleset")
    assert checks.serving(real.world, VIPS, 120) == set(VIPS)
