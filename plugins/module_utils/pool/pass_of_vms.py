# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One run of slice_vms: read, refuse or plan, apply under the lock, read again."""
from __future__ import annotations

import contextlib

from ..instants import instant_or_now
from ..vips import links, probe
from . import by_hand, changes, domains, networks, share, state, wishes
from .apply import Applier, Outcome
from .disks import Disks
from .lock import apply_lock

#: how long an address has to answer a probe before it counts as free
PROBE_SECONDS = 1.5


def run(connection, params, run_command, check_mode):
    """Result of the module, with `diff` and `failures` for the caller to take out. Raises HostError before anything is changed.

    params: of slice_vms. run_command: callable(argv) -> (rc, stdout, stderr).
    """
    # A run that changes nothing writes nothing, not even a lock.
    with contextlib.nullcontext() if check_mode else apply_lock(params["state_dir"]):
        machines, foreign = domains.read(connection)
        present_networks = networks.read(connection)
        vms = [machine.as_state() for machine in machines]
        fingerprint = state.fingerprint(present_networks, vms)
        share.require(params, fingerprint)
        as_of = instant_or_now(params["as_of"])
        todo = changes.make_changes(_seen(connection, machines, vms, params["vms"]), params["vms"], as_of)
        impossible = wishes.impossible(todo, foreign)
        todo = [change for change in todo if change.name not in dict(impossible)]
        outcome = Outcome()
        if todo and not check_mode:
            outcome = _applier(connection, params, run_command, machines, present_networks, as_of).apply(todo)
            vms = state.read_vms(connection)
            fingerprint = state.fingerprint(present_networks, vms)
    return {
        "changed": bool(todo),
        "vms": _told(todo, vms, check_mode),
        "conflicts": outcome.conflicts,
        "destroyed": outcome.destroyed,
        "resized_in_part": [{"name": name, "why": why} for name, why in outcome.resized_in_part],
        "commands": changes.commands(todo),
        "diff": changes.diff(todo),
        "fingerprint": fingerprint,
        "failures": impossible + outcome.failures,
    }


def _seen(connection, machines, vms, wanted):
    """The VMs of the host state with `active`, which says that a domain has a process, be it paused; those to be restored with what is changed of them."""
    suspects = {vm["name"] for vm in wanted if vm.get("action") == "restore"}
    changed = by_hand.read(connection, [machine for machine in machines if machine.name in suspects]) if suspects else {}
    curable = {name for name, words in changed.items() if any(by_hand.in_place(word) for word in words)}
    return [dict(vm, active=machine.active, changed_by_hand=machine.name in curable) for machine, vm in zip(machines, vms)]


def _applier(connection, params, run_command, machines, present_networks, as_of):
    devices = {} if connection.is_test_driver else links.read()
    return Applier(
        connection,
        {machine.name: machine for machine in machines},
        Disks(connection, run_command, params["state_dir"]),
        bridges={network["slice"]: network["bridge"] for network in present_networks},
        probe=lambda bridge, addresses: probe.taken(bridge, addresses, PROBE_SECONDS),
        bridge_exists=lambda bridge: bridge in devices,
        as_of=as_of,
        stop_timeout_seconds=params["stop_timeout_seconds"],
    )


def _told(todo, vms, check_mode):
    """The changed VMs as they are now, or in check mode as they would be."""
    if check_mode:
        return [dict(change.after, name=change.name, slice=change.wanted["slice"]) for change in todo if change.after]
    names = {change.name for change in todo}
    return [vm for vm in vms if vm["name"] in names]
