# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A plan as before and after, in a few words: one line a changed slice, one a changed VM."""
from __future__ import annotations

_CHANGES = ("create", "start", "heal", "drain", "release", "forget")


def difference(plan: dict, states: dict[str, dict]) -> dict:
    """{before, after, before_header, after_header} of a whole plan; texts are empty where nothing changes."""
    found = {(host, vm["name"]): vm for host, state in states.items() for vm in state["vms"]}
    shaped = {
        (host, entry["device"], entry["direction"], one["minor"]): one
        for host, state in states.items() for entry in state.get("attachments") or [] for one in entry.get("classes") or []
    }
    before: dict[str, list[str]] = {}
    after: dict[str, list[str]] = {}
    for host, share in plan["hosts"].items():
        present = {network["slice"]: network for network in states[host]["networks"]}
        for network in share["networks"]:
            was = present.get(network["slice"])
            if was is None or network["want"] == "absent" or not was.get("active", True) or (was["mode"], was["mtu"]) != (network["mode"], network["mtu"]):
                where = f"  network {network['prefix']} on {host}"
                before.setdefault(network["slice"], []).append(f"{where}: {'present' if was else 'absent'}")
                after.setdefault(network["slice"], []).append(f"{where}: {network['want']}, {network['mode']}, mtu {network['mtu']}")
        for vm in share["vms"]:
            if vm["action"] in _CHANGES:
                where = f"  {vm['name']} on {host}"
                before.setdefault(vm["slice"], []).append(f"{where}: {_was(found.get((host, vm['name'])))}")
                until = f" until {vm['until']}" if vm["until"] else ""
                after.setdefault(vm["slice"], []).append(f"{where}: {vm['want']}{until} ({vm['action']})")
        for attachment in share["attachments"]:
            for one in attachment["classes"]:
                was = shaped.get((host, attachment["device"], attachment["direction"], one["minor"]))
                if was is None or any(abs(was[key] - one[key]) > 1e-3 for key in ("guarantee_mbit", "ceiling_mbit")):
                    where = f"  {attachment['direction']} of {attachment['device']} on {host}"
                    before.setdefault(one["slice"], []).append(f"{where}: {_rates(was)}")
                    after.setdefault(one["slice"], []).append(f"{where}: {_rates(one)}")
    lines = {"before": [], "after": []}
    for entry in plan["slices"]:
        name = entry["name"]
        if name in before:
            lines["before"] += [f"slice {name}: {_count(entry['vms']['present'])}", *before[name]]
            lines["after"] += [f"slice {name}: {_count(entry['vms']['final'])}, {entry['binding']['why']}", *after[name]]
    return {
        "before": "".join(f"{line}\n" for line in lines["before"]), "after": "".join(f"{line}\n" for line in lines["after"]),
        "before_header": "slices on the hosts", "after_header": f"plan {plan['id']} of {plan['as_of']}",
    }


def shortened(diff: dict, most: int) -> dict:
    """The diff with whole lines cut from the end of its texts where together they have more than `most` characters."""
    return {**diff, **{side: _cut(diff[side], most // 2) for side in ("before", "after")}}


def _cut(text: str, most: int) -> str:
    if len(text) <= most:
        return text
    kept = text[:text.rfind("\n", 0, most) + 1]
    return f"{kept}... and {text.count(chr(10)) - kept.count(chr(10))} more lines\n"


def _count(vms: int) -> str:
    return f"{vms} VM" if vms == 1 else f"{vms} VMs"


def _was(record: dict | None) -> str:
    if record is None:
        return "absent"
    return record["lifecycle"] if record["running"] or record["lifecycle"] == "quarantined" else f"{record['lifecycle']}, not running"


def _rates(one: dict | None) -> str:
    return "no class" if one is None else f"{one['guarantee_mbit']:g} to {one['ceiling_mbit']:g} Mbit/s"
