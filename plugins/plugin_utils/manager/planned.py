# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One slice while it is planned: from its wish to its entry in the plan."""
from __future__ import annotations

from . import by_hand, healing as health, ipv4, lifecycle
from .addresses import Addresses, displaced
from .admission import shortage
from .ground import Ground
from .lifecycle import VmWant
from .maintenance import replacements
from .placement import place
from .overlays import segment_of
from .past import Past
from .policy import decide
from .quotas import quota_of
from .ranges import doubles, strays
from .record import inputs_of
from .replacement import NOBODY, budget, holder, leaving_of, obstacle
from .resizing import Resizing, taken_of
from .told import told_of
from .shortfall import Gift, entry
from .view import POOLED, SliceView, View
from .warm import Pool
from .wish import Wish

VERDICTS = ("feasible", "partial", "infeasible")
_ACTIONS = ("create", "start", "heal", "restore", "resize", "warm", "return", "drain", "release", "forget")


class PlannedSlice:
    """Everything the plan decides about one slice."""

    def __init__(self, slice_: dict | None, name: str, view: View, profile: dict | None, as_of: int, total: dict,
                 definition: str | None = None, ill: dict[str, str] | None = None) -> None:
        self.slice, self.name, self.profile = slice_, name, profile
        self.view: SliceView = view.slice(name)
        self.id: int | None = None  # number for networks still to be made
        past = Past(as_of, [record for _host, record in self.view.vms])
        self.present = past.present
        self.quota = quota_of(None if view.unknown else slice_, total, self.present if view.lost else 0, taken_of(slice_, self.view.vms))
        self.wish = decide(slice_, profile, past, view.unknown, self.quota) if slice_ else Wish(self.present)
        self.grip = self._grip(view.unknown)
        self.outside = strays(slice_, self.view)
        self.departing = view.departing | self.outside  # hosts that its VMs shall leave
        self.healing = health.healing_of(slice_, self.view.vms, ill or {}, as_of, self.frozen)
        self.altered, self.displaced = by_hand.altered_of(slice_, self.view.vms, definition, self.frozen), displaced(slice_, self.view.vms)
        free = self.grip == lifecycle.FREE
        self.resizing = Resizing(slice_ if free else None, self.view.vms, definition, as_of)
        changed, stuck, shut = self.altered.replace | self.displaced, frozenset(self.resizing.stuck), self.resizing.closed and not doubles(self.view)
        self.leaving = leaving_of(slice_, self.view.vms, self.departing, definition, self.healing.replaceable, changed, stuck, shut) if free else NOBODY
        self.budget = budget(slice_, past) if self.leaving.names else 0
        self.pool = self._pool(as_of, definition)
        self.as_of, self.lost = as_of, bool(view.lost)
        self.addresses: Addresses | None = None
        self.wants: list[VmWant] = []
        self.networks: list = []
        self.shaping: list[dict] = []
        self.verdict, self.missing, self.shortfall = "feasible", [], []
        self.given: list[Gift] = []  # VMs given up for others in this pass
        self.refused = ""  # hard rules of placement, in words
        self.awaited = 0  # VMs whose room is free only when others are drained
        self._kept: list[str] = []  # hosts with room kept for what is dedicated to the slice, one entry a VM

    def _grip(self, unknown: list[str]) -> str:
        mode = self.slice["scaling"]["mode"] if self.slice else "paused"
        if mode == "paused" or mode == "forecast_only" and self.slice["state"] == "present":
            return lifecycle.FROZEN
        return lifecycle.HEAL_ONLY if unknown else lifecycle.FREE

    def _pool(self, as_of: int, definition: str | None) -> Pool | None:
        """The warm pool, where the slice has one, or has VMs of one, and something may be done about it."""
        if self.grip != lifecycle.FREE:
            return None
        if self.slice["scaling"]["warm"]["state"] is None and not any(record["lifecycle"] in POOLED for _host, record in self.view.vms):
            return None
        pool = Pool(self.slice, self.view.vms, self.wish, self.quota, as_of)
        pool.part(self.departing, definition if self.slice["scaling"]["replace_outdated"] else None)
        return pool

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
        restore = self.altered.restore
        self.wants = lifecycle.settle(self.slice, self.view.vms, self.wish.count, self.grip, as_of, free_memory, self.leaving, self.healing, restore)
        if self.pool:
            self.wants = self.pool.welcome(self.wants)
        kept = self.serving - len(self.going)
        if self.grip == lifecycle.FREE and kept > self.wish.count:
            self.wish.rule("protected", kept, f"placement.protect keeps {', '.join(self.slice['placement']['protect'][:3])}")

    @property
    def going(self) -> list[VmWant]:
        """VMs that shall serve until others do in their place."""
        if not self.leaving.names:
            return []
        protected = self.slice["placement"]["protect"]
        return [want for want in self.wants if want.want == "active" and want.name in self.leaving.names and want.name not in protected]

    @property
    def lacking(self) -> int:
        """VMs still to be created for the count that is wished."""
        return max(0, self.wish.count - self.serving) if self.grip == lifecycle.FREE else 0

    @property
    def replacing(self) -> int:
        """VMs still to be created in this pass for those that go."""
        going = len(self.going)
        if not going or ((self.leaving.closed or holder(self.wish)) if self.leaving.drained else self.obstacle):
            return 0
        return replacements(going, self.serving - going, self.wish.count, None if self.leaving.drained else self.budget)

    @property
    def obstacle(self) -> str | None:
        """Why none of the VMs that shall go is replaced now. Of those that fail no other VM's health is: two of them would wait for each other."""
        fresh = [] if self.leaving.failing else [want for want in self.wants if want.want == "active" and want.name not in self.leaving.names]
        unproven = [want.name for want in fresh if want.record is None or not health.serves(self.slice, want.record, self.as_of)]
        return obstacle(self.wish, self.lacking, unproven, self.budget, self.lost, self.leaving.closed)

    @property
    def serving(self) -> int:
        """VMs that shall serve after the pass."""
        return sum(1 for want in self.wants if want.want == "active")

    def keep_room(self, ground: Ground) -> None:
        """Keep room for what is dedicated to the slice and not used by it."""
        vm = self.slice["vm"]
        self._kept = ground.capacity.hold(self.quota.dedicated - self.serving, vm["vcpus"], vm["memory_mib"])

    def create(self, ground: Ground, upto: int | None = None) -> None:
        """Place the VMs that lack, at most until there are `upto`, as far as there is room; without `upto` the replacements too."""
        replacing = self.replacing if upto is None else 0
        lacking = self.lacking + replacing if upto is None else min(self.lacking, upto - self.serving)
        if lacking <= 0:
            return
        vm = self.slice["vm"]
        for host in self._kept:
            ground.capacity.give(host, vm["vcpus"], vm["memory_mib"])
        if self.addresses is None:
            self.addresses = Addresses(self.slice, self.view, ground.position, ground.lost)
        rules = ground.rules(self)
        taken = self.pool.take(lacking, rules, ground.capacity) if self.pool else []
        missing = lacking - len(taken)
        self._add(taken + self._new(missing, "active", "create", rules, ground, min(missing, replacing) if self.leaving.drained else 0))
        self.refused = rules.words()
        if self._kept:
            self.keep_room(ground)

    def _new(self, count: int, want: str, action: str, rules, ground: Ground, within: int) -> list[VmWant]:
        """Wants of up to `count` new VMs, of which so many `within` may use the room that is kept for the loss of a host."""
        vm = self.slice["vm"]
        placed = place(self.slice, count, rules, self.addresses, ground.capacity, within)
        return [VmWant(host, None, ground.vm_name(self.name, vip), vip, want, action, None, vm["vcpus"], vm["memory_mib"]) for host, vip in placed]

    def _add(self, wants: list[VmWant]) -> None:
        self.wants = sorted(self.wants + wants, key=lambda want: ipv4.parse_address(want.vip))

    def leave_room(self, ground: Ground) -> None:
        """Keep no room any more: all that serves is placed, and what is left may be used until it is asked for."""
        for host in self._kept:
            ground.capacity.give(host, self.slice["vm"]["vcpus"], self.slice["vm"]["memory_mib"])
        self._kept = []

    def keep_warm(self, ground: Ground, free_memory: dict) -> None:
        """Decide about the VMs that the warm pool has."""
        self._add(self.pool.keep(ground.rules(self), ground.capacity, free_memory))

    def fill(self, ground: Ground) -> None:
        """Place the VMs that the warm pool lacks, in any room that is left."""
        pool, rules = self.pool, ground.rules(self)
        lacking = pool.size.count - pool.final
        if lacking <= 0:
            return
        if self.addresses is None:
            self.addresses = Addresses(self.slice, self.view, ground.position, ground.lost)
        for want in self.wants:
            if want.want == pool.want:
                rules.count(want.host)
        new = self._new(lacking, pool.want, "warm", rules, ground, lacking)
        self._add(new)
        pool.final += len(new)
        if pool.final < pool.size.least:
            count = pool.size.least - pool.final
            lack = shortage(ground.capacity, self.slice, count, rules.words())
            self.short("partial", f"of scaling.warm.min, {lack.text}", entry(lack.because, count, lack.resource, lack.amount))

    def shorten(self, rule: str, lacking: int, why: str, *lost: dict) -> None:
        """Record VMs that the slice does not get. lost: elements of `shortfall`."""
        final = self.wish.count - lacking
        self.wish.rule(rule, final, why)
        self.short("infeasible" if final < max(1, self.slice["scaling"]["min"]) else "partial", why, *lost)

    def short(self, verdict: str, why: str, *lost: dict) -> None:
        """Record something that is missing. lost: the same as elements of `shortfall`."""
        self.missing.append(why)
        self.shortfall += lost
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
            "verdict": self.verdict, "missing": self.missing, "shortfall": self.shortfall, "telemetry": wish.telemetry,
            "model": ((self.profile or {}).get("model") or {}).get("name") or "none",
            "inputs": inputs_of(self.slice, wish.forecast), "demand": wish.demand, "predicted": wish.predicted,
            "vms": {"present": self.present, "wished": wish.wished, "final": wish.count, "rules": wish.rules},
            "binding": wish.binding, **names,
            "vips": [want.vip for want in self.wants if want.want == "active"], "placed": self.placed, "shaping": self.shaping, **told_of(self),
            **segment_of(self.networks),
            **({"pool": self.pool.entry()} if self.pool else {}),
        }

    @property
    def placed(self) -> dict:
        """{host: {"active" or "draining": VIPs}} of the VMs that serve, or are about to end it, after the pass."""
        found: dict[str, dict] = {}
        for want in self.wants:
            if want.want in ("active", "draining"):
                found.setdefault(want.host, {}).setdefault(want.want, []).append(want.vip)
        return found


def worst(verdicts) -> str:
    """The worst of some verdicts of feasibility."""
    return max(verdicts, key=VERDICTS.index, default="feasible")
