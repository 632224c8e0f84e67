# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The size of a VM, and changing it while the guest runs: processors are plugged in and out, memory goes through the balloon."""
from __future__ import annotations

import time
import typing as t
import xml.etree.ElementTree as ET

from ..errors import PoolError
from .connection import libvirt

#: `resize` of a record between the first and the last call of a resize
BEGUN = "begun"
#: how long a guest may take until it has the size it was given, and how often it is asked meanwhile
SETTLE_SECONDS, ASK_SECONDS = 20, 0.5
#: KiB of the units of memory that libvirt takes
_KIB = {"b": 1 / 1024, "bytes": 1 / 1024, "kb": 1000 / 1024, "k": 1, "kib": 1, "mb": 1e6 / 1024, "m": 1024, "mib": 1024, "gb": 1e9 / 1024, "g": 1 << 20,
        "gib": 1 << 20, "tb": 1e12 / 1024, "t": 1 << 30, "tib": 1 << 30}


class Size(t.NamedTuple):
    """What a definition gives a guest, how much it has room for, and whether it has a balloon; memory in MiB."""

    vcpus: int
    memory_mib: int
    most_vcpus: int
    most_memory_mib: int
    balloon: bool

    @property
    def text(self):
        """The size as a record keeps it: `2x1024`."""
        return f"{self.vcpus}x{self.memory_mib}"


def size_of(xml):
    """The Size that a definition gives. Raises PoolError where a template says one that nobody can read."""
    domain = ET.fromstring(xml)
    try:
        return _size_of(domain)
    except (KeyError, OverflowError, ValueError) as exc:
        raise PoolError(f"Cannot read the size of {domain.findtext('name')}: {exc}. Write <vcpu> and <memory> of its template as libvirt knows them.") from exc


def _size_of(domain):
    vcpu, most, memory = domain.find("vcpu"), _mib(domain.find("memory")), domain.find("currentMemory")
    most_vcpus = 1 if vcpu is None else int(vcpu.text or 1)
    balloon = domain.find("devices/memballoon")
    return Size(
        int(vcpu.get("current") or most_vcpus) if vcpu is not None else 1, most if memory is None else _mib(memory),
        most_vcpus, most, balloon is None or balloon.get("model") != "none",
    )


def parse(text):
    """`2x1024` -> (vcpus, MiB); None where a record tells no size."""
    return tuple(int(part) for part in text.split("x")) if text else None


def obstacles(have, vcpus, memory_mib, live):
    """{"vcpus" or "memory_mib": why a definition cannot be given this much}; live: whether it is that of a guest that runs."""
    found = {}
    if vcpus > have.most_vcpus:
        found["vcpus"] = f"its definition has room for {have.most_vcpus} vCPUs"
    if memory_mib > have.most_memory_mib:
        found["memory_mib"] = f"its definition has room for {have.most_memory_mib} MiB"
    elif live and memory_mib != have.memory_mib and not have.balloon:
        found["memory_mib"] = "it has no balloon"
    return found


def spared(statistics, held_mib, memory_mib):
    """Why a guest cannot give memory back, by its own account of what it can spare; None where it can, or gives no account. statistics: in KiB."""
    usable = statistics.get("usable", statistics.get("unused"))
    cut = held_mib - memory_mib
    if usable is None or cut <= 0 or usable // 1024 >= cut:
        return None
    return f"its guest can spare {usable // 1024} MiB, and not {cut}"


def resize(handle, vcpus, memory_mib, settle_seconds=SETTLE_SECONDS):
    """Give a domain this size, its stored definition first. Returns why the guest that runs does not have it, in words, or None.

    What is refused of one resource leaves the other its way. The stored definition counts from the next boot on.
    """
    refused = _give(handle, vcpus, memory_mib, libvirt.VIR_DOMAIN_AFFECT_CONFIG)
    if not handle.isActive():
        return _in_words(refused)
    had = handle.info()[3]
    refused.update(_give(handle, vcpus, memory_mib, libvirt.VIR_DOMAIN_AFFECT_LIVE))
    if had < vcpus and "vcpus" not in refused:
        _bring_online(handle, vcpus)
    deadline = time.monotonic() + settle_seconds
    while True:
        short = {**_short(handle, vcpus, memory_mib), **refused}
        if not set(short) - set(refused) or time.monotonic() >= deadline:
            return _in_words(short)
        time.sleep(ASK_SECONDS)


def _give(handle, vcpus, memory_mib, flag):
    """Set what differs in the live or the stored definition; returns {resource: why not}."""
    live = flag == libvirt.VIR_DOMAIN_AFFECT_LIVE
    have = size_of(handle.XMLDesc(0 if live else libvirt.VIR_DOMAIN_XML_INACTIVE))
    refused = obstacles(have, vcpus, memory_mib, live)
    if live and "memory_mib" not in refused and memory_mib < have.memory_mib:
        why = spared(_statistics(handle), have.memory_mib, memory_mib)
        refused.update({"memory_mib": why} if why else {})
    calls = {"vcpus": (have.vcpus != vcpus, lambda: handle.setVcpusFlags(vcpus, flag)),
             "memory_mib": (have.memory_mib != memory_mib, lambda: handle.setMemoryFlags(memory_mib * 1024, flag))}
    for resource, (differs, call) in calls.items():
        if differs and resource not in refused:
            try:
                call()
            except libvirt.libvirtError as exc:
                refused[resource] = str(exc)
    return refused


def _bring_online(handle, vcpus):
    """Ask the agent, where one answers, to use processors that were plugged in; a guest may do so by itself."""
    try:
        handle.setVcpusFlags(vcpus, libvirt.VIR_DOMAIN_VCPU_GUEST)
    except libvirt.libvirtError:
        return


def _short(handle, vcpus, memory_mib):
    """{resource: what the guest has in place of what it was given}, as libvirt and the guest's balloon tell."""
    _state, _most, memory, processors, _time = handle.info()
    found = {}
    if processors != vcpus:
        found["vcpus"] = f"it has {processors} vCPUs"
    if memory // 1024 != memory_mib:
        found["memory_mib"] = f"its balloon stays at {memory // 1024} MiB"
    return found


def _statistics(handle):
    try:
        return handle.memoryStats()
    except libvirt.libvirtError:
        return {}


def _in_words(refused):
    names = {"vcpus": "vCPUs", "memory_mib": "memory"}
    return "; ".join(f"{names[resource]}: {refused[resource].rstrip('.')}" for resource in names if resource in refused) or None


def _mib(element):
    return 0 if element is None else round(float(element.text or "") * _KIB[(element.get("unit") or "KiB").lower()] / 1024)
