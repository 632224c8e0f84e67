# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A plan as before and after, in a few words: one line a changed slice, with its networks and shares of links, and one a changed VM."""
from __future__ import annotations

from ...module_utils.pool.bridged import is_bridged, parts
from .shaping import DIRECTIONS
from .wish import vms

_CHANGES = ("create", "start", "heal", "restore", "resize", "warm", "return", "drain", "release", "forget")
RATES = ("guarantee_mbit", "ceiling_mbit", "vip_ceiling_mbit")
#: hosts that a line names at most
_NAMED = 3


class _Change:
    """What changes of one slice, before and after: words of its own line, and a line for each VM."""

    def __init__(self) -> None:
        self.words: tuple[list, list] = ([], [])
        self.vms: tuple[list, list] = ([], [])

    def lines(self, side: int, first: str, last: str) -> list[str]:
        """Lines of one side; the first one tells the count, the words, and at last why."""
        return [", ".join([first, *self.words[side]]) + last, *self.vms[side]]


def difference(plan: dict, states: dict[str, dict]) -> dict:
    """{before, after, before_header, after_header} of a whole plan; texts are empty where nothing changes."""
    changes: dict[str, _Change] = {}
    _networks(plan, states, changes)
    _links(plan, states, changes)
    _vms(plan, states, changes)
    before, after = [], []
    for entry in plan["slices"]:
        change, name = changes.get(entry["name"]), f"slice {entry['name']}"
        if change:
            before += change.lines(0, f"{name}: {vms(entry['vms']['present'])}", "")
            after += change.lines(1, f"{name}: {vms(entry['vms']['final'])}", f"; {entry['binding']['why']}")
    return {
        "before": "".join(f"{line}\n" for line in before), "after": "".join(f"{line}\n" for line in after),
        "before_header": "slices on the hosts", "after_header": f"plan {plan['id']} of {plan['as_of']}",
    }


def _vms(plan: dict, states: dict, changes: dict) -> None:
    """A line for each VM that something is done to."""
    found = {(host, vm["name"]): vm for host, state in states.items() for vm in state["vms"]}
    for host, share in plan["hosts"].items():
        for vm in share["vms"]:
            hooks = "".join(f", hook {hook['name']}" for hook in vm.get("hooks", ()))
            if vm["action"] in _CHANGES or hooks:
                where, until = f"  {vm['name']} on {host}", f" until {vm['until']}" if vm["until"] else ""
                lines = changes.setdefault(vm["slice"], _Change()).vms
                was = found.get((host, vm["name"]))
                sizes = [f", {one['vcpus']} vCPU and {one['memory_mib']} MiB" if vm["action"] == "resize" else "" for one in (was or vm, vm)]
                lines[0].append(f"{where}: {_was(was)}{sizes[0]}")
                lines[1].append(f"{where}: {vm['want']}{until}{sizes[1]} ({vm['action']}{hooks})")


def _networks(plan: dict, states: dict, changes: dict) -> None:
    """Words on networks that are made, changed or removed; hosts with the same words are named together."""
    told: dict[str, dict[tuple, list]] = {}
    for host, share in plan["hosts"].items():
        present = {network["slice"]: network for network in states[host]["networks"]}
        for network in share["networks"]:
            was = present.get(network["slice"])
            if was is None or network["want"] == "absent" or not was.get("active", True) or any(
                    was.get(key) != network.get(key) for key in ("mode", "mtu", "dscp", "overlay")) or parts(was) != parts(network):
                kind = f" ({_settings(network)})"
                words = ("network" if was else "no network", "no network" if network["want"] == "absent" else "network", kind)
                told.setdefault(network["slice"], {}).setdefault(words, []).append(host)
    for name, groups in told.items():
        sides = changes.setdefault(name, _Change()).words
        for (before, after, kind), hosts in groups.items():
            where = ", ".join(hosts[:_NAMED]) + (f" and {len(hosts) - _NAMED} more" if len(hosts) > _NAMED else "")
            sides[0].append(f"{before} on {where}")
            sides[1].append(f"{after} on {where}{kind if after == 'network' else ''}")


def _settings(network: dict) -> str:
    overlay = network.get("overlay")
    joined = f", vxlan {overlay['vni']} with {len(overlay['peers'])} other host{'s' * (len(overlay['peers']) != 1)}" if overlay else ""
    at = f" on {network['bridge']}" if is_bridged(network) else ""
    return f"{network['mode']}{at}, mtu {network['mtu']}" + (f", dscp {network['dscp']}" if network.get("dscp") else "") + joined


def _links(plan: dict, states: dict, changes: dict) -> None:
    """Words on the shares of links, each direction summed over all links, where any of them changes."""
    shaped = {
        (host, entry["device"], entry["direction"], one["minor"]): one
        for host, state in states.items() for entry in state.get("attachments") or [] for one in entry.get("classes") or []
    }
    sums: dict[tuple[str, str], list] = {}
    changed = set()
    for host, share in plan["hosts"].items():
        for attachment in share["attachments"]:
            for one in attachment["classes"]:
                was = shaped.get((host, attachment["device"], attachment["direction"], one["minor"]))
                pairs = sums.setdefault((one["slice"], attachment["direction"]), [])
                pairs.append((was, one))
                if was is None or any(abs((was.get(key) or 0) - (one[key] or 0)) > 1e-3 for key in RATES):
                    changed.add((one["slice"], attachment["direction"]))
    for name, direction in sorted(changed, key=lambda key: (key[0], DIRECTIONS.index(key[1]))):
        sides = changes.setdefault(name, _Change()).words
        for side in (0, 1):
            sides[side].append(_rates(direction, [pair[side] for pair in sums[name, direction] if pair[side]]))


def shortened(diff: dict, most: int) -> dict:
    """The diff with whole lines cut from the end of its texts where together they have more than `most` characters."""
    return {**diff, **{side: _cut(diff[side], most // 2) for side in ("before", "after")}}


def _cut(text: str, most: int) -> str:
    if len(text) <= most:
        return text
    kept = text[:text.rfind("\n", 0, most) + 1]
    return f"{kept}... and {text.count(chr(10)) - kept.count(chr(10))} more lines\n"


def _was(record: dict | None) -> str:
    if record is None:
        return "absent"
    return record["lifecycle"] if record["running"] or record["lifecycle"] in ("quarantined", "warm") else f"{record['lifecycle']}, not running"


def _rates(direction: str, classes: list) -> str:
    if not classes:
        return f"no {direction}"
    guarantee, ceiling = (sum(one[key] for one in classes) for key in ("guarantee_mbit", "ceiling_mbit"))
    vip_ceiling = max(one.get("vip_ceiling_mbit") or 0 for one in classes)
    return f"{direction} {guarantee:g} to {ceiling:g} Mbit/s" + (f", {vip_ceiling:g} a VIP" if vip_ceiling else "")
