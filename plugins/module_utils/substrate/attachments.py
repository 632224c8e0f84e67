# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Attachments of a host: what each has now, whose it is, and the commands that lead to what it shall have.

Egress is shaped by a tree at the root of the device itself. Ingress cannot be: rows redirect to an ifb device of ours, which bears the
tree. They stand at the ingress hook of the device; where addresses of guests show only behind it, because they are translated, at the
egress hooks of the bridges of the slices. The alias of the ifb records where, and whether the hook of the device is of our making.
"""
from __future__ import annotations

import re
import zlib
from typing import Dict, List, NamedTuple, Optional, Set, Tuple

from ..errors import HostError
from . import present as rows
from .difference import difference
from .netlink import Netlink
from .tree import BYTES_PER_MBIT, DEFAULT, LINK, PREF, ROOT, VIP_MINORS, Tree

DIRECTIONS = ("egress", "ingress")
ALIAS, MADE, BY_BRIDGES = "netslice", "clsact", ":bridges"
BRIDGES = re.compile(r"nsb\d{1,5}")  # of slices; hooks at them are ours alone


class Feed(NamedTuple):
    """A hook whose packets go to the ifb of an ingress."""

    device: str
    side: str  # ingress, or egress of a bridge


class Present(NamedTuple):
    """An attachment as the host has it."""

    device: str
    direction: str
    exists: bool  # the device
    shaped: str  # the device that bears the tree
    link: Optional[rows.wire.Link]  # that device
    root: rows.Root
    tree: Optional[Tree]  # None where the root is not ours
    hooks: Dict[Feed, rows.Hook]  # of an ingress: those that feed it or shall, of devices that are there; empty of an egress


class Steps(NamedTuple):
    """Lines for `ip -batch` that make what tc needs, for `tc -batch`, and for `ip -batch` that remove or forget what tc no longer needs."""

    make: Tuple[str, ...] = ()
    shape: Tuple[str, ...] = ()
    remove: Tuple[str, ...] = ()

    def commands(self) -> List[str]:
        """The same as commands to read or to paste."""
        return [f"ip {line}" for line in self.make] + [f"tc {line}" for line in self.shape] + [f"ip {line}" for line in self.remove]


def ifb_name(device: str) -> str:
    """The ifb that bears the ingress tree of a device, the same at each run."""
    return f"nsi{zlib.crc32(device.encode()):08x}"


def feeds_of(attachment: dict) -> Tuple[Feed, ...]:
    """Where the packets of an attachment are to be taken from; none of an egress, which bears its tree itself."""
    if attachment["direction"] == "egress":
        return ()
    bridges = attachment.get("bridges") or []
    return tuple(Feed(bridge, "egress") for bridge in bridges) or (Feed(attachment["device"], "ingress"),)


def read(netlink: Netlink, device: str, direction: str, feeds: Optional[Tuple[Feed, ...]] = None) -> Present:
    """An attachment out of the kernel; feeds: those it shall have, None where what feeds it does not matter. Raises HostError."""
    link = netlink.link(device)
    if direction == "egress":
        qdiscs = netlink.qdiscs(link.index) if link else []
        return Present(device, direction, link is not None, device, link, *_tree(netlink, link, qdiscs), {})
    ifb = netlink.link(ifb_name(device))
    known = {} if feeds is None else {feed: _hook_of(netlink, feed) for feed in sorted(_known_feeds(netlink, device, ifb, feeds))}
    hooks = {feed: hook for feed, hook in known.items() if hook is not None}
    qdiscs = netlink.qdiscs(ifb.index) if ifb else []
    return Present(device, direction, link is not None, ifb_name(device), ifb, *_tree(netlink, ifb, qdiscs), hooks)


def _known_feeds(netlink: Netlink, device: str, ifb: Optional[rows.wire.Link], feeds: Tuple[Feed, ...]) -> Set[Feed]:
    """The wanted feeds, and those that may be there."""
    known = {*feeds, Feed(device, "ingress")}
    if ifb is not None and ifb.alias.endswith(BY_BRIDGES):
        known.update(Feed(name, "egress") for name in netlink.names() if BRIDGES.fullmatch(name))
    return known


def _hook_of(netlink: Netlink, feed: Feed) -> Optional[rows.Hook]:
    link = netlink.link(feed.device)
    if link is None:
        return None
    sides = [netlink.filters(link.index, parent) for parent in (rows.INGRESS_FILTERS, rows.EGRESS_FILTERS)]
    return rows.hook_of(netlink.qdiscs(link.index), *(sides if feed.side == "ingress" else sides[::-1]))


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


def steps(found: Present, wanted: Optional[Tree], feeds: Tuple[Feed, ...]) -> Steps:
    """What leads from an attachment to the wanted tree fed by `feeds`, or to nothing of ours; empty where that is so already.

    A bridge that is not there carries nothing, so it is passed over.
    """
    feeds = tuple(feed for feed in feeds if feed in found.hooks)
    shape = tuple(difference(found.shaped, found.tree, wanted))
    if found.direction == "egress":
        return Steps((), shape, ()) if found.exists else Steps()
    if wanted is None:
        ours = found.link is not None and found.link.kind == "ifb"
        return Steps((), _unhook(found, ()), (f"link del dev {found.shaped}",) if ours else ())
    names = _aliases(found, feeds)
    renamed = (f"link set dev {found.shaped} alias {names[1]}",) if names[0] != names[1] else ()
    return Steps(_ifb(found, names[0]), shape + _hook(found, feeds) + _unhook(found, feeds), renamed)


def present_feeds(found: Present) -> Tuple[Feed, ...]:
    """The feeds that have rows of ours now, or where they usually are."""
    if found.direction == "egress":
        return ()
    return tuple(feed for feed, hook in found.hooks.items() if hook.occupied) or (Feed(found.device, "ingress"),)


def _made_hook(found: Present) -> bool:
    return found.link is not None and MADE in found.link.alias.split(":")


def _aliases(found: Present, feeds: Tuple[Feed, ...]) -> Tuple[str, str]:
    """Aliases of the ifb before tc is changed and after it.

    Hooks of our making are forgotten only once they are gone: a run that is killed between the two would leave them to nobody.
    """
    own = Feed(found.device, "ingress")
    hook, plain = found.hooks.get(own), f"{ALIAS}:{found.device}"
    if own in feeds:
        alias = plain + (f":{MADE}" if not hook.qdisc or _made_hook(found) else "")
        by_bridges = found.link is not None and found.link.alias.endswith(BY_BRIDGES)
        return alias + (BY_BRIDGES if by_bridges else ""), alias
    ending = hook is not None and hook.qdisc == "clsact" and _made_hook(found)
    return plain + (f":{MADE}" if ending else "") + BY_BRIDGES, plain + BY_BRIDGES


def _ifb(found: Present, alias: str) -> Tuple[str, ...]:
    name, link = found.shaped, found.link
    lines = []
    if link is None:
        lines.append(f"link add name {name} type ifb")
    if link is None or link.alias != alias:
        lines.append(f"link set dev {name} alias {alias}")
    if link is None or not link.up:
        lines.append(f"link set dev {name} up")
    return tuple(lines)


def _hook(found: Present, feeds: Tuple[Feed, ...]) -> Tuple[str, ...]:
    lines = []
    for feed in feeds:
        device, side, hook = feed.device, feed.side, found.hooks[feed]
        qdisc = hook.qdisc
        if side == "egress" and qdisc == "ingress":  # which has no hook of egress
            lines.append(f"qdisc del dev {device} ingress")
            qdisc = ""
        if not qdisc:
            lines.append(f"qdisc add dev {device} clsact")
        if found.link is not None and hook.redirects == (found.link.index,):
            continue
        if hook.occupied:
            lines.append(f"filter del dev {device} {side} pref {PREF}")
        lines.append(
            f"filter add dev {device} {side} pref {PREF} handle ::1 protocol all u32 match u32 0 0 "
            f"action mirred egress redirect dev {found.shaped}"
        )
    return tuple(lines)


def _unhook(found: Present, feeds: Tuple[Feed, ...]) -> Tuple[str, ...]:
    """Lines that end the feeds which are not among `feeds`."""
    lines = []
    for (device, side), hook in found.hooks.items():
        if (device, side) in feeds:
            continue
        made = side == "egress" or _made_hook(found)  # hooks of egress are at bridges of slices, which are ours
        if hook.qdisc == "clsact" and made and not hook.shared:
            lines.append(f"qdisc del dev {device} clsact")  # and its rows with it
        elif hook.occupied:
            lines.append(f"filter del dev {device} {side} pref {PREF}")
    return tuple(lines)
