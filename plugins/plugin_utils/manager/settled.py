# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What of a host's share its modules would find nothing to do for, so that they need not be run on it; pure.

A host tells by `as_asked` what still stands as it was last asked to (module_utils/pool/standing.py); whether this share asks for the same is seen here.
"""
from __future__ import annotations

from ...module_utils import asked

VMS = "vms"


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
    present = [one for one in share["networks"] if one["want"] == "present"]
    stands = state.get("as_asked", {})
    if stands.get(asked.NETWORKS) != asked.mark(asked.of_networks(present, share["ranges"], share["flows"], share["vms"], state.get("links", []))):
        return [VMS]
    if stands.get(asked.ATTACHMENTS) != asked.mark(share["attachments"]):
        return [asked.NETWORKS, VMS]
    return [asked.ATTACHMENTS, asked.NETWORKS, VMS]


def _all_kept(vms: list[dict], there: set[str]) -> bool:
    return all(vm["action"] == "keep" and "hook" not in vm and vm["name"] in there for vm in vms)
