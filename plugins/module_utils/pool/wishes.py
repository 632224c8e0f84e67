# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What cannot be wished of a host: wishes that are none, and VMs that cannot be made there; pure."""
from __future__ import annotations

from ..errors import PoolError
from .bridged import lan_of
from .names import SLICE, vip_of, vm_name


def check(wanted):
    """Raise PoolError unless each of the elements `vms` of a share names a VM, once, by its slice and VIP, of a size and addresses that there can be."""
    names = [vm["name"] for vm in wanted]
    for vm in wanted:
        if not SLICE.fullmatch(vm["slice"]):
            raise PoolError(
                f"Cannot manage {vm['name']!r}: {vm['slice']!r} is no name of a slice. "
                f"Use at most 31 lower-case letters, digits and dashes, and begin with a letter."
            )
        try:
            derived = vm_name(vm["slice"], vm["vip"])
        except ValueError as exc:
            raise PoolError(f"Cannot manage {vm['name']}: its VIP {exc}. Write it like 10.90.2.4.") from exc
        if vm["name"] != derived:
            raise PoolError(f"Cannot manage {vm['name']}: slice {vm['slice']} and VIP {vm['vip']} name it {derived}. Correct its name.")
        _check_vip6(vm)
        _check_lan(vm)
        _check_size(vm)
    twice = sorted({name for name in names if names.count(name) > 1}) if len(set(names)) < len(names) else []
    if twice:
        raise PoolError(f"Cannot manage {twice[0]}: it is wanted more than once. Name each VM once.")


def impossible(changes, foreign):
    """[(name, why)] of the VMs that cannot become what is wanted of them; what is wanted of the others can be done. foreign: names of domains not ours."""
    found = []
    for change in changes:
        if change.name in foreign:
            found.append((change.name, f"Cannot create {change.name}: libvirt has a domain of this name without our metadata, or with that of another one. "
                                       "Rename or undefine that domain."))
        elif "define" in change.steps and not change.wanted.get("xml"):
            found.append((change.name, f"Cannot create {change.name}: there is no definition of its domain. Give its action as create, so that its template "
                                       "is rendered."))
    return found


def _check_vip6(vm):
    if not vm.get("vip6"):
        return
    try:
        beside = vip_of(vm["vip6"])
    except ValueError as exc:
        raise PoolError(f"Cannot manage {vm['name']}: its vip6 {exc}. Write it like fd00:90:2::a5a:204.") from exc
    if beside != vm["vip"]:
        raise PoolError(f"Cannot manage {vm['name']}: its vip6 {vm['vip6']} ends in {beside} and not in its VIP {vm['vip']}. Give it as a plan does.")


def _check_lan(vm):
    if not vm.get("lan"):
        return
    subject = f"Cannot manage {vm['name']}"
    lan_of(subject, vm["lan"])
    if not 68 <= vm["lan"]["mtu"] <= 65535:
        raise PoolError(f"{subject}: mtu {vm['lan']['mtu']} of its lan is outside 68..65535. Use that of the bridge, 1500 on most.")


def _check_size(vm):
    for key in ("vcpus", "memory_mib"):
        if vm.get(key) is not None and vm[key] < 1:
            raise PoolError(f"Cannot manage {vm['name']}: its {key} is {vm[key]}. Give it at least 1.")
