# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The plan of one pass: all slices together, as data."""
from __future__ import annotations

import hashlib
from collections.abc import Collection

from ...module_utils.pool.names import vm_name
from ..errors import InvalidInput
from ..instants import canonical_json, fingerprint, format_instant
from .addresses import Addresses
from .admission import Capacity, free_memory, total_capacity
from .artifact import PLAN_SCHEMA
from .contradictions import check_hosts
from .affinity import Neighbours
from .barred import barred
from .bridged import check_kept
from .degradation import grant
from .evidence import declared
from .ground import Ground
from .healing import ill_hosts
from .lead_time import learned
from .links import check_links
from .networks import Ids, network_wants
from .overlays import Overlays
from .planned import PlannedSlice, worst
from .shaping import DIRECTIONS, default_rate
from .ranges import check_ranges
from .shares import Shares
from .view import HOLDING, View


def make_plan(
    slices: list[dict], profiles: list[dict], states: dict[str, dict], roster: list[str], as_of: int, expires_seconds: int, live: bool, takeover: bool = False,
    reserve_hosts: int = 0, lost: Collection[str] = (), definitions: dict[str, str] | None = None, evidence: Collection[dict] = (),
) -> dict:
    """Plan a pass. Pure: the same input in any order (but for the roster, whose positions pick sub-prefixes) gives the same plan.

    slices: validated. profiles: Demand Profiles; a slice without one has missing telemetry. states: {host: Host state} of the hosts
    that answered. roster: every hypervisor that may carry slices. as_of: seconds since 1970, as is expires_seconds after it.
    live: whether hosts shall compare their clocks with the expiry. takeover: whether links that somebody else shapes may be taken. reserve_hosts: 1 keeps
    room for what any one host has, should it be lost. lost: hosts of the roster that are gone by the operator's word.
    definitions: {slice: digest of what a new VM of it is made from}, of slices that replace what is made from anything else.
    evidence: entries of `lost_hosts` of hosts that are gone by the rule of evidence.
    Raises InvalidInput.
    """
    gone = declared(lost, evidence)
    view = check_input(slices, states, roster, takeover, reserve_hosts, [one["host"] for one in gone])
    slices = learned(slices, states)
    by_name = {slice_["name"]: slice_ for slice_ in slices}
    profile_of = {profile["slice"]: profile for profile in profiles}
    total = total_capacity(view)
    ill = ill_hosts(view.states)
    planned = [PlannedSlice(by_name.get(name), name, view, profile_of.get(name), as_of, total, (definitions or {}).get(name), ill)
               for name in sorted(by_name.keys() | view.slices.keys())]
    _plan_vms(planned, view, as_of, reserve_hosts)
    _plan_networks(planned, view)
    return _document(planned, view, gone, as_of, expires_seconds, live)


def check_input(slices: list[dict], states: dict[str, dict], roster: list[str], takeover: bool = False, reserve_hosts: int = 0,
                lost: Collection[str] = ()) -> View:
    """The view of the hosts, after slices, states and roster were found to agree. Raises InvalidInput."""
    view = View(states, roster, lost)
    check_ranges(slices, view, sorted(view.slices.keys() - {slice_["name"] for slice_ in slices}))
    check_kept(slices, view)
    _check_guarantees(slices, view)
    check_links(slices, view, takeover)
    check_hosts(slices, view, reserve_hosts)
    return view


def _plan_vms(planned: list[PlannedSlice], view: View, as_of: int, reserve_hosts: int) -> None:
    """Releases of all slices first, so that what they free goes to whoever comes first by priority, then by name.

    Room kept for the loss of a host is there to be used once one is lost.
    """
    free = free_memory(view)
    capacity = Capacity(view, 0 if view.lost else reserve_hosts)
    for one in planned:
        one.settle(as_of, free)
        for want in one.wants:
            if want.want in HOLDING:
                capacity.take(want.host, *want.held)
        for host, record in one.pool.members if one.pool else ():
            if record["running"]:
                capacity.spare(host, record["memory_mib"])
    capacity.order()
    ground = Ground(view.position, capacity, Neighbours(planned, barred([one.slice for one in planned if one.slice], view)), vm_name, tuple(view.lost))
    grant(planned, ground, as_of)
    for one in sorted(planned, key=lambda one: one.rank):
        one.resizing.settle(one.wants, one.leaving.names, bool(view.lost), capacity)
    _plan_pools(planned, ground, free)


def _plan_pools(planned: list[PlannedSlice], ground: Ground, free: dict) -> None:
    """Warm pools last: they give way to all that serves, and may stand in room that is kept, until that is used. What is there stays before more is made."""
    pooled = sorted((one for one in planned if one.pool), key=lambda one: one.rank)
    for one in planned if pooled else ():
        one.leave_room(ground)
    for one in pooled:
        one.keep_warm(ground, free)
    for one in pooled:
        one.fill(ground)


def _plan_networks(planned: list[PlannedSlice], view: View) -> None:
    ids, overlays = Ids(view), Overlays([one.slice for one in planned if one.slice], view)
    for one in planned:
        needed = any(want.want != "absent" for want in one.wants)
        one.id = ids.of(one.view)
        if one.id is None and needed and one.slice:
            one.id = ids.give()
        if one.addresses is None and one.slice and any(want.host not in one.view.networks for want in one.wants):
            one.addresses = Addresses(one.slice, one.view, view.position, view.lost)
        gone = one.wish.dissolving and one.wish.count == 0
        one.networks = network_wants(one.slice, one.view, one.id, one.addresses, one.wants, gone, one.frozen, one.outside, overlays, view)


def _document(planned: list[PlannedSlice], view: View, gone: list[dict], as_of: int, expires_seconds: int, live: bool) -> dict:
    plan = {
        "schema": PLAN_SCHEMA, "id": "", "as_of": format_instant(as_of), "expires_at": format_instant(as_of + expires_seconds),
        "fingerprint": fingerprint({host: state["fingerprint"] for host, state in view.states.items()}),
        "unknown_hosts": view.unknown, "lost_hosts": gone,
    }
    shares = Shares(view, planned)
    plan["hosts"] = shares.build(plan, live)
    plan["slices"] = [one.entry() for one in planned]
    plan["verdict"] = worst(one.verdict for one in planned)
    plan["missing"] = [f"{one.name}: {text}" for one in planned for text in one.missing]
    plan["changes"] = shares.changes
    common = shares.common()
    plan["id"] = hashlib.sha256(canonical_json({**plan, **common}).encode()).hexdigest()[:16]
    for share in plan["hosts"].values():
        share.update(common, plan_id=plan["id"])
    return plan


def _check_guarantees(slices: list[dict], view: View) -> None:
    """Raise InvalidInput where the guarantees written in the slices are more than all links of the hosts carry."""
    if view.unknown or view.lost or not view.hosts:
        return
    for direction in DIRECTIONS:
        room = 0.0
        for state in view.states.values():
            room += max((float(link["rate_mbit"]) - default_rate(float(link["rate_mbit"])) for link in state.get("links") or []), default=0.0)
        if not room:
            continue
        total = 0.0
        order = sorted(range(len(slices)), key=lambda index: (-slices[index]["priority"], slices[index]["name"]))
        for index in order:
            guarantee = slices[index]["network"][direction]["guarantee_mbit"]
            if guarantee is None or slices[index]["state"] == "absent":
                continue
            total += guarantee
            if total > room + 1e-6:
                raise InvalidInput(
                    f"netslice_slices[{index}].network.{direction}.guarantee_mbit: {guarantee:g} Mbit/s for {slices[index]['name']} makes the "
                    f"sum of the guarantees {total:g} Mbit/s, more than the {room:g} Mbit/s that the links of all hosts have for slices. Lower a guarantee."
                )
