# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How long VMs took from the decision to serving, against the lead time that the slice states. Pure."""
from __future__ import annotations

import math

from ..manager.lead_time import BOOTS, IN_TIME, WARM, learned

#: fewer boots than this say nothing of the slowest in twenty
LEAST_BOOTS = 5


def boots(slice_: dict, states: dict[str, dict]) -> dict:
    """{n, median, p95, longest, lead_time_seconds: what they ask for or None, why} of the boots of a slice's VMs; states: {host: Host state}.

    Boots out of the warm pool do not count, and of many only the latest, as where the lead time is `auto`.
    """
    mine = [vm for state in states.values() for vm in state.get("vms") or []
            if vm["slice"] == slice_["name"] and vm.get("boot_seconds") is not None and vm.get("boot_from") != WARM]
    latest = sorted(mine, key=lambda vm: (vm.get("since") or "", vm["vip"]), reverse=True)[:BOOTS]
    seconds = sorted(float(vm["boot_seconds"]) for vm in latest)
    if len(seconds) < LEAST_BOOTS:
        known = _ranked(seconds, 0.5) if seconds else None
        return {"n": len(seconds), "median": known, "p95": None, "longest": seconds[-1] if seconds else None, "lead_time_seconds": None,
                "why": f"{len(seconds)} boots are known, {LEAST_BOOTS} are wanted"}
    asked = {**slice_, "scaling": {**slice_["scaling"], "lead_time_seconds": "auto"}}
    lead = learned([asked], states)[0]["scaling"]["lead_time_seconds"]
    slow = _ranked(seconds, IN_TIME)
    return {"n": len(seconds), "median": _ranked(seconds, 0.5), "p95": slow, "longest": seconds[-1], "lead_time_seconds": lead,
            "why": f"of {len(seconds)} boots {IN_TIME:.0%} took {slow:g} s at most, and the pass that verifies them adds "
                   f"{slice_['scaling']['interval_seconds']} s"}


def sizes(slice_: dict, states: dict[str, dict]) -> list[tuple]:
    """The different (vCPUs, MiB) of the VMs of a slice."""
    return sorted({(vm["vcpus"], vm["memory_mib"]) for state in states.values() for vm in state.get("vms") or [] if vm["slice"] == slice_["name"]})


def _ranked(ordered: list[float], share: float) -> float:
    return ordered[math.ceil(share * len(ordered)) - 1]
