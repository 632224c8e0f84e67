# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which VMs of a plan a load balancer shall have in rotation. Pure."""
from __future__ import annotations

from ..errors import InvalidInput
from .artifact import unpack

#: keys of slice_balancer's backends that a person may state for a slice
KEYS = ("name", "bind", "mode", "balance", "lines", "check_milliseconds", "slowstart_seconds", "max_connections")
#: `want` of a VM in a share -> `want` of its server; any other VM is removed
WANTS = {"active": "ready", "draining": "drain"}
FULL_WEIGHT = 100


def backends(plan, slices):
    """[backend of slice_balancer] of a plan, packed or not, for slices [{slice, port, weight, ...}]. Raises InvalidInput."""
    plan = unpack(plan)
    known = {entry["name"]: entry for entry in plan["slices"]}
    vms = {}
    for share in plan["hosts"].values():
        for vm in share["vms"]:
            vms.setdefault(vm["slice"], []).append(vm)
    return [_backend(one, known, vms.get(one.get("slice"), []), not plan["unknown_hosts"]) for one in slices]


def _backend(wanted, known, vms, complete):
    name = wanted.get("slice")
    if name not in known:
        raise InvalidInput(f"Cannot balance slice {name!r}: the plan has no such slice. Known are: {', '.join(sorted(known)) or 'none'}.")
    largest = max((vm["vcpus"] for vm in vms), default=1)
    servers = [
        {"name": vm["name"], "address": vm["vip"], "port": int(wanted.get("port", 80)), "want": WANTS.get(vm["want"], "absent"),
         # VMs of an earlier size serve beside those of the present one while they are replaced
         "weight": max(1, round(FULL_WEIGHT * vm["vcpus"] / largest))}
        for vm in sorted(vms, key=lambda vm: vm["name"])]
    stated = {key: wanted[key] for key in KEYS if wanted.get(key) is not None}
    return dict(stated, slice=name, prune=complete, servers=servers)
