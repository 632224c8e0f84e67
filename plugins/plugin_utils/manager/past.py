# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the VMs of a slice tell of its last hours: which began to serve, which were given up, and when."""
from __future__ import annotations

from functools import cached_property

from ..instants import parse_instant
from .view import COUNTED, POOLED

#: lifecycles of a VM that was given up
GONE = frozenset(("draining", "stopping", "quarantined"))
#: reason of a VM of the warm pool that came from service
RETURNED = "returned"


class Past:
    """Changes of one slice before as_of, read from the records of its VMs: no other ledger is kept, so that a pass can be replayed.

    records: the `vms` of the host states that belong to the slice. A VM that was healed or taken back began anew, and counts as
    added, as does one that was taken from the warm pool. One that was given up is known until its quarantine ends, or while it is in the
    pool. The address of a conflict was never given up.
    """

    def __init__(self, as_of: int, records: list[dict]) -> None:
        self.as_of, self._records = as_of, records
        self.present = sum(1 for record in records if record["lifecycle"] in COUNTED)

    def added(self, seconds: int) -> int:
        """VMs that began to serve, or to be made, in the last `seconds`."""
        return sum(1 for at in self._added if at > self.as_of - seconds)

    def removed(self, seconds: int) -> int:
        """VMs that were given up in the last `seconds`."""
        return sum(1 for at in self._removed if at > self.as_of - seconds)

    @cached_property
    def _added(self) -> list[int]:
        return _instants(record for record in self._records if record["lifecycle"] in COUNTED)

    @cached_property
    def _removed(self) -> list[int]:
        return _instants(record for record in self._records if _given_up(record))


def _given_up(record: dict) -> bool:
    if record["lifecycle"] in POOLED:
        return record.get("reason") == RETURNED
    return record["lifecycle"] in GONE and record.get("reason") != "conflict"


def _instants(records) -> list[int]:
    return [parse_instant(record["since"]) for record in records if record.get("since")]
