# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which VIPs of a host are waited for, looked after or watched, and what follows from who answered."""
from __future__ import annotations

import typing as t

from ..pool import names

#: what stands in for packets where there is no bridge to send them on
SIMULATED = "libvirt's test driver has no bridge to ask on"
#: what a VM is wanted to be while its VIP shall answer; each is a lifecycle too
ANSWERING = ("active", "parked")


class Question(t.NamedTuple):
    """One VIP of the share. group: waiting (becomes what is wanted when it answers), steady (is that), quiet (must not answer) or none."""

    name: str
    slice: str
    vip: str
    want: str
    group: t.Optional[str]
    lifecycle: t.Optional[str]  # None: no domain
    bridge: t.Optional[str]
    detail: t.Optional[str]  # why it is not asked


def questions(wanted, machines, bridges, devices, foresee=False):
    """List of Question of a share's vms.

    machines: of domains.read(); bridges: {slice: bridge}; devices: names of the host's devices, None where there are none to see.
    foresee: in check mode a guest that is not there or does not run yet counts as waiting, for the module before would start it.
    """
    by_name = {machine.name: machine for machine in machines}
    return [_question(entry, by_name, bridges, devices, foresee) for entry in wanted]


def _question(entry, by_name, bridges, devices, foresee):
    name = names.vm_name(entry["slice"], entry["vip"])
    machine, bridge = by_name.get(name), bridges.get(entry["slice"])
    lifecycle = machine.record.lifecycle if machine else None
    group, detail = None, None
    if entry["want"] in ANSWERING:
        running = machine is not None and machine.running
        if running or foresee:
            group = "steady" if running and lifecycle == entry["want"] else "waiting"
        else:
            detail = "its guest does not run" if machine else "it has no domain on this host"
    elif entry["want"] == "quarantined":
        group = "quiet"
    reachable = devices is None or bridge in devices
    if group and not reachable and not (foresee and group == "waiting"):
        group, detail = None, f"the bridge of slice {entry['slice']} is missing"
    return Question(name, entry["slice"], entry["vip"], entry["want"], group, lifecycle, bridge, detail)


def grouped(asked, group):
    """{bridge: [VIP]} of one group."""
    found: t.Dict[str, list] = {}
    for question in asked:
        if question.group == group:
            found.setdefault(question.bridge, []).append(question.vip)
    return found


def confirmed(asked, answers, simulated):
    """The questions that become active or parked: they were waited for, and their own MAC answered."""
    return [question for question in asked if question.group == "waiting" and (simulated or answers[question.vip].at is not None)]


def report(asked, answers, simulated, confirmed_names):
    """(vips, conflicts) of the result: an entry for each VIP of the share, and those that another MAC answers for.

    answers: {VIP: verify.Answer}, empty where nothing was asked; confirmed_names: domains that are what is wanted of them after this run.
    """
    vips, conflicts = [], []
    for question in asked:
        answer = answers.get(question.vip)
        entry = {
            "vip": question.vip, "name": question.name, "slice": question.slice, "mac": names.vm_mac(question.vip), "want": question.want,
            "lifecycle": question.want if question.name in confirmed_names else question.lifecycle,
            "verified": answer is not None,
            "answered": True if simulated and question.group in ("waiting", "steady") else (answer.at is not None if answer else None),
            "others": answer.others if answer else [],
            "detail": SIMULATED if simulated and question.group else question.detail,
        }
        vips.append(entry)
        unwanted = entry["others"] + ([entry["mac"]] if question.group == "quiet" and entry["answered"] else [])
        conflicts += [{"vip": question.vip, "mac": mac, "want": question.want} for mac in unwanted]
    return vips, conflicts


def silent(asked, answers):
    """VIPs that are active, or parked, but did not answer."""
    return sorted(q.vip for q in asked if q.group == "steady" and q.vip in answers and answers[q.vip].at is None)


def hosts_lines(machines, asked, confirmed_names):
    """Lines `VIP name slice` of the VIPs in service: active, and not on their way out. Sorted by address."""
    leaving = {question.name for question in asked if question.want != "active"}
    serving = {machine.name: (machine.record.vip, machine.record.slice) for machine in machines if machine.record.lifecycle == "active"}
    serving.update({question.name: (question.vip, question.slice) for question in asked if question.name in confirmed_names})
    rows = sorted((tuple(int(part) for part in vip.split(".")), f"{vip} {name} {slice_name}")
                  for name, (vip, slice_name) in serving.items() if name not in leaving)
    return [line for _order, line in rows]
