# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The HTB tree of an attachment: its model, and the one that a list of slices wants.

    51ce:  htb, default fffe
      51ce:1  the link
        51ce:fffe  what belongs to no slice: a floor, and the link where it is idle
        51ce:<minor>  a slice: its guarantee, and up to its ceiling of what others leave
          51ce:<5200 and up>  a VIP, with its IPv6 address, where VIPs of the slice have ceilings of their own

The VIP of a packet leads to its class: a link row for each /20 hashes the eight bits before the last four into a table of 256 buckets,
one for each /28, where a row stands for a VIP, or for a prefix whose addresses are all VIPs of the class (prefixes.py). The cost of a
packet grows with the count of /20s, not of VIPs: a bucket has 16 rows at most. Every row has exactly one handle it may have.

IPv6 addresses end in the four bytes of a VIP. A link row for each of their /116s, at a preference of its own, leads to a table like
the others, where a row looks at those four bytes alone. All tables stand at the preference of IPv4: the kernel would keep those of a
preference that is deleted while another lives, and show them to nobody.
"""
from __future__ import annotations

import ipaddress
import itertools
import socket
import struct
from typing import Dict, Iterable, List, NamedTuple, Optional, Set, Tuple

from ..errors import HostError
from .prefixes import blocks_of, prefixes_of
from .wire import Node

HANDLE = 0x51CE
ROOT = HANDLE << 16
LINK, DEFAULT = 0x1, 0xFFFE
DEFAULT_LEAF = 0x51CF  # handle of the queue of the default class; those of slices are their minors
MINORS = range(0x10, 0x5000)  # ids of slices
VIP_MINORS = range(0x5200, 0x8000)  # classes of single VIPs, which are handles of queues too: the kernel gives those above by itself
PREF, PREF6 = 20942, 20943
ROOT_TABLE, ROOT_TABLE6 = 0x800, 0x801
TABLES = range(1, ROOT_TABLE)
BUCKETS = 256
SOURCE, DESTINATION = 12, 16  # offsets of the addresses in an IPv4 header
OFFSETS = {"egress": SOURCE, "ingress": DESTINATION}
SOURCE6, DESTINATION6 = 20, 36  # offsets of the last four bytes of the addresses in an IPv6 header
OFFSETS6 = {"egress": SOURCE6, "ingress": DESTINATION6}
SLASH_20, HOST = 0xFFFFF000, 0xFFFFFFFF
HASH = 0x00000FF0  # of an address, what chooses its bucket

QUANTUM_MIN, QUANTUM_MAX = 65536, 200000  # at least a GSO frame of 64 KiB, else shares of the excess are wrong; above, HTB warns
LEAF_SECONDS, LEAF_MIN = 0.010, 128 * 1024  # queue of a leaf: 10 ms at the ceiling, and never less than two GSO frames
MOST_CAPPED = 1000  # VIPs of an attachment that have classes of their own: the kernel takes quadratic time to make classes
VIP_RATE, VIP_RATE_MIN = 125, 64  # bytes/s; with less, the duration of a burst would leave the range of the kernel
BURST_SECONDS, BURST_MIN = 0.001, 1600
BYTES_PER_MBIT = 125000
TICKS_PER_SECOND = 15625000  # of 64 ns, in which the kernel counts a burst
TICKS_TOLERANCE = 32  # tc rounds the duration of a burst to whole microseconds


class Class(NamedTuple):
    """Rates in bytes/s, burst and quantum in bytes."""

    parent: int  # minor, 0 for the root
    rate: int
    ceil: int
    burst: int
    cburst: int
    quantum: int
    prio: int


class Leaf(NamedTuple):
    handle: int  # major
    kind: str
    limit: int  # bytes


class Tree:
    """classes and leaves by minor; tables: ids, those no row leads to are spare; nodes by handle, those of the root tables as 800: and,
    for IPv6, 801:; strays: filters in the tree that are not ours, as (chain, pref, protocol); root_table, root_table6: the ids the kernel
    gave them, the second None where the preference of IPv6 is not there; default: minor."""

    def __init__(self, default: int = DEFAULT, root_table: int = ROOT_TABLE, root_table6: Optional[int] = None) -> None:
        self.default = default
        self.root_table = root_table
        self.root_table6 = root_table6
        self.classes: Dict[int, Class] = {}
        self.leaves: Dict[int, Leaf] = {}
        self.tables: Set[int] = set()
        self.nodes: Dict[int, Optional[Node]] = {}  # None: a row that a Node cannot hold
        self.strays: Set = set()


def bytes_per_second(mbit: float) -> int:
    """Mbit/s -> bytes/s, whole, as the kernel keeps it; never 0, which HTB refuses."""
    return max(1, round(mbit * BYTES_PER_MBIT))


def burst(rate: int) -> int:
    """Bytes that may leave at once at a rate in bytes/s."""
    return int(rate * BURST_SECONDS) + BURST_MIN


def burst_of_ticks(ticks: int, rate: int) -> int:
    """Bytes of a burst of the kernel; the usual one where they differ by rounding alone."""
    usual = burst(rate)
    if abs(ticks - usual * TICKS_PER_SECOND / rate) <= TICKS_TOLERANCE:
        return usual
    return round(ticks * rate / TICKS_PER_SECOND)


def table_node(table: int, block: int, row: int) -> int:
    """Handle of a row of a table; block: the first 28 bits of its addresses, row: of its prefix among those of the block."""
    return table << 20 | (block & 0xFF) << 12 | row


def link_node(table: int, upper: int = 0) -> int:
    """Handle of the row that leads to a table; upper: of a Node, 0 for IPv4."""
    return (ROOT_TABLE6 if upper else ROOT_TABLE) << 20 | table


def wanted_tree(attachment: dict, present: Optional[Tree]) -> Optional[Tree]:
    """Tree of a validated attachment; None where it has no slice. present: the tree of ours that is there, whose tables keep
    their ids. Raises HostError where the ids of tables run out."""
    classes = attachment["classes"]
    if not classes:
        return None
    tree = Tree(root_table=present.root_table, root_table6=present.root_table6) if present else Tree()
    link = bytes_per_second(attachment["rate_mbit"])
    floor = bytes_per_second(attachment["default_mbit"])
    tree.classes[LINK] = _class(0, link, link, QUANTUM_MAX, 0)
    _add_class(tree, DEFAULT, DEFAULT_LEAF, floor, link, QUANTUM_MIN, 7)
    largest = max(row["guarantee_mbit"] for row in classes)
    for row in classes:
        # HTB shares what is left over by quantum alone, so it follows the guarantee.
        quantum = max(QUANTUM_MIN, round(QUANTUM_MAX * row["guarantee_mbit"] / largest))
        ceil = bytes_per_second(row["ceiling_mbit"])
        _add_class(tree, row["minor"], row["minor"], bytes_per_second(row["guarantee_mbit"]), ceil, quantum, 0)
    _add_nodes(tree, classes, attachment["direction"], present)
    return tree


def _class(parent: int, rate: int, ceil: int, quantum: int, prio: int) -> Class:
    return Class(parent, rate, ceil, burst(rate), burst(ceil), quantum, prio)


def _add_class(tree: Tree, minor: int, leaf: int, rate: int, ceil: int, quantum: int, prio: int, parent: int = LINK) -> None:
    tree.classes[minor] = _class(parent, rate, ceil, quantum, prio)
    tree.leaves[minor] = Leaf(leaf, "bfifo", max(int(ceil * LEAF_SECONDS), LEAF_MIN))


def _targets(tree: Tree, classes: List[dict], present: Optional[Tree]) -> List[tuple]:
    """(class, row of the slice, addresses); a slice whose VIPs have ceilings gets a class for each of them."""
    targets = [(ROOT | row["minor"], row, _numbers(row["vips"])) for row in classes]
    capped = [(address, row["minor"]) for _class, row, addresses in targets if row.get("vip_ceiling_mbit") for address in addresses]
    if not capped:
        return targets
    minors, found = choose_minors(capped, present), []
    for classid, row, addresses in targets:
        if not row.get("vip_ceiling_mbit") or not addresses:
            found.append((classid, row, addresses))
            continue
        slice_ = tree.classes[row["minor"]]
        # What a VIP has without asking its slice is so little that all of them together stay within the slice's guarantee, whatever that is.
        rate, ceil = min(VIP_RATE, max(VIP_RATE_MIN, slice_.rate // MOST_CAPPED)), bytes_per_second(row["vip_ceiling_mbit"])
        del tree.leaves[row["minor"]]
        for address in addresses:
            _add_class(tree, minors[address], minors[address], rate, ceil, QUANTUM_MIN, 0, row["minor"])
            found.append((ROOT | minors[address], row, (address,)))
    return found


def choose_minors(addresses: List[tuple], present: Optional[Tree]) -> Dict[int, int]:
    """(address, minor of its slice) -> minor of the class of the address: the one it has, else the lowest free one."""
    wanted, has = dict(addresses), {}
    for node in (present.nodes if present else {}).values():
        if node is not None and node.classid & 0xFFFF in VIP_MINORS and node.value in wanted and node.mask == HOST:
            row = present.classes.get(node.classid & 0xFFFF)
            if row is not None and row.parent == wanted[node.value]:
                has.setdefault(node.classid & 0xFFFF, node.value)
    chosen = {address: minor for minor, address in has.items()}
    free = (minor for minor in VIP_MINORS if minor not in has)
    return {address: chosen.get(address) or next(free) for address, _slice in addresses}


def _add_nodes(tree: Tree, classes: List[dict], direction: str, present: Optional[Tree]) -> None:
    vips = []  # (class, upper of its addresses, offset of their last four bytes, blocks of those)
    for classid, row, numbers in _targets(tree, classes, present):
        blocks = blocks_of(numbers)
        vips.append((classid, 0, OFFSETS[direction], blocks))
        if row.get("range6"):
            vips.append((classid, upper_of(row["range6"]), OFFSETS6[direction], blocks))
    tables = choose_tables({(upper, block << 4 & SLASH_20) for _class, upper, _offset, blocks in vips for block in blocks}, direction, present)
    tree.tables.update(tables.values())
    nodes, new = tree.nodes, tuple.__new__
    for classid, upper, offset, blocks in vips:
        for block, bits in blocks.items():
            table, begin = tables[upper, block << 4 & SLASH_20], block << 4
            for first, mask, row in prefixes_of(bits):
                nodes[table_node(table, block, row)] = new(Node, (begin | first, mask, offset, 0, 0, 0, classid, 0))
    for (upper, network), table in tables.items():
        offset = OFFSETS6[direction] if upper else OFFSETS[direction]
        nodes[link_node(table, upper)] = Node(network, SLASH_20, offset, HASH, offset, table, 0, upper)


def upper_of(range6: str) -> int:
    """The first 96 bits of the addresses of a range6."""
    return int(ipaddress.IPv6Network(range6).network_address) >> 32


def _numbers(vips: List[str]) -> tuple:
    return struct.unpack(f">{len(vips)}I", b"".join(map(socket.inet_aton, vips)))


def choose_tables(networks: Iterable[Tuple[int, int]], direction: str, present: Optional[Tree]) -> Dict[Tuple[int, int], int]:
    """(upper, /20) -> id of its table: the one it has, else the lowest that no row leads to, else one whose network goes.

    Until they go, rows of an earlier version keep their tables too: both classify until then.
    """
    networks = sorted(networks)
    linked: Dict[Tuple[int, int], int] = {}
    links = sorted((handle, node) for handle, node in (present.nodes if present else {}).items() if node is not None and node.table)
    for handle, node in links:
        like_ours = (node.mask, node.offset, node.hash_mask) == (SLASH_20, (OFFSETS6 if node.upper else OFFSETS)[direction], HASH)
        if handle == link_node(node.table, node.upper) and like_ours:
            linked.setdefault((node.upper, node.value), node.table)
    kept = {linked[network] for network in networks if network in linked}
    going = {node.table for _handle, node in links} - kept
    free = itertools.chain((one for one in TABLES if one not in kept | going), (one for one in TABLES if one in going))
    chosen = {}
    for network in networks:
        chosen[network] = linked.get(network) or next(free, 0)
        if not chosen[network]:
            raise HostError(f"Cannot classify the VIPs of an attachment: they lie in more than {len(TABLES)} networks of length 20 or 116. Spread them less.")
    return chosen
