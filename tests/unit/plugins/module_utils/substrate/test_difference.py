# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The wanted tree, and what is due from one tree to another."""
from __future__ import annotations

import pytest

from ansible_collections.foresight.netslice.plugins.module_utils.errors import HostError
from ansible_collections.foresight.netslice.plugins.module_utils.substrate.difference import difference, rate_text
from ansible_collections.foresight.netslice.plugins.module_utils.substrate import prefixes, tree, wire
from ansible_collections.foresight.netslice.tests.unit.plugins.module_utils.substrate.wishes import attachment, slice_class


PAIR = tree.table_node(1, 0x0A5A020, prefixes.row_number(2, 31))  # handle of the row of 10.90.2.2 and .3


def wanted(*classes, present=None, **keys):
    return tree.wanted_tree(attachment(*classes, **keys), present)


def test_tree_of_one_slice():
    lines = difference("up0", None, wanted(slice_class()))
    assert lines == [
        "qdisc replace dev up0 root handle 51ce: htb default fffe",
        "class add dev up0 parent 51ce: classid 51ce:1 htb rate 100mbit ceil 100mbit burst 14100 cburst 14100 quantum 200000 prio 0",
        "class add dev up0 parent 51ce:1 classid 51ce:fffe htb rate 1mbit ceil 100mbit burst 1725 cburst 14100 quantum 65536 prio 7",
        "class add dev up0 parent 51ce:1 classid 51ce:10 htb rate 60mbit ceil 100mbit burst 9100 cburst 14100 quantum 200000 prio 0",
        "qdisc add dev up0 parent 51ce:10 handle 10: bfifo limit 131072",
        "qdisc add dev up0 parent 51ce:fffe handle 51cf: bfifo limit 131072",
        "filter add dev up0 parent 51ce: pref 20942 handle 1: protocol ip u32 divisor 256",
        "filter add dev up0 parent 51ce: pref 20942 handle 1:20:809 protocol ip u32 ht 1:20: match ip src 10.90.2.2/31 flowid 51ce:10",
        "filter add dev up0 parent 51ce: pref 20942 handle ::1 protocol ip u32 match ip src 10.90.0.0/20 hashkey mask 0x00000ff0 at 12 link 1:",
    ]


def test_ingress_matches_destinations():
    lines = difference("ifb", None, wanted(slice_class(), direction="ingress"))
    assert "match ip dst 10.90.2.2/31 flowid 51ce:10" in lines[-2] and lines[-1].endswith("dst 10.90.0.0/20 hashkey mask 0x00000ff0 at 16 link 1:")


DUAL = slice_class(vips=["10.90.2.2"], range6="fd00:90:2::/64")


def test_rows_of_ipv6_stand_beside_those_of_ipv4():
    lines = [line.partition("parent 51ce: ")[2] for line in difference("up0", None, wanted(DUAL)) if line.startswith("filter")]
    assert lines == [
        "pref 20942 handle 1: protocol ip u32 divisor 256",
        "pref 20942 handle 2: protocol ip u32 divisor 256",
        "pref 20942 handle 1:20:812 protocol ip u32 ht 1:20: match ip src 10.90.2.2/32 flowid 51ce:10",
        "pref 20942 handle 2:20:812 protocol ip u32 ht 2:20: match u32 0x0a5a0202 0xffffffff at 20 flowid 51ce:10",
        "pref 20942 handle ::1 protocol ip u32 match ip src 10.90.0.0/20 hashkey mask 0x00000ff0 at 12 link 1:",
        "pref 20943 handle ::2 protocol ipv6 u32 match ip6 src fd00:90:2::a5a:0/116 hashkey mask 0x00000ff0 at 20 link 2:",
    ]
    ingress = difference("up0", None, wanted(DUAL, direction="ingress"))
    assert ingress[-1].endswith("match ip6 dst fd00:90:2::a5a:0/116 hashkey mask 0x00000ff0 at 36 link 2:") and " at 36 flowid " in ingress[-3]


def test_ipv6_comes_and_goes_without_a_row_of_ipv4():
    plain = [slice_class(vips=["10.90.2.2"])]
    more, less = steps(plain, [DUAL]), steps([DUAL], plain)
    assert len(more) == 3 and all(" 2:" in line or "::2" in line for line in more)
    assert [line.partition("parent 51ce: ")[2] for line in less] == [
        "pref 20943 handle 801::2 protocol ipv6 u32", "pref 20942 handle 2:20:812 protocol ip u32"]


def test_the_preference_without_tables_goes_first():
    before = wanted(DUAL)
    before.root_table6 = 0x801
    lines = difference("up0", before, wanted(slice_class(vips=[]), present=before))
    assert lines == ["filter del dev up0 parent 51ce: pref 20943", "filter del dev up0 parent 51ce: pref 20942"]


def test_no_slice_wants_no_tree():
    assert wanted() is None
    assert difference("up0", None, None) == []
    assert difference("up0", wanted(slice_class()), None) == ["qdisc del dev up0 root"]


def test_equal_trees_need_nothing():
    two = (slice_class(), slice_class(17, 30, 50, ["10.90.3.2"]))
    assert difference("up0", wanted(*two), wanted(*two)) == []


@pytest.mark.parametrize("guarantees, quanta", [
    ((10, 10), (200000, 200000)), ((20, 10), (200000, 100000)), ((60, 1), (200000, 65536)), ((0.5,), (200000,)),
])
def test_quantum_follows_the_guarantee(guarantees, quanta):
    found = wanted(*(slice_class(16 + i, one, 100, []) for i, one in enumerate(guarantees)))
    assert tuple(found.classes[16 + i].quantum for i in range(len(quanta))) == quanta


def test_queue_holds_ten_milliseconds_and_two_frames_at_least():
    found = wanted(slice_class(16, 1, 10, []), slice_class(17, 1, 1000, []), rate=1000)
    assert (found.leaves[16].limit, found.leaves[17].limit) == (131072, 1250000)


@pytest.mark.parametrize("mbit, bytes_per_second, text", [
    (1.0, 125000, "1mbit"), (0.3, 37500, "300kbit"), (1.234567, 154321, "1234568bit"), (40000, 5000000000, "40000mbit"), (1e-9, 1, "8bit"),
])
def test_rates_are_whole_bytes(mbit, bytes_per_second, text):
    assert tree.bytes_per_second(mbit) == bytes_per_second
    assert rate_text(bytes_per_second) == text


def test_a_burst_survives_the_rounding_of_tc():
    for rate in (1, 37500, 125000, 154321, 12500000, 125000000, 5000000000):
        ticks = int(int(tree.burst(rate) * 10**6 / rate) * 15.625)
        assert tree.burst_of_ticks(ticks, rate) == tree.burst(rate)
    assert tree.burst_of_ticks(15625, 12500000) == 12500


def test_tables_keep_their_ids():
    first = wanted(slice_class(vips=["10.90.90.1"]))
    second = wanted(slice_class(vips=["10.90.90.1", "10.90.2.1"]), present=first)
    assert {handle: node.value for handle, node in second.nodes.items() if node.table} == {0x80000001: 0x0A5A5000, 0x80000002: 0x0A5A0000}
    third = wanted(slice_class(vips=["10.90.2.1"]), present=second)
    assert third.tables == {2}
    third.tables.add(1)  # spare, as the kernel still has it
    fourth = wanted(slice_class(vips=["10.90.2.1", "10.90.16.1"]), present=third)
    assert {node.value: node.table for node in fourth.nodes.values() if node.table} == {0x0A5A0000: 2, 0x0A5A1000: 1}


def test_a_table_whose_network_goes_is_used_at_once_only_where_there_is_no_other(monkeypatch):
    before = wanted(slice_class(vips=["10.90.2.1"]))
    after = wanted(slice_class(vips=["10.91.2.1"]), present=before)
    assert after.tables == {2}
    monkeypatch.setattr(tree, "TABLES", range(1, 2))
    assert wanted(slice_class(vips=["10.91.2.1"]), present=before).tables == {1}


def test_a_spare_table_is_used_again():
    present = wanted(slice_class())
    present.tables.add(2)
    assert difference("up0", present, wanted(slice_class(), present=present)) == []
    after = wanted(slice_class(vips=["10.90.2.2", "10.90.2.3", "10.90.70.1"]), present=present)
    assert not [line for line in difference("up0", present, after) if "divisor" in line]


def test_too_many_networks():
    with pytest.raises(HostError, match="more than 2047 networks"):
        wanted(slice_class(vips=[f"{10 + i // 4096}.{i // 16 % 256}.{i % 16 * 16}.1" for i in range(2048)]))


def steps(before, after, **keys):
    present = wanted(*before, **keys)
    present.root_table6 = tree.ROOT_TABLE6 if any(row["range6"] for row in before) else None
    return difference("up0", present, wanted(*after, present=present))


def test_rates_fall_before_others_rise():
    a, b = slice_class(16, 60, 100, []), slice_class(17, 30, 100, [])
    lines = steps([a, b], [slice_class(16, 30, 100, []), slice_class(17, 60, 100, [])])
    assert ["51ce:10" in lines[0], "51ce:11" in lines[1], len(lines)] == [True, True, 2]
    lines = steps([slice_class(16, 30, 100, []), slice_class(17, 60, 100, [])], [a, b])
    assert ["51ce:11" in lines[0], "51ce:10" in lines[1]] == [True, True]


@pytest.mark.parametrize("before, after, order", [
    (200, 100, ["51ce:10 ", "51ce:1 ", "51ce:fffe"]), (100, 200, ["51ce:1 ", "51ce:fffe", "51ce:10 "]),
])
def test_link_changes_between(before, after, order):
    guarantees = {200: 150, 100: 60}
    present = wanted(slice_class(16, guarantees[before], 100 if before == 100 else 200, []), rate=before)
    lines = [line for line in difference("up0", present, wanted(slice_class(16, guarantees[after], after, []), rate=after)) if "class" in line]
    assert [next(i for i, line in enumerate(lines) if f"classid {one}" in line) for one in order] == [0, 1, 2]


def test_a_vip_more_is_a_row_more_or_a_larger_one_before_the_smaller_ones_go():
    lines = steps([slice_class()], [slice_class(vips=["10.90.2.2", "10.90.2.3", "10.90.2.4"])])
    assert len(lines) == 1 and lines[0].startswith("filter add") and "src 10.90.2.4/32" in lines[0]
    lines = steps([slice_class(vips=["10.90.2.4", "10.90.2.6", "10.90.2.7"])], [slice_class(vips=[f"10.90.2.{octet}" for octet in range(4, 8)])])
    assert [line.partition("pref 20942")[2] for line in lines] == [
        " handle 1:20:805 protocol ip u32 ht 1:20: match ip src 10.90.2.4/30 flowid 51ce:10",
        " handle 1:20:80b protocol ip u32", " handle 1:20:814 protocol ip u32",
    ]


def test_whole_blocks_of_a_slice_take_one_row_and_nothing_of_others_is_within():
    found = wanted(slice_class(vips=[f"10.90.2.{octet}" for octet in range(16, 64) if octet != 37]), slice_class(17, 20, 100, ["10.90.2.37"]))
    rows = sorted((node.value & 255, bin(node.mask).count("1"), node.classid & 0xFFFF) for node in found.nodes.values() if not node.table)
    assert rows == [(16, 28, 16), (32, 30, 16), (36, 32, 16), (37, 32, 17), (38, 31, 16), (40, 29, 16), (48, 28, 16)]


def test_a_vip_that_changes_slices_is_replaced():
    before = [slice_class(vips=["10.90.2.2"]), slice_class(17, 30, 100, ["10.90.2.9"])]
    lines = steps(before, [slice_class(vips=[]), slice_class(17, 30, 100, ["10.90.2.2", "10.90.2.9"])])
    assert lines == ["filter replace dev up0 parent 51ce: pref 20942 handle 1:20:812 protocol ip u32 ht 1:20: match ip src 10.90.2.2/32 flowid 51ce:11"]


def test_a_vip_of_a_slice_that_goes_is_moved_before_its_class_goes():
    lines = steps([slice_class(vips=["10.90.2.2"]), slice_class(17, 30, 100, ["10.90.2.9"])], [slice_class(17, 30, 100, ["10.90.2.2", "10.90.2.9"])])
    assert [line.split()[:2] for line in lines][:2] == [["filter", "del"], ["class", "del"]]
    assert lines[-1].startswith("filter add") and lines[-1].endswith("51ce:11")


def test_a_slice_that_goes_leaves_its_table_empty():
    lines = steps([slice_class(), slice_class(17, 30, 100, ["10.90.30.2", "10.90.30.4"])], [slice_class()])
    assert lines == [
        "filter del dev up0 parent 51ce: pref 20942 handle 2:e0:812 protocol ip u32",
        "filter del dev up0 parent 51ce: pref 20942 handle 2:e0:814 protocol ip u32",
        "class del dev up0 classid 51ce:11",
        "filter del dev up0 parent 51ce: pref 20942 handle 800::2 protocol ip u32",
    ]


def test_the_last_rows_take_all_tables_with_them():
    before = wanted(slice_class(vips=["10.90.2.2"]))
    before.tables.add(2)
    before.nodes[tree.link_node(1)] = before.nodes[tree.link_node(1)]._replace(hash_mask=255)
    lines = difference("up0", before, wanted(slice_class(17, 30, 50, ["10.90.3.2"])))
    filters = [line.partition("pref 20942")[2] for line in lines if line.startswith("filter")]
    assert lines[0] == "filter del dev up0 parent 51ce: pref 20942"
    assert filters[1:3] == [" handle 1: protocol ip u32 divisor 256", " handle 1:30:812 protocol ip u32 ht 1:30: match ip src 10.90.3.2/32 flowid 51ce:11"]


def test_rows_of_a_slice_that_moves_to_another_network_stay_until_the_new_ones_are_there():
    lines = steps([slice_class(vips=["10.90.2.2"])], [slice_class(vips=["10.91.2.2"])])
    assert [line.partition("pref 20942")[2] for line in lines] == [
        " handle 2: protocol ip u32 divisor 256",
        " handle 2:20:812 protocol ip u32 ht 2:20: match ip src 10.91.2.2/32 flowid 51ce:10",
        " handle ::2 protocol ip u32 match ip src 10.91.0.0/20 hashkey mask 0x00000ff0 at 12 link 2:",
        " handle 800::1 protocol ip u32", " handle 1:20:812 protocol ip u32",
    ]


def test_a_changed_match_is_removed_and_added():
    present, after = wanted(slice_class()), wanted(slice_class())
    present.nodes[PAIR] = after.nodes[PAIR]._replace(value=0x0A5A0262)
    lines = difference("up0", present, after)
    assert [line.split()[1] for line in lines] == ["del", "add"]


@pytest.mark.parametrize("row", [None, wire.Node(1, 2, 0, 0, 0, 0, 0x51CE0010)])
def test_rows_that_do_not_belong_are_removed(row):
    present = wanted(slice_class())
    present.nodes[0x001C8800] = row
    assert difference("up0", present, wanted(slice_class())) == ["filter del dev up0 parent 51ce: pref 20942 handle 1:c8:800 protocol ip u32"]


def test_stray_filters_are_removed():
    present = wanted(slice_class())
    present.strays = {(0, 5, 0x0800), (3, 7, 0x86DD)}
    assert difference("up0", present, wanted(slice_class())) == ["filter del dev up0 parent 51ce: pref 5", "filter del dev up0 parent 51ce: pref 7 chain 3"]


def test_a_class_under_another_parent_is_made_anew():
    present, after = wanted(slice_class()), wanted(slice_class())
    present.classes[16] = present.classes[16]._replace(parent=0)
    verbs = [" ".join(line.split()[:2]) for line in difference("up0", present, after)]
    assert verbs == ["filter del", "class del", "class add", "qdisc add", "filter add"]


def test_classes_below_a_leaf_go_before_it():
    present = wanted(slice_class(), slice_class(17, 20, 100, []))
    present.classes[0x999] = present.classes[17]._replace(parent=17)
    lines = difference("up0", present, wanted(slice_class()))
    assert lines[:2] == ["class del dev up0 classid 51ce:999", "class del dev up0 classid 51ce:11"]


@pytest.mark.parametrize("leaf, verb", [(tree.Leaf(16, "bfifo", 5), "change"), (tree.Leaf(16, "pfifo", 5), "replace"), (None, "add")])
def test_queue_of_a_leaf(leaf, verb):
    present = wanted(slice_class())
    if leaf:
        present.leaves[16] = leaf
    else:
        del present.leaves[16]
    assert difference("up0", present, wanted(slice_class())) == [f"qdisc {verb} dev up0 parent 51ce:10 handle 10: bfifo limit 131072"]


def test_a_root_with_another_default_is_made_anew():
    present = wanted(slice_class())
    present.default = 0
    lines = difference("up0", present, wanted(slice_class()))
    assert lines[:2] == ["qdisc del dev up0 root", "qdisc replace dev up0 root handle 51ce: htb default fffe"] and len(lines) == 10


def test_root_table_by_any_name():
    stays = slice_class(17, 30, 50, ["10.90.40.2"])
    present = wanted(slice_class(), stays)
    present.root_table = 0x803
    after = wanted(slice_class(vips=["10.91.3.3"]), stays, present=present)
    assert difference("up0", present, after)[-2] == "filter del dev up0 parent 51ce: pref 20942 handle 803::1 protocol ip u32"


def test_vips_with_ceilings_have_classes_in_that_of_their_slice():
    lines = steps([slice_class()], [slice_class(cap=20)])
    assert lines == [
        "class add dev up0 parent 51ce:10 classid 51ce:5200 htb rate 1kbit ceil 20mbit burst 1600 cburst 4100 quantum 65536 prio 0",
        "class add dev up0 parent 51ce:10 classid 51ce:5201 htb rate 1kbit ceil 20mbit burst 1600 cburst 4100 quantum 65536 prio 0",
        "qdisc add dev up0 parent 51ce:5200 handle 5200: bfifo limit 131072",
        "qdisc add dev up0 parent 51ce:5201 handle 5201: bfifo limit 131072",
        "filter add dev up0 parent 51ce: pref 20942 handle 1:20:812 protocol ip u32 ht 1:20: match ip src 10.90.2.2/32 flowid 51ce:5200",
        "filter add dev up0 parent 51ce: pref 20942 handle 1:20:813 protocol ip u32 ht 1:20: match ip src 10.90.2.3/32 flowid 51ce:5201",
        "filter del dev up0 parent 51ce: pref 20942 handle 1:20:809 protocol ip u32",
    ]


def test_vips_keep_the_classes_they_have():
    before = wanted(slice_class(cap=20), slice_class(17, 30, 100, ["10.90.3.2"], cap=5))
    after = wanted(slice_class(vips=["10.90.2.1", "10.90.2.3"], cap=20), slice_class(17, 30, 100, ["10.90.3.2"], cap=5), present=before)
    lines = difference("up0", before, after)
    assert [line.partition(" handle")[0] for line in lines if "51ce:5201" in line or "51ce:5202" in line or " 5201:" in line] == []
    assert [minor for minor, row in sorted(after.classes.items()) if row.parent == 17] == [0x5202]
    assert {node.value & 255: node.classid & 0xFFFF for node in after.nodes.values() if not node.table} == {1: 0x5200, 3: 0x5201, 2: 0x5202}


def test_vips_together_are_given_no_more_than_their_slice():
    found = wanted(slice_class(16, 1, 100, [f"10.90.{i // 250}.{i % 250}" for i in range(1000)], cap=2))
    assert sum(row.rate for row in found.classes.values() if row.parent == 16) <= found.classes[16].rate
    assert 16 not in found.leaves
