# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The attachments a user asks for, held to what a link can carry; pure."""
from __future__ import annotations

import re
import socket
from typing import Dict, List

from ..errors import HostError
from ..pool.names import range6_network
from .tree import MINORS, MOST_CAPPED

DEVICE = re.compile(r"[A-Za-z0-9_.:@-]{1,15}")  # a blank, a quote or # would break a line of a batch
SLACK = 1e-6  # of a sum of decimal fractions


def check(attachments: List[dict]) -> None:
    """Raise HostError for the first demand that cannot be met: before anything is read or changed."""
    seen = set()
    for row in attachments:
        where = f"{row['direction']} of {row['device']}"
        if not DEVICE.fullmatch(row["device"]):
            raise HostError(f"Cannot shape {where}: {row['device']!r} is no name of a device. Give the name `ip link` shows.")
        if (row["device"], row["direction"]) in seen:
            raise HostError(f"Cannot shape {where}: it stands twice in attachments. Join the two.")
        seen.add((row["device"], row["direction"]))
        _check_bridges(where, row)
        _check_rates(where, row)
        _check_classes(where, row)


def _check_bridges(where: str, row: dict) -> None:
    bridges = row.get("bridges") or []
    wrong = [bridge for bridge in bridges if not DEVICE.fullmatch(bridge)]
    if wrong:
        raise HostError(f"Cannot shape {where}: {wrong[0]!r}, of its bridges, is no name of a device. Give the names `ip link` shows.")
    if bridges and row["direction"] == "egress":
        raise HostError(f"Cannot shape {where}: what guests send is taken from the device itself, not from bridges. Leave bridges out.")


def _check_rates(where: str, row: dict) -> None:
    for key in ("rate_mbit", "default_mbit"):
        if not row[key] > 0:
            raise HostError(f"Cannot shape {where}: {key} is {row[key]:g}. Give a rate above 0.")
    guaranteed = sum(one["guarantee_mbit"] for one in row["classes"]) + row["default_mbit"]
    if guaranteed > row["rate_mbit"] * (1 + SLACK):
        raise HostError(
            f"Cannot shape {where}: its slices are guaranteed {guaranteed - row['default_mbit']:g} Mbit/s and other traffic "
            f"{row['default_mbit']:g} Mbit/s, together more than its rate of {row['rate_mbit']:g} Mbit/s. Lower the guarantees."
        )


def _check_classes(where: str, row: dict) -> None:
    minors: Dict[int, str] = {}
    owners: Dict[bytes, str] = {}
    for one in row["classes"]:
        name, minor = one["slice"], one["minor"]
        if minor not in MINORS:
            raise HostError(
                f"Cannot shape slice {name} at {where}: its minor {minor} lies outside {MINORS.start}..{MINORS.stop - 1}. Give the id of the slice."
            )
        if minor in minors:
            raise HostError(f"Cannot shape slice {name} at {where}: slice {minors[minor]} has the minor {minor} too. Give each its own.")
        minors[minor] = name
        _check_class(where, row["rate_mbit"], one)
        _check_vips(where, one, owners)
    capped = sum(len(one["vips"]) for one in row["classes"] if one.get("vip_ceiling_mbit"))
    if capped > MOST_CAPPED:
        raise HostError(
            f"Cannot shape {where}: {capped} VIPs shall have ceilings of their own, and {MOST_CAPPED} can. "
            f"Drop vip_ceiling_mbit of slices with many VIPs on this host."
        )


def _check_class(where: str, link: float, one: dict) -> None:
    name, guarantee, ceiling = one["slice"], one["guarantee_mbit"], one["ceiling_mbit"]
    if not guarantee > 0:
        raise HostError(f"Cannot shape slice {name} at {where}: its guarantee is {guarantee:g} Mbit/s. Give one above 0.")
    if ceiling < guarantee:
        raise HostError(
            f"Cannot shape slice {name} at {where}: its ceiling of {ceiling:g} Mbit/s lies below its guarantee of {guarantee:g} Mbit/s. "
            f"Raise the ceiling or lower the guarantee."
        )
    if ceiling > link * (1 + SLACK):
        raise HostError(
            f"Cannot shape slice {name} at {where}: its ceiling of {ceiling:g} Mbit/s is above the rate of {link:g} Mbit/s. Lower the ceiling."
        )
    cap = one.get("vip_ceiling_mbit")
    if cap is not None and not 0 < cap <= ceiling * (1 + SLACK):
        raise HostError(
            f"Cannot shape slice {name} at {where}: the ceiling of {cap:g} Mbit/s for each VIP is not between 0 and the ceiling of the slice, "
            f"{ceiling:g} Mbit/s. Correct vip_ceiling_mbit, or leave it out."
        )


def _check_vips(where: str, one: dict, owners: Dict[bytes, str]) -> None:
    name = one["slice"]
    if one.get("range6"):
        try:
            range6_network(one["range6"])
        except ValueError as exc:
            raise HostError(f"Cannot shape slice {name} at {where}: its range6 {exc}. Write it like fd00:90:2::/64.") from None
    for vip in one["vips"]:
        try:
            packed = socket.inet_pton(socket.AF_INET, vip)
        except (OSError, ValueError):
            raise HostError(f"Cannot shape slice {name} at {where}: its VIP {vip!r} is no IPv4 address. Write it like 10.90.2.2.") from None
        owner = owners.setdefault(packed, name)
        if owner != name:
            raise HostError(f"Cannot shape slice {name} at {where}: its VIP {vip} belongs to slice {owner} too. Give it to one of them.")
