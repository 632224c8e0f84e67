# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The nft chain that says of routed packets which slice they are of, for those who cannot see it any more; pure.

The link sees one address of all slices in mode nat, so their packets get the class of their tree of HTB before that, as their priority.
"""
from __future__ import annotations

from ..substrate.tree import HANDLE

CHAIN = """\
  map class_of_bridge { type ifname : classid; elements = { @CLASSES@ } }
  chain classify {
    type filter hook forward priority -150; policy accept;
    oifname @UPLINKS@ meta priority set iifname map @class_of_bridge
  }
"""


def chain(networks: list, uplinks: str) -> str:
    """Text of map and chain, empty where nothing needs them. networks: as in the host state; uplinks: an expression of nft for oifname."""
    classes = sorted((network["bridge"], int(network["id"])) for network in networks if network["mode"] == "nat")
    if not classes:
        return ""
    listed = ", ".join(f'"{bridge}" : {HANDLE:x}:{minor:x}' for bridge, minor in classes)
    return CHAIN.replace("@CLASSES@", listed).replace("@UPLINKS@", uplinks)
