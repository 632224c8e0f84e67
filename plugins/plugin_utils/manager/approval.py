# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether a plan that was approved may still be applied: only where every host is as the plan found it."""
from __future__ import annotations

from collections.abc import Collection

from ..errors import NetsliceError

#: of a host that is not taken for lost any more, by what declared it
_NO_MORE = {"word": "{} is no more in netslice_lost_hosts", "evidence": "{} is no more lost by evidence"}
#: hosts, and VMs of a host, that a refusal names at most
NAMED = 5


def check_unchanged(plan: dict, states: dict[str, dict], roster: list[str], lost: Collection[str] = ()) -> None:
    """Raise NetsliceError, naming what changed, unless the same hosts answer and have the fingerprints that the plan was made from.

    plan: unpacked. states: {host: Host state} of the hosts that answer now. lost: hosts that are declared lost now.
    """
    changes = [*_roster(plan, roster, lost), *(text for host in sorted(plan["hosts"].keys() | states.keys()) for text in _host(plan, states, host))]
    if changes:
        more = f"; and {len(changes) - NAMED} more" if len(changes) > NAMED else ""
        raise NetsliceError(f"Cannot apply plan {plan['id']} of {plan['as_of']}: what it was made from has changed since. "
                            f"{'; '.join(changes[:NAMED])}{more}. Make a new plan, and have that approved.")


def _roster(plan: dict, roster: list[str], lost: Collection[str]) -> list[str]:
    """What changed of netslice_hypervisors, and which host is no more taken for lost."""
    before = plan["hosts"].keys() | set(plan["unknown_hosts"]) | {one["host"] for one in plan["lost_hosts"]}
    return [
        *(f"{host} is new in netslice_hypervisors" for host in sorted(set(roster) - before)),
        *(f"{host} is no more in netslice_hypervisors" for host in sorted(before - set(roster))),
        *(_NO_MORE[one["by"]].format(one["host"]) for one in plan["lost_hosts"] if one["host"] not in lost),
    ]


def _host(plan: dict, states: dict, host: str) -> list[str]:
    """What changed of one host."""
    share, state = plan["hosts"].get(host), states.get(host)
    if state is None:
        return [f"{host} does not answer any more"]
    if share is None:
        return [f"{host} did not answer then, and does now"]
    if state.get("fingerprint") == share["fingerprint"]:
        # Maintenance is a person's word, and no part of the fingerprint; a plan of that time would create nothing here.
        closed = state.get("maintenance", "none") != "none" and any(vm["action"] == "create" for vm in share["vms"])
        return [f"{host} is in maintenance now"] if closed else []
    then = {vm["name"] for vm in share["vms"] if vm["action"] != "create"}
    now = {vm["name"] for vm in state.get("vms") or []}
    found = [f"{_names(names)} {'is' if len(names) == 1 else 'are'} {word}" for names, word in ((then - now, "gone"), (now - then, "new")) if names]
    return [f"{host}: {' and '.join(found) or 'a VM or network is not as it was'}"]


def _names(names: set) -> str:
    told = sorted(names)
    return ", ".join(told[:NAMED]) + (f" and {len(told) - NAMED} more" if len(told) > NAMED else "")
