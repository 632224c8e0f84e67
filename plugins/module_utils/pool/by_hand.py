# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What somebody changed of a domain by hand: its stored and its live definition beside what its record says it was made of."""
from __future__ import annotations

import xml.etree.ElementTree as ET

from . import names, resize
from .connection import libvirt, refusals

#: the fact that tells of a <bandwidth> of libvirt, which would shape beside the slice's share of the link
LIMIT = "bandwidth"
#: the fact that tells what of its memory a guest is given, beside what its definition has room for
CURRENT = "current_memory_mib"
_GONE = (libvirt.VIR_ERR_NO_DOMAIN,) if libvirt else ()


def facts(xml, vip):
    """{word: value} of what a definition says of processors, memory and network: the part of it that nobody but its slice decides."""
    interfaces, size = list(ET.fromstring(xml).iter("interface")), resize.size_of(xml)
    own = next((one for one in interfaces if _attribute(one, "mac", "address").lower() == names.vm_mac(vip)), None)
    return {
        "vcpus": str(size.vcpus), "memory_mib": str(size.most_memory_mib), CURRENT: str(size.memory_mib), "interfaces": str(len(interfaces)),
        "interface": "none" if own is None else _interface(own), LIMIT: "none" if own is None or own.find("bandwidth/*") is None else "of libvirt",
    }


def made(xml, vip):
    """The facts as the text that a record keeps: `vcpus=1;memory_mib=512;...`."""
    return ";".join(f"{word}={value}" for word, value in facts(xml, vip).items())


def resized(text, xml):
    """The text of made() of a machine after its stored definition, which is xml now, was given another size; anything else of it stays as it was made."""
    size = resize.size_of(xml)
    sizes = {"vcpus": str(size.vcpus), CURRENT: str(size.memory_mib)}
    return ";".join(f"{word}={sizes.get(word, value)}" for word, value in _parts(text).items())


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


def in_place(words):
    """Whether a change is put right without a new VM: all of the stored definition, and of the live one the limits of libvirt."""
    return not words.startswith(names.LIVE) or words.startswith(f"{names.LIVE}: {LIMIT} ")


def unlimit(machine):
    """Take the <bandwidth> of libvirt off the interface of the VIP of a guest that runs."""
    vip = machine.record.vip
    if machine.active and facts(machine.handle.XMLDesc(0), vip)[LIMIT] != "none":
        machine.handle.setInterfaceParameters(names.tap_name(vip), dict.fromkeys(("inbound.average", "outbound.average"), 0), libvirt.VIR_DOMAIN_AFFECT_LIVE)


def _compared(machine):
    """Words on the definitions of one machine; none of one that was made before records told of what, or that has gone meanwhile."""
    if not machine.record.made:
        return []
    wanted = _parts(machine.record.made)
    try:
        stored = facts(machine.handle.XMLDesc(libvirt.VIR_DOMAIN_XML_INACTIVE), machine.record.vip)
        live = facts(machine.handle.XMLDesc(0), machine.record.vip) if machine.active else {}
        _forgive(machine.record, wanted, stored, live)
    except libvirt.libvirtError as exc:
        if exc.get_error_code() in _GONE:
            return []
        raise
    return [f"{where}: {word} {value} in place of {wanted[word]}"
            for where, there in (("stored", stored), (names.LIVE, live)) for word, value in there.items() if value != wanted.get(word, value)]


def _parts(text):
    return dict(part.split("=", 1) for part in text.split(";"))


def _forgive(record, wanted, stored, live):
    """Leave out what the guest's balloon moves, what a resize has not changed yet, and the memory that is given where room and it are edited as one."""
    live.pop(CURRENT, None)
    if record.resize:
        live.pop("vcpus", None)
    whole = wanted.get(CURRENT) == wanted.get("memory_mib") and stored[CURRENT] == stored["memory_mib"]
    for word in ("vcpus", CURRENT) if record.resize == resize.BEGUN else (CURRENT,) if whole else ():
        stored.pop(word)


def _interface(element):
    """`network tap`, and what stands in the way of its packets."""
    parts = [_attribute(element, "source", "network") or "no network", _attribute(element, "target", "dev") or "no tap"]
    parts += ["filter " + element.find("filterref").get("filter", "")] if element.find("filterref") is not None else []
    parts += ["link down"] if _attribute(element, "link", "state") == "down" else []
    # The record keeps the facts parted by semicolons.
    return " ".join(parts).replace(";", ",")


def _attribute(element, child, name):
    found = element.find(child)
    return "" if found is None else found.get(name) or ""
