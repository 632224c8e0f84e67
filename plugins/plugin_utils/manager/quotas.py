# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Quotas and shares of a slice, in whole VMs: what is dedicated to it, what it is promised, what it may have at most.

The percentages are the ratios of an RRM policy of 3GPP TS 28.541 (dedicated, min, max), here of what all hosts have for slices.
"""
from __future__ import annotations

import math

from ..errors import InvalidInput

#: resource of a quota -> (key of `vm` that takes it, unit)
RESOURCES = {"vcpus": ("vcpus", "vCPUs"), "memory": ("memory_mib", "MiB")}
DUST = 1e-9


class Quota:
    """Counts of VMs: `dedicated` are kept free for the slice, `least` are promised to it, more than `most` (None: no limit) it never gets, and `why`."""

    __slots__ = ("dedicated", "least", "most", "why")

    def __init__(self, dedicated: int = 0, least: int = 0, most: int | None = None, why: str = "") -> None:
        self.dedicated, self.least, self.most, self.why = dedicated, least, most, why


#: of a slice that names none
OPEN = Quota()
_OPEN_KEYS = {"most": None, "dedicated_percent": 0, "min_percent": None, "max_percent": 100}


def quota_of(slice_: dict | None, total: dict[str, float], kept: int = 0, taken: tuple[int, int, int] = (0, 0, 0)) -> Quota:
    """The quota of a slice; total: {resource: what all hosts have for slices}. kept: VMs that a share of a total that fell does not take away.

    taken: (VMs that it has, vCPUs and MiB that they take together). What they take beyond their size leaves room for fewer more, and takes none of them away.

    A share holds as many whole VMs as it has room for of each resource that it names; resources of which it names no share do not count.
    """
    if slice_ is None or all(slice_["quota"][resource] == _OPEN_KEYS for resource in RESOURCES):
        return OPEN
    shares: dict[str, list[int]] = {"dedicated_percent": [], "min_percent": []}
    limits = []
    for (resource, (key, unit)), used in zip(RESOURCES.items(), taken[1:]):
        quota, have, need = slice_["quota"][resource], total[resource], (slice_["vm"][key], taken[0], used)
        for name, counts in shares.items():
            if _percent(quota, name):
                counts.append(_whole(_percent(quota, name) / 100.0 * have, need))
        if quota["most"] is not None:
            limits.append((_whole(quota["most"], need), f"quota.{resource}.most is {quota['most']:g} {unit}"))
        if quota["max_percent"] < 100:
            share = quota["max_percent"] / 100.0 * have
            limits.append((max(_whole(share, need), kept), f"quota.{resource}.max_percent is {quota['max_percent']:g}, {share:.0f} {unit} of {have:.0f}"))
    most, why = min(limits, default=(None, ""))
    return Quota(*(min(counts, default=0) for counts in shares.values()), most, why)


def _whole(amount: float, need: tuple[int, int, int]) -> int:
    """How many VMs an amount is enough for; need: (what one takes, how many there are, what these take)."""
    each, there, used = need
    return min(math.floor(amount / each + DUST), there + max(0, math.floor((amount - used) / each + DUST)))


def _percent(quota: dict, name: str) -> float:
    """A share; that of min is the dedicated one where it is not given."""
    value = quota[name]
    return quota["dedicated_percent"] if value is None else value


def check_quota(slice_: dict, path: str) -> None:
    """Raise InvalidInput where keys of a slice's own quota contradict each other, or its scaling.min."""
    for resource, (key, unit) in RESOURCES.items():
        quota, at = slice_["quota"][resource], f"{path}.quota.{resource}"
        least, dedicated, most = _percent(quota, "min_percent"), quota["dedicated_percent"], quota["max_percent"]
        if least < dedicated:
            raise InvalidInput(f"{at}.min_percent: {least:g} is less than dedicated_percent, {dedicated:g}. What is dedicated is promised too.")
        if least > most:
            name = "min_percent" if quota["min_percent"] is not None else "dedicated_percent"
            raise InvalidInput(f"{at}.max_percent: {most:g} is less than {name}, {least:g}.")
        need = slice_["scaling"]["min"] * slice_["vm"][key]
        if quota["most"] is not None and quota["most"] < need:
            raise InvalidInput(
                f"{at}.most: {quota['most']:g} {unit} are less than the {need:g} {unit} of scaling.min, {slice_['scaling']['min']} VMs of "
                f"{slice_['vm'][key]}. Raise most, or lower min."
            )


def check_shares(slices: list[dict], root: str) -> None:
    """Raise InvalidInput where the shares that are promised to all slices together are more than there is."""
    for resource in RESOURCES:
        for name in ("dedicated_percent", "min_percent"):
            total, holders = 0.0, []
            order = sorted(range(len(slices)), key=lambda index: (-slices[index]["priority"], slices[index]["name"]))
            for index in order:
                share = _percent(slices[index]["quota"][resource], name)
                if not share or slices[index]["state"] == "absent":
                    continue
                total += share
                holders.append(f"{slices[index]['name']} {share:g}")
                if total > 100 + DUST:
                    raise InvalidInput(
                        f"{root}[{index}].quota.{resource}.{name}: {share:g} for {slices[index]['name']} makes the sum of all slices {total:g} %, more than "
                        f"there is ({', '.join(holders[:5])}{' and others' if holders[5:] else ''}). Lower one of them."
                    )
