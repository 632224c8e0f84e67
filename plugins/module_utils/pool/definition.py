# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""From the rendered template of a domain to the definition that libvirt gets."""
from __future__ import annotations

import xml.etree.ElementTree as ET

from ..errors import PoolError
from . import metadata, names

#: what a template writes where the host knows the path better
DISK = "netslice:disk"
SEED = "netslice:seed"

# Prefixes of libvirt's own extensions, so that they survive parsing and writing.
for _driver in ("qemu", "xen", "lxc", "bhyve"):
    ET.register_namespace(_driver, f"http://libvirt.org/schemas/domain/{_driver}/1.0")
ET.register_namespace(names.PREFIX, names.NAMESPACE)


def complete(xml, vm, record, paths):
    """Text of the definition: name, UUID, tap, metadata and paths put in, the rest as the template says.

    vm: name, slice, vip. paths: {DISK: path, SEED: path} of what there is. Raises PoolError where the template's VM would not be ours:
    no <domain>, or no interface on the slice's network with the MAC of the VIP.
    """
    try:
        domain = ET.fromstring(xml)
    except ET.ParseError as exc:
        raise _refusal(vm, f"its template gives no XML ({exc})") from exc
    if domain.tag != "domain":
        raise _refusal(vm, f"its template gives <{domain.tag}> and not <domain>")
    _set_text(domain, "name", vm["name"])
    _set_text(domain, "uuid", names.vm_uuid(vm["slice"], vm["vip"]))
    _check_interface(domain, vm)
    _put_record(domain, record)
    for source in domain.iter("source"):
        wanted = source.get("file")
        if wanted in (DISK, SEED):
            if wanted not in paths:
                raise _refusal(vm, f"its template asks for {wanted}, and its image gives none")
            source.set("file", paths[wanted])
    return ET.tostring(domain, encoding="unicode")


def with_record(xml, record):
    """A definition of complete() with another record."""
    domain = ET.fromstring(xml)
    _put_record(domain, record)
    return ET.tostring(domain, encoding="unicode")


def own_disks(xml, name):
    """Paths of the files in a definition that were made for this VM alone: overlay and seed, known by their names."""
    files = [source.get("file") or "" for source in ET.fromstring(xml).iter("source")]
    return [path for path in files if path.rsplit("/", 1)[-1] in (overlay_name(name), seed_name(name))]


def overlay_name(name):
    """File name of a VM's overlay."""
    return f"{name}.netslice.qcow2"


def seed_name(name):
    """File name of a VM's NoCloud seed."""
    return f"{name}.netslice-seed.iso"


def _check_interface(domain, vm):
    mac, tap, network = names.vm_mac(vm["vip"]), names.tap_name(vm["vip"]), names.network_name(vm["slice"])
    for interface in domain.iter("interface"):
        address, source = interface.find("mac"), interface.find("source")
        if address is None or (address.get("address") or "").lower() != mac:
            continue
        if source is None or source.get("network") != network:
            raise _refusal(vm, f"its interface {mac} is not on the network {network}")
        if interface.find("bandwidth") is not None:
            raise _refusal(vm, f"its interface {mac} has <bandwidth>, and what a slice may use is shaped at the links of its host")
        target = interface.find("target")
        if target is None:
            target = ET.SubElement(interface, "target")
        if target.get("dev", tap) != tap:
            raise _refusal(vm, f"its interface {mac} names the tap {target.get('dev')} and not {tap}")
        target.set("dev", tap)
        return
    raise _refusal(vm, f"its template gives no interface the MAC {mac} of its VIP {vm['vip']}")


def _put_record(domain, record):
    holder = domain.find("metadata")
    if holder is None:
        holder = ET.SubElement(domain, "metadata")
    for old in holder.findall(f"{{{names.NAMESPACE}}}{metadata.ELEMENT}"):
        holder.remove(old)
    holder.append(metadata.element(record))


def _set_text(domain, tag, text):
    child = domain.find(tag)
    if child is None:
        child = ET.SubElement(domain, tag)
    child.text = text


def _refusal(vm, cause):
    return PoolError(f"Cannot define {vm['name']}: {cause}. Correct the template {vm.get('template') or 'of its domain'}.")
