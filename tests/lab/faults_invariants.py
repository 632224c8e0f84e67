# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What must hold once a pass has converged: each finding is a sentence, none is what is wished."""
from __future__ import annotations

import collections
import json
import re

CONNECTED = ("active", "draining", "parked")


def findings(dumps, plan, real=False, guests=True):
    """What is wrong on the hosts after a pass of `plan`.

    dumps: {host: dump}. real: bridges, taps and nft tables are real. guests: the pass made guests and shaped links.
    """
    found = _twice(dumps)
    for name, dump in dumps.items():
        share = dict(plan["hosts"][name])
        wrong = _networks(dump, share) + _files(dump, share) + (_domains(dump, share) + _trees(dump, share) if guests else [])
        found += [f"{name}: {text}" for text in wrong + (_real(dump, share) if real else [])]
    return found


def _twice(dumps):
    """A VIP, or its MAC, on two domains of the fleet."""
    holders = collections.defaultdict(list)
    for name, dump in dumps.items():
        for domain, one in dump["domains"].items():
            for key in [one["record"].get("vip"), *(mac for mac in one["mac"] if mac.startswith("02:5c"))]:
                holders[key].append(f"{domain} on {name}")
    return [f"{key} is on two domains: {', '.join(who)}" for key, who in holders.items() if key and len(who) > 1]


def _domains(dump, share):
    found, wanted = [], {vm["name"]: vm for vm in share["vms"] if vm["want"] != "absent"}
    there = {name: one for name, one in dump["domains"].items() if one["record"] or any(mac.startswith("02:5c") for mac in one["mac"])}
    found += [f"domain {name} belongs to no wanted VM" for name in sorted(there.keys() - wanted.keys())]
    for name, vm in wanted.items():
        one = there.get(name)
        if one is None:
            found.append(f"domain {name} is wanted {vm['want']} and missing")
            continue
        if one["record"].get("vip") != vm["vip"] or one["record"].get("lifecycle") != vm["want"]:
            found.append(f"domain {name} is wanted {vm['want']} with {vm['vip']}; its record says {one['record']}")
        if (one["id"] is not None) != (vm["want"] in CONNECTED):
            found.append(f"domain {name} is wanted {vm['want']}; it {'runs' if one['id'] is not None else 'does not run'}")
    return found


def _networks(dump, share):
    wanted = {f"netslice-{entry['slice']}" for entry in share["networks"] if entry["want"] == "present"}
    there = {name for name in dump["networks"] if name.startswith("netslice-")}
    found = [f"network {name} belongs to no slice here" for name in sorted(there - wanted)]
    found += [f"network {name} is missing" for name in sorted(wanted - there)]
    return found + [f"network {name} is not active" for name in sorted(wanted & there) if not dump["networks"][name]["active"]]


def _trees(dump, share):
    """Classes and filters of both directions, the ifb and the hook that feeds it."""
    found = []
    wanted = {entry["direction"]: entry["classes"] for entry in share["attachments"]}
    ifbs = [name for name, link in dump["links"].items() if (link["alias"] or "").startswith("netslice:")]
    for direction, device in (("egress", "up0"), ("ingress", ifbs[0] if ifbs else None)):
        classes = wanted.get(direction) or []
        expected = sorted(["1", "fffe"] + [f"{one['minor']:x}" for one in classes]) if classes else []
        if dump["classes"].get(device, []) != expected:
            found.append(f"classes of {direction} are {dump['classes'].get(device, [])} and not {expected}")
        vips = sorted(vip for one in classes for vip in one["vips"])
        if dump["filters"].get(device, []) != vips:
            found.append(f"filters of {direction} are for {dump['filters'].get(device, [])} and not {vips}")
    bridges = [name for entry in share["attachments"] for name in entry.get("bridges") or []]
    hooks = sorted(device for device, rows in dump["hooks"].items() if rows)
    # Where a slice hides, its bridges feed the ifb; libvirt's test driver makes none.
    expected = [] if not wanted.get("ingress") else sorted(dump["links"].keys() & set(bridges)) if bridges else ["up0"]
    if hooks != expected or len(ifbs) != int(bool(wanted.get("ingress"))):
        found.append(f"ifbs {ifbs}, hooks at {hooks} and not {expected}, for {len(wanted.get('ingress') or [])} classes of ingress")
    return found


def _files(dump, share):
    shaped = [f"{entry['device']}.{entry['direction']}" for entry in share["attachments"] if entry["classes"]]
    asked = [*(["asked-attachments.json"] if shaped else []), *(["asked-networks.json"] if any(one["want"] == "present" for one in share["networks"]) else [])]
    known = ("apply.lock", "nft.json", "netslice.nft", "netslice.hosts", *asked, *shaped, *(["replay"] if shaped else []))
    return [f"file {path} is left over" for path in dump["files"] if path.rsplit("/", 1)[-1] not in known and "libvirt" not in path]


def _real(dump, share):
    found = []
    bridges = {f"nsb{entry['id']}" for entry in share["networks"] if entry["want"] == "present"}
    taps = {f"nsv{_hex(vm['vip'])}" for vm in share["vms"] if vm["want"] in CONNECTED and vm["name"] in dump["domains"]}
    there = {name for name in dump["links"] if name.startswith(("nsb", "nsv"))}
    found += [f"link {name} belongs to nothing wanted" for name in sorted(there - bridges - taps)]
    found += [f"link {name} is missing" for name in sorted((bridges | taps) - there)]
    found += [f"tap {name} is in no bridge" for name in sorted(there & taps) if not dump["links"][name]["master"]]
    rules = "\n".join(dump["nft"])
    connected = [vm["vip"] for vm in share["vms"] if vm["want"] in CONNECTED]
    for vm in share["vms"]:
        if (f" . {vm['vip']}" in rules) != (vm["vip"] in connected):
            found.append(f"nft elements of {vm['vip']}, which is wanted {vm['want']}: {' . ' + vm['vip'] in rules}")
    if ("table bridge netslice" in rules) != bool(bridges):
        found.append(f"nft tables with {len(bridges)} networks: {'table bridge netslice' in rules}")
    servers = re.findall(r"/dnsmasq/(\S+)\.conf", "\n".join(dump["processes"]))
    # Each network has a server and its helper.
    expected = sorted(2 * [f"netslice-{entry['slice']}" for entry in share["networks"] if entry["want"] == "present"])
    if servers != expected:
        found.append(f"DHCP servers run for {servers} and not for {expected}")
    return found


def _hex(vip):
    return "".join(f"{int(byte):02x}" for byte in vip.split("."))


def stopped(before, after, first, second):
    """Domains that served before a fault, were to be kept by the plans before and after it, and yet were stopped."""
    found = []
    for name, dump in before.items():
        kept = [
            {vm["name"] for vm in plan["hosts"][name]["vms"] if vm["want"] == "active" and vm["action"] in ("keep", "start")}
            for plan in (first, second)
        ]
        for domain, one in dump["domains"].items():
            if one["record"].get("lifecycle") == "active" and one["id"] is not None and domain in kept[0] & kept[1]:
                now = after[name]["domains"].get(domain, {}).get("id")
                if now != one["id"]:
                    found.append(f"{name}: {domain} was to be kept and was stopped: it ran as {one['id']}, now as {now}")
    return found


#: what libvirt leaves of any network it ever ran, and what holds the lock of a host
RESIDUE = ("apply.lock",)


def different(before, after):
    """How a host after a life differs from the host before, but for the documented residue."""
    found = []
    for key in before:
        old, new = before[key], after[key]
        if key == "files":
            old, new = ([path for path in paths if not path.endswith(RESIDUE)] for paths in (old, new))
        if key == "domains":
            old, new = ({name: dict(one, id=bool(one["id"])) for name, one in domains.items()} for domains in (old, new))
        if old != new:
            found.append(f"{key} before {json.dumps(old)[:600]}, after {json.dumps(new)[:600]}")
    return found
