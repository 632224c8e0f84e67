# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Several attachments as one change: planned from one reading, applied in one batch, verified, and taken back where it fails."""
from __future__ import annotations

import re
from typing import Callable, List, NamedTuple, Optional, Tuple

from ..errors import HostError
from .attachments import Feed, Present, Steps, feeds_of, present_feeds, read, refuse, steps
from .netlink import Netlink
from .tree import Tree, wanted_tree

OLDEST = (5, 0)  # iproute2
OLDEST_SNAPSHOT = 190304  # the date by which versions before 5.7 call themselves
Run = Callable[[List[str], str], Tuple[int, str, str]]


class Change(NamedTuple):
    """An attachment on its way; steps are empty where it is there already."""

    attachment: dict
    before: Present
    after: Optional[Tree]
    steps: Steps


def plan(netlink: Netlink, attachments: List[dict], state: str, takeover: bool) -> List[Change]:
    """The changes of checked attachments. Raises HostError where a device is missing or foreign."""
    changes = []
    for attachment in attachments:
        feeds = feeds_of(attachment)
        found = read(netlink, attachment["device"], attachment["direction"], feeds)
        wanted = None if state == "absent" else wanted_tree(attachment, found.tree)
        if wanted is not None:
            refuse(found, takeover)
        changes.append(Change(attachment, found, wanted, steps(found, wanted, feeds)))
    return changes


def commands(changes: List[Change]) -> List[str]:
    """All commands, in the order in which `carry_out` gives them."""
    return _joined([change.steps for change in changes]).commands()


def _joined(parts: List[Steps]) -> Steps:
    return Steps(*(tuple(line for part in parts for line in part[i]) for i in range(3)))


def carry_out(netlink: Netlink, changes: List[Change], run: Run) -> None:
    """Apply the changes and verify them.

    run: argv and standard input -> exit status, output, error output. Raises HostError, after it brought the previous trees back.
    """
    changes = [change for change in changes if any(change.steps)]
    if not changes:
        return
    try:
        _execute(_joined([change.steps for change in changes]), run)
        left = _left(netlink, [(change.before, change.after, feeds_of(change.attachment)) for change in changes])
        if left:
            raise HostError(f"after the change these commands are still due, another program may be changing it too: {_some(left)}")
    except HostError as exc:
        raise HostError(f"Cannot change the traffic control of this host: {exc}. {_take_back(netlink, changes, run)}") from exc


def _execute(todo: Steps, run: Run) -> None:
    for program, lines in (("ip", todo.make), ("tc", todo.shape), ("ip", todo.remove)):
        if not lines:
            continue
        status, _output, error = run([program, "-batch", "-"], "\n".join(lines) + "\n")
        if status:
            raise HostError(_explain(program, lines, error))


def _explain(program: str, lines: Tuple[str, ...], error: str) -> str:
    """What a batch says of its failure, with the line it failed at."""
    failed = re.search(r"Command failed -:(\d+)", error)
    line = lines[int(failed.group(1)) - 1] if failed and int(failed.group(1)) <= len(lines) else lines[0]
    said = " ".join(one.strip() for one in error.splitlines() if one.strip() and "Command failed" not in one)
    hint = ""
    if re.search(r"kind is unknown|Unknown device type|not supported|No such file", said):
        hint = "; the kernel needs sch_htb, sch_ingress, cls_u32, act_mirred and ifb"
    return f"`{program} {line}` fails: {said.rstrip('.') or 'no reason given'}{hint}"


Target = Tuple[Present, Optional[Tree], Tuple[Feed, ...]]


def _due(netlink: Netlink, targets: List[Target]) -> Steps:
    return _joined([steps(read(netlink, found.device, found.direction, feeds), tree, feeds) for found, tree, feeds in targets])


def _left(netlink: Netlink, targets: List[Target]) -> List[str]:
    return _due(netlink, targets).commands()


def _take_back(netlink: Netlink, changes: List[Change], run: Run) -> str:
    """Bring back the trees of before; says how that went."""
    targets = [(change.before, change.before.tree, present_feeds(change.before)) for change in changes]
    try:
        _execute(_due(netlink, targets), run)
        left = _left(netlink, targets)
    except HostError as exc:
        return f"Nor could the previous trees be brought back: {exc}. Read `tc qdisc show`, then run again."
    if left:
        return f"The previous trees are back but for: {_some(left)}."
    return "The previous trees are back. Remove the cause and run again."


def _some(lines: List[str], most: int = 5) -> str:
    more = f" and {len(lines) - most} more" if len(lines) > most else ""
    return "; ".join(lines[:most]) + more


def require_tools(run: Run) -> None:
    """Raise HostError where tc is not the one of a recent iproute2."""
    status, output, _error = run(["tc", "-V"], "")
    named = re.search(r"iproute2-(?:ss(\d{6})|v?(\d+)\.(\d+))", output)
    if status or not named:
        raise HostError(f"Cannot use tc: it says {output.strip()!r} of itself. Install iproute2 {OLDEST[0]}.{OLDEST[1]} or later.")
    snapshot, major, minor = named.groups()
    if (int(snapshot) < OLDEST_SNAPSHOT) if snapshot else ((int(major), int(minor)) < OLDEST):
        raise HostError(f"Cannot use tc: it is of {named.group(0)}. Install iproute2 {OLDEST[0]}.{OLDEST[1]} or later.")
