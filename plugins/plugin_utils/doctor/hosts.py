# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The hypervisors and balancers, of what they answered. Pure."""
from __future__ import annotations

from collections import Counter

from .findings import Finding, refused
from .influxdb import skew

REPAIRED = "The next pass repairs it. If it comes back, look for what else changes it."
#: faults of the host state that a pass does not repair
BY_HAND = {
    "foreign_forward_drop": "Let the other tool accept what is forwarded from and to nsb*, or set net.bridge.bridge-nf-call-iptables to 0.",
    "host_bridge_missing": "Make that bridge again: it is not of slices, and no pass makes it.",
    "vxlan_foreign": "Rename or remove that device, or drop network.overlay of the slice.",
    "underlay_wrong": "Correct netslice_underlay of this host, to an address as ip address shows it there.",
    "attachment_foreign": "Remove it, or set netslice_takeover to true to have it replaced.",
    "attachment_no_device": "Correct netslice_links, or bring the device up.",
}


def hypervisors(roster: list[str], states: dict, errors: dict, clocks: dict, asked: tuple[float, float]) -> list[Finding]:
    """Findings of host states {host: state}, errors {host: text} of those without, and clocks {host: its time}, asked between two instants."""
    found = []
    for host in roster:
        if host not in states:
            found.append(_silent(host, errors.get(host)))
            continue
        rows = [*_faults(host, states[host]), *_vms(host, states[host])]
        if host in clocks:
            rows.append(skew("hypervisor", host, max(asked[0] - clocks[host] - 1, clocks[host] - asked[1] - 1, 0)))
        found += rows or [Finding("hypervisor", host, "ok", "answers, and has no faults")]
    return found + [Finding("hypervisor", host, "warning", "has state of slices and is not in netslice_hypervisors", "Add it to the roster.")
                    for host in sorted(set(states) - set(roster))]


def _silent(host: str, error) -> Finding:
    if error:
        return refused("hypervisor", host, error)
    return Finding("hypervisor", host, "failed", "did not answer: nothing of its slices shrinks or moves",
                   "Bring it back. If it is gone for good, fence it and name it in netslice_lost_hosts (docs/healing.md).")


def _faults(host: str, state: dict):
    for fault in state.get("faults", []):
        yield Finding("hypervisor", host, "warning", f"{fault['kind']}, {fault['object']}: {fault['detail']}", BY_HAND.get(fault["kind"], REPAIRED))
    for link in state.get("attachments", []):
        if link["owner"] in ("foreign", "no_device"):
            what = f"{link['device']} {link['direction']} is {link['owner'].replace('_', ' ')}: {link['found'] or 'there is no such device'}"
            yield Finding("hypervisor", host, "failed", what, BY_HAND["attachment_" + link["owner"]])


def _vms(host: str, state: dict):
    dead = [vm["name"] for vm in state["vms"] if vm["lifecycle"] == "active" and not vm["running"]]
    if dead:
        yield Finding("hypervisor", host, "warning", f"{_few(dead)} should run and do not",
                      "The next pass starts them, unless their slice is paused or forecast_only.")
    counts = Counter(vm["vip"] for vm in state["vms"])
    twice = sorted(vip for vip, count in counts.items() if count > 1)
    if twice:
        yield Finding("hypervisor", host, "failed", f"{_few(twice)}: two VMs have it in their record",
                      "Look at both with virsh dumpxml, and undefine the one made by hand.")


def _few(names: list[str]) -> str:
    return ", ".join(names[:5]) + (f" and {len(names) - 5} more" if len(names) > 5 else "")


def balancers(results: list[dict]) -> list[Finding]:
    """Findings of check runs of slice_balancer, looped over the hosts."""
    found = []
    for one in results:
        host = one["item"]
        if "reload" not in one:
            found.append(refused("balancer", host, one.get("msg") or "did not answer. Bring it back."))
        elif one["reload"]:
            found.append(Finding("balancer", host, "warning", f"HAProxy does not have {', '.join(one['reload'])} yet", "Reload it."))
        else:
            found.append(Finding("balancer", host, "ok", "HAProxy answers, and has every backend"))
    return found
