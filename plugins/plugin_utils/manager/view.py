# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the hosts have, indexed by slice."""
from __future__ import annotations

from collections.abc import Collection

from ..errors import InvalidInput
from . import ipv4

STATE_SCHEMA = "foresight.netslice/host-state/1"
#: lifecycles of a VM that serves or is on its way to
COUNTED = frozenset(("reserved", "probing", "starting", "verifying", "active"))
#: lifecycles of a VM of the warm pool: being made ready, shut off, started and kept out of service
POOLED = frozenset(("warming", "warm", "parked"))
#: lifecycles of a VM that takes memory and processors of its host
OCCUPYING = COUNTED | {"draining", "stopping", "warming", "parked"}
#: wants of a VM that has room on its host, needed now or not
HOLDING = frozenset(("active", "draining", "warm", "parked"))


def held(record: dict) -> tuple[int, int]:
    """(virtual processors, MiB) that a VM takes of its host: its size, or what its guest has not given back of more."""
    takes = record.get("takes") or record
    return max(record["vcpus"], takes["vcpus"]), max(record["memory_mib"], takes["memory_mib"])


class SliceView:
    """The records of one slice on all hosts that answered."""

    __slots__ = ("name", "vms", "networks")

    def __init__(self, name: str) -> None:
        self.name = name
        self.vms: list[tuple[str, dict]] = []  # (host, record), by address
        self.networks: dict[str, dict] = {}  # host -> record


class View:
    """Hosts of the roster that answered, those that did not, and the records of every slice.

    `roster` is ordered: a host's position in it picks its sub-prefix. Everything else is independent of the order of its input. lost: hosts that are gone by
    the operator's word: what they had does not count. Any other host without state is unknown, and may have VMs of any slice.
    """

    def __init__(self, states: dict[str, dict], roster: list[str], lost: Collection[str] = ()) -> None:
        self.position = {host: index for index, host in enumerate(roster)}
        if len(self.position) != len(roster):
            twice = next(host for host in roster if roster.count(host) > 1)
            raise InvalidInput(f"netslice_hypervisors: names {twice} twice.")
        for host in sorted(states):
            _check_state(host, states[host], self.position)
        self.states = {host: states[host] for host in sorted(states)}
        self.hosts = list(self.states)
        self.lost = sorted(set(lost))
        for host in self.lost:
            _check_lost(host, self.position, states)
        self.unknown = sorted(set(roster) - set(states) - set(lost))
        #: hosts that are to be drained
        self.departing = frozenset(host for host, state in self.states.items() if state.get("maintenance") == "drain")
        self.slices: dict[str, SliceView] = {}
        self._index()

    def slice(self, name: str) -> SliceView:
        """The records of a slice; an empty view where no host has any."""
        return self.slices.get(name) or SliceView(name)

    def _index(self) -> None:
        for host, state in self.states.items():
            for record in state["networks"]:
                self._view(record["slice"]).networks[host] = record
            for record in state["vms"]:
                self._view(record["slice"]).vms.append((host, record))
        for view in self.slices.values():
            view.vms.sort(key=lambda entry: (ipv4.parse_address(entry[1]["vip"]), entry[0]))

    def _view(self, name: str) -> SliceView:
        view = self.slices.get(name)
        if view is None:
            view = self.slices[name] = SliceView(name)
        return view


def _check_lost(host: str, position: dict[str, int], states: dict) -> None:
    if host not in position:
        raise InvalidInput(f"netslice_lost_hosts: {host} is not in the roster, netslice_hypervisors. Correct the name, or leave a lost host in the roster too.")
    if host in states:
        raise InvalidInput(
            f"netslice_lost_hosts: {host} answered in this pass, so it is not lost. Take it out of the list: what its VMs are now too many of is released."
        )


def _check_state(host: str, state, position: dict[str, int]) -> None:
    if host not in position:
        raise InvalidInput(
            f"netslice_hypervisors: {host} has slices' state but is not in the roster. Add it, or run the pass on the hypervisors of the roster only."
        )
    if not isinstance(state, dict) or state.get("schema") != STATE_SCHEMA:
        raise InvalidInput(f"state of {host}: is no {STATE_SCHEMA}. Take the result `state` of slice_info of this version.")
    for key in ("fingerprint", "node", "networks", "vms"):
        if key not in state:
            raise InvalidInput(f"state of {host}: lacks {key}. Take the result `state` of slice_info as it is.")
