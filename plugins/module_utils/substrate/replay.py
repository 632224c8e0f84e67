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
from typing import List, Tuple

from ..errors import HostError
from ..instants import fingerprint
from ..vips import files
from .attachments import ALIAS, BY_BRIDGES, MADE, feeds_of
from .change import Change
from .difference import difference
from .tree import HANDLE, PREF

FOLDER, ALL = "qos", "replay"
NAME = re.compile(r".+\.(egress|ingress)")
DIGEST = "# attachment "


def forget(state_dir: str, changes: List[Change]) -> None:
    """Remove the scripts of trees that go: before the trees, so that a run that is killed between leaves what the next one finds. Raises HostError."""
    folder = os.path.join(state_dir, FOLDER)
    going = {name_of(change) for change in changes if change.after is None}
    if not going or not os.path.isdir(folder):
        return
    last = going.issuperset(_names(folder))
    for name in [ALL] * last + sorted(going):
        files.remove(os.path.join(folder, name))
    if last:
        with contextlib.suppress(OSError):
            os.rmdir(folder)


def store(state_dir: str, changes: List[Change]) -> None:
    """Write the scripts of the trees that are there after the changes, where they are not there yet. Raises HostError."""
    folder = os.path.join(state_dir, FOLDER)
    wanted = [change for change in changes if change.after is not None]
    if not wanted:
        return
    _make(folder)
    for change in wanted:
        path, mark = _script_of(folder, change)
        if any(change.steps) or not _has(path, mark):
            files.write(path, script(change, mark), mode=0o700)
    if files.read(os.path.join(folder, ALL)) != REPLAY:
        files.write(os.path.join(folder, ALL), REPLAY, mode=0o700)


def stored(state_dir: str, changes: List[Change]) -> bool:
    """Whether `store` would find all scripts there. Raises HostError."""
    folder = os.path.join(state_dir, FOLDER)
    return all(_has(*_script_of(folder, change)) for change in changes) and files.read(os.path.join(folder, ALL)) == REPLAY


def name_of(change: Change) -> str:
    """Name of the script of an attachment."""
    return f"{change.before.device}.{change.before.direction}"


def _script_of(folder: str, change: Change) -> Tuple[str, str]:
    """Path of the script of an attachment, and the mark by which it is that of just this one."""
    return os.path.join(folder, name_of(change)), DIGEST + fingerprint(change.attachment)


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
    device, shaped, feeds = change.before.device, change.before.shaped, feeds_of(change.attachment)
    root, *tree = difference(shaped, None, change.after)
    text = HEAD + (IFB if feeds else "") + TREE
    for feed in feeds:
        text += HOOK.replace("@FEED@", feed.device).replace("@SIDE@", feed.side)
    text += "exit $status\n"
    own = bool(feeds) and feeds[0].device == device
    values = {
        "MARK": mark, "DEVICE": device, "DIRECTION": change.before.direction, "SHAPED": shaped, "HANDLE": f"{HANDLE:x}", "PREF": str(PREF),
        "ROOT": root.replace("qdisc replace", "qdisc add", 1), "TREE": "\n".join(tree),
        "ALIAS": f"{ALIAS}:{device}" + ("" if own else BY_BRIDGES), "MADE": f":{MADE}" if own else "",
    }
    for name, value in values.items():
        text = text.replace(f"@{name}@", value)
    return text


HEAD = """\
#!/bin/sh
# Brings the shaping of @DIRECTION@ of @DEVICE@ back after a boot. Written by slice_qos, which replaces and removes it.
@MARK@
PATH=$PATH:/usr/sbin:/sbin
there() { ip link show dev "$1" >/dev/null 2>&1; }
say() { echo "Cannot bring back the shaping of @DIRECTION@ of @DEVICE@: $1. The next pass will, where it can." >&2; }
status=0 seconds=10
there @DEVICE@ || { say "this host has no such device now"; exit 1; }
"""

IFB = """\
if ! there @SHAPED@; then
  [ -d /sys/module/ifb ] || modprobe -q ifb numifbs=0
  alias=@ALIAS@
  tc qdisc show dev @DEVICE@ | grep -Eq '^qdisc (clsact|ingress) ' || alias=$alias@MADE@
  ip link add name @SHAPED@ type ifb && ip link set dev @SHAPED@ alias "$alias" && ip link set dev @SHAPED@ up || { say "it needs an ifb"; exit 1; }
fi
"""

# With add, and not replace, a root that somebody set stays.
TREE = """\
case $(tc qdisc show dev @SHAPED@ root) in
"qdisc htb @HANDLE@: "*) ;;
*)
  tc @ROOT@ || { say "somebody else shapes @SHAPED@, or the kernel lacks sch_htb"; exit 1; }
  tc -batch - <<'END' || { say "its tree is refused"; tc qdisc del dev @SHAPED@ root; exit 1; }
@TREE@
END
  ;;
esac
"""

# libvirt makes bridges a while after it has started: all of them together are waited for.
HOOK = """\
while [ $seconds -gt 0 ] && ! there @FEED@; do sleep 1; seconds=$((seconds - 1)); done
if there @FEED@; then
  tc qdisc show dev @FEED@ | grep -Eq '^qdisc (clsact|ingress) ' || tc qdisc add dev @FEED@ clsact
  tc filter show dev @FEED@ @SIDE@ pref @PREF@ | grep -q mirred ||
    tc filter add dev @FEED@ @SIDE@ pref @PREF@ handle ::1 protocol all u32 match u32 0 0 action mirred egress redirect dev @SHAPED@ || status=1
else
  say "there is no @FEED@ yet"
  status=1
fi
"""

REPLAY = """\
#!/bin/sh
# Brings back, after a boot and before the next pass, the nft tables of the slices and the shaping of the links; changes nothing that is there.
PATH=$PATH:/usr/sbin:/sbin
cd "$(dirname "$0")" || exit 1
exec 9>>../apply.lock && flock 9 || exit 1
status=0
if [ -r ../netslice.nft ] && ! nft list table inet netslice >/dev/null 2>&1; then nft -f ../netslice.nft || status=1; fi
for one in *.egress *.ingress; do
  [ ! -r "$one" ] || sh "./$one" || status=1
done
exit $status
"""
