# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a host has of libvirt, links, addresses, tc, nft, processes and files, as data to compare; nothing of the collection's code is used."""
from __future__ import annotations

import glob
import json
import os
import re
import subprocess
from xml.etree import ElementTree

import classified
import libvirt

RECORD = "{urn:foresight:netslice:1}"


def dump(uri, directories):
    """The dump of the host this process is on. directories: whose files count."""
    connection = libvirt.open(uri)
    try:
        domains = {domain.name(): _domain(domain) for domain in connection.listAllDomains()}
        networks = {network.name(): _network(network) for network in connection.listAllNetworks()}
    finally:
        connection.close()
    return {"domains": domains, "networks": networks, "links": _links(), "addresses": _lines("ip", "-4", "-brief", "address"),
            "routes": _lines("ip", "-4", "route"), **_traffic_control(), "nft": _lines("nft", "-s", "list", "ruleset"),
            "processes": _processes(), "forwarding": _forwarding(), "files": _files(directories)}


def _domain(domain):
    root = ElementTree.fromstring(domain.XMLDesc(0))
    record = root.find(f"metadata/{RECORD}vm")
    return {"id": domain.ID() if domain.isActive() else None, "record": dict(record.attrib) if record is not None else {},
            "mac": [one.get("address") for one in root.iterfind("devices/interface/mac")]}


def _network(network):
    root = ElementTree.fromstring(network.XMLDesc(0))
    record = root.find(f"metadata/{RECORD}network")
    return {"active": bool(network.isActive()), "record": dict(record.attrib) if record is not None else {}}


def _output(*command):
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return done.stdout if done.returncode == 0 else ""


def _lines(*command):
    return [line.rstrip() for line in _output(*command).splitlines()]


def _links():
    found = {}
    for link in json.loads(_output("ip", "-d", "-j", "link") or "[]"):
        found[link["ifname"]] = {"kind": link.get("linkinfo", {}).get("info_kind"), "master": link.get("master"), "alias": link.get("ifalias")}
    return found


def _traffic_control():
    """qdiscs; {device: minors of the classes of our tree}; {device: VIPs the filters of our tree match}; {device: filters at its hooks}."""
    # A reference count tells nothing of what is there.
    qdiscs = [re.sub(r" refcnt \d+", "", line) for line in _lines("tc", "qdisc", "show")]
    classes, filters, hooks = {}, {}, {}
    for device in re.findall(r"51ce: dev (\S+) root", "\n".join(qdiscs)):
        classes[device] = sorted(re.findall(r"class htb 51ce:([0-9a-f]+) ", _output("tc", "class", "show", "dev", device)))
        rows = _output("tc", "filter", "show", "dev", device)
        filters[device] = sorted(classified.addresses(rows))
    for device in re.findall(r"qdisc (?:clsact|ingress) ffff: dev (\S+)", "\n".join(qdiscs)):
        rows = _lines("tc", "filter", "show", "dev", device, "ingress") + _lines("tc", "filter", "show", "dev", device, "egress")
        hooks[device] = [line for line in rows if "mirred" in line]
    return {"qdiscs": qdiscs, "classes": classes, "filters": filters, "hooks": hooks}


def _processes():
    """Command lines of the daemons that serve networks and guests."""
    found = []
    for path in glob.glob("/proc/[0-9]*/cmdline"):
        try:
            with open(path, "rb") as file:
                words = file.read().decode(errors="replace").split("\0")
        except OSError:
            continue
        if os.path.basename(words[0]) in ("dnsmasq", "qemu-system-x86_64", "tc", "nft"):
            found.append(" ".join(words[:3]).strip())
    return sorted(found)


def _forwarding():
    with open("/proc/sys/net/ipv4/ip_forward", encoding="ascii") as file:
        return file.read().strip()


def _files(directories):
    found = []
    for directory in directories:
        found += [os.path.join(folder, name) for folder, _folders, names in os.walk(directory) for name in names]
    return sorted(found)
