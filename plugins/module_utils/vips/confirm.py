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
    """One VIP of the share, and the IPv6 address beside it. group: waiting (becomes what is wanted when all its addresses answer), steady
    (is that), quiet (must not answer) or none."""

    name: str
    slice: str
    vip: str
    want: str
    group: t.Optional[str]
    lifecycle: t.Optional[str]  # None: no domain
    bridge: t.Optional[str]
    detail: t.Optional[str]  # why it is not asked
    vip6: t.Optional[str] = None

    @property
    def addresses(self):
        """All that is asked."""
        return [self.vip, self.vip6] if self.vip6 else [self.vip]


def questions(wanted, machines, bridges, devices, foresee=False, ranges6=None):
    """List of Question of a share's vms.

    machines: of domains.read(); bridges: {slice: bridge}; devices: names of the host's devices, None where there are none to see.
    foresee: in check mode a guest that is not there or does not run yet counts as waiting, for the module before would start it.
    ranges6: {slice: range6} of the slices whose guests have an IPv6 address too.
    """
    by_name = {machine.name: machine for machine in machines}
    return [_question(entry, by_name, bridges, devices, foresee, (ranges6 or {}).get(entry["slice"])) for entry in wanted]


def _question(entry, by_name, bridges, devices, foresee, range6):
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
    vip6 = names.vip6(range6, entry["vip"]) if range6 else None
    return Question(name, entry["slice"], entry["vip"], entry["want"], group, lifecycle, bridge, detail, vip6)


def grouped(asked, group):
    """{bridge: [address]} of one group."""
    found: t.Dict[str, list] = {}
    for question in asked:
        if question.group == group:
            found.setdefault(question.bridge, []).extend(question.addresses)
    return found


def confirmed(asked, answers, simulated):
    """The questions that become active or parked: they were waited for, and their own MAC answered for all their addresses."""
    return [question for question in asked
            if question.group == "waiting" and (simulated or all(answers[address].at is not None for address in question.addresses))]


def report(asked, answers, simulated, confirmed_names):
    """(vips, conflicts) of the result: an entry for each VIP of the share, and the addresses that another MAC answers for.

    answers: {address: verify.Answer}, empty where nothing was asked; confirmed_names: domains that are what is wanted of them after this run.
    """
    vips, conflicts = [], []
    for question in asked:
        entry = {
            "vip": question.vip, "name": question.name, "slice": question.slice, "mac": names.vm_mac(question.vip), "want": question.want,
            "lifecycle": question.want if question.name in confirmed_names else question.lifecycle,
            **_heard(question, answers.get(question.vip), simulated),
            "detail": SIMULATED if simulated and question.group else question.detail,
        }
        if question.vip6:
            heard = _heard(question, answers.get(question.vip6), simulated)
            entry.update(vip6=question.vip6, answered6=heard["answered"], others6=heard["others"])
        vips.append(entry)
        conflicts += [{"vip": address, "mac": mac, "want": question.want}
                      for address in question.addresses for mac in _unwanted(question, entry["mac"], answers.get(address))]
    return vips, conflicts


def _heard(question, answer, simulated):
    return {
        "verified": answer is not None,
        "answered": True if simulated and question.group in ("waiting", "steady") else (answer.at is not None if answer else None),
        "others": answer.others if answer else [],
    }


def _unwanted(question, mac, answer):
    """MACs that answered for an address and must not."""
    if answer is None:
        return []
    return answer.others + ([mac] if question.group == "quiet" and answer.at is not None else [])


def silent(asked, answers):
    """Addresses that are active, or parked, but did not answer."""
    return sorted(address for q in asked if q.group == "steady" for address in q.addresses if address in answers and answers[address].at is None)


def turned(asked, answers, machines):
    """(names that fell silent, names that are heard again): the active ones whose record does not say so yet.

    One is silent where any of its addresses is, as it goes into service when all of them answered. One that does not run is silent too. What was not asked
    says nothing, such as a guest whose bridge is missing.
    """
    by_name = {machine.name: machine for machine in machines}
    fell, heard = [], []
    for question in asked:
        machine = by_name.get(question.name)
        if machine is None or question.lifecycle != "active" or question.want != "active":
            continue
        if not machine.running and question.group is None:
            answered = False
        elif question.group == "steady" and question.vip in answers:
            answered = all(answers[address].at is not None for address in question.addresses)
        else:
            continue
        if answered and machine.record.silent_since:
            heard.append(question.name)
        elif not answered and not machine.record.silent_since:
            fell.append(question.name)
    return fell, heard


def hosts_lines(machines, asked, confirmed_names, ranges6=None):
    """Lines `VIP name slice` of the VIPs in service: active, and not on their way out. Sorted by address, that of IPv6 after its VIP."""
    leaving = {question.name for question in asked if question.want != "active"}
    serving = {machine.name: (machine.record.vip, machine.record.slice) for machine in machines if machine.record.lifecycle == "active"}
    serving.update({question.name: (question.vip, question.slice) for question in asked if question.name in confirmed_names})
    rows = sorted((tuple(int(part) for part in vip.split(".")), vip, name, slice_name)
                  for name, (vip, slice_name) in serving.items() if name not in leaving)
    lines = []
    for _order, vip, name, slice_name in rows:
        lines.append(f"{vip} {name} {slice_name}")
        if slice_name in (ranges6 or {}):
            lines.append(f"{names.vip6(ranges6[slice_name], vip)} {name} {slice_name}")
    return lines
