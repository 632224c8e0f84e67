# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The domains of a host that carry our metadata, read in bulk and marked one by one."""
from __future__ import annotations

import dataclasses
import typing as t

from ..errors import PoolError
from . import metadata, names, resize
from .connection import libvirt, refusals

#: virDomainState -> (word, the guest is running)
STATES = {
    0: ("nostate", False),
    1: ("running", True),
    2: ("blocked", True),
    3: ("paused", False),
    4: ("shutting_down", True),
    5: ("shut_off", False),
    6: ("crashed", False),
    7: ("suspended", False),
}
#: (virDomainState, reason) -> word; what is not here is called by its state
REASONS = {
    (1, 1): "booted", (1, 2): "migrated", (1, 3): "restored", (1, 4): "from_snapshot", (1, 5): "unpaused", (1, 8): "woken_up",
    (3, 1): "paused_by_user", (3, 2): "migrating", (3, 5): "io_error", (3, 6): "watchdog", (3, 11): "starting_up", (3, 10): "guest_crashed",
    (5, 1): "shut_down", (5, 2): "destroyed", (5, 3): "crashed", (5, 4): "migrated_away", (5, 5): "saved", (5, 6): "failed_to_start",
    (5, 7): "from_snapshot", (5, 8): "ended_by_daemon",
}  # fmt: skip

#: what undefining takes along besides the definition; the smaller set for drivers that know no more
_UNDEFINE = ("VIR_DOMAIN_UNDEFINE_MANAGED_SAVE", "VIR_DOMAIN_UNDEFINE_SNAPSHOTS_METADATA")
_UNDEFINE_MORE = ("VIR_DOMAIN_UNDEFINE_NVRAM", "VIR_DOMAIN_UNDEFINE_CHECKPOINTS_METADATA")


@dataclasses.dataclass(frozen=True)
class Machine:
    """One domain with our metadata. `handle` is libvirt's virDomain; `active` says it has a process, be it paused. name: as its record derives it.
    vcpus, memory_mib: what the guest has now, as libvirt tells."""

    handle: t.Any
    name: str
    record: metadata.Record
    running: bool
    active: bool
    reason: str
    vcpus: int
    memory_mib: int

    def as_state(self):
        """The element of `vms` in the host state."""
        record, (vcpus, memory_mib) = self.record, resize.parse(self.record.size) or (self.vcpus, self.memory_mib)
        more = self.active and (self.vcpus > vcpus or self.memory_mib > memory_mib)
        lasting = record.resize and (record.resize == resize.BEGUN or (self.active and (self.vcpus, self.memory_mib) != (vcpus, memory_mib)))
        return {
            "name": self.name,
            "uuid": self.handle.UUIDString(),
            "slice": record.slice,
            "vip": record.vip,
            "mac": names.vm_mac(record.vip),
            "lifecycle": record.lifecycle,
            "running": self.running,
            "reason": record.reason or self.reason,
            "since": record.since,
            "until": record.until,
            "generation": record.generation,
            "vcpus": vcpus,
            "memory_mib": memory_mib,
            **({"takes": {"vcpus": max(vcpus, self.vcpus), "memory_mib": max(memory_mib, self.memory_mib)}} if more else {}),
            **({"resize": record.resize} if lasting else {}),
            "template": record.template,
            "boot_seconds": record.boot_seconds,
            "boot_from": record.boot_from,
            "silent_since": record.silent_since,
            "restarts": (record.restarts or "").split(),
            "hook": record.hook,
        }


def read(connection):
    """All domains of the connection -> (list of Machine sorted by name, set of names of the domains that are not ours).

    One call reads all states, then two short ones each domain: 1,000 domains take some 0.2 s through the daemon.
    """
    with refusals("list the domains of", connection.uri, "Check that libvirtd is well."):
        listed = connection.handle.getAllDomainStats(libvirt.VIR_DOMAIN_STATS_STATE, 0)
    machines, foreign = [], set()
    for handle, stats in listed:
        machine = _machine(handle, stats.get("state.state", 0), stats.get("state.reason", 0))
        if machine is None:
            foreign.add(handle.name())
        else:
            machines.append(machine)
    return sorted(machines, key=lambda machine: machine.name), foreign


def _machine(handle, state, reason):
    """Machine, or None where the domain is not ours or has gone since it was listed."""
    try:
        record = metadata.parse(handle.metadata(libvirt.VIR_DOMAIN_METADATA_ELEMENT, names.NAMESPACE, 0), handle.name())
        # A copy that somebody made of a domain, with its metadata, is not ours: its UUID is its own.
        if handle.UUIDString() != names.vm_uuid(record.slice, record.vip):
            return None
        info = handle.info()
    except libvirt.libvirtError as exc:
        if exc.get_error_code() in (libvirt.VIR_ERR_NO_DOMAIN_METADATA, libvirt.VIR_ERR_NO_DOMAIN):
            return None
        raise PoolError(f"Cannot read the domain {handle.name()}: {exc.get_error_message()}. Check that libvirtd is well.") from exc
    word, running = STATES.get(state, ("nostate", False))
    return Machine(
        handle=handle,
        # Whatever somebody calls it by hand: what it is to be is found by this name.
        name=names.vm_name(record.slice, record.vip),
        record=record,
        running=running,
        active=handle.ID() >= 0,
        reason=REASONS.get((state, reason), word),
        vcpus=info[3],
        # What the guest has of what its definition has room for; one that was never told apart has all of it.
        memory_mib=info[2 if record.size else 1] // 1024,
    )


def defined(handle, record):
    """Machine of a domain that was just defined with the record, and is off."""
    return Machine(handle, handle.name(), record, running=False, active=False, reason="shut_off", vcpus=0, memory_mib=0)


def mark(machine, as_of, **values):
    """Write the next record of a machine, to its live and its stored definition; returns the Machine as it is then."""
    record = machine.record.changed(as_of, **values)
    if not machine.handle.isPersistent():
        restore_definition(machine)
    flags = libvirt.VIR_DOMAIN_AFFECT_CONFIG | (libvirt.VIR_DOMAIN_AFFECT_LIVE if machine.handle.isActive() else 0)
    with refusals("write the metadata of", machine.name, "Check that libvirtd is well and the domain is persistent."):
        machine.handle.setMetadata(
            libvirt.VIR_DOMAIN_METADATA_ELEMENT, metadata.render(record), names.PREFIX, names.NAMESPACE, flags
        )
    return dataclasses.replace(machine, record=record)


def restore_definition(machine):
    """Define a guest again that somebody undefined while it ran: without a definition nothing is known of it once it stops."""
    with refusals("define", machine.name, "It runs without a definition; look at what libvirt refuses of it."):
        machine.handle.connect().defineXML(machine.handle.XMLDesc(libvirt.VIR_DOMAIN_XML_INACTIVE))


def undefine(machine):
    """Remove the definition of a machine that is off, with all that libvirt keeps beside it."""
    with refusals("undefine", machine.name, "Look at what libvirt still holds of it, such as snapshots, and remove that."):
        try:
            machine.handle.undefineFlags(_flags(_UNDEFINE + _UNDEFINE_MORE))
        except libvirt.libvirtError as exc:
            if exc.get_error_code() != libvirt.VIR_ERR_INVALID_ARG:
                raise
            machine.handle.undefineFlags(_flags(_UNDEFINE))


def _flags(words):
    value = 0
    for word in words:
        value |= getattr(libvirt, word, 0)
    return value
