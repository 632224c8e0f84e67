# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What new VMs are placed on: the hosts, what they can carry, and where the other slices are."""
from __future__ import annotations

from dataclasses import dataclass

from .admission import Capacity
from .affinity import Neighbours, Rules


@dataclass(frozen=True)
class Ground:
    """position: {host: place in the roster}. vm_name: makes the name of a VM of its slice and VIP. lost: hosts whose VIPs are not given out."""

    position: dict[str, int]
    capacity: Capacity
    neighbours: Neighbours
    vm_name: object
    lost: tuple[str, ...] = ()

    def rules(self, one) -> Rules:
        """The rules of placement of a planned slice."""
        return self.neighbours.rules(one, self.capacity.domains)
