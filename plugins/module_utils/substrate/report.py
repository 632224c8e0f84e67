# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Changes as people read them: the two sides of a diff, and the attachments after the change; pure."""
from __future__ import annotations

import ipaddress
import socket
from typing import Dict, Iterable, List, Optional

from .attachments import Present, describe, feeds_of
from .change import Change, commands
from .prefixes import size_of
from .tree import BYTES_PER_MBIT, DEFAULT, HANDLE, LINK, ROOT, ROOT_TABLE, VIP_MINORS, Class, Tree

MOST_COMMANDS = 1000  # a result must stay far below what the consoles of automation platforms keep of one


def listed_commands(changes: List[Change]) -> List[str]:
    """The commands, the middle left out where they are very many."""
    lines = commands(changes)
    if len(lines) <= MOST_COMMANDS:
        return lines
    half = MOST_COMMANDS // 2
    return lines[:half] + [f"# {len(lines) - 2 * half} more commands"] + lines[-half:]


def diff(changes: List[Change]) -> Dict[str, dict]:
    """Before and after of the attachments that change."""
    before, after = {}, {}
    for change in changes:
        if not any(change.steps):
            continue
        name = f"{change.before.device} {change.before.direction}"
        before[name], after[name] = _before(change.before), _side(change.after)
        if before[name] == after[name]:
            # Damage that the two sides do not show, such as a stray filter: the commands that repair it tell.
            after[name] = dict(after[name], repaired=change.steps.commands()[:20])
    return {"before": before, "after": after}


def _before(found: Present) -> dict:
    if found.tree is None:
        return {"root": found.root.found} if found.root.owner == "foreign" else {}
    return _side(found.tree)


def _side(tree: Optional[Tree]) -> dict:
    if tree is None:
        return {}
    vips: Dict[int, List[int]] = {}
    uppers = {node.table: node.upper for node in tree.nodes.values() if node is not None and node.upper}
    for handle, node in tree.nodes.items():
        if node is not None and handle >> 20 < ROOT_TABLE:
            minor = node.classid & 0xFFFF if node.classid & 0xFFFF0000 == ROOT else 0
            first = uppers.get(handle >> 20, 0) << 32 | node.value
            vips.setdefault(minor, []).extend(range(first, first + size_of(node.mask)))
    return {name_of(minor, row.parent): _words(row, vips.get(minor, ())) for minor, row in sorted(tree.classes.items())}


def name_of(minor: int, parent: int) -> str:
    """The class as tc names it, and what it stands for."""
    meaning = {LINK: "link", DEFAULT: "no slice"}.get(minor, f"VIP of slice {parent}" if minor in VIP_MINORS else f"slice {minor}")
    return f"{HANDLE:x}:{minor:x} {meaning}"


def _words(row: Class, vips: Iterable[int]) -> str:
    rates = f"{row.rate / BYTES_PER_MBIT:g} to {row.ceil / BYTES_PER_MBIT:g} Mbit/s"
    return ", ".join([rates] + ranges(vips))


def ranges(addresses: Iterable[int]) -> List[str]:
    """Addresses, of IPv6 those above 32 bits, as text, those in a row as one range: 10.90.2.2-10.90.2.9."""
    runs: List[List[int]] = []
    for address in sorted(addresses):
        if runs and address == runs[-1][1] + 1:
            runs[-1][1] = address
        else:
            runs.append([address, address])
    return [_text(first) if first == last else f"{_text(first)}-{_text(last)}" for first, last in runs]


def _text(address: int) -> str:
    return str(ipaddress.IPv6Address(address)) if address >> 32 else socket.inet_ntoa(address.to_bytes(4, "big"))


def attachments_after(changes: List[Change]) -> List[dict]:
    """The attachments as they are after the change, in the form of the host state."""
    return [_after(change) for change in changes]


def _after(change: Change) -> dict:
    if change.after is not None:
        root = change.before.root._replace(owner="ours", found=f"htb {HANDLE:x}:")
        link = change.before.link._replace(kind="ifb") if change.before.link and change.before.direction == "ingress" else change.before.link
        after = describe(change.before._replace(tree=change.after, root=root, link=link))
    elif any(change.steps):
        # What the kernel puts at a root that nobody set is known only once it is there.
        found = "no ifb" if change.before.direction == "ingress" else "default of the kernel"
        after = dict(describe(change.before._replace(tree=None)), owner="adoptable", found=found)
    else:
        after = describe(change.before)
    slices = {row["minor"]: row["slice"] for row in change.attachment["classes"]}
    for row in after["classes"]:
        row["slice"] = slices.get(row["minor"])
    return after


def warnings(changes: List[Change]) -> List[str]:
    """What a change costs, or leaves out, that its commands do not say."""
    shaped = [change for change in changes if change.after is not None]
    found = [
        f"The root qdisc mq of {change.before.device} is replaced: all its transmit queues now share one."
        for change in shaped if change.before.direction == "egress" and change.before.root.found.startswith("mq ")
    ]
    for change in shaped:
        missing = sorted(feed.device for feed in feeds_of(change.attachment) if feed not in change.before.hooks)
        if missing:
            found.append(
                f"This host has no {', '.join(missing)}: what the world sends there is shaped as part of the ingress of {change.before.device} "
                f"only by a run that finds it."
            )
    return found
