# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One slice while it is planned: from its wish to its entry in the plan."""
from __future__ import annotations

from . import ipv4, lifecycle
from .addresses import Addresses
from .admission import Capacity, shortage
from .lifecycle import VmWant
from .placement import place
from .past import Past
from .policy import decide
from .record import inputs_of
from .view import SliceView, View
from .wish import Wish

VERDICTS = ("feasible", "partial", "infeasible")
_ACTIONS = ("create", "start", "heal", "drain", "release", "forget")


class PlannedSlice:
    """Everything the plan decides about one slice."""

    def __init__(self, slice_: dict | None, name: str, view: View, profile: dict | None, as_of: int) -> None:
        self.slice, self.name, self.profile = slice_, name, profile
        self.view: SliceView = view.slice(name)
        self.id = self.view.id
        past = Past(as_of, [record for _host, record in self.view.vms])
        self.present = past.present
        self.wish = decide(slice_, profile, past, view.unknown) if slice_ else Wish(self.present)
        self.grip = self._grip(view.unknown)
        self.addresses: Addresses | None = None
        self.wants: list[VmWant] = []
        self.networks: list = []
        self.shaping: list[dict] = []
        self.verdict, self.missing = "feasible", []

    def _grip(self, unknown: list[str]) -> str:
        if self.slice is None or self.slice["scaling"]["mode"] == "paused":
            return lifecycle.FROZEN
        if self.slice["scaling"]["mode"] == "forecast_only" and self.slice["state"] == "present":
            return lifecycle.FROZEN
        return lifecycle.HEAL_ONLY if unknown else lifecycle.FREE

    @property
    def frozen(self) -> bool:
        """Nothing of the slice is touched."""
        return self.grip == lifecycle.FROZEN

    @property
    def rank(self):
        """Order in which slices get what is short."""
        return (-self.slice["priority"] if self.slice else 0, self.name)

    def settle(self, as_of: int, free_memory: dict) -> None:
        """Decide about the VMs that exist."""
        self.wants = lifecycle.settle(self.slice, self.view.vms, self.wish.count, self.grip, as_of, free_memory)

    @property
    def lacking(self) -> int:
        """VMs still to be created."""
        if self.grip != lifecycle.FREE:
            return 0
        return max(0, self.wish.count - sum(1 for want in self.wants if want.want == "active"))

    def create(self, view: View, capacity: Capacity, vm_name) -> None:
        """Place the VMs that lack, as far as there is room."""
        lacking = self.lacking
        if not lacking:
            return
        self.addresses = Addresses(self.slice, self.view, view.position)
        counts: dict[str, int] = {}
        for want in self.wants:
            if want.want == "active":
                counts[want.host] = counts.get(want.host, 0) + 1
        vm = self.slice["vm"]
        placed = place(self.slice, lacking, counts, self.addresses, capacity)
        self.wants += [
            VmWant(host, None, vm_name(self.name, vip), vip, "active", "create", None, vm["vcpus"], vm["memory_mib"]) for host, vip in placed
        ]
        self.wants.sort(key=lambda want: ipv4.parse_address(want.vip))
        if len(placed) < lacking:
            why = shortage(capacity, self.slice, lacking - len(placed))
            final = self.wish.count - (lacking - len(placed))
            self.wish.rule("capacity", final, why)
            self.short("infeasible" if final < max(1, self.slice["scaling"]["min"]) else "partial", why)

    def short(self, verdict: str, why: str) -> None:
        """Record something that is missing."""
        self.missing.append(why)
        self.verdict = worst((self.verdict, verdict))

    @property
    def state(self) -> str:
        """absent, preparing, active or shutting_down."""
        there = bool(self.view.vms or self.view.networks)
        serving = any(want.want == "active" for want in self.wants)
        if not serving:
            return "active" if there and not self.wish.dissolving else "shutting_down" if there else "absent"
        ready = any(record["lifecycle"] == "active" and record["running"] for _host, record in self.view.vms)
        return "active" if ready else "preparing"

    def entry(self) -> dict:
        """The slice's element of `slices` of the plan."""
        wish = self.wish
        names = {action: [] for action in _ACTIONS}
        for want in self.wants:
            if want.action in names:
                names[want.action].append(want.name)
        return {
            "name": self.name, "state": self.state, "mode": self.slice["scaling"]["mode"] if self.slice else "unlisted",
            "verdict": self.verdict, "missing": self.missing, "telemetry": wish.telemetry,
            "model": ((self.profile or {}).get("model") or {}).get("name") or "none",
            "inputs": inputs_of(self.slice, wish.forecast), "demand": wish.demand, "predicted": wish.predicted,
            "vms": {"present": self.present, "wished": wish.wished, "final": wish.count, "rules": wish.rules},
            "binding": wish.binding, **names,
            "vips": [want.vip for want in self.wants if want.want == "active"], "shaping": self.shaping,
        }


def worst(verdicts) -> str:
    """The worst of some verdicts of feasibility."""
    return max(verdicts, key=VERDICTS.index, default="feasible")
