# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What of a host's share its modules would find nothing to do for, so that they need not be run on it; pure.

A host tells by `as_asked` what still stands as it was last asked to (module_utils/pool/standing.py); whether this share asks for the same is seen here.
"""
from __future__ import annotations

from ...module_utils.asked import ATTACHMENTS, NETWORKS, mark, of_networks

VMS = "vms"
#: by what is settled, what of a share nothing else asks for; of a VM without hooks, whose tasks may ask for anything, the keys that are still asked for
_OF_ALL_SLICES = ("ranges", "flows")
_OF_A_KEPT_VM = ("name", "slice", "vip", "vip6", "want", "action", "until")


def with_settled(plan: dict, states: dict[str, dict]) -> dict:
    """The plan whose shares tell by `settled` what of them is settled, going by the Host states of this pass."""
    hosts = {host: {**share, "settled": settled(share, states.get(host) or {})} for host, share in plan["hosts"].items()}
    return {**plan, "hosts": hosts}


def settled(share: dict, state: dict) -> list[str]:
    """Of vms, networks and attachments those that need no run of slice_vms, slice_networks and slice_qos.

    A VM that changes may change what isolates it, and a network the bridges by which links are shaped: then those are run too.
    """
    if not _all_kept(share["vms"], {vm["name"] for vm in state.get("vms", [])}):
        return []
    stands = state.get("as_asked", {})
    networks = of_networks(share["networks"], share["ranges"], share["flows"], share["vms"], state.get("links", []))
    if stands.get(NETWORKS) != mark(networks) or any(one["want"] != "present" for one in share["networks"]):
        return [VMS]
    if stands.get(ATTACHMENTS) != mark(share["attachments"]):
        return [NETWORKS, VMS]
    return [ATTACHMENTS, NETWORKS, VMS]


def without_settled(share: dict) -> dict:
    """The share without what only the modules would ask for that need not be run: most of it, which tasks would copy for each host."""
    settled_ = share.get("settled", ())
    lean = {key: value for key, value in share.items() if key not in _OF_ALL_SLICES} if NETWORKS in settled_ else dict(share)
    if VMS in settled_:
        lean["vms"] = [vm if "hooks" in vm else {key: vm[key] for key in _OF_A_KEPT_VM if key in vm} for vm in share["vms"]]
    return lean


def _all_kept(vms: list[dict], there: set[str]) -> bool:
    return all(vm["action"] == "keep" and "hook" not in vm and vm["name"] in there for vm in vms)
