# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Taking the steps of the changes on a host. Whatever instant it is killed at, the next run goes on from what libvirt then holds."""
from __future__ import annotations

import dataclasses
import time
import typing as t

from ..errors import HostError
from ..instants import format_instant, parse_instant
from . import by_hand, changes, definition, domains, metadata, resize, stopping
from .connection import libvirt, refusals

#: actions that start a VM which was there before
RESTARTING = ("heal", "start")


class Outcome:
    """What became of a run: failures [(name, text)], conflicts [{name, vip, mac}], destroyed names, resized_in_part [(name, why)]."""

    def __init__(self):
        self.failures = []
        self.conflicts = []
        self.destroyed = []
        self.resized_in_part = []


class Applier:
    """Takes the steps. One VM that fails leaves the others their way, and is reported in the Outcome.

    machines: {name: Machine} of the domains there are. bridges: {slice: bridge} of this host. probe: callable(bridge, [address]) ->
    {address: MAC that answered}; bridge_exists: callable(bridge) -> bool. disks: disks.Disks.
    """

    def __init__(self, connection, machines, disks, bridges, probe, bridge_exists, as_of, stop_timeout_seconds):
        self._connection = connection
        self._machines = dict(machines)
        self._disks = disks
        self._bridges = bridges
        self._probe = probe
        self._bridge_exists = bridge_exists
        self._as_of = as_of
        self._stop_timeout_seconds = stop_timeout_seconds
        self._outcome = Outcome()
        self._out: t.Set[str] = set()
        self._begun: t.Dict[str, float] = {}  # name -> when its clone was begun

    def apply(self, todo):
        """Take all steps of the list of Change; returns the Outcome."""
        together = {"stop": self._stop_all, "probe": self._probe_all}
        one_by_one = {
            "drain": self._drain,
            "destroy": self._destroy,
            "clean": self._clean,
            "quarantine": self._quarantine,
            "forget": self._forget,
            "define": self._define,
            "restore": self._restore,
            "resize": self._resize,
            "disks": self._make_disks,
            "start": self._start,
            "verify": self._verify,
            "shelve": lambda change: self._pool(change, "warm"),
            "park": lambda change: self._pool(change, "parked"),
            "note": lambda change: self._mark(change.name, hook=change.wanted["hook"]),
        }
        for step, takers in changes.in_order(todo):
            takers = [change for change in takers if change.name not in self._out]
            if step in together:
                together[step](takers)
            else:
                for change in takers:
                    self._guarded(change, one_by_one[step])
        return self._outcome

    def _guarded(self, change, act):
        """Run one step of one VM; a refusal ends the way of this VM only."""
        try:
            with refusals("manage", change.name, "Check that libvirtd is well, and that nobody else changes the domain meanwhile."):
                act(change)
        except HostError as exc:
            self._fail([change.name], exc)

    def _fail(self, failed, exc):
        self._out.update(failed)
        self._outcome.failures += [(name, str(exc)) for name in failed]

    def _mark(self, name, **values):
        self._machines[name] = domains.mark(self._machines[name], self._as_of, **values)

    def _until(self, change):
        given = change.wanted.get("until")
        return format_instant(parse_instant(given) if given else parse_instant(self._as_of) + changes.QUARANTINE_SECONDS)

    def _drain(self, change):
        given = change.wanted.get("until")
        self._mark(change.name, lifecycle="draining", until=format_instant(parse_instant(given)) if given else None)

    def _stop_all(self, takers):
        for change in takers:
            self._guarded(change, lambda taken: self._mark(taken.name, lifecycle="stopping", until=None))
        going = [self._machines[change.name] for change in takers if change.name not in self._out]
        destroyed, failed = stopping.stop_all(going, self._stop_timeout_seconds)
        self._outcome.destroyed += destroyed
        for name, exc in failed.items():
            self._fail([name], exc)

    def _destroy(self, change):
        stopping.destroy(self._machines[change.name])
        self._outcome.destroyed.append(change.name)

    def _clean(self, change):
        self._disks.delete(self._machines[change.name])

    def _quarantine(self, change):
        retained = {"reason": "retained"} if change.wanted.get("retain") else {}
        self._mark(change.name, lifecycle="quarantined", until=self._until(change), **retained)

    def _forget(self, change):
        domains.undefine(self._machines.pop(change.name))

    def _define(self, change):
        vm, known = change.wanted, self._machines.get(change.name)
        self._begun[change.name] = time.time()
        record = metadata.Record(
            slice=vm["slice"],
            vip=vm["vip"],
            lifecycle="reserved" if vm["want"] == "active" else "warming",
            since=self._as_of,
            generation=known.record.generation + 1 if known else 1,
            template=vm.get("template_digest"),
            restarts=known.record.restarts if known and vm.get("action") in RESTARTING else None,
        )
        xml, record = self._defined(vm, record)
        had = self._disks.own(known) if known else []
        if known:
            self._rename(known)
        with refusals("define", change.name, "Correct its template; libvirt refuses what it gives."):
            handle = self._connection.handle.defineXML(xml)
            # An image of the memory of its former life would be restored in place of a boot.
            if handle.hasManagedSaveImage():
                handle.managedSaveRemove()
        self._machines[change.name] = domains.defined(handle, record)
        # From here on nothing tells of the files of an image that it was made of before.
        self._disks.unlink(change.name, set(had) - set(definition.own_disks(xml, change.name)))

    def _defined(self, vm, record):
        """(definition, record that tells of what it is made)."""
        xml = definition.complete(vm["xml"], vm, record, self._disks.paths(vm))
        record = dataclasses.replace(record, made=by_hand.made(xml, vm["vip"]), size=resize.size_of(xml).text)
        return definition.with_record(xml, record), record

    @staticmethod
    def _rename(machine):
        """Give a domain its name back; libvirt can do so only while it is off."""
        if machine.handle.name() != machine.name and not machine.handle.isActive():
            with refusals("rename", machine.handle.name(), f"It is {machine.name}, by its record; rename it."):
                machine.handle.rename(machine.name, 0)

    def _restore(self, change):
        """Store the definition that the VM was made of again; what runs goes on as it is."""
        machine = self._machines[change.name]
        self._rename(machine)
        xml, record = self._defined(change.wanted, machine.record.changed(self._as_of))
        with refusals("define", change.name, "Correct its template; libvirt refuses what it gives."):
            self._connection.handle.defineXML(xml)
            machine.handle.setAutostart(0)
        with refusals("take the limits of libvirt off the interface of", change.name, "Take them off with virsh domiftune."):
            by_hand.unlimit(machine)
        self._machines[change.name] = dataclasses.replace(machine, record=record)
        self._mark(change.name)

    def _resize(self, change):
        """Give it another size. That it was begun is written first: a run that is killed between is known by it, and gone on with."""
        vcpus, memory_mib = change.wanted["vcpus"], change.wanted["memory_mib"]
        self._mark(change.name, size=f"{vcpus}x{memory_mib}", resize=resize.BEGUN)
        machine = self._machines[change.name]
        with refusals("resize", change.name, "Look at what libvirt refuses of it."):
            why = resize.resize(machine.handle, vcpus, memory_mib)
            stored = machine.handle.XMLDesc(libvirt.VIR_DOMAIN_XML_INACTIVE)
        made = machine.record.made and by_hand.resized(machine.record.made, stored)
        self._mark(change.name, resize=why, made=made)
        if why:
            self._outcome.resized_in_part.append((change.name, why))

    def _make_disks(self, change):
        self._disks.make(change.wanted)

    def _probe_all(self, takers):
        """Ask all addresses of a bridge at once; a VM whose address answers is quarantined in place of started."""
        by_bridge = {}
        for change in takers:
            bridge = self._bridges.get(change.wanted["slice"])
            if bridge and self._bridge_exists(bridge):
                by_bridge.setdefault(bridge, []).append(change)
        for bridge, asking in sorted(by_bridge.items()):
            try:
                taken = self._probe(bridge, [address for change in asking for address in _addresses(change)])
            except HostError as exc:
                self._fail([change.name for change in asking], exc)
                continue
            for change in asking:
                conflicts = [(address, taken[address]) for address in _addresses(change) if address in taken]
                if conflicts:
                    self._guarded(change, lambda refused, found=conflicts: self._conflict(refused, found))

    def _conflict(self, change, found):
        self._out.add(change.name)
        self._outcome.conflicts += [{"name": change.name, "vip": address, "mac": mac} for address, mac in found]
        until = format_instant(parse_instant(self._as_of) + changes.QUARANTINE_SECONDS)
        self._mark(change.name, lifecycle="quarantined", until=until, reason="conflict")
        self._disks.delete(self._machines[change.name])

    def _start(self, change):
        handle = self._machines[change.name].handle
        was = self._machines[change.name].record
        if change.before and change.wanted.get("action") in RESTARTING and was.lifecycle not in changes.POOLED:
            # Written first, so that a start which fails each time counts too.
            self._mark(change.name, restarts=was.restarted(self._as_of))
        started = self._begun.get(change.name, time.time())
        with refusals("start", change.name, "Look at its log under /var/log/libvirt, and at the network of its slice."):
            state = handle.state()[0]
            if state == libvirt.VIR_DOMAIN_PAUSED:
                handle.resume()
            elif not handle.isActive():
                handle.create()
            elif state == libvirt.VIR_DOMAIN_CRASHED:
                handle.destroy()
                handle.create()
        boot_from = "warm" if was.lifecycle == "warm" else None
        anew = {"since": self._as_of, "started": round(started, 3), "boot_seconds": None, "boot_from": boot_from, "hook": None}
        lifecycle = "verifying" if change.wanted["want"] == "active" else "warming"
        self._mark(change.name, lifecycle=lifecycle, until=None, reason=None, silent_since=None, **anew)

    def _verify(self, change):
        # It runs since long ago: how long it will take to answer says nothing of its boot.
        self._mark(change.name, lifecycle="verifying", until=None, reason=None, started=None)

    def _pool(self, change, lifecycle):
        returned = {"reason": "returned"} if change.before.get("lifecycle") in changes.IN_SERVICE else {}
        self._mark(change.name, lifecycle=lifecycle, until=None, hook=None, **returned)


def _addresses(change):
    """The VIP of a change, and the IPv6 address beside it."""
    return [change.wanted[key] for key in ("vip", "vip6") if change.wanted.get(key)]
