# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""From what a host has to what it shall have: pure, and the one source of `changed`, `diff` and `commands`."""
from __future__ import annotations

import dataclasses
import typing as t

from ..instants import format_instant, parse_instant
from . import wishes
from .resize import BEGUN

#: Every step there is, in the order in which all VMs take them: what goes makes room before what comes.
#: drain: mark draining. stop: mark stopping, shut down. destroy: end a guest that hangs. clean: delete own disks.
#: quarantine: mark quarantined. forget: undefine.
#: restore: store the definition it was made of again. resize: give it another size, while it runs. define: store the definition as reserved (the commit point).
#: disks: make overlay and seed.
#: probe: ask for the address. start: boot, then mark verifying (warming, where it is for the pool). verify: mark verifying. shelve: mark warm.
#: park: mark parked. note: write down which hook ran.
STEPS = (
    "drain", "stop", "destroy", "clean", "quarantine", "forget", "restore", "resize", "define", "disks", "probe", "start", "verify", "shelve", "park", "note",
)
#: quarantine of an address where the share gives no end: after a conflict, or by hand
QUARANTINE_SECONDS = 300

_SERVING = ("verifying", "active")
#: lifecycles of the warm pool
POOLED = ("warming", "warm", "parked")
#: lifecycles of a VM that serves or did until now: as a part of the pool it has come back from service
IN_SERVICE = _SERVING + ("starting", "draining", "stopping")


@dataclasses.dataclass(frozen=True)
class Change:
    """The way of one VM. `before` and `after` are the parts of its state that a person looks at, {} where it is not there."""

    name: str
    wanted: t.Dict[str, t.Any]
    steps: t.Tuple[str, ...]
    before: t.Dict[str, t.Any]
    after: t.Dict[str, t.Any]


def make_changes(present, wanted, as_of):
    """List of Change, one for each wanted VM that is not as it shall be, in the order of their names.

    present: elements `vms` of the host state, with `active` (it has a process). wanted: elements `vms` of the share. Raises HostError where a wish is none.
    """
    wishes.check(wanted)
    by_name = {vm["name"]: vm for vm in present}
    changes = []
    for vm in sorted(wanted, key=lambda vm: vm["name"]):
        current = by_name.get(vm["name"])
        until = _until(vm, as_of)
        steps = tuple(_steps(current, vm, until, as_of) + _notes(current, vm))
        if steps:
            before = {**_seen(current), **(_size(current) if "resize" in steps else {})}
            changes.append(Change(vm["name"], vm, steps, before, _predicted(current, vm, until, steps)))
    return changes


def in_order(changes):
    """[(step, [Change, ...]), ...]: the steps of all changes, each taken by all VMs that need it before the next one."""
    table = [(step, [change for change in changes if step in change.steps]) for step in STEPS]
    return [(step, takers) for step, takers in table if takers]


def commands(changes):
    """The steps as [verb, domain] in the order they are taken."""
    return [[step, change.name] for step, takers in in_order(changes) for change in takers]


def diff(changes):
    """Ansible's diff of all changes: before and after, with one line a domain."""
    return {side: "".join(f"{change.name}: {_in_words(getattr(change, side))}\n" for change in changes) for side in ("before", "after")}


def _in_words(vm):
    """`active, running`, `quarantined until 2026-01-05T08:05:00Z` or `absent`."""
    if not vm:
        return "absent"
    until = f" until {vm['until']}" if vm["until"] else ""
    size = f", {vm['vcpus']} vCPUs, {vm['memory_mib']} MiB" if "vcpus" in vm else ""
    return f"{vm['lifecycle']}{until}{', running' if vm['running'] else ''}{size}"


def _until(vm, as_of):
    if vm.get("until"):
        return format_instant(parse_instant(vm["until"]))
    return format_instant(parse_instant(as_of) + QUARANTINE_SECONDS) if vm["want"] == "quarantined" else None


def _notes(current, vm):
    return ["note"] if current and vm.get("hook") and vm["hook"] != current.get("hook") and vm["want"] != "absent" else []


def _steps(current, vm, until, as_of):
    want = vm["want"]
    if current is None:
        # Nothing to drain, stop or keep in mind: only a VM that shall serve, now or later, is made.
        return _ANEW.get(want, [])
    if vm.get("action") == "keep":
        return []
    if want == "active":
        return _to_active(current, vm, as_of)
    if want in ("warm", "parked"):
        return _to_warm(current) if want == "warm" else _to_parked(current, vm, as_of)
    return {"draining": _to_draining, "quarantined": _to_quarantined, "absent": _to_absent}[want](current, vm, until)


#: the way of a VM that is not there yet
_ANEW = {"active": ["define", "disks", "probe", "start"], "parked": ["define", "disks", "probe", "start"], "warm": ["define", "disks", "shelve"]}


def _to_active(current, vm, as_of):
    steps = _to_running(current, vm, as_of)
    return steps if steps or current["lifecycle"] in _SERVING else ["verify"]


def _to_parked(current, vm, as_of):
    steps = _to_running(current, vm, as_of)
    if steps or current["lifecycle"] in ("warming", "parked"):
        return steps
    # One that was never seen to answer has to wait for that, though it runs.
    return ["park"] if current["lifecycle"] in ("active", "draining") else ["start"]


def _to_warm(current):
    stop = ["stop"] if current["active"] else []
    if current["lifecycle"] in ("quarantined", "stopping", "reserved", "probing", "warming"):
        # Its disks may be gone, or were never made.
        return stop + _anew(current, "warm")
    return stop + ["shelve"] if stop or current["lifecycle"] != "warm" else []


def _to_running(current, vm, as_of):
    """Steps until it runs and is on its way to answer; none where it is."""
    lifecycle, running = current["lifecycle"], current["running"]
    if lifecycle in ("quarantined", "stopping"):
        # Its disks may be gone: it is born again.
        return (["stop"] if current["active"] else []) + _anew(current, "active")
    if vm.get("action") == "restore" and running and lifecycle in _SERVING:
        return ["restore"] if current.get("changed_by_hand") and vm.get("template_digest") == current["template"] else []
    if vm.get("action") == "resize" and running and lifecycle in _SERVING:
        return ["resize"] if _size(current) != _size(vm) or current.get("resize") == BEGUN else []
    if running and vm.get("action") == "heal" and lifecycle in ("starting", "verifying", "warming", "active") and current["since"] < as_of:
        # It runs and does not answer, or never did. Begun anew, it has the instant of this pass, so that the same share does not begin it again.
        return ["destroy"] + (["define", "disks"] if vm.get("xml") else []) + ["probe", "start"]
    if not running:
        # One that is paused or crashed still has its process: it is resumed or booted as it is.
        again = vm.get("xml") and not current["active"] and lifecycle != "warm"
        return (["define", "disks"] if again else []) + ["probe", "start"]
    return []


def _anew(current, want):
    """Steps of one that is born again. Disks that were kept for a person are of the VM before, which did not stay up."""
    return (["clean"] if current.get("reason") == "retained" else []) + _ANEW[want]


def _to_draining(current, _vm, until):
    same = current["lifecycle"] == "draining" and current["until"] == until
    # What is on its way out already is not called back.
    return [] if same or current["lifecycle"] in ("stopping", "quarantined") else ["drain"]


def _to_quarantined(current, vm, until):
    steps = ["stop"] if current["active"] else []
    if current["lifecycle"] != "quarantined":
        return steps + (["quarantine"] if vm.get("retain") else ["clean", "quarantine"])
    moved = bool(vm.get("until")) and current["until"] != until
    return steps + (["quarantine"] if moved or steps else [])


def _to_absent(current, _vm, _until_unused):
    return (["stop"] if current["active"] else []) + ["clean", "forget"]


def _seen(current):
    return {} if current is None else {key: current[key] for key in ("vip", "lifecycle", "running", "until")}


def _size(vm):
    return {key: vm.get(key) for key in ("vcpus", "memory_mib")}


def _predicted(current, vm, until, steps):
    if vm["want"] == "absent":
        return {}
    if "restore" in steps:
        return _seen(current)
    if "resize" in steps:
        return {**_seen(current), **_size(vm)}
    want = vm["want"]
    if steps == ("note",):
        return _seen(current)
    lifecycle = "warming" if want == "parked" and "start" in steps else {"active": "verifying"}.get(want, want)
    running = want in ("active", "parked") or (want == "draining" and current["running"])
    return {"vip": vm["vip"], "lifecycle": lifecycle, "running": running, "until": until if want in ("draining", "quarantined") else None}
