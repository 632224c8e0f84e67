# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Asking once more those guests that were silent at the end of the last pass, before a plan is made of it. Where all answered, nothing is sent."""
from __future__ import annotations

from ..errors import HostError
from . import links, verify


def ask(networks, vms):
    """Put `answers`, whether its VIP answers now, into each VM that was silent, runs and can be asked; returns faults [{kind, object, detail}].

    networks, vms: of the host state. A VM that cannot be asked, for its bridge is missing or nobody may send, gets no such key.
    """
    silent = [vm for vm in vms if vm["silent_since"] and vm["lifecycle"] == "active" and vm["running"]]
    if not silent:
        return []
    bridges = {network["slice"]: network["bridge"] for network in networks}
    try:
        devices = links.read()
        asked = {}
        for vm in silent:
            if bridges.get(vm["slice"]) in devices:
                asked.setdefault(bridges[vm["slice"]], []).append(vm["vip"])
        answers = verify.answers({}, asked, {}, verify.ROUND_SECONDS)
    except HostError as exc:
        return [{"kind": "vips_not_asked", "object": "silent VIPs", "detail": str(exc)}]
    for vm in silent:
        if vm["vip"] in answers:
            vm["answers"] = answers[vm["vip"]].at is not None
    return []
