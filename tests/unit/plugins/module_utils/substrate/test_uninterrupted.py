# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""While a tree changes, line by line, the packets of a VIP that stays have its class all the while; also on the way from trees of earlier versions."""
from __future__ import annotations

import random
import time
from pathlib import Path

import pytest

from ansible_collections.foresight.netslice.plugins.module_utils.errors import HostError
from ansible_collections.foresight.netslice.plugins.module_utils.substrate import change
from ansible_collections.foresight.netslice.plugins.module_utils.substrate.netlink import Netlink
from ansible_collections.foresight.netslice.tests.unit.plugins.module_utils.substrate.conftest import batch, run, send, sent, tc
from ansible_collections.foresight.netslice.tests.unit.plugins.module_utils.substrate.wishes import attachment, slice_class

pytestmark = pytest.mark.usefixtures("namespace")
PACKETS = 5
DUAL = slice_class(16, 30, 50, ["10.90.2.2", "10.90.2.3"], range6="fd00:90:2::/64")
CAPPED = slice_class(17, 30, 50, ["10.90.2.9", "10.90.3.2"], cap=20)
BY_24 = Path(__file__).with_name("row_a_vip.tc").read_text()  # rows of these two slices, as versions wrote them that had a table for each /24


def shape(row, watched=None):
    """Commands of one run on this attachment; watched: {address: minor} of those whose packets are followed from line to line."""
    with Netlink() as netlink:
        changes = change.plan(netlink, [row], "present", False)
        change.carry_out(netlink, changes, following(watched) if watched else run)
        return change.commands(changes)


def following(watched):
    def runner(argv, text):
        for line in text.splitlines():
            batch(argv[0], line + "\n")
            assert misled(watched) == {}, f"after `{line}`"
        return 0, "", ""

    return runner


def misled(watched):
    """{minor: packets} of the classes that do not send what they shall of a few packets of each address."""
    before = sent()
    send(list(watched) * PACKETS)
    due = {minor: PACKETS * list(watched.values()).count(minor) for minor in watched.values()}
    until = time.monotonic() + 20
    while True:
        after = sent()
        wrong = {minor: after[minor] - before[minor] for minor, count in due.items() if after[minor] - before[minor] != count}
        # What the class of no slice has sent arrived there: nothing more is to come.
        if not wrong or time.monotonic() > until or after[0xFFFE] - before[0xFFFE] >= PACKETS:
            return wrong


WATCHED = {"10.90.2.2": 16, "10.90.2.3": 16, "fd00:90:2::a5a:202": 16, "fd00:90:2::a5a:203": 16, "10.90.2.9": 0x5200, "10.90.3.2": 0x5201}


def test_a_tree_with_a_row_for_each_vip_becomes_one_of_prefixes():
    row = attachment(DUAL, CAPPED)
    shape(row)
    tc("filter del dev up0 parent 51ce: pref 20943\nfilter del dev up0 parent 51ce: pref 20942\n" + BY_24)
    lines = shape(row, WATCHED)
    assert [line for line in lines if not line.startswith("tc filter")] == []
    assert sum("filter del" in line for line in lines) == BY_24.count("filter") - BY_24.count("divisor")
    assert shape(row) == []
    more = shape(attachment(DUAL, dict(CAPPED, vips=[*CAPPED["vips"], "10.91.3.2"])), WATCHED)
    assert not any("divisor" in line for line in more), "the tables of before are used again"


def test_a_change_to_prefixes_that_fails_brings_the_tree_of_before_back():
    row = attachment(DUAL, CAPPED)
    shape(row)
    tc("filter del dev up0 parent 51ce: pref 20943\nfilter del dev up0 parent 51ce: pref 20942\n" + BY_24)
    with Netlink() as netlink:
        changes = change.plan(netlink, [row], "present", False)
        with pytest.raises(HostError, match="The previous trees are back"):
            change.carry_out(netlink, changes, failing_at_the_end())
    assert misled(WATCHED) == {}
    assert shape(row) == [line for line in change.commands(changes) if "divisor" not in line], "the rows of before are there, and spare tables"


def failing_at_the_end():
    def runner(argv, text):
        if runner.failed:
            return run(argv, text)
        runner.failed = True
        return run(argv, text + "qdisc add dev up0 root handle 9: htb\n")

    runner.failed = False
    return runner


def steady(before, after):
    """{address: minor} of those that have one class in both lists of classes, and stand in none that comes or goes."""
    def of(classes):
        return {vip: row["minor"] for row in classes if not row["vip_ceiling_mbit"] for vip in row["vips"]}

    return {vip: minor for vip, minor in of(before).items() if of(after).get(vip) == minor}


@pytest.mark.parametrize("seed", range(2))
def test_vips_that_stay_keep_their_class_while_others_come_and_go(seed):
    rng, followed = random.Random(seed), 0
    pools = {16: range(2, 40), 17: range(40, 50), 18: range(50, 120)}
    classes = []
    for _step in range(4):
        before, classes = classes, [
            slice_class(minor, rng.randint(5, 20), 100, [f"10.90.2.{octet}" for octet in pool if rng.random() < 0.8],
                        cap=10.0 if minor == 17 and rng.random() < 0.5 else None)
            for minor, pool in pools.items() if minor == 16 or rng.random() < 0.8
        ]
        watched = steady(before, classes)
        some = {vip: watched[vip] for vip in rng.sample(sorted(watched), min(3, len(watched)))}
        followed += len(some)
        shape(attachment(*classes), some)
        assert shape(attachment(*classes)) == []
    assert followed > 5
