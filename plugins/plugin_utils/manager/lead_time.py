# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How long a VM takes from the decision to serving: as written, or learned from the slice's own boots."""
from __future__ import annotations

import math

#: what `auto` is where no boot of the slice is known
DEFAULT = 300
#: boots of a slice that count, the latest first
BOOTS = 20
#: share of them that shall have been in time
IN_TIME = 0.95
LONGEST = 86400
#: boot_from of a VM that was booted out of the warm pool
WARM = "warm"


def seconds_of(scaling: dict) -> int:
    """The lead time of a slice, also where nobody has seen its hosts."""
    lead = scaling["lead_time_seconds"]
    return DEFAULT if lead == "auto" else lead


def learned(slices: list[dict], states: dict[str, dict]) -> list[dict]:
    """The slices, with lead times in place of `auto`; the others are returned as they are.

    A lead time is the 0.95 quantile of the boot_seconds of the slice's VMs that began last, and the interval of the passes, in which
    the verification of a VM may fall. Boots of warm VMs do not count: what the pool lacks is cloned. states: {host: Host state}.
    """
    waiting = {one["name"] for one in slices if one["scaling"]["lead_time_seconds"] == "auto"}
    if not waiting:
        return slices
    boots: dict[str, list] = {name: [] for name in waiting}
    for state in states.values():
        for vm in state.get("vms") or []:
            if vm["slice"] in waiting and vm.get("boot_seconds") is not None and vm.get("boot_from") != WARM:
                boots[vm["slice"]].append(_boot(vm))
    return [{**one, "scaling": {**one["scaling"], "lead_time_seconds": _lead(one, boots[one["name"]])}} if one["name"] in waiting else one for one in slices]


def warm_seconds(slice_: dict, records: list[dict]) -> int | None:
    """How long a VM of the warm pool takes to serve, learned from the boots out of it; of a parked one the interval; None where no boot is known."""
    if slice_["scaling"]["warm"]["state"] == "parked":
        return slice_["scaling"]["interval_seconds"]
    boots = [_boot(record) for record in records if record.get("boot_from") == WARM and record.get("boot_seconds") is not None]
    return _lead(slice_, boots) if boots else None


def _boot(record: dict) -> tuple:
    return record.get("since") or "", record["vip"], record["boot_seconds"]


def _lead(slice_: dict, boots: list) -> int:
    if not boots:
        return DEFAULT
    recent = sorted(seconds for _since, _vip, seconds in sorted(boots, reverse=True)[:BOOTS])
    slow = recent[math.ceil(IN_TIME * len(recent)) - 1]
    return min(LONGEST, math.ceil(slow) + slice_["scaling"]["interval_seconds"])
