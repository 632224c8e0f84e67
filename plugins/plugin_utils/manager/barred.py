# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Hosts that the network of a slice cannot be on: no VM of it is put there, and no other slice is stopped by that."""
from __future__ import annotations

from .bridged import unfit
from .overlays import unjoined
from .ranges import beside_hosts
from .view import View

_UNDERLAY = "whose netslice_underlay is no address there"


def barred(slices: list[dict], view: View) -> dict[str, dict[str, str]]:
    """{slice: {host: why}} of the slices that shall be present."""
    apart, crowded, bridges, found = dict.fromkeys(sorted(unjoined(view.states)), _UNDERLAY), beside_hosts(slices, view), unfit(slices, view), {}
    for slice_ in slices:
        name, network = slice_["name"], slice_["network"]
        hosts = apart if network["overlay"] == "vxlan" else bridges.get(network["bridge"], {})
        if name in crowded:
            hosts = dict.fromkeys(view.hosts, crowded[name] + "; take another range")
        if hosts:
            found[name] = hosts
    return found
