# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The VMs of slices as hosts of an inventory: from decision records, or from the hypervisors themselves."""
from __future__ import annotations

import re

from ..module_utils.errors import PoolError
from ..module_utils.pool import domains
from ..module_utils.pool.connection import Connection
from ..module_utils.pool.names import vm_name
from .errors import NetsliceError, TelemetryError
from .telemetry.records import DECISION

COMMON = "netslice_vms"
#: variable of a VM -> begin of the name of its group
GROUPS = {"netslice_slice": "netslice_slice_", "netslice_hypervisor": "netslice_hypervisor_", "netslice_vm_state": "netslice_vm_",
          "netslice_mode": "netslice_mode_"}


def vms_of_records(records: dict[str, dict]) -> tuple[list[dict], dict[str, int]]:
    """VMs, {name, variables}, by slice and VIP, of decision records {slice: record}; and {slice: VMs that a record too long for all left out}.

    Raises TelemetryError where one is no record of a pass: hosts are rather not renewed than lost.
    """
    vms, left_out = [], {}
    for name, record in sorted(records.items()):
        try:
            of_slice, lacking = _of_record(name, record)
        except (KeyError, TypeError, AttributeError, ValueError) as exc:
            raise TelemetryError(f"Cannot read the decision about slice {name} of {record['as_of']}: {type(exc).__name__} {exc}. "
                                 f"Write {DECISION} with slice_decision alone.") from exc
        vms += of_slice
        if lacking:
            left_out[name] = lacking
    return vms, left_out


def _of_record(name: str, record: dict) -> tuple[list[dict], int]:
    """(the VMs of one record, how many it left out)."""
    of_slice = {"netslice_slice_state": record["state"], "netslice_mode": record["mode"], "netslice_as_of": record["as_of"]}
    found = [(host, state, vip) for host, states in (record.get("placed") or {}).items() for state, vips in states.items() for vip in vips]
    vms = [_vm(name, vip, host, state, of_slice) for host, state, vip in sorted(found, key=lambda one: _place(one[2]))]
    serving = (record.get("vms") or {}).get("final") or 0
    lacking = serving - sum(1 for _host, state, _vip in found if state == "active")
    return vms, lacking if lacking > 0 and len(record.get("vips") or ()) < serving else 0


def vms_of_hypervisors(uris: dict[str, str], names: list[str] | None) -> list[dict]:
    """The same VMs as libvirt has them: {hypervisor: URI} is asked, for the slices named, None for all. Raises NetsliceError."""
    vms = []
    for host, uri in sorted(uris.items()):
        try:
            with Connection(uri, read_only=True) as connection:
                machines, _foreign = domains.read(connection)
        except PoolError as exc:
            raise NetsliceError(f"Cannot ask hypervisor {host}: {exc}") from exc
        found = [machine.record for machine in machines if names is None or machine.record.slice in names]
        vms += [_vm(record.slice, record.vip, host, record.lifecycle, {}) for record in found]
    return sorted(vms, key=lambda vm: (vm["variables"]["netslice_slice"], _place(vm["variables"]["netslice_vip"])))


def groups_of(variables: dict) -> list[str]:
    """Names of the groups of a VM with these variables."""
    return [COMMON] + [re.sub(r"\W", "_", f"{begin}{variables[name]}") for name, begin in GROUPS.items() if name in variables]


def _vm(name: str, vip: str, host: str, state: str, of_slice: dict) -> dict:
    return {"name": vm_name(name, vip), "variables": {
        "ansible_host": vip, "netslice_slice": name, "netslice_vip": vip, "netslice_hypervisor": host, "netslice_vm_state": state, **of_slice}}


def _place(vip: str) -> list[int]:
    return [int(part) for part in vip.split(".")]
