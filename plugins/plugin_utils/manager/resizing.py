# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""VMs that run with another size than their slice says, and whose definitions have room: which are resized while they run, and which must be replaced."""
from __future__ import annotations

from collections.abc import Collection

from ...module_utils.pool.resize import BEGUN
from ..errors import InvalidInput
from . import ipv4
from .healing import listed, serves
from .maintenance import CLOSED, closed, movable
from .view import COUNTED, held
from .wish import vms

SIZE = ("vcpus", "memory_mib")


class Resizing:
    """The VMs of a slice that are resized.

    wanted: names of those that may be given the size of the slice while they run, the first first. begun: of those that are on their way there.
    stuck: {name: why its guest has not the size that it was given}. left: names of those that are not resized in this pass, `why` saying what is in the way.
    """

    def __init__(self, slice_: dict | None, records: list[tuple[str, dict]], definition: str | None, as_of: int) -> None:
        """slice_: None where nothing of it is resized. definition: digest of what a VM of it is made from now, in which room counts in place of size."""
        self.slice, self.wanted, self.begun, self.stuck, self.left = slice_, [], frozenset(), {}, []
        self.unproven: list[str] = []  # names of VMs that have the size of the slice and do not serve
        self.why: str | None = None
        self.closed = closed(slice_, as_of)
        if not movable(slice_) or not roomy(slice_["vm"]):
            return
        alike = [record for _host, record in records if record["lifecycle"] in COUNTED and record.get("template") == definition]
        begun = [record for record in alike if record.get("resize") == BEGUN and record["running"]]
        self.begun = frozenset(record["name"] for record in begun)
        other = [record for record in alike if record["name"] not in self.begun and differs(slice_, record)]
        ready = [record for record in other if serves(slice_, record, as_of)]
        self.wanted = [record["name"] for some in (begun, ready) for record in sorted(some, key=_age)]
        same = [record for record in alike if record["name"] not in self.begun and not differs(slice_, record)]
        self.stuck = {record["name"]: record["resize"] for record in same if record.get("resize")}
        self.unproven = [record["name"] for record in same if not serves(slice_, record, as_of)]

    def settle(self, wants: list, leaving: Collection[str], lost: bool, capacity) -> None:
        """Give VMs that are kept the size of the slice: max_unavailable at a time, and where their hosts have room for the larger of both sizes.

        leaving: names of VMs that are replaced. lost: whether hosts are lost.
        """
        if not self.wanted:
            return
        kept = {want.name: want for want in wants if want.want == "active" and want.action == "keep" and want.name not in leaving}
        allowed = self.slice["scaling"]["disruption"]["max_unavailable"]
        for want in [kept[name] for name in self.wanted if name in kept]:
            more = growth(self.slice, want.record)
            why = None if want.name in self.begun else self._obstacle(want, more, lost, capacity)
            if why or allowed <= 0:
                self.left.append(want.name)
                self.why = self.why or why
                continue
            capacity.add(want.host, *more)
            want.action, want.vcpus, want.memory_mib = "resize", self.slice["vm"]["vcpus"], self.slice["vm"]["memory_mib"]
            allowed -= 1

    def _obstacle(self, want, more: tuple[int, int], lost: bool, capacity) -> str | None:
        """Why a VM is not resized now, in words; None where nothing but the count at a time may be in the way."""
        if lost:
            return "hosts are lost"
        if self.closed:
            return CLOSED
        if self.unproven:
            return f"{listed(self.unproven)} {'does' if len(self.unproven) == 1 else 'do'} not serve yet"
        return None if capacity.grows(want.host, *more) else f"{want.host} has no room for it"


def taken_of(slice_: dict | None, records: list[tuple[str, dict]]) -> tuple[int, int, int]:
    """(VMs, virtual processors, MiB) of a slice that resizes its VMs, together: until one has shrunk it takes what it has."""
    sizes = [held(record) for _host, record in records if record["lifecycle"] in COUNTED] if slice_ and roomy(slice_["vm"]) else []
    return (len(sizes), *(sum(column) for column in zip((0, 0), *sizes)))


def roomy(vm: dict) -> bool:
    """Whether VMs are defined with room to be resized."""
    return any(vm["most"][key] is not None for key in SIZE)


def differs(slice_: dict, record: dict) -> bool:
    """Whether a VM has another size than its slice says."""
    return any(record[key] != slice_["vm"][key] for key in SIZE)


def growth(slice_: dict, record: dict) -> tuple[int, int]:
    """(virtual processors, MiB) that a VM takes more once it has the size of its slice; what it gives back counts only when it is seen to be gone."""
    return tuple(max(0, slice_["vm"][key] - have) for key, have in zip(SIZE, held(record)))


def words(resizing: Resizing) -> list[str]:
    """Sentences on the VMs that wait for the size of their slice, and on those that cannot be given it while they run."""
    told, slice_, left = [], resizing.slice, resizing.left
    if left:
        vm, most = slice_["vm"], slice_["scaling"]["disruption"]["max_unavailable"]
        told.append(f"{vms(len(left))} of another size than {vm['vcpus']} vCPU and {vm['memory_mib']} MiB ({listed(left)}) wait: resized in place, {most} at "
                    f"a time{f', but none now: {resizing.why}' if resizing.why else ''}")
    for name, cause in sorted(resizing.stuck.items()):
        fate = "replaced" if slice_["scaling"]["replace_outdated"] else "left until its next boot, for scaling.replace_outdated is false"
        told.append(f"{name} could not be resized in place ({cause}): {fate}")
    return told


def check_most(slice_: dict, path: str) -> None:
    """Raise InvalidInput where VMs have less room than size."""
    vm = slice_["vm"]
    for key in SIZE:
        if vm["most"][key] is not None and vm["most"][key] < vm[key]:
            raise InvalidInput(f"{path}.vm.most.{key}: {vm['most'][key]} is less than vm.{key}, {vm[key]}. Raise most, which is what a VM may be resized to.")


def _age(record: dict):
    return record.get("since") or "", ipv4.parse_address(record["vip"])
