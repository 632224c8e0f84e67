# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One run of slice_vips: read, ask, announce, mark as active, publish."""
from __future__ import annotations

import ipaddress
import time

from ..errors import HostError
from ..instants import instant_or_now
from ..pool import domains, networks, share, state
from ..pool.connection import Connection
from . import announce, confirm, files, links, verify

#: what is done to a VM that answered, by what is wanted of it
_VERBS = {"active": "activate", "parked": "park"}
HEADER = "# Virtual IPs in service, written by foresight.netslice.slice_vips; changes by hand are lost.\n"


def run(params, check_mode):
    """(result, warnings) of the module. Raises HostError."""
    wanted = [_wanted(entry) for entry in params["vms"]]
    with Connection(params["uri"]) as connection:
        machines = domains.read(connection)[0]
        present = networks.inspect(connection)[0]
        present_networks, ranges6 = networks.as_state(present), networks.ranges6(present)
        before = state.fingerprint(present_networks, [machine.as_state() for machine in machines])
        share.require(params, before)
        simulated = connection.is_test_driver
        bridges = {network["slice"]: network["bridge"] for network in present_networks}
        asked = confirm.questions(wanted, machines, bridges, None if simulated else links.read(), foresee=check_mode, ranges6=ranges6)
        answers = {} if simulated else _ask(asked, params["timeout_seconds"], check_mode)
        fresh = confirm.confirmed(asked, answers, simulated or check_mode)
        fell, heard = confirm.turned(asked, answers, machines)
        if not check_mode:
            as_of = instant_or_now(params["as_of"])
            _confirm(fresh, machines, answers, as_of, simulated)
            _remember(fell, heard, machines, as_of)
        done = {question.name for question in asked if question.group == "steady"} | {question.name for question in fresh}
        published = _publish(params["hosts_file"], confirm.hosts_lines(machines, asked, done, ranges6), check_mode)
        after = before if check_mode or not (fresh or fell or heard) else state.current_fingerprint(connection)
    vips, conflicts = confirm.report(asked, answers, simulated, done)
    silent = confirm.silent(asked, answers)
    commands = [["announce", address] for q in _serving(fresh) if not simulated for address in q.addresses]
    commands += [[_VERBS[q.want], q.name] for q in fresh]
    commands += [["silent", name] for name in fell] + [["heard", name] for name in heard]
    commands += [["write" if published[1] else "remove", params["hosts_file"]]] if published else []
    result = {
        "changed": bool(commands), "commands": commands, "vips": vips, "silent": silent, "conflicts": conflicts, "fingerprint": after,
        "diff": _diff(fresh, fell, heard, published),
    }
    return result, _warnings(vips, silent, conflicts, check_mode)


def _wanted(entry):
    try:
        return {"slice": str(entry["slice"]), "vip": str(ipaddress.IPv4Address(entry["vip"])), "want": str(entry["want"])}
    except (KeyError, ValueError) as exc:
        raise HostError(f"Cannot verify the VM {entry.get('name', entry)}: {exc} is missing or wrong. Give slice, vip and want as a plan does.") from exc


def _ask(asked, timeout, check_mode):
    """{address: Answer}; in check mode nobody is waited for."""
    waiting = {} if check_mode else confirm.grouped(asked, "waiting")
    steady, quiet = confirm.grouped(asked, "steady"), confirm.grouped(asked, "quiet")
    return verify.answers(waiting, steady, quiet, timeout) if waiting or steady or quiet else {}


def _serving(fresh):
    """Those that go into service now; nobody is told of a VM that is parked."""
    return [question for question in fresh if question.want == "active"]


def _confirm(fresh, machines, answers, as_of, simulated):
    """Announce first: a run that dies in between announces again."""
    if not simulated:
        announce.announce(confirm.grouped(_serving(fresh), "waiting"))
    by_name = {machine.name: machine for machine in machines}
    for question in fresh:
        machine = by_name[question.name]
        answered = time.time() if simulated else max(answers[address].at for address in question.addresses)
        started = machine.record.started
        # A guest that was up before it was asked took no longer than this; of one that runs since long ago the boot is known already.
        boot = machine.record.boot_seconds if started is None else round(max(0.0, answered - started), 1)
        domains.mark(machine, as_of, lifecycle=question.want, until=None, reason=None, boot_seconds=boot, started=None)


def _remember(fell, heard, machines, as_of):
    """Write into the records which guests fell silent in this pass, and which answer again."""
    by_name = {machine.name: machine for machine in machines}
    for name in fell:
        domains.mark(by_name[name], as_of, silent_since=as_of)
    for name in heard:
        domains.mark(by_name[name], as_of, silent_since=None)


def _publish(path, lines, check_mode):
    """(before, after) texts of the hosts file where they differ, else None; done unless in check mode. No file where nothing is in service."""
    if path is None:
        return None
    before, after = files.read(path), HEADER + "".join(line + "\n" for line in lines) if lines else ""
    if before == after:
        if not check_mode:
            files.tidy(path)
        return None
    if not check_mode and after:
        files.write(path, after)
    elif not check_mode:
        files.remove(path)
    return before, after


def _diff(fresh, fell, heard, published):
    before = {"lifecycles": {question.name: question.lifecycle for question in fresh}}
    after = {"lifecycles": {question.name: question.want for question in fresh}}
    if fell or heard:
        before["silent"], after["silent"] = sorted(heard), sorted(fell)
    if published:
        before["hosts_file"], after["hosts_file"] = ([line for line in text.splitlines() if line + "\n" != HEADER] for text in published)
    return {"before": before, "after": after}


def _warnings(vips, silent, conflicts, check_mode):
    texts = [f"{vip} is in service, or parked, but does not answer." for vip in silent]
    texts += [f"{one['vip']} is answered by {one['mac']}, which must not." for one in conflicts]
    return texts + ([] if check_mode else [text for text in map(_late, vips) if text])


def _late(entry):
    """Why a VIP that shall answer is not what is wanted of it, or None."""
    if entry["want"] not in confirm.ANSWERING or entry["lifecycle"] == entry["want"] or entry["answered"] and entry.get("answered6", True):
        return None
    silent = "it did not answer in time" if not entry["answered"] else f"{entry['vip6']} did not answer in time"
    missed = {"active": "in service", "parked": "parked"}[entry["want"]]
    return f"{entry['vip']} of {entry['name']} is not {missed}: {entry['detail'] or silent}."
