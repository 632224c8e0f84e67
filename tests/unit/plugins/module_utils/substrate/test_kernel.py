# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The whole way through a real kernel, in a private network namespace."""
from __future__ import annotations

import random
import time

import pytest

from ansible_collections.foresight.netslice.plugins.module_utils.errors import HostError
from ansible_collections.foresight.netslice.plugins.module_utils.substrate import attachments, change, demand
from ansible_collections.foresight.netslice.plugins.module_utils.substrate.netlink import Netlink
from ansible_collections.foresight.netslice.tests.unit.plugins.module_utils.substrate.conftest import batch, run, send, sent, tc
from ansible_collections.foresight.netslice.tests.unit.plugins.module_utils.substrate.wishes import attachment, slice_class

pytestmark = pytest.mark.usefixtures("namespace")
IFB = attachments.ifb_name("up0")


def shape(*rows, state="present", takeover=False, runner=run):
    """Commands of one run of the module on these attachments."""
    demand.check(rows)
    with Netlink() as netlink:
        changes = change.plan(netlink, rows, state, takeover)
        change.carry_out(netlink, changes, runner)
        return change.commands(changes)


def both(*classes, **keys):
    return [attachment(*classes, direction=one, **keys) for one in ("egress", "ingress")]


def shown():
    """Qdiscs and devices of the namespace."""
    devices = [line.split()[0] for line in run(["ip", "-br", "link"])[1].splitlines()]
    return run(["tc", "qdisc", "show"])[1], devices


TWO = (slice_class(), slice_class(17, 30, 50, ["10.90.3.2", "10.90.2.9"]))


DUAL = (slice_class(range6="fd00:90:2::/64"), slice_class(17, 30, 50, ["10.90.3.2", "10.90.2.9"], range6="fd00:90:3::/96"))


def test_build_then_nothing_then_absent():
    before = shown()
    assert shape(*both(*TWO))
    assert shape(*both(*TWO)) == []
    owners = attachments.inspect([{"device": "up0", "rate_mbit": 100}])
    assert [(one["direction"], one["owner"], one["found"]) for one in owners] == [("egress", "ours", "htb 51ce:"), ("ingress", "ours", "htb 51ce:")]
    assert owners[0]["classes"] == [
        {"minor": 16, "guarantee_mbit": 60.0, "ceiling_mbit": 100.0, "vip_ceiling_mbit": None},
        {"minor": 17, "guarantee_mbit": 30.0, "ceiling_mbit": 50.0, "vip_ceiling_mbit": None},
    ]
    assert shape(*both(*TWO), state="absent")
    assert shown() == before
    assert shape(*both(*TWO), state="absent") == []


def test_no_slice_leaves_a_device_alone_and_the_last_one_takes_the_tree():
    before = shown()
    assert shape(*both()) == []
    shape(*both(*TWO))
    assert len(shape(*both())) == 3
    assert shown() == before


@pytest.mark.parametrize("damage", [
    "class change dev up0 parent 51ce:1 classid 51ce:10 htb rate 1mbit ceil 2mbit",
    "class change dev up0 parent 51ce: classid 51ce:1 htb rate 1gbit",
    "class add dev up0 parent 51ce: classid 51ce:999 htb rate 1mbit",
    "class add dev up0 parent 51ce:1 classid 51ce:999 htb rate 1mbit",
    "class add dev up0 parent 51ce:10 classid 51ce:999 htb rate 1mbit",
    "qdisc change dev up0 parent 51ce:10 handle 10: bfifo limit 9999",
    "qdisc replace dev up0 parent 51ce:10 handle 77: pfifo limit 5",
    "qdisc del dev up0 parent 51ce:10 handle 10:",
    "filter del dev up0 parent 51ce: pref 20942 handle 1:20:809 protocol ip u32",
    "filter del dev up0 parent 51ce: pref 20942",
    "filter del dev up0 parent 51ce: pref 20942 handle 800::1 protocol ip u32",
    "filter replace dev up0 parent 51ce: pref 20942 handle 1:20:809 protocol ip u32 ht 1:20: match ip src 10.90.2.2/31 flowid 51ce:11",
    "filter add dev up0 parent 51ce: pref 20942 handle 1:20:812 protocol ip u32 ht 1:20: match ip src 10.90.2.2/32 flowid 51ce:10",
    "filter add dev up0 parent 51ce: pref 20942 handle 1:20:801 protocol ip u32 ht 1:20: match ip src 10.90.2.2/32 match ip dport 80 0xffff flowid 51ce:11",
    "filter add dev up0 parent 51ce: pref 20942 handle 7: protocol ip u32 divisor 16",
    "filter add dev up0 parent 51ce: pref 5 protocol ip u32 match ip src 10.90.2.2/32 flowid 51ce:11",
    "filter del dev up0 parent 51ce: pref 20942\nfilter add dev up0 parent 51ce: pref 20942 protocol ipv6 u32 match u32 0 0 flowid 51ce:11",
    "qdisc del dev up0 root",
    "qdisc del dev up0 root\nqdisc add dev up0 root handle 51ce: htb default 10",
    "qdisc del dev up0 clsact",
    "qdisc del dev up0 clsact\nqdisc add dev up0 ingress",
    "filter del dev up0 ingress pref 20942",
    "filter add dev up0 ingress pref 20942 handle ::2 protocol all u32 match u32 0 0 action mirred egress redirect dev up1",
    "filter del dev up0 ingress pref 20942\nfilter add dev up0 ingress pref 20942 protocol ip u32 match u32 0 0 action mirred egress redirect dev up1",
])
def test_damage_by_hand_is_repaired(damage):
    shape(*both(*TWO))
    tc(damage)
    assert shape(*both(*TWO))
    assert shape(*both(*TWO)) == []


@pytest.mark.parametrize("damage", [
    "filter del dev up0 parent 51ce: pref 20943",
    "filter del dev up0 parent 51ce: pref 20942",
    "filter del dev up0 parent 51ce: pref 20942\nfilter del dev up0 parent 51ce: pref 20943",
    "filter del dev up0 parent 51ce: pref 20943\nfilter add dev up0 parent 51ce: pref 20943 protocol ip u32 match u32 0 0 flowid 51ce:11",
    "filter add dev up0 parent 51ce: pref 20943 handle 9: protocol ipv6 u32 divisor 256",
    "filter add dev up0 parent 51ce: pref 20943 protocol ipv6 u32 match ip6 src fd00::/16 flowid 51ce:11",
    "filter add dev up0 parent 51ce: pref 20943 protocol ipv6 u32 match ip6 src fd00:90:2::/120 match ip6 dport 80 0xffff flowid 51ce:11",
    "filter replace dev up0 parent 51ce: pref 20942 handle 3:20:809 protocol ip u32 ht 3:20: match u32 0x0a5a0202 0xfffffffe at 20 flowid 51ce:11",
])
def test_damage_to_rows_of_ipv6_is_repaired(damage):
    shape(*both(*DUAL))
    tc(damage)
    assert shape(*both(*DUAL))
    assert shape(*both(*DUAL)) == []


@pytest.mark.parametrize("source, minor", [
    ("fd00:90:2::a5a:202", 16), ("fd00:90:3::a5a:209", 17), ("fd00:90:3::a5a:302", 17), ("fd00:90:2::a5a:209", 0xFFFE),
    ("fd00:90:4::a5a:202", 0xFFFE), ("10.90.2.2", 16), ("10.90.2.9", 17),
])
def test_the_address_of_a_packet_leads_to_its_class(source, minor):
    shape(*both(*DUAL))
    before = sent()
    send([source] * 100)
    deadline = time.monotonic() + 20
    while sent()[minor] - before[minor] < 100 and time.monotonic() < deadline:
        time.sleep(0.02)  # a busy machine sends them a moment later
    after = {one: count - before[one] for one, count in sent().items() if one != 1}
    # The kernel's own discovery of neighbours has the class of what is no slice.
    assert after.pop(minor) >= 100 and all(after[one] == 0 for one in after if one != 0xFFFE)


@pytest.mark.parametrize("damage", [f"link del dev {IFB}", f"link set dev {IFB} down", f"link set dev {IFB} alias x", "link set dev up0 down"])
def test_damage_to_devices_is_repaired(damage):
    shape(*both(*TWO))
    batch("ip", damage + "\n")
    shape(*both(*TWO))
    assert shape(*both(*TWO)) == []


def test_rows_in_a_tree_whose_root_table_has_another_name():
    shape(*both(*TWO))
    tc("filter del dev up0 parent 51ce: pref 20942\nfilter add dev up0 parent 51ce: pref 5 protocol ip u32 match u32 0 0 flowid 51ce:11\n"
       "filter add dev up0 parent 51ce: pref 20942 handle 3: protocol ip u32 divisor 256\n"
       "filter add dev up0 parent 51ce: pref 20942 handle ::3 protocol ip u32 match ip src 10.90.2.0/24 hashkey mask 0x000000ff at 12 link 3:")
    shape(*both(*TWO))
    assert shape(*both(*TWO)) == []
    shape(*both(slice_class(17, 30, 50, ["10.90.3.2"])))
    assert shape(*both(slice_class(17, 30, 50, ["10.90.3.2"]))) == []


def test_foreign_root_is_refused_and_taken_over_on_demand():
    shape(*both(*TWO))
    tc("qdisc replace dev up0 root handle 1: htb")
    with pytest.raises(HostError, match=r"the root qdisc of up0 is htb 1:, set by somebody else\. Remove it with .tc qdisc del dev up0 root"):
        shape(*both(*TWO))
    assert attachments.inspect([{"device": "up0"}])[0]["owner"] == "foreign"
    assert shape(*both(*TWO), state="absent"), "the ingress is ours to remove"
    assert "htb 1:" in shown()[0]
    shape(*both(*TWO), takeover=True)
    assert shape(*both(*TWO)) == []


def test_foreign_root_of_our_ifb_and_a_device_of_its_name():
    shape(*both(*TWO))
    tc(f"qdisc replace dev {IFB} root handle 1: htb")
    with pytest.raises(HostError, match=f"the root qdisc of {IFB} is htb 1:"):
        shape(*both(*TWO))
    shape(*both(*TWO), state="absent")
    batch("ip", f"link add {IFB} type bridge\n")
    with pytest.raises(HostError, match=f"the device {IFB}, whose name is kept for this, is bridge"):
        shape(*both(*TWO), takeover=True)


def test_hook_of_others_stays():
    tc("qdisc add dev up0 ingress\nfilter add dev up0 ingress pref 9 protocol ip u32 match ip src 192.0.2.1/32 action mirred egress redirect dev up1")
    before = run(["tc", "filter", "show", "dev", "up0", "ingress"])[1]
    shape(*both(*TWO))
    assert shape(*both(*TWO)) == []
    shape(*both(*TWO), state="absent")
    assert run(["tc", "filter", "show", "dev", "up0", "ingress"])[1] == before


def test_hook_of_ours_that_others_came_to_use_stays():
    shape(*both(*TWO))
    tc("filter add dev up0 egress pref 9 protocol ip u32 match ip src 192.0.2.1/32 action mirred egress redirect dev up1")
    shape(*both(*TWO), state="absent")
    assert "clsact" in shown()[0]


def test_missing_device():
    with pytest.raises(HostError, match="Cannot shape egress of eth9: this host has no device of that name"):
        shape(attachment(*TWO, device="eth9"))
    assert shape(attachment(device="eth9")) == []
    assert shape(*both(*TWO, device="eth9"), state="absent") == []
    assert {one["owner"] for one in attachments.inspect([{"device": "eth9"}])} == {"no_device"}


def failing(at):
    """A runner whose tc fails at a line, the earlier ones done."""
    def runner(argv, text):
        lines = text.splitlines()
        if argv[0] == "tc" and len(lines) > at and not runner.failed:
            runner.failed = True
            lines[at] = "qdisc add dev up0 root handle 9: htb"
        return run(argv, "\n".join(lines) + "\n")

    runner.failed = False
    return runner


def rows_of_vips():
    return sorted(line for line in run(["tc", "filter", "show", "dev", "up0"])[1].splitlines() if "match" in line or "flowid" in line)


@pytest.mark.parametrize("at", [1, 4, 9, 15, 25])
def test_failure_half_way_leaves_the_previous_trees(at):
    before = shown()
    with pytest.raises(HostError, match=r"fails: .+\. The previous trees are back"):
        shape(*both(*TWO), runner=failing(at))
    assert shown() == before
    shape(*both(*TWO))
    before = rows_of_vips()
    with pytest.raises(HostError, match="The previous trees are back"):
        shape(*both(*(slice_class(18 + i, 5, 100, [f"10.90.{i}.7", f"10.90.{i}.8"]) for i in range(5))), runner=failing(at))
    assert shape(*both(*TWO)) == []
    assert rows_of_vips() == before


@pytest.mark.parametrize("vips", [["10.90.3.9"], ["10.90.2.9"], []])
def test_all_vips_replaced_at_once(vips):
    shape(*both(slice_class(vips=["10.90.2.2"])))
    for wanted in (vips, ["10.90.2.2"]):
        shape(*both(slice_class(vips=wanted)))
        assert shape(*both(slice_class(vips=wanted))) == []


def test_ceilings_of_vips_come_change_and_go():
    capped = (slice_class(cap=20, range6="fd00:90:2::/64"), TWO[1])
    for wanted in (TWO, capped, TWO, capped, (slice_class(cap=30), slice_class(17, 30, 50, ["10.90.3.2", "10.90.2.9"], cap=0.5)), TWO):
        shape(*both(*wanted))
        assert shape(*both(*wanted)) == []
        assert attachments.inspect([{"device": "up0"}])[0]["classes"][0]["vip_ceiling_mbit"] == wanted[0]["vip_ceiling_mbit"]


def hidden(*bridges):
    return attachment(*TWO, direction="ingress", bridges=bridges)


def hooks():
    """{device: what its rows redirect to} at ingress and at egress."""
    found = {}
    for device in ("up0", "nsb16", "nsb17"):
        for side in ("ingress", "egress"):
            if "mirred" in run(["tc", "filter", "show", "dev", device, side])[1]:
                found[device] = side
    return found


def test_ingress_of_hidden_slices_is_taken_from_their_bridges():
    batch("ip", "link add nsb16 type bridge\nlink set nsb16 up\nlink add nsb17 type bridge\nlink set nsb17 up\n")
    before = shown()
    for row, expected in (
        (hidden("nsb16"), {"nsb16": "egress"}), (hidden("nsb16", "nsb17"), {"nsb16": "egress", "nsb17": "egress"}),
        (hidden("nsb17"), {"nsb17": "egress"}), (hidden(), {"up0": "ingress"}), (hidden("nsb16"), {"nsb16": "egress"}),
    ):
        assert shape(row)
        assert hooks() == expected
        assert shape(row) == []
    assert run(["tc", "qdisc", "show"])[1].count("clsact") == 1
    shape(hidden("nsb16"), state="absent")
    assert shown() == before


@pytest.mark.parametrize("damage", [
    "filter del dev nsb16 egress pref 20942", "qdisc del dev nsb16 clsact", "qdisc del dev nsb16 clsact\nqdisc add dev nsb16 ingress",
    "filter add dev nsb16 egress pref 20942 handle ::2 protocol all u32 match u32 0 0 action mirred egress redirect dev up1",
])
def test_damage_to_hooks_of_bridges_is_repaired(damage):
    batch("ip", "link add nsb16 type bridge\nlink set nsb16 up\n")
    shape(hidden("nsb16"))
    tc(damage)
    assert shape(hidden("nsb16"))
    assert shape(hidden("nsb16")) == []
    assert hooks() == {"nsb16": "egress"}


def test_a_missing_bridge_is_passed_over_until_it_is_there():
    batch("ip", "link add nsb16 type bridge\nlink set nsb16 up\n")
    shape(hidden("nsb16", "nsb17"))
    assert shape(hidden("nsb16", "nsb17")) == []
    batch("ip", "link add nsb17 type bridge\nlink set nsb17 up\n")
    assert len(shape(hidden("nsb16", "nsb17"))) == 2
    assert hooks() == {"nsb16": "egress", "nsb17": "egress"}
    batch("ip", "link del dev nsb17\n")
    assert shape(hidden("nsb16", "nsb17")) == []


def test_a_failure_half_way_leaves_the_previous_hooks():
    batch("ip", "link add nsb16 type bridge\nlink set nsb16 up\nlink add nsb17 type bridge\nlink set nsb17 up\n")
    shape(hidden("nsb16"))
    with pytest.raises(HostError, match="The previous trees are back"):
        shape(hidden("nsb17"), runner=failing(1))
    assert hooks() == {"nsb16": "egress"}
    assert shape(hidden("nsb16")) == []


def random_classes(rng):
    minors = rng.sample(range(16, 26), rng.randint(1, 6))
    vips = [f"10.90.{rng.randint(1, 4)}.{octet}" for octet in rng.sample(range(2, 250), 12)]
    return [
        slice_class(minor, rng.randint(1, 15), rng.randint(15, 100), vips[2 * i:2 * i + 2],
                    range6=rng.choice([None, f"fd00:{minor}::/64"]), cap=rng.choice([None, 10.0]))
        for i, minor in enumerate(minors)
    ]


@pytest.mark.parametrize("seed", range(4))
def test_from_any_tree_to_any_other(seed):
    rng = random.Random(seed)
    for _step in range(10):
        rows = both(*random_classes(rng), rate=rng.choice([100.0, 200.0]))
        shape(*rows)
        assert shape(*rows) == []
