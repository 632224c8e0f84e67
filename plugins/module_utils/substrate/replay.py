# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Scripts in the state directory that bring the trees back after a boot, before the next pass: DIR/qos/<device>.<direction>, and DIR/qos/replay for all.

A script is whole and stands alone: it needs a shell, ip and tc. It never touches a root that somebody else set, does nothing where the tree
is there, and takes its own tree away again where a command fails.
"""
from __future__ import annotations

import contextlib
import os
import re
from typing import List

from ..errors import HostError
from ..instants import canonical_json, digest
from ..vips import files
from . import wire
from .attachments import MADE, Feed, Present, feeds_of, steps
from .change import Change
from .present import Hook, Root
from .tree import HANDLE, PREF

FOLDER, ALL = "qos", "replay"
NAME = re.compile(r".+\.(egress|ingress)")
DIGEST = "# attachment "


def store(state_dir: str, changes: List[Change]) -> None:
    """Make the scripts equal to the trees as they are after the changes. Raises HostError."""
    folder = os.path.join(state_dir, FOLDER)
    for change in changes:
        path = os.path.join(folder, f"{change.before.device}.{change.before.direction}")
        if change.after is None:
            files.remove(path)
        else:
            mark = DIGEST + digest(canonical_json(change.attachment))
            if any(change.steps) or not _has(path, mark):
                _make(folder)
                files.write(path, script(change, mark), mode=0o700)
    names = _names(folder)
    if names and not os.path.exists(os.path.join(folder, ALL)):
        files.write(os.path.join(folder, ALL), REPLAY, mode=0o700)
    if not names:
        files.remove(os.path.join(folder, ALL))
        with contextlib.suppress(OSError):
            os.rmdir(folder)


def _has(path: str, mark: str) -> bool:
    return f"\n{mark}\n" in files.read(path)


def _names(folder: str) -> List[str]:
    try:
        return sorted(name for name in os.listdir(folder) if NAME.fullmatch(name))
    except FileNotFoundError:
        return []


def _make(folder: str) -> None:
    try:
        os.makedirs(folder, mode=0o700, exist_ok=True)
    except OSError as exc:
        raise HostError(f"Cannot make {folder}: {exc.strerror}. Run as root, or set state_dir to a directory of yours.") from exc


def script(change: Change, mark: str) -> str:
    """Text of the script of one attachment, which has a tree."""
    device, direction, shaped = change.before.device, change.before.direction, change.before.shaped
    feeds = feeds_of(change.attachment)
    bare = Present(device, direction, True, shaped, None, Root("adoptable", "no qdisc"), None, dict.fromkeys(feeds, Hook("", (), False, False)))
    todo = steps(bare, change.after, feeds)
    root, tree = todo.shape[0].replace("qdisc replace", "qdisc add", 1), [line for line in todo.shape[1:] if f" dev {shaped} " in f"{line} "]
    text = HEAD.replace("@MARK@", mark).replace("@DEVICE@", device).replace("@DIRECTION@", direction)
    if feeds:
        text += IFB.replace("@MAKE@", "\n".join(line for line in todo.make if " alias " not in line))
    text += TREE.replace("@ROOT@", root).replace("@TREE@", "\n".join(tree))
    text += "".join(HOOK.replace("@FEED@", feed.device).replace("@SIDE@", feed.side) for feed in feeds)
    return text.replace("@SHAPED@", shaped).replace("@HANDLE@", f"{HANDLE:x}").replace("@PREF@", str(PREF))
