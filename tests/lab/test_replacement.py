# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A changed image rolls through a slice, a VM at a time, the new one first."""
from __future__ import annotations

from conftest import a_slice, instant, tell
from play import play


def cmdlines(lab):
    """{name of a domain that runs: whether its definition has the new command line}"""
    found = {}
    for host in lab.hypervisors.values():
        for name in host.run("virsh", "-c", host.uri, "list", "--name").split():
            if name.startswith("web-"):
                found[name] = "netslice.new=1" in host.run("virsh", "-c", host.uri, "dumpxml", name)
    return found


def test_a_changed_image_rolls_through_a_slice(pretended):
    tell(pretended, "web", 20, days=3, until=180)
    old = a_slice(pretended, min=2, max=4, replace_outdated=True)
    made = play(pretended, netslice_slices=[old], netslice_as_of=instant())
    assert made.rc == 0, made.stdout
    again = play(pretended, netslice_slices=[old], netslice_as_of=instant(5))
    assert (again.rc, again.changes, list(cmdlines(pretended).values())) == (0, 0, [False, False]), again.stdout
    new = {**old, "vm": {**old["vm"], "image": {**old["vm"]["image"], "cmdline": f"{old['vm']['image'].get('cmdline', '')} netslice.new=1".strip()}}}
    seen = []
    for minutes in (10, 15, 20):
        ran = play(pretended, netslice_slices=[new], netslice_as_of=instant(minutes))
        assert ran.rc == 0, ran.stdout
        seen.append(sorted(cmdlines(pretended).values()))
    assert seen == [[False, False, True], [False, True, True], [True, True]]
