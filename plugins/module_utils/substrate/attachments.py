# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Attachments of a host: what each has now, whose it is, and the commands that lead to what it shall have.

Egress is shaped by a tree at the root of the device itself. Ingress cannot be: a row at the ingress hook of the device redirects all
it receives to an ifb device of ours, which bears the tree. The alias of the ifb records whether the hook is of our making.
"""
from __future__ import annotations

import zlib
from typing import List, NamedTuple, Optional, Tuple

from ..errors import HostError
from . import present as rows
from .difference import difference
from .netlink import Netlink
from .tree import BYTES_PER_MBIT, DEFAULT, LINK, PREF, ROOT, VIP_MINORS, Tree

DIRECTIONS = ("egress", "ingress")
ALIAS = "netslice"


class Present(NamedTuple):
    """An attachment as the host has it."""

    device: str
    direction: str
    exists: bool  # the device
    shaped: str  # the device that bears the tree
    link: Optional[rows.wire.Link]  # that device
    root: rows.Root
    tree: Optional[Tree]  # None where the root is not ours
    hook: Optional[rows.Hook]  # of an ingress


class Steps(NamedTuple):
    """Lines for `ip -batch` that make what tc needs, for `tc -batch`, and for `ip -batch` that remove what tc no longer needs."""

    make: Tuple[str, ...] = ()
    shape: Tuple[str, ...] = ()
    remove: Tuple[str, ...] = ()

    def commands(self) -> List[str]:
        """The same as commands to read or to paste."""
        return [f"ip {line}" for line in self.make] + [f"tc {line}" for line in self.shape] + [f"ip {line}" for line in self.remove]


def ifb_name(device: str) -> str:
    """The ifb that bears the ingress tree of a device, the same at each run."""
    return f"nsi{zlib.crc32(device.encode()):08x}"


def read(netlink: Netlink, device: str, direction: str) -> Present:
    """An attachment out of the kernel. Raises HostError."""
    link = netlink.link(device)
    if direction == "egress":
        qdiscs = netlink.qdiscs(link.index) if link else []
        return Present(device, direction, link is not None, device, link, *_tree(netlink, link, qdiscs), None)
    ifb = netlink.link(ifb_name(device))
    hook = None
    if link is not None:
        filters = netlink.filters(link.index, rows.INGRESS_FILTERS)
        hook = rows.hook_of(netlink.qdiscs(link.index), filters, netlink.filters(link.index, rows.EGRESS_FILTERS))
    qdiscs = netlink.qdiscs(ifb.index) if ifb else []
    return Present(device, direction, link is not None, ifb_name(device), ifb, *_tree(netlink, ifb, qdiscs), hook)


def _tree(netlink: Netlink, link: Optional[rows.wire.Link], qdiscs: List[rows.wire.Qdisc]) -> Tuple[rows.Root, Optional[Tree]]:
    if link is None:
        return rows.Root("adoptable", "no ifb"), None
    root = rows.root_of(qdiscs)
    if root.owner != "ours":
        return root, None
    return root, rows.tree_of(qdiscs, netlink.classes(link.index), netlink.filters(link.index, ROOT))


def inspect(links: List[dict]) -> List[dict]:
    """The `attachments` of the host state: both directions of each device named in links. Raises HostError."""
    with Netlink() as netlink:
        return [describe(read(netlink, link["device"], direction)) for link in links for direction in DIRECTIONS]


def describe(found: Present) -> dict:
    """An attachment as the host state writes it."""
    owner = owner_of(found)
    classes = found.tree.classes if found.tree else {}
    caps = {row.parent: row.ceil / BYTES_PER_MBIT for minor, row in classes.items() if minor in VIP_MINORS}
    return {
        "device": found.device, "direction": found.direction, "owner": owner,
        "found": "no device" if owner == "no_device" else found.root.found,
        "classes": [
            {"minor": minor, "guarantee_mbit": row.rate / BYTES_PER_MBIT, "ceiling_mbit": row.ceil / BYTES_PER_MBIT, "vip_ceiling_mbit": caps.get(minor)}
            for minor, row in sorted(classes.items()) if minor not in (LINK, DEFAULT) and minor not in VIP_MINORS
        ],
    }


def owner_of(found: Present) -> str:
    """ours, adoptable, foreign or no_device."""
    if not found.exists:
        return "no_device"
    if found.direction == "ingress" and found.link is not None and found.link.kind != "ifb":
        return "foreign"
    return found.root.owner


def refuse(found: Present, takeover: bool) -> None:
    """Raise HostError where an attachment must not be shaped: its device is missing, or is shaped by somebody else."""
    what = f"shape {found.direction} of {found.device}"
    owner = owner_of(found)
    if owner == "no_device":
        raise HostError(f"Cannot {what}: this host has no device of that name. Correct the links of the host, or create the device.")
    if owner == "foreign" and found.link.kind != "ifb" and found.direction == "ingress":
        raise HostError(
            f"Cannot {what}: the device {found.shaped}, whose name is kept for this, is {found.link.kind or 'no ifb'}. "
            f"Rename it or remove it."
        )
    if owner == "foreign" and not takeover:
        raise HostError(
            f"Cannot {what}: the root qdisc of {found.shaped} is {found.root.found}, set by somebody else. "
            f"Remove it with `tc qdisc del dev {found.shaped} root`, or set takeover to true to replace it."
        )


def steps(found: Present, wanted: Optional[Tree]) -> Steps:
    """What leads from an attachment to the wanted tree, or to nothing of ours; empty where that is so already."""
    shape = tuple(difference(found.shaped, found.tree, wanted))
    if found.direction == "egress":
        return Steps((), shape, ()) if found.exists else Steps()
    if wanted is None:
        ours = found.link is not None and found.link.kind == "ifb"
        return Steps((), _unhook(found), (f"link del dev {found.shaped}",) if ours else ())
    hook_made = not found.hook.qdisc or _made_hook(found)
    return Steps(_ifb(found, hook_made), shape + _hook(found), ())


def _made_hook(found: Present) -> bool:
    return found.link is not None and found.link.alias == f"{ALIAS}:{found.device}:clsact"


def _ifb(found: Present, hook_made: bool) -> Tuple[str, ...]:
    name, link = found.shaped, found.link
    alias = f"{ALIAS}:{found.device}" + (":clsact" if hook_made else "")
    lines = []
    if link is None:
        lines.append(f"link add name {name} type ifb")
    if link is None or link.alias != alias:
        lines.append(f"link set dev {name} alias {alias}")
    if link is None or not link.up:
        lines.append(f"link set dev {name} up")
    return tuple(lines)


def _hook(found: Present) -> Tuple[str, ...]:
    device, hook = found.device, found.hook
    lines = [] if hook.qdisc else [f"qdisc add dev {device} clsact"]
    if found.link is not None and hook.redirects == (found.link.index,):
        return tuple(lines)
    if hook.occupied:
        lines.append(f"filter del dev {device} ingress pref {PREF}")
    lines.append(
        f"filter add dev {device} ingress pref {PREF} handle ::1 protocol all u32 match u32 0 0 "
        f"action mirred egress redirect dev {found.shaped}"
    )
    return tuple(lines)


def _unhook(found: Present) -> Tuple[str, ...]:
    if found.hook is None:
        return ()
    lines = [f"filter del dev {found.device} ingress pref {PREF}"] if found.hook.occupied else []
    if found.hook.qdisc == "clsact" and _made_hook(found) and not found.hook.shared:
        lines.append(f"qdisc del dev {found.device} clsact")
    return tuple(lines)
