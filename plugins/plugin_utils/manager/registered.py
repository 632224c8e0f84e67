# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The host states that the hypervisors of a play registered in this pass."""
from __future__ import annotations

from .slices_file import plain


def registered_states(hypervisors: list[str], variable: str, task_vars: dict) -> dict[str, dict]:
    """{host: Host state} of the hosts that answered in this pass: those of the roster, and those of the play, which the planner
    refuses where they are not in it.

    Read raw from the host variables: templating the states of 100 hosts would cost seconds. A host that failed or became
    unreachable in this play did not answer, whatever an earlier pass of the same run registered for it.
    """
    playing = [str(host) for host in task_vars.get("ansible_play_hosts") or []]
    gone = set(asked_hosts(task_vars)) - set(playing)
    states = {}
    for host, found in registered(sorted({*hypervisors, *playing} - gone), variable, task_vars).items():
        if isinstance(found.get("state"), dict):
            states[host] = plain(f"state of {host}", found["state"])
    return states


def registered(hosts: list[str], variable: str, task_vars: dict) -> dict[str, dict]:
    """{host: what it registered under the variable}, of those where the task did not fail. The roster may name a host that the inventory lacks."""
    hostvars, results = task_vars["hostvars"], {}
    for host in hosts:
        found = hostvars.raw_get(host) if host in hostvars else None
        found = found.get(variable) if isinstance(found, dict) else None
        if isinstance(found, dict) and not found.get("failed"):
            results[host] = found
    return results


def asked_hosts(task_vars: dict) -> list[str]:
    """The hosts that this play began with, whether they answer or not."""
    return [str(host) for host in task_vars.get("ansible_play_hosts_all") or []]
