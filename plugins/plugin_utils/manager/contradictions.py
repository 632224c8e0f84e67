# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Rules that contradict the hosts there are: refused before anything changes, with both sides named."""
from __future__ import annotations

from ..errors import InvalidInput
from .admission import total_capacity, usable
from .quotas import RESOURCES, quota_of
from .slice_keys import ENFORCED
from .view import View

ROOT = "netslice_slices"


def check_hosts(slices: list[dict], view: View, reserve_hosts: int = 0) -> None:
    """Raise InvalidInput where a slice that is enforced can never be what it asks for on the hosts of the roster.

    Asked only where every host answered: nobody knows the size of the others, and what is left after a loss has to be healed, be it too little.
    A host that takes no new VM for now counts, since it will again.
    """
    if reserve_hosts and len(view.position) < 2:
        raise InvalidInput("reserve_hosts: 1 keeps room for the loss of a host, but the roster has no second one. Set it to 0, or add a host.")
    if view.unknown or view.lost or not view.hosts:
        return
    sizes = {host: usable(state) for host, state in view.states.items()}
    total = total_capacity(view)
    for index, slice_ in enumerate(slices):
        if slice_["scaling"]["mode"] not in ENFORCED or slice_["state"] == "absent":
            continue
        _check_size(slice_, f"{ROOT}[{index}]", sizes)
        _check_spread(slice_, f"{ROOT}[{index}]", view)
        quota = quota_of(slice_, total)
        if quota.most is not None and quota.most < slice_["scaling"]["min"]:
            raise InvalidInput(
                f"{ROOT}[{index}].scaling.min: {slice_['scaling']['min']} is more than the {quota.most} VMs that the quota of {slice_['name']} allows "
                f"({quota.why}). Raise the quota, or lower min."
            )


def _check_spread(slice_: dict, path: str, view: View) -> None:
    """A slice that needs more hosts, or failure domains, than there are."""
    rules, scaling = slice_["placement"], slice_["scaling"]
    if not rules["hard"] or rules["spread"] == "none":
        return
    places = {rules["spread"] == "domain" and state.get("failure_domain") or f"host {host}" for host, state in view.states.items()}
    floors = [(one["floor"] or 0, f"the floor of schedule {one['name']}") for one in scaling["schedules"]]
    need, key = max([(scaling["min"], "scaling.min"), *floors])
    if need > len(places):
        kind = "failure domain" if rules["spread"] == "domain" else "host"
        raise InvalidInput(
            f"{path}.placement.hard: at most one VM of {slice_['name']} a {kind} makes {len(places)} VMs at most, but {key} is {need}. "
            f"Add a {kind}, lower the count, or set placement.hard to false."
        )


def _check_size(slice_: dict, path: str, sizes: dict) -> None:
    """A VM that is larger than every host, empty as it may be."""
    vm = slice_["vm"]
    if any(memory >= vm["memory_mib"] and vcpus >= vm["vcpus"] for vcpus, memory in sizes.values()):
        return
    for position, (key, unit) in enumerate(RESOURCES.values()):
        best = max(sizes, key=lambda host: (sizes[host][position], host))
        if sizes[best][position] < vm[key]:
            raise InvalidInput(
                f"{path}.vm.{key}: {vm[key]} {unit} of {slice_['name']} are more than any host has for slices, at most {sizes[best][position]:g} "
                f"on {best}. Lower vm.{key}, or add a host."
            )
    raise InvalidInput(
        f"{path}.vm: no host has both {vm['vcpus']} vCPUs and {vm['memory_mib']} MiB for a VM of {slice_['name']}, even when it is empty. "
        f"Lower vm.vcpus or vm.memory_mib, or add a host."
    )
