# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Shutting many guests down at once: asked again and again, since a press during boot is lost, and destroyed at the deadline."""
from __future__ import annotations

import time
import xml.etree.ElementTree as ET

from ..errors import PoolError
from .connection import libvirt, refusals

PRESS_EVERY_SECONDS = 5.0
POLL_SECONDS = 0.2
AGENT_CHANNEL = "org.qemu.guest_agent.0"


def stop_all(machines, timeout_seconds, clock=time.monotonic, sleep=time.sleep):
    """Stop the machines. Returns the names of those that had to be destroyed, and {name: PoolError} of those that live on.

    The first request of each goes to its guest agent where one is connected, the later ones by ACPI. One that is known to be silent is destroyed at once:
    where not its guest but its process hangs, libvirt waits without end for what becomes of a request.
    """
    start = clock()
    running = [machine for machine in machines if _active(machine.handle)]
    silent = [machine for machine in running if machine.record.silent_since]
    waiting = [machine for machine in running if not machine.record.silent_since]
    presses = 0
    while waiting and clock() - start < timeout_seconds:
        if clock() - start >= presses * PRESS_EVERY_SECONDS:
            for machine in waiting:
                _press(machine.handle, first=presses == 0)
            presses += 1
        waiting = [machine for machine in waiting if _active(machine.handle)]
        if waiting:
            sleep(POLL_SECONDS)
    destroyed, failed = [], {}
    for machine in [*silent, *waiting]:
        try:
            destroy(machine)
            destroyed.append(machine.name)
        except PoolError as exc:
            failed[machine.name] = exc
    return destroyed, failed


def _active(handle):
    """Whether it has a process; where libvirt does not say, destroying it will tell why."""
    try:
        return bool(handle.isActive())
    except libvirt.libvirtError:
        return True


def _press(handle, first):
    """Ask a guest to shut down; a refusal is no error, since the deadline decides."""
    flags = libvirt.VIR_DOMAIN_SHUTDOWN_ACPI_POWER_BTN
    try:
        if first and _agent_connected(handle):
            flags = libvirt.VIR_DOMAIN_SHUTDOWN_GUEST_AGENT
        handle.shutdownFlags(flags)
    except libvirt.libvirtError as exc:
        if exc.get_error_code() in (libvirt.VIR_ERR_NO_SUPPORT, libvirt.VIR_ERR_INVALID_ARG):
            _press_plainly(handle)


def _press_plainly(handle):
    # Drivers without flags (test, older Xen) know the plain call alone.
    try:
        handle.shutdown()
    except libvirt.libvirtError:
        return


def _agent_connected(handle):
    for target in ET.fromstring(handle.XMLDesc(0)).iterfind("devices/channel/target"):
        if target.get("name") == AGENT_CHANNEL:
            return target.get("state") == "connected"
    return False


def destroy(machine):
    """End the guest at once; one that has ended by itself is no error. Raises PoolError."""
    with refusals("destroy", machine.name, "Look at the log of libvirtd; end its process by hand if it hangs."):
        try:
            machine.handle.destroy()
        except libvirt.libvirtError as exc:
            if exc.get_error_code() != libvirt.VIR_ERR_OPERATION_INVALID:
                raise
