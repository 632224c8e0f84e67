# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A run that is killed after each of its lines: the next one gets where it was to, and nothing is left when all is dissolved."""
from __future__ import annotations

import pytest

from ansible_collections.foresight.netslice.plugins.module_utils.substrate import change
from ansible_collections.foresight.netslice.plugins.module_utils.substrate.netlink import Netlink
from ansible_collections.foresight.netslice.tests.unit.plugins.module_utils.substrate.conftest import batch, run
from ansible_collections.foresight.netslice.tests.unit.plugins.module_utils.substrate.wishes import attachment, slice_class

pytestmark = pytest.mark.usefixtures("namespace")
ONE = (slice_class(),)
TWO = (slice_class(), slice_class(17, 30, 50, ["10.90.3.2"]))
NOTHING = attachment(direction="ingress")
PLAIN, MORE = attachment(*ONE, direction="ingress"), attachment(*TWO, direction="ingress")
HIDDEN, OTHER = attachment(*TWO, direction="ingress", bridges=["nsb16"]), attachment(*ONE, direction="ingress", bridges=["nsb17"])


class Killed(BaseException):
    """What kill -9 is to the code that runs: nothing of it runs on."""


def shape(row, runner=run):
    """The commands of one run on this attachment; without classes it shapes nothing any more."""
    with Netlink() as netlink:
        changes = change.plan(netlink, [row], "present", False)
        change.carry_out(netlink, changes, runner)
        return change.commands(changes)


def dying(after):
    """A runner that gives the first `after` lines of a run, and none after them."""
    left = after

    def runner(argv, text):
        nonlocal left
        lines = text.splitlines()[:left]
        if lines:
            batch(argv[0], "\n".join(lines) + "\n")
        left -= len(lines)
        if not left:
            raise Killed
        return 0, "", ""

    return runner


def dump():
    """Devices with their aliases, qdiscs, and rows at every hook."""
    names = [line.split()[0].split("@")[0] for line in run(["ip", "-br", "link"])[1].splitlines()]
    hooks = [run(["tc", "filter", "show", "dev", name, side])[1] for name in names for side in ("root", "ingress", "egress")]
    links = [line.split("state")[0] for line in run(["ip", "-o", "link"])[1].splitlines()]
    return sorted(line.split(": ", 1)[1] for line in links), run(["tc", "qdisc", "show"])[1], hooks


@pytest.mark.parametrize("first, then", [
    (NOTHING, HIDDEN), (PLAIN, NOTHING), (PLAIN, HIDDEN), (HIDDEN, MORE), (HIDDEN, OTHER), (OTHER, NOTHING), (MORE, PLAIN),
], ids=["new", "dissolved", "to bridges", "from bridges", "other bridges", "bridges dissolved", "one slice less"])
def test_a_run_that_is_killed_at_any_line_is_finished_by_the_next(first, then):
    batch("ip", "link add nsb16 type bridge\nlink set nsb16 up\nlink add nsb17 type bridge\nlink set nsb17 up\n")
    before, after = dump(), 1
    while True:
        shape(first)
        try:
            shape(then, dying(after))
        except Killed:
            pass
        else:
            break
        shape(then)
        assert shape(then) == [], f"not at rest after it was killed at line {after}"
        shape(NOTHING)
        assert dump() == before, f"something is left after it was killed at line {after}"
        after += 1
    assert after > 2
