# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Guarantees and ceilings: what each slice gets of each link of each host."""
from __future__ import annotations

import math

from .demand import Readings

DIRECTIONS = ("egress", "ingress")
#: a guarantee in force is kept while it is large enough and at most this many times what is needed
TOO_LARGE = 1.2
#: room between numbers that are written as the same rate
DUST = 1e-6


def on_grid(rate_mbit: float) -> float:
    """Rate rounded up to 0.5 below 10 Mbit/s, 1 below 100, 5 below 1000, then 50: small changes of a forecast change nothing."""
    step = 0.5 if rate_mbit <= 10 else 1.0 if rate_mbit <= 100 else 5.0 if rate_mbit <= 1000 else 50.0
    return round(math.ceil(rate_mbit / step - 1e-9) * step, 3)


def default_rate(link_mbit: float) -> float:
    """Floor of the class of everything that is no slice: 1 % of the link, at least 1 Mbit/s, at most a tenth."""
    return round(min(max(1.0, link_mbit / 100.0), link_mbit / 10.0), 3)


class Need:
    """What one slice needs of the links in one direction, over all hosts; `rate` is None where what is enforced is held.

    hold: a host did not answer, so that nobody knows the slice's VMs on it and its part of the whole.
    """

    __slots__ = ("rate", "minimum", "ceiling", "vip_ceiling", "explicit")

    def __init__(self, slice_: dict, readings: Readings, direction: str, hold: bool = False) -> None:
        shape = slice_["network"][direction]
        self.minimum = float(shape["minimum_mbit"])
        self.ceiling, self.vip_ceiling = shape["ceiling_mbit"], shape["vip_ceiling_mbit"]
        self.explicit = shape["guarantee_mbit"] is not None and not hold
        if self.explicit:
            self.rate = float(shape["guarantee_mbit"])
        elif hold:
            self.rate = None
        else:
            reading = readings.of(direction)
            self.rate = None if reading.silent else max(reading.act, reading.last) * shape["headroom"]


class Claim:
    """The class of one slice on one attachment, while it is being settled."""

    __slots__ = ("name", "minor", "rank", "required", "minimum", "guarantee", "ceiling", "vip_ceiling", "present", "vips", "short", "range6")

    def __init__(self, name, minor, rank, required, minimum, guarantee, ceiling, vip_ceiling, present, vips):
        self.name, self.minor, self.rank = name, minor, rank
        self.required, self.minimum, self.guarantee, self.ceiling, self.vip_ceiling = required, minimum, guarantee, ceiling, vip_ceiling
        self.present, self.vips, self.short = present, vips, 0.0
        self.range6: str | None = None  # of its network on the host, where it has one

    def entry(self) -> dict:
        """The class as a share states it."""
        return {
            "slice": self.name, "minor": self.minor, "guarantee_mbit": self.guarantee, "ceiling_mbit": self.ceiling,
            "vip_ceiling_mbit": self.vip_ceiling, "vips": self.vips,
            **({"range6": self.range6} if self.range6 else {}),
        }

    def differs(self) -> bool:
        """Whether the host enforces anything else."""
        if self.present is None or (self.present[2] is None) != (self.vip_ceiling is None):
            return True
        wanted = (self.guarantee, self.ceiling, self.vip_ceiling)
        return any(abs(have - want) > 1e-3 for have, want in zip(self.present, wanted) if want is not None)


def claim(name: str, minor: int, rank, need: Need | None, share: float, link_mbit: float, present, vips) -> Claim | None:
    """The class a slice claims of a link.

    need: None where the slice is held as it is (then present None means there is no class and None is returned).
    share: the host's part of the slice's VMs, 0..1. present: (guarantee, ceiling, ceiling of a VIP or None) in force in Mbit/s, or None.
    """
    if need is None:
        return Claim(name, minor, rank, None, 0.0, *present, present, vips) if present else None
    ceiling = link_mbit if need.ceiling is None else min(float(need.ceiling), link_mbit)
    most = min(ceiling, link_mbit)
    minimum = min(need.minimum, most)
    if need.rate is None:
        required = max(minimum, present[0]) if present else minimum
    else:
        required = max(need.rate * share, minimum)
    exact = need.explicit or need.rate is None
    required = min(round(required, 3) if exact else on_grid(required), most)
    guarantee = required
    if present and not exact and required - DUST <= present[0] <= min(required * TOO_LARGE + DUST, most):
        guarantee = present[0]
    # A VIP that may use all that its slice may needs no class of its own.
    vip_ceiling = None if need.vip_ceiling is None or need.vip_ceiling >= ceiling else round(float(need.vip_ceiling), 3)
    return Claim(name, minor, rank, required, minimum, round(guarantee, 3), round(ceiling, 3), vip_ceiling, present, vips)


def admit(claims: list[Claim], link_mbit: float) -> None:
    """Make the guarantees and the default class fit the link: first every minimum, then by rank what remains.

    HTB itself admits anything: children whose rates exceed their parent's are all served beyond it.
    """
    room = link_mbit - default_rate(link_mbit)
    if sum(claim_.guarantee for claim_ in claims) <= room + DUST:
        return
    for claim_ in claims:
        if claim_.required is not None:
            claim_.guarantee = claim_.required
    if sum(claim_.guarantee for claim_ in claims) <= room + DUST:
        return
    flexible = [claim_ for claim_ in claims if claim_.required is not None]
    room = max(0.0, room - sum(claim_.guarantee for claim_ in claims if claim_.required is None))
    minimums = sum(claim_.minimum for claim_ in flexible)
    factor = min(1.0, room / minimums) if minimums else 1.0
    room -= minimums * factor
    for claim_ in sorted(flexible, key=lambda claim_: claim_.rank):
        extra = min(claim_.required - claim_.minimum, room)
        room -= extra
        granted = claim_.minimum * factor + extra
        # What is granted in full is granted to the digit: rounded, it would be another rate than the next pass finds right.
        claim_.guarantee = claim_.required if granted >= claim_.required - DUST else max(0.01, math.floor(granted * 100 + 1e-6) / 100)
        claim_.short = max(0.0, round(claim_.required - claim_.guarantee, 2))
