# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Decoding of messages as a kernel 6.18 sent them; dump.json holds their bodies in hex."""
from __future__ import annotations

import json
import struct
from pathlib import Path

import pytest

from ansible_collections.foresight.netslice.plugins.module_utils.substrate import present, tree, wire

DUMP = {
    key: [bytes.fromhex(row) for row in rows]
    for key, rows in json.loads(Path(__file__).with_name("dump.json").read_text()).items() if key != "kernel"
}
VIP_NODE = 0x00102800
pytestmark = pytest.mark.skipif(struct.pack("=H", 1) != b"\1\0", reason="the messages are of a little-endian machine")


def filters(key="filters"):
    return [wire.decode_filter(body) for body in DUMP[key]]


def test_links():
    assert [wire.decode_link(body) for body in DUMP["links"]] == [
        wire.Link(3, "up0", "veth", True, ""), wire.Link(4, "nsi00000001", "ifb", True, "netslice:up0:clsact"),
    ]


def test_qdiscs():
    rows = {row.handle >> 16: row for row in map(wire.decode_qdisc, DUMP["qdiscs"])}
    assert rows[0x51CE].kind == "htb" and rows[0x51CE].default == 0xFFFE and rows[0x51CE].parent == present.TC_ROOT
    assert rows[0x10] == wire.Qdisc(3, "bfifo", 0x100000, 0x51CE0010, None, 131072)
    assert rows[0xFFFF].kind == "clsact"


def test_classes_with_rates_beyond_32_bits():
    rows = {row.handle & 0xFFFF: row for row in map(wire.decode_class, DUMP["classes"])}
    assert rows[0x11][3:5] == (5_000_000_000, 6_250_000_000)
    assert rows[0x10] == wire.HtbClass(0x51CE0010, 0x51CE0001, 0x100000, 7_500_000, 12_500_000, 18953, 17625, 200000, 0)
    assert rows[0xFFFE].prio == 7


def test_filters():
    rows = {row.handle: row for row in filters() if row.pref == tree.PREF and row.handle}
    assert rows[1 << 20].divisor == 256
    assert rows[VIP_NODE].node == wire.Node(0x0A5A0202, tree.HOST, 12, 0, 0, 0, 0x51CE0010)
    assert rows[0x80000001].node == wire.Node(0x0A5A0200, 0xFFFFFF00, 12, 255, 12, 1, 0)
    assert rows[0x00103801].node is None, "a row with two keys is no Node"
    other = [row for row in filters() if row.pref == 7][-1]
    assert (other.protocol, other.chain, other.node) == (0x86DD, 3, None)


def test_redirects():
    hook = present.hook_of([wire.decode_qdisc(body) for body in DUMP["qdiscs"]], filters("ingress"), [])
    assert hook == present.Hook("clsact", (4,), True, True)


def test_decoder_of_many_agrees_with_that_of_one():
    decoder = wire.FilterDecoder()
    bodies = DUMP["filters"] * 2 + DUMP["ingress"] + DUMP["filters"]
    assert [decoder.decode(body) for body in bodies] == [wire.decode_filter(body) for body in bodies]


def with_counters(body, handle, mask, value):
    """A row as a kernel that counts hits sends it, at another handle and of another prefix."""
    counters = struct.pack("=HHQQQ", 28, wire.U32_COUNTERS, 5, 4, handle)
    options = struct.unpack_from("=H", body, 36)[0] + len(counters)
    return body[:8] + struct.pack("=I", handle) + body[12:36] + struct.pack("=H", options) + body[38:60] + mask + value + body[68:] + counters


def test_counters_do_not_matter():
    row = next(body for body in DUMP["filters"] if wire.decode_filter(body).handle == VIP_NODE)
    bodies = [with_counters(row, VIP_NODE + octet, bytes((255, 255, 255, 256 - 16 // (octet + 1))), bytes((10, 90, 2, 16 * octet))) for octet in range(5)]
    decoder = wire.FilterDecoder()
    decoded = [decoder.decode(body) for body in bodies]
    assert decoded == [wire.decode_filter(body) for body in bodies]
    assert [(one.node.value & 255, one.node.mask & 255) for one in decoded] == [(0, 240), (16, 248), (32, 251), (48, 252), (64, 253)]


def test_tree_of_a_dump():
    qdiscs = [wire.decode_qdisc(body) for body in DUMP["qdiscs"]]
    found = present.tree_of(qdiscs, map(wire.decode_class, DUMP["classes"]), filters())
    assert present.root_of(qdiscs) == present.Root("ours", "htb 51ce:")
    assert found.default == tree.DEFAULT and found.tables == {1} and found.root_table == 0x800
    assert found.leaves == {0x10: tree.Leaf(0x10, "bfifo", 131072), 0xFFFE: tree.Leaf(0x51CF, "bfifo", 131072)}
    assert found.classes[0x10] == tree.Class(1, 7_500_000, 12_500_000, tree.burst(7_500_000), tree.burst(12_500_000), 200000, 0)
    assert found.strays == {(3, 7, 0x86DD)}


@pytest.mark.parametrize("kind, handle, owner, found", [
    ("noqueue", 0, "adoptable", "noqueue 0:"),
    ("noqueue", 0x803F0000, "adoptable", "noqueue 803f:"),
    ("fq_codel", 0x80010000, "adoptable", "fq_codel 8001:"),
    ("mq", 0, "adoptable", "mq 0:"),
    ("pfifo", 0x10000, "foreign", "pfifo 1:"),
    ("htb", 0x10000, "foreign", "htb 1:"),
    ("htb", 0x80010000, "foreign", "htb 8001:"),
    ("htb", 0x51CE0000, "ours", "htb 51ce:"),
    ("tbf", 0x51CE0000, "foreign", "tbf 51ce:"),
])
def test_owner_of_a_root(kind, handle, owner, found):
    assert present.root_of([wire.Qdisc(3, kind, handle, present.TC_ROOT, None, None)]) == present.Root(owner, found)


def test_a_device_that_never_was_up_is_adoptable():
    assert present.root_of([]) == present.Root("adoptable", "no qdisc")
