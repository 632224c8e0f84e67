# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the kernel has on a device: whose its root is, and our tree in it; rows in, model out."""
from __future__ import annotations

from typing import Dict, Iterable, List, NamedTuple, Optional

from . import tree, wire

TC_ROOT = 0xFFFFFFFF
INGRESS_HANDLE, INGRESS_FILTERS, EGRESS_FILTERS = 0xFFFF0000, 0xFFFFFFF2, 0xFFFFFFF3
ADOPTABLE = frozenset(("noqueue", "pfifo_fast", "fq_codel", "fq", "mq", "pfifo"))
AUTOMATIC_MAJORS = range(0x8000, 0xFFFF)  # handles the kernel gives where nobody chose one
IPV4, IPV6, ANY = 0x0800, 0x86DD, 0x0003


#: what stands at each of our preferences
PROTOCOLS = {tree.PREF: IPV4, tree.PREF6: IPV6}


class Root(NamedTuple):
    owner: str  # ours, adoptable, foreign
    found: str


def root_of(qdiscs: Iterable[wire.Qdisc]) -> Root:
    """Whose the root qdisc of a device is, and what it is. A device without one, as it is before it first comes up, is adoptable."""
    root = next((row for row in qdiscs if row.parent == TC_ROOT), None)
    if root is None:
        return Root("adoptable", "no qdisc")
    major = root.handle >> 16
    found = f"{root.kind} {major:x}:"
    if root.kind == "htb" and major == tree.HANDLE:
        return Root("ours", found)
    if root.kind in ADOPTABLE and (not major or major in AUTOMATIC_MAJORS):
        return Root("adoptable", found)
    return Root("foreign", found)


def tree_of(qdiscs: Iterable[wire.Qdisc], classes: Iterable[wire.HtbClass], filters: List[wire.Filter]) -> tree.Tree:
    """Our tree out of the rows of a device whose root is ours."""
    found = tree.Tree()
    for row in qdiscs:
        if row.parent == TC_ROOT:
            found.default = row.default
        elif row.parent >> 16 == tree.HANDLE:
            found.leaves[row.parent & 0xFFFF] = tree.Leaf(row.handle >> 16, row.kind, row.limit or 0)
    for row in classes:
        if row.handle >> 16 == tree.HANDLE:
            parent = 0 if row.parent == TC_ROOT else row.parent & 0xFFFF
            found.classes[row.handle & 0xFFFF] = tree.Class(
                parent, row.rate, row.ceil, tree.burst_of_ticks(row.buffer, row.rate), tree.burst_of_ticks(row.cbuffer, row.ceil),
                row.quantum, row.prio,
            )
    _read_filters(found, filters)
    return found


def _read_filters(found: tree.Tree, filters: List[wire.Filter]) -> None:
    roots = {}  # pref -> id of its root table, 0 where no row tells
    nodes: Dict[int, Dict[int, Optional[wire.Node]]] = {pref: {} for pref in PROTOCOLS}
    for handle, pref, protocol, chain, kind, divisor, node, redirect in filters:
        if kind != "u32" or chain or protocol != PROTOCOLS.get(pref):
            found.strays.add((chain, pref, protocol))
            continue
        roots.setdefault(pref, 0)
        if divisor:
            table = handle >> 20
            if table >= tree.ROOT_TABLE:
                roots[pref] = table
            elif divisor == tree.BUCKETS and pref == tree.PREF:
                found.tables.add(table)
            else:
                found.strays.add((0, pref, protocol))
        elif handle:
            nodes[pref][handle] = None if redirect else node
    damaged = any(chain == 0 and pref in PROTOCOLS for chain, pref, _protocol in found.strays)
    if damaged or (tree.PREF6 in roots and tree.PREF not in roots):
        # What stands at our preferences is not what we put there, or tables were lost that the kernel keeps but does not show: all of it goes.
        found.strays |= {(0, pref, PROTOCOLS[pref]) for pref in roots if not any(pref == stray[1] and not stray[0] for stray in found.strays)}
        found.tables.clear()
        return
    found.root_table = roots.get(tree.PREF) or tree.ROOT_TABLE
    found.root_table6 = roots.get(tree.PREF6)
    for pref, named in ((tree.PREF, tree.ROOT_TABLE), (tree.PREF6, tree.ROOT_TABLE6)):
        if roots.get(pref, named) != named:
            nodes[pref] = {named << 20 | handle & 0xFFFFF if handle >> 20 == roots[pref] else handle: node for handle, node in nodes[pref].items()}
        found.nodes.update(nodes[pref])


class Hook(NamedTuple):
    """Ingress of a device: its qdisc (clsact, ingress or ""), the devices our rows redirect to, whether others have filters at it."""

    qdisc: str
    redirects: tuple  # of ifindex; 0 for a row at our preference that is no plain redirect
    occupied: bool  # there is something at our preference
    shared: bool


def hook_of(qdiscs: Iterable[wire.Qdisc], filters: List[wire.Filter], egress_filters: List[wire.Filter]) -> Hook:
    """The hook out of the rows of a device; filters at its ingress, and at the egress side of clsact."""
    kind = next((row.kind for row in qdiscs if row.handle == INGRESS_HANDLE), "")
    ours = [row for row in filters if row.pref == tree.PREF and not row.chain]
    redirects = tuple(_redirect(row) for row in ours if row.handle and not row.divisor)
    return Hook(kind, redirects, bool(ours), bool(egress_filters) or len(ours) < len(filters))


def _redirect(row: wire.Filter) -> int:
    catches_all = row.kind == "u32" and row.protocol == ANY and row.node == wire.Node(0, 0, 0, 0, 0, 0, 0)
    return row.redirect if catches_all else 0
