# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Asking once more those guests that were silent at the end of the last pass, before a plan is made of it. Where all answered, nothing is sent."""
from __future__ import annotations

from ..errors import HostError
from ..pool import names
from . import links, verify


def ask(networks, vms, ranges6):
    """Put `answers`, whether its VIP and the IPv6 address beside it answer now, into each VM that was silent, runs and can be asked.

    Returns faults [{kind, object, detail}]. networks, vms: of the host state. ranges6: {slice: range6} of the bridges that have it now. A VM that cannot be
    asked, for its bridge is missing or nobody may send, gets no such key.
    """
    silent = [vm for vm in vms if vm["silent_since"] and vm["lifecycle"] == "active" and vm["running"]]
    if not silent:
        return []
    bridges = {network["slice"]: network["bridge"] for network in networks}
    try:
        devices = links.read()
        asked, addresses = {}, {}
        for vm in silent:
            if bridges.get(vm["slice"]) in devices:
                range6 = ranges6.get(vm["slice"])
                addresses[vm["vip"]] = [vm["vip"]] + ([names.vip6(range6, vm["vip"])] if range6 else [])
                asked.setdefault(bridges[vm["slice"]], []).extend(addresses[vm["vip"]])
        answers = verify.answers({}, asked, {}, verify.ROUND_SECONDS)
    except HostError as exc:
        return [{"kind": "vips_not_asked", "object": "silent VIPs", "detail": str(exc)}]
    for vm in silent:
        if vm["vip"] in answers:
            vm["answers"] = all(answers[address].at is not None for address in addresses[vm["vip"]])
    return []
