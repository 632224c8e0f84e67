# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The XML of a slice's libvirt network, and what is worth comparing in it."""
from __future__ import annotations

import ipaddress
import typing as t
import uuid
import xml.etree.ElementTree as ET

from ..errors import PoolError
from . import bridged, names, overlay

#: local name of the metadata element on networks
ELEMENT = "network"
FIELDS = ("slice", "id", "range", "prefix", "mode", "mtu")
#: fields that only the networks of some slices have, beside those of bridged.py; the second is a list of addresses, the last a dict (overlay.py)
RANGE6, RESERVED, DSCP, OVERLAY = "range6", "reserved", "dscp", "overlay"
#: a sub-prefix of more addresses than this is refused: each has a reservation
LARGEST = 4096
#: the least MTU of a link with IPv6 (RFC 8200)
LEAST_MTU6 = 1280
#: libvirt's namespace for what it hands on to dnsmasq, and how that is told of the mask of guests
DNSMASQ = "http://libvirt.org/schemas/network/dnsmasq/1.0"
NETMASK = "dhcp-option=option:netmask,"
ET.register_namespace(names.PREFIX, names.NAMESPACE)
ET.register_namespace("dnsmasq", DNSMASQ)


class Network(t.NamedTuple):
    """What a network's XML says. `record` holds FIELDS, and RANGE6, RESERVED, DSCP, OVERLAY and what mode bridged has where it has them; `link` what
    only a restart of the network can change; None: no metadata of ours."""

    record: t.Optional[dict]
    generation: int
    link: dict  # forward, bridge, mtu, mac, address, address6 (None without RANGE6), netmask (None without OVERLAY); of mode bridged the first two
    hosts: tuple  # (MAC, or DUID of IPv6, address) reservations, sorted

    def same(self, other):
        """Whether both describe one network; the generation does not count."""
        return (self.record, self.link, self.hosts) == (other.record, other.link, other.hosts)


def check(wanted):
    """Raise PoolError unless the wanted network can be defined: names the slice, the value, the cause and the fix."""
    subject = f"Cannot define the network of slice {wanted['slice']}"
    if not names.SLICE.fullmatch(wanted["slice"]):
        raise PoolError(f"Cannot define the network of slice {wanted['slice']!r}: libvirt takes no such name. "
                        "Use at most 31 lower-case letters, digits and dashes, and begin with a letter.")
    if not 16 <= wanted["id"] <= 20479:
        raise PoolError(f"{subject}: its id {wanted['id']} is outside 16..20479. Let slice_plan choose it.")
    if not 68 <= wanted["mtu"] <= 65521:
        raise PoolError(f"{subject}: mtu {wanted['mtu']} is outside 68..65521. Use that of the uplink, 1500 on most.")
    try:
        whole, prefix = ipaddress.IPv4Network(wanted["range"]), ipaddress.IPv4Network(wanted["prefix"])
    except ValueError as exc:
        raise PoolError(f"{subject}: {exc}. Write range and prefix like 10.90.2.0/24.") from exc
    if not prefix.subnet_of(whole):
        raise PoolError(f"{subject}: its prefix {prefix} is not inside its range {whole}. Let slice_plan choose it.")
    if prefix.prefixlen > 30 or prefix.num_addresses > LARGEST:
        raise PoolError(f"{subject}: its prefix {prefix} is not between /20 and /30. Change network.host_prefix_length of the slice.")
    usable = {str(address) for address in list(prefix.hosts())[1:]} if wanted.get(RESERVED) else ()
    for vip in wanted.get(RESERVED) or ():
        if vip not in usable:
            raise PoolError(f"{subject}: its reserved address {vip} is none that a guest of its prefix {prefix} may have. Let slice_plan state them.")
    if wanted.get(RANGE6):
        _check6(subject, wanted)
    if bridged.is_bridged(wanted):
        bridged.check(subject, wanted)
    if wanted.get(OVERLAY):
        overlay.check(subject, wanted)


def _check6(subject, wanted):
    try:
        names.range6_network(wanted[RANGE6])
    except ValueError as exc:
        raise PoolError(f"{subject}: its range6 {exc}. Write it like fd00:90:2::/64.") from exc
    if wanted["mtu"] < LEAST_MTU6:
        raise PoolError(f"{subject}: mtu {wanted['mtu']} is below {LEAST_MTU6}, the least of IPv6. Raise it, or drop range6.")


def gateway(prefix):
    """First address of a host's sub-prefix: that of the bridge."""
    return str(ipaddress.IPv4Network(prefix)[1])


def reservations(prefix, range6=None):
    """((MAC, VIP), ...) of every address of the sub-prefix a guest may have, and ((DUID, IPv6 address), ...) beside them; sorted."""
    usable = [str(vip) for vip in list(ipaddress.IPv4Network(prefix).hosts())[1:]]
    found = [(names.vm_mac(vip), vip) for vip in usable]
    if range6:
        upper = names.range6_network(range6)
        found += [(names.duid(vip), str(upper[int(ipaddress.IPv4Address(vip))])) for vip in usable]
    return tuple(sorted(found))


def wanted_network(wanted):
    """Network of an entry of a share's `networks`."""
    range6 = wanted.get(RANGE6)
    record = {**{key: wanted[key] for key in FIELDS}, **bridged.parts(wanted)}
    if range6:
        record[RANGE6] = range6
    if wanted.get(RESERVED):
        record[RESERVED] = list(wanted[RESERVED])
    if wanted.get(DSCP):
        record[DSCP] = wanted[DSCP]
    if wanted.get(OVERLAY):
        record[OVERLAY] = overlay.normal(wanted[OVERLAY])
    if bridged.is_bridged(wanted):
        return Network(record, 0, bridged.link(wanted["bridge"]), ())
    return Network(record, 0, _own_link(wanted, range6), reservations(wanted["prefix"], range6))


def _own_link(wanted, range6):
    """The `link` of a network with a bridge, a gateway and a DHCP server of its own."""
    address = gateway(wanted["prefix"])
    return {
        "forward": "open", "bridge": names.bridge_name(wanted["id"]), "mtu": int(wanted["mtu"]), "mac": names.vm_mac(address),
        "address": f"{address}/{ipaddress.IPv4Network(wanted['prefix']).prefixlen}",
        "address6": _address6(range6, wanted["prefix"], address) if range6 else None, "netmask": overlay.netmask(wanted),
    }


def _address6(range6, prefix, address):
    return f"{names.vip6(range6, address)}/{names.prefix6(range6, prefix).rpartition('/')[2]}"


def network_uuid(slice_name):
    """UUID of the network, the same at each life of the slice."""
    return str(uuid.uuid5(uuid.NAMESPACE_URL, f"urn:foresight:netslice:network:{slice_name}"))


def render(network, generation):
    """XML of a Network. Forward mode open: libvirt writes no firewall rule; the isolation is ours."""
    root = ET.Element("network")
    ET.SubElement(root, "name").text = names.network_name(network.record["slice"])
    ET.SubElement(root, "uuid").text = network_uuid(network.record["slice"])
    attributes = {key: " ".join(value) if key == RESERVED else str(value) for key, value in network.record.items() if key != OVERLAY}
    attributes.update(overlay.attributes(network.record[OVERLAY]) if OVERLAY in network.record else {})
    ET.SubElement(ET.SubElement(root, "metadata"), f"{{{names.NAMESPACE}}}{ELEMENT}", dict(attributes, generation=str(generation)))
    ET.SubElement(root, "forward", {"mode": network.link["forward"]})
    if bridged.is_bridged(network.record):
        ET.SubElement(root, "bridge", {"name": network.link["bridge"]})
    else:
        _render_own(root, network)
    ET.indent(root)
    return ET.tostring(root, encoding="unicode") + "\n"


def _render_own(root, network):
    """A bridge of the slice alone, with its gateway and DHCP server."""
    ET.SubElement(root, "bridge", {"name": network.link["bridge"], "stp": "off", "delay": "0"})
    ET.SubElement(root, "mtu", {"size": str(network.link["mtu"])})
    ET.SubElement(root, "mac", {"address": network.link["mac"]})
    # Guests cannot reach a resolver on the host, so none is started there.
    ET.SubElement(root, "dns", {"enable": "no"})
    _render_ip(root, network.link["address"], {}, [{"mac": mac, "ip": vip} for mac, vip in network.hosts if ":" not in vip])
    if network.link["address6"]:
        # With reservations the router advertisements say that addresses come by DHCP: guests make up none of their own.
        hosts6 = [{"id": duid, "ip": vip6} for duid, vip6 in network.hosts if ":" in vip6]
        _render_ip(root, network.link["address6"], {"family": "ipv6"}, hosts6)
    if network.link["netmask"]:
        ET.SubElement(ET.SubElement(root, f"{{{DNSMASQ}}}options"), f"{{{DNSMASQ}}}option", {"value": NETMASK + network.link["netmask"]})


def _render_ip(root, address, family, hosts):
    address, _slash, length = address.partition("/")
    dhcp = ET.SubElement(ET.SubElement(root, "ip", {**family, "address": address, "prefix": length}), "dhcp")
    for host in hosts:
        ET.SubElement(dhcp, "host", host)


def parse(text, options=True):
    """libvirt's XML of a network -> Network; record is None on a network that is not ours. Raises PoolError on a damaged record.

    options: whether this libvirt keeps what is said to dnsmasq; its test driver does not, and is taken by its word.
    """
    root = ET.fromstring(text)
    record, generation = _record(root)
    mtu = root.find("mtu")
    link = {
        "forward": _attribute(root, "forward", "mode"),
        "bridge": _attribute(root, "bridge", "name"),
        "mtu": 1500 if mtu is None else int(mtu.get("size", 1500)),
        "mac": _attribute(root, "mac", "address"),
        "address": _address(root, None), "address6": _address(root, "ipv6"),
        "netmask": _netmask(root) if options or record is None else overlay.netmask(record),
    }
    hosts = tuple(sorted((host.get("mac") or host.get("id") or "", host.get("ip")) for host in root.findall("ip/dhcp/host")))
    return Network(record, generation, link, hosts)


def _record(root):
    found = root.find(f"metadata/{{{names.NAMESPACE}}}{ELEMENT}")
    if found is None:
        return None, 0
    try:
        record = {key: found.attrib[key] for key in FIELDS}
        record.update({key: int(record[key]) for key in ("id", "mtu")})
        record.update({key: found.attrib[key] for key in (RANGE6, DSCP, *bridged.KEYS) if key in found.attrib})
        _check_record(record)
        if RESERVED in found.attrib:
            record[RESERVED] = found.attrib[RESERVED].split()
        segment = overlay.parse(found.attrib)
        record.update({OVERLAY: segment} if segment else {})
        return record, int(found.get("generation", 0))
    except (KeyError, ValueError) as exc:
        cause = f"{exc} is missing" if isinstance(exc, KeyError) else exc
        raise PoolError(
            f"Cannot read the record of the network {root.findtext('name')}: {cause}. "
            "Restore its metadata with virsh net-edit."
        ) from exc


def _check_record(record):
    """Raise ValueError where a record says what no pass writes; tables and addresses of others are made of it."""
    if not names.SLICE.fullmatch(record["slice"]):
        raise ValueError(f"{record['slice']!r} is no name of a slice")
    for key in ("range", "prefix"):
        ipaddress.IPv4Network(record[key])
    if bridged.is_bridged(record):
        bridged.check_record(record)


def _address(root, family):
    """First address with its prefix length of a family: None, which is IPv4, or ipv6."""
    for one in root.findall("ip"):
        if (one.get("family") or None) == family or family is None and one.get("family") == "ipv4":
            return f"{one.get('address')}/{_prefix_length(one)}"
    return None


def _netmask(root):
    """The mask that dnsmasq is told to give guests, or None."""
    values = [option.get("value") or "" for option in root.findall(f"{{{DNSMASQ}}}options/{{{DNSMASQ}}}option")]
    return next((value[len(NETMASK):] for value in values if value.startswith(NETMASK)), None)


def _attribute(root, path, name):
    found = root.find(path)
    return None if found is None else found.get(name)


def _prefix_length(address):
    if address.get("prefix"):
        return int(address.get("prefix"))
    return ipaddress.IPv4Network(f"0.0.0.0/{address.get('netmask', '255.255.255.255')}").prefixlen
