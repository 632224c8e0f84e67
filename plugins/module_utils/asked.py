# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a host was last asked for, kept in its state directory, and the mark by which controller and host know that a share asks for the same.

It is only a cache: without it, a module is run once that finds nothing to do.
"""
from __future__ import annotations

import json
import os

from .errors import HostError
from .instants import canonical_json, fingerprint
from .vips import files

NETWORKS, ATTACHMENTS = "networks", "attachments"


def of_networks(networks, ranges, flows, vms, links):
    """What slice_networks goes by, of its options or of a share: of VMs and links only what matters to it."""
    return {
        "networks": networks, "ranges": ranges, "flows": flows,
        "vms": [{key: vm.get(key) for key in ("slice", "vip", "want")} for vm in vms], "links": [{"device": link.get("device")} for link in links],
    }


def mark(asked):
    """`sha256:...` of what is asked for; the same whether defaults stand as null or empty or not at all, and numbers as whole or decimal ones."""
    return fingerprint(_lean(asked))


def _lean(value):
    if isinstance(value, dict):
        inner = {key: _lean(one) for key, one in value.items()}
        return {key: one for key, one in inner.items() if one is not None and one != [] and one != {}}
    if isinstance(value, (list, tuple)):
        return [_lean(one) for one in value]
    return float(value) if isinstance(value, (int, float)) and not isinstance(value, bool) else value


def remember(state_dir, kind, asked):
    """Keep what was asked for and done. Raises HostError."""
    path, text = _path(state_dir, kind), canonical_json(asked)
    if files.read(path) != text:
        files.write(path, text, mode=0o600)


def forget(state_dir, kind):
    """Keep nothing any more. Raises HostError."""
    files.remove(_path(state_dir, kind))


def last(state_dir, kind):
    """What the host was last asked for, or None where nothing that can be read is kept."""
    try:
        return json.loads(files.read(_path(state_dir, kind)))
    except (HostError, ValueError):
        return None


def _path(state_dir, kind):
    return os.path.join(state_dir, f"asked-{kind}.json")
