# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A warm pool through whole passes: parked guests serve at once without a boot, those shut off boot as they are, and the pool is filled again."""
from __future__ import annotations

from xml.etree import ElementTree

import checks
from conftest import a_slice, instant, tell
from play import play


def there(lab):
    """{name: (lifecycle, process of the guest or None)} of the domains of all hypervisors"""
    found = {}
    for host in lab.hypervisors.values():
        def virsh(*arguments, host=host):
            return host.run("virsh", "-q", "-c", host.uri, *arguments).strip()

        running = virsh("list", "--name").split()
        for name in virsh("list", "--all", "--name").split():
            if name.startswith("web-"):
                lifecycle = ElementTree.fromstring(virsh("metadata", name, checks.METADATA)).get("lifecycle")
                found[name] = (lifecycle, virsh("domid", name) if name in running else None)
    return found


def a_pass(lab, minutes, least, **warm):
    ran = play(lab, netslice_slices=[a_slice(lab, min=least, max=3, warm={"min": 1, "max": 1, **warm})], netslice_as_of=instant(minutes))
    assert ran.rc == 0, ran.stdout
    return ran.changes


def test_guests_are_parked_taken_and_made_again(pretended):
    tell(pretended, "web", 20, days=3, until=180)
    a_pass(pretended, 0, 1, state="parked")
    first = there(pretended)
    assert sorted(lifecycle for lifecycle, _guest in first.values()) == ["active", "parked"] and None not in [guest for _lifecycle, guest in first.values()]
    assert a_pass(pretended, 0, 1, state="parked") == 0

    a_pass(pretended, 5, 2, state="parked")
    grown = there(pretended)
    assert sorted(lifecycle for lifecycle, _guest in grown.values()) == ["active", "active", "parked"]
    assert {name: ("active", guest) for name, (_lifecycle, guest) in first.items()} == {name: grown[name] for name in first}

    a_pass(pretended, 10, 2, state="stopped")
    (shelved,) = set(grown) - set(first)
    assert there(pretended) == {**{name: grown[name] for name in first}, shelved: ("warm", None)}

    a_pass(pretended, 15, 3, state="stopped")
    last = there(pretended)
    assert last[shelved][0] == "active" and last[shelved][1] and sorted(lifecycle for lifecycle, _guest in last.values()) == ["active"] * 3 + ["warm"]
