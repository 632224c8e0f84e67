# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""From the tree that is there to the wanted one: lines of one `tc -batch`, in an order in which no slice loses a packet of another.

What forces the order and the verbs (measured, kernel 6.18 and iproute2 6.1):
- `filter replace` of a u32 row keeps its old match without a word, so a changed match is del and add; a changed target is replace;
- `class replace` ignores a changed parent without a word, so that is del and add as well;
- a class under a missing parent becomes a root class outside the link, so parents come first;
- a class that a filter names cannot go, so filters to such a class go first, and all others last: what the new ones took over from
  them is classified all the while;
- a table stays in use for a while after the row that led to it has gone, so tables never go: they are emptied and used again;
- but with the last row of all preferences the kernel drops all tables at once, so then all of it is taken away and made anew;
- a preference that is deleted while another lives leaves its tables behind, unseen, so that of IPv6, which has none, goes first;
- the root cannot be changed in place, and each `qdisc del root` loses packets, so only an absent tree costs one.
"""
from __future__ import annotations

import ipaddress
import socket
from typing import Dict, List, Optional, Set

from .prefixes import LENGTHS
from .tree import (
    DEFAULT, DESTINATION, HANDLE, LINK, OFFSETS6, PREF, PREF6, ROOT_TABLE, ROOT_TABLE6, SOURCE, SOURCE6, Class, Leaf, Tree,
)
from .wire import Node

NAMED = {SOURCE: "src", DESTINATION: "dst"}
PROTOCOL, PROTOCOL6 = "protocol ip u32", "protocol ipv6 u32"


def difference(device: str, present: Optional[Tree], wanted: Optional[Tree]) -> List[str]:
    """Lines that lead from one tree to the other; none where they are equal. None is no tree of ours."""
    if wanted is None:
        return [] if present is None else [f"qdisc del dev {device} root"]
    lines: List[str] = []
    if present is not None and present.default != wanted.default:
        lines.append(f"qdisc del dev {device} root")
        present = None
    if present is None:
        lines.append(f"qdisc replace dev {device} root handle {HANDLE:x}: htb default {wanted.default or 0:x}")
        present = Tree()
    return lines + _Difference(device, present, wanted).lines()


class _Difference:
    def __init__(self, device: str, present: Tree, wanted: Tree) -> None:
        self.device, self.present, self.wanted = device, present, wanted
        self.filter = f"dev {device} parent {HANDLE:x}: pref {PREF}"
        self.filter6 = f"dev {device} parent {HANDLE:x}: pref {PREF6}"
        self.gone_classes = {
            minor for minor, row in present.classes.items()
            if minor not in wanted.classes or wanted.classes[minor].parent != row.parent
        }
        settled = present.nodes == wanted.nodes and not self.gone_classes
        self.gone_nodes = set() if settled else {handle for handle, node in present.nodes.items() if self._goes(handle, node)}
        self.first = {handle for handle in self.gone_nodes if self._goes_first(handle)}
        # Nothing would be left at the preference of the tables.
        self.anew = bool(self.gone_nodes) and self.first.issuperset(handle for handle in present.nodes if handle >> 20 != ROOT_TABLE6)
        if self.anew:
            self.gone_nodes = self.first = set(present.nodes)

    def _goes(self, handle: int, node: Optional[Node]) -> bool:
        new = self.wanted.nodes.get(handle)
        if new is None or node is None or node.classid & 0xFFFF in self.gone_classes:
            return True
        return new[:5] != node[:5] or new.upper != node.upper or bool(new.table) != bool(node.table)

    def _goes_first(self, handle: int) -> bool:
        """Whether a row stands in the way of what comes: of a class that goes, of another row at its handle, or of nobody knows what."""
        node = self.present.nodes[handle]
        return not self.wanted.nodes or node is None or handle in self.wanted.nodes or node.classid & 0xFFFF in self.gone_classes

    def lines(self) -> List[str]:
        return (
            self._strays() + self._remove_nodes(self.first) + self._remove_classes()
            + self._change_classes() + self._leaves() + self._add_nodes()
            + self._remove_nodes(self.gone_nodes - self.first)
        )

    def _strays(self) -> List[str]:
        return [
            f"filter del dev {self.device} parent {HANDLE:x}: pref {pref}" + (f" chain {chain}" if chain else "")
            for chain, pref, _protocol in sorted(self.present.strays)
        ]

    def _remove_nodes(self, handles: Set[int]) -> List[str]:
        root, root6 = self.present.root_table, self.present.root_table6
        if self.anew and handles:
            return ([] if root6 is None else [f"filter del {self.filter6}"]) + [f"filter del {self.filter}"]
        lines = []
        # The rows that lead to tables go first: then what is in them no longer matters.
        for handle in sorted(handles, key=lambda one: (one >> 20 < ROOT_TABLE, one)):
            if handle >> 20 == ROOT_TABLE6:
                lines.append(f"filter del {self.filter6} handle {root6:x}::{handle & 0xFFF:x} {PROTOCOL6}")
                continue
            place = f"{root:x}::{handle & 0xFFF:x}" if handle >> 20 == ROOT_TABLE else _node_id(handle)
            lines.append(f"filter del {self.filter} handle {place} {PROTOCOL}")
        return lines

    def _remove_classes(self) -> List[str]:
        # Children before their parents.
        deepest_first = sorted(self.gone_classes, key=lambda minor: (-_depth(self.present.classes, minor), minor))
        return [f"class del dev {self.device} classid {HANDLE:x}:{minor:x}" for minor in deepest_first]

    def _change_classes(self) -> List[str]:
        """Rates that fall, then the link, then rates that rise: what is guaranteed never exceeds the link on the way."""
        fall, rise = [], []
        parents = {row.parent for row in self.wanted.classes.values()}
        for minor, row in self.wanted.classes.items():
            old = None if minor in self.gone_classes else self.present.classes.get(minor)
            if old is None:
                rise.append((minor != LINK, minor != DEFAULT, minor, self._class("add", minor, row)))
            elif not _same_class(old, row, inner=minor in parents):
                (fall if row.rate < old.rate and minor != LINK else rise).append(
                    (minor != LINK, minor != DEFAULT, minor, self._class("change", minor, row))
                )
        return [one[-1] for one in sorted(fall)] + [one[-1] for one in sorted(rise)]

    def _class(self, verb: str, minor: int, row: Class) -> str:
        parent = f"{row.parent:x}" if row.parent else ""
        return (
            f"class {verb} dev {self.device} parent {HANDLE:x}:{parent} classid {HANDLE:x}:{minor:x} htb "
            f"rate {rate_text(row.rate)} ceil {rate_text(row.ceil)} burst {row.burst} cburst {row.cburst} "
            f"quantum {row.quantum} prio {row.prio}"
        )

    def _leaves(self) -> List[str]:
        lines = []
        for minor, leaf in sorted(self.wanted.leaves.items()):
            old = None if minor in self.gone_classes else self.present.leaves.get(minor)
            if old != leaf and leaf.kind in ("bfifo", "pfifo"):
                verb = "add" if old is None else "change" if (old.handle, old.kind) == (leaf.handle, leaf.kind) else "replace"
                lines.append(self._leaf(verb, minor, leaf))
        return lines

    def _leaf(self, verb: str, minor: int, leaf: Leaf) -> str:
        return f"qdisc {verb} dev {self.device} parent {HANDLE:x}:{minor:x} handle {leaf.handle:x}: {leaf.kind} limit {leaf.limit}"

    def _add_nodes(self) -> List[str]:
        """Tables, then the rows of VIPs, and last the rows that lead to the tables: a /20 is classified at once."""
        tables = self.wanted.tables - (set() if self.anew else self.present.tables)
        lines = [f"filter add {self.filter} handle {table:x}: {PROTOCOL} divisor 256" for table in sorted(tables)]
        links, present, gone = [], self.present.nodes, self.gone_nodes
        if present == self.wanted.nodes and not gone:
            return lines
        for handle, node in self.wanted.nodes.items():
            old = present.get(handle)
            if node is None or old == node and handle not in gone:
                continue
            verb = "add" if old is None or handle in gone else "replace"
            (links if node.table else lines).append(self._node(verb, handle, node))
        return lines + links

    def _node(self, verb: str, handle: int, node: Node) -> str:
        value, mask, offset, _hash_mask, _hash_offset, table, classid, upper = node
        if mask in LENGTHS and not table and not upper and offset in NAMED:
            # The row of VIPs, of which there may be thousands.
            bucket = f"{handle >> 20:x}:{handle >> 12 & 255:x}:"
            address = f"{value >> 24}.{value >> 16 & 255}.{value >> 8 & 255}.{value & 255}"
            return (
                f"filter {verb} {self.filter} handle {bucket}{handle & 4095:x} {PROTOCOL} ht {bucket} "
                f"match ip {NAMED[offset]} {address}/{LENGTHS[mask]} flowid {HANDLE:x}:{classid & 65535:x}"
            )
        if table:
            # Without the id of its table the row goes into the root table, whatever the kernel calls it.
            protocol = PROTOCOL6 if upper else PROTOCOL
            place, target = f"::{handle & 0xFFF:x} {protocol}", f"hashkey mask 0x{node.hash_mask:08x} at {node.hash_offset} link {table:x}:"
        else:
            bucket = f"{handle >> 20:x}:{handle >> 12 & 0xFF:x}:"
            place, target = f"{bucket}{handle & 0xFFF:x} {PROTOCOL} ht {bucket}", f"flowid {HANDLE:x}:{classid & 0xFFFF:x}"
        return f"filter {verb} {self.filter6 if upper else self.filter} handle {place} {_match(node)} {target}"


def _match(node: Node) -> str:
    value, mask, offset, upper = node.value, node.mask, node.offset, node.upper
    length = bin(mask).count("1")
    if upper:
        return f"match ip6 {'src' if offset == SOURCE6 else 'dst'} {ipaddress.IPv6Address(upper << 32 | value)}/{96 + length}"
    if offset in OFFSETS6.values():
        return f"match u32 0x{value:08x} 0x{mask:08x} at {offset}"
    return f"match ip {'src' if offset == SOURCE else 'dst'} {socket.inet_ntoa(value.to_bytes(4, 'big'))}/{length}"


def _node_id(handle: int) -> str:
    return f"{handle >> 20:x}:{handle >> 12 & 0xFF:x}:{handle & 0xFFF:x}"


def _same_class(old: Class, new: Class, inner: bool) -> bool:
    # The kernel keeps quantum and priority of leaves alone.
    return old[:5] == new[:5] if inner else old == new


def _depth(classes: Dict[int, Class], minor: int) -> int:
    depth = 0
    while minor in classes and depth < 8:
        minor, depth = classes[minor].parent, depth + 1
    return depth


def rate_text(rate: int) -> str:
    """Bytes/s as a rate of tc, exact: in the largest of mbit, kbit and bit that is whole."""
    bits = rate * 8
    for unit, size in (("mbit", 10**6), ("kbit", 1000)):
        if bits % size == 0:
            return f"{bits // size}{unit}"
    return f"{bits}bit"
