# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Shutting many guests down at once: asked again and again, since a press during boot is lost, and destroyed at the deadline."""
from __future__ import annotations

import queue
import threading
import time
import xml.etree.ElementTree as ET

from ..errors import PoolError
from .connection import libvirt, refusals

PRESS_EVERY_SECONDS = 5.0
POLL_SECONDS = 0.2
AGENT_CHANNEL = "org.qemu.guest_agent.0"
#: agents that are asked at a time: the call returns when the guest is off, and libvirt serves five calls of a client, of which one is kept for looking
AGENTS_AT_ONCE = 4
THREADS = "shutdown by agent"


def stop_all(machines, timeout_seconds, clock=time.monotonic, sleep=time.sleep):
    """Stop the machines. Returns the names of those that had to be destroyed, and {name: PoolError} of those that live on.

    The first request of each goes to its guest agent where one is connected, the later ones by ACPI. One that is known to be silent is destroyed at once:
    where not its guest but its process hangs, libvirt waits without end for what becomes of a request.
    """
    start = clock()
    running = [machine for machine in machines if _active(machine.handle)]
    silent = [machine for machine in running if machine.record.silent_since]
    waiting = [machine for machine in running if not machine.record.silent_since]
    over, presses = threading.Event(), 0
    while waiting and clock() - start < timeout_seconds:
        if clock() - start >= presses * PRESS_EVERY_SECONDS:
            handles = [machine.handle for machine in waiting]
            for handle in handles if presses else _ask_agents(handles, over):
                _press(handle, libvirt.VIR_DOMAIN_SHUTDOWN_ACPI_POWER_BTN)
            presses += 1
        waiting = [machine for machine in waiting if _active(machine.handle)]
        if waiting:
            sleep(POLL_SECONDS)
    # None is asked any more: the same guest may be started anew.
    over.set()
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


def _ask_agents(handles, over):
    """Ask guests to shut down through their agents, where they are connected, until `over`. Returns the handles of the others.

    They are asked in threads, for the call takes as long as the shutdown itself. A thread is not waited for beyond its first moment: one that hangs ends
    when its guest does.
    """
    asked, others, threads = queue.SimpleQueue(), [], []
    for handle in handles:
        if _agent_connected(handle):
            asked.put(handle)
        else:
            others.append(handle)

    def ask():
        while not over.is_set():
            try:
                _press(asked.get_nowait(), libvirt.VIR_DOMAIN_SHUTDOWN_GUEST_AGENT)
            except queue.Empty:
                return

    for _thread in range(min(AGENTS_AT_ONCE, len(handles) - len(others))):
        threads.append(threading.Thread(target=ask, name=THREADS, daemon=True))
        threads[-1].start()
    for thread in threads:
        thread.join(POLL_SECONDS / AGENTS_AT_ONCE)
    return others


def _press(handle, flags):
    """Ask a guest to shut down; a refusal is no error, since the deadline decides."""
    try:
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
    try:
        targets = ET.fromstring(handle.XMLDesc(0)).iterfind("devices/channel/target")
    except libvirt.libvirtError:
        return False
    return any(target.get("name") == AGENT_CHANNEL and target.get("state") == "connected" for target in targets)


def destroy(machine):
    """End the guest at once; one that has ended by itself is no error. Raises PoolError."""
    with refusals("destroy", machine.name, "Look at the log of libvirtd; end its process by hand if it hangs."):
        try:
            machine.handle.destroy()
        except libvirt.libvirtError as exc:
            if exc.get_error_code() != libvirt.VIR_ERR_OPERATION_INVALID:
                raise
