# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What somebody changed of a domain by hand: its stored and its live definition beside what its record says it was made of."""
from __future__ import annotations

import xml.etree.ElementTree as ET

from . import names
from .connection import libvirt, refusals

#: KiB of the units of memory that libvirt takes
_KIB = {"b": 1 / 1024, "bytes": 1 / 1024, "kb": 1000 / 1024, "k": 1, "kib": 1, "mb": 1e6 / 1024, "m": 1024, "mib": 1024, "gb": 1e9 / 1024, "g": 1 << 20,
        "gib": 1 << 20}
_GONE = (libvirt.VIR_ERR_NO_DOMAIN,) if libvirt else ()


def facts(xml, vip):
    """{word: value} of what a definition says of processors, memory and network: the part of it that nobody but its slice decides."""
    domain = ET.fromstring(xml)
    vcpu, memory = domain.find("vcpu"), domain.find("memory")
    interfaces = list(domain.iter("interface"))
    return {
        "vcpus": "1" if vcpu is None else vcpu.get("current") or (vcpu.text or "").strip(),
        "memory_mib": "0" if memory is None else str(round(float(memory.text) * _KIB[(memory.get("unit") or "KiB").lower()] / 1024)),
        "interfaces": str(len(interfaces)),
        "interface": next((_interface(one) for one in interfaces if _attribute(one, "mac", "address").lower() == names.vm_mac(vip)), "none"),
    }


def made(xml, vip):
    """The facts as the text that a record keeps: `vcpus=1;memory_mib=512;...`."""
    return ";".join(f"{word}={value}" for word, value in facts(xml, vip).items())


def read(connection, machines):
    """{name: [what was changed, in words]} of the machines that are not as they were made; one or two calls each, and two for all."""
    with refusals("list the domains of", connection.uri, "Check that libvirtd is well."):
        started = {handle.name() for handle in connection.handle.listAllDomains(libvirt.VIR_CONNECT_LIST_DOMAINS_AUTOSTART)}
        passing = {handle.name() for handle in connection.handle.listAllDomains(libvirt.VIR_CONNECT_LIST_DOMAINS_TRANSIENT)}
    found = {}
    for machine in machines:
        own = machine.handle.name()
        words = [] if own == machine.name else [f"{names.LIVE if machine.active else 'stored'}: its name is {own}"]
        words += ["stored: autostart is on"] if own in started else []
        words += ["stored: it is undefined, and gone once it stops"] if own in passing else []
        words += _compared(machine)
        if words:
            found[machine.name] = words
    return found


def _compared(machine):
    """Words on the definitions of one machine; none of one that was made before records told of what, or that has gone meanwhile."""
    if not machine.record.made:
        return []
    wanted = dict(part.split("=", 1) for part in machine.record.made.split(";"))
    try:
        stored = facts(machine.handle.XMLDesc(libvirt.VIR_DOMAIN_XML_INACTIVE), machine.record.vip)
        live = facts(machine.handle.XMLDesc(0), machine.record.vip) if machine.active else {}
    except libvirt.libvirtError as exc:
        if exc.get_error_code() in _GONE:
            return []
        raise
    return [f"{where}: {word} {value} in place of {wanted[word]}"
            for where, there in (("stored", stored), (names.LIVE, live)) for word, value in there.items() if value != wanted.get(word, value)]


def _interface(element):
    """`network tap`, and what stands in the way of its packets."""
    parts = [_attribute(element, "source", "network") or "no network", _attribute(element, "target", "dev") or "no tap"]
    parts += ["filter " + element.find("filterref").get("filter", "")] if element.find("filterref") is not None else []
    parts += ["link down"] if _attribute(element, "link", "state") == "down" else []
    return " ".join(parts)


def _attribute(element, child, name):
    found = element.find(child)
    return "" if found is None else found.get(name) or ""
