# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The nft chain that says of routed packets which slice they are of, for those who cannot see it any more; pure.

The link sees one address of all slices in mode nat, so their packets get the class of their tree of HTB before that, as their priority.
The network beyond knows no slices at all: it reads the DSCP that a slice's packets leave with.
"""
from __future__ import annotations

from ..pool import bridged
from ..substrate.tree import HANDLE

#: names of code points, as nft and RFC 2474, 2597 and 3246 have them
DSCP = tuple([f"cs{number}" for number in range(8)] + [f"af{major}{minor}" for major in range(1, 5) for minor in range(1, 4)] + ["ef"])

CLASSES = """\
  map class_of_bridge { type ifname : classid; elements = { @CLASSES@ } }
"""
CHAIN = """\
  chain classify {
    type filter hook forward priority -150; policy accept;
@RULES@
  }
"""


def chain(networks: list, uplinks: str) -> str:
    """Text of map and chain, empty where nothing needs them. networks: as in the host state; uplinks: an expression of nft for oifname."""
    classes = sorted((network["bridge"], int(network["id"])) for network in networks if network["mode"] == "nat")
    marked: dict[str, list] = {}
    for network in networks:
        if network.get("dscp") and not bridged.is_bridged(network):  # marked on the bridge, by lan.py
            marked.setdefault(network["dscp"], []).append(f'"{network["bridge"]}"')
    rules = [f"    oifname {uplinks} meta priority set iifname map @class_of_bridge"] if classes else []
    for name, bridges in sorted(marked.items()):
        rules += [f"    iifname {{ {', '.join(sorted(bridges))} }} {family} dscp set {name}" for family in ("ip", "ip6")]
    if not rules:
        return ""
    listed = ", ".join(f'"{bridge}" : {HANDLE:x}:{minor:x}' for bridge, minor in classes)
    return (CLASSES.replace("@CLASSES@", listed) if classes else "") + CHAIN.replace("@RULES@", "\n".join(rules))
