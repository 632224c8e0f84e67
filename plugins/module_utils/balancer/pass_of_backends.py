# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One run over the backends of a balancer: who answers, what changes, the file, the running HAProxy."""
from __future__ import annotations

import concurrent.futures
import ipaddress
import re
import socket
import time
import typing as t

from ..errors import HostError
from ..vips import files
from . import difference, section

#: how long HAProxy may take to let go of a server whose sessions were ended
LET_GO_SECONDS = 5.0
NAME = re.compile(r"[A-Za-z0-9_.:-]+")
#: answers of the runtime API that are no errors
FINE = ("", "New server registered.", "Server deleted.")
MOST_AT_ONCE = 64


class Plan(t.NamedTuple):
    """What the balancer lacks."""

    backends: list
    present: dict  # {backend: {name: Server}}, {} where HAProxy does not have it yet
    steps: dict  # {backend: [Step]}
    waiting: list  # names of servers that do not answer yet
    text: t.Optional[str]  # of the file; None: no file
    before: str  # text of the file before
    reload: list  # backends that HAProxy learns by a reload alone
    down: t.Optional[HostError]  # why HAProxy could not be asked, where a file keeps what it shall have

    @property
    def changed(self):
        """Whether anything is to be done."""
        return any(self.steps.values()) or (self.text is not None and self.text != self.before)


def check(backends):
    """Refuse what HAProxy would misread, before anything is done. Raises HostError."""
    for backend in backends:
        if not NAME.fullmatch(backend["name"]):
            raise HostError(f"Cannot balance slice {backend['slice']}: {backend['name']!r} is no name of a backend. Use letters, digits and .:_-")
        for line in backend["lines"] + backend["bind"]:
            if re.match(r"\s*(server|server-template|backend|frontend|listen|global|defaults)\b", line) or "\n" in line:
                raise HostError(f"Cannot balance slice {backend['slice']}: {line!r} does not belong into lines. "
                                f"Servers come from the plan, and sections from your own file.")
        for server in backend["servers"]:
            _check_server(backend, server)


def _check_server(backend, server):
    try:
        ipaddress.ip_address(server["address"])
    except ValueError as exc:
        raise HostError(f"Cannot balance slice {backend['slice']}: server {server['name']} {exc}. Give its VIP.") from exc
    if not NAME.fullmatch(server["name"]) or not 1 <= server["port"] <= 65535 or not 0 <= server["weight"] <= 256:
        raise HostError(f"Cannot balance slice {backend['slice']}: server {server} has a bad name, port or weight. A port is 1..65535, a weight 0..256.")


def plan(runtime, backends, path, timeout, ask=True):
    """Plan for the backends. ask: whether new servers are asked if they answer; else they are foreseen to. Raises HostError."""
    before = files.read(path) if path else ""
    found, down = _read(runtime, backends, path)
    present = {name: servers or {} for name, servers in found.items()}
    unknown = [name for name, servers in found.items() if servers is None]
    if unknown and not path:
        raise HostError(f"Cannot balance: HAProxy at {runtime.path} has no backend {', '.join(unknown)}. Add it to its configuration, or give backends_file.")
    silent = _silent(backends, present, timeout) if ask else set()
    steps = {one["name"]: difference.steps(one, [server for server in one["servers"] if server["name"] not in silent], present[one["name"]])
             for one in backends if one["name"] not in unknown}
    serving = {one["name"]: _serving(one, present[one["name"]], silent) for one in backends}
    text = section.render(backends, serving) if path else None
    old, new = section.heads(before), section.heads(text or "")
    stale = [] if down else [name for name in new if name in unknown or (name in old and old[name] != new[name])]
    return Plan(backends, present, steps, sorted(silent), text, before, stale, down)


def _read(runtime, backends, path):
    """{backend: its servers, or None where HAProxy has none of that name}, and the error of a HAProxy that is down but has a file to start from."""
    try:
        return {backend["name"]: runtime.servers(backend["name"]) for backend in backends}, None
    except HostError as exc:
        if not path:
            raise
        return {backend["name"]: None for backend in backends}, exc


def _serving(backend, present, silent):
    """The servers of a backend that its file lists: those wanted in rotation, and ours that a partial view keeps."""
    listed = [server for server in backend["servers"] if server["want"] == "ready" and server["name"] not in silent]
    named = {server["name"] for server in backend["servers"]}
    kept = [] if backend["prune"] else [
        {"name": name, "address": server.address, "port": server.port, "weight": server.weight}
        for name, server in present.items()
        if name not in named and server.want == "ready" and difference.is_ours(name, backend["slice"], server.address)]
    return listed + kept


def _silent(backends, present, timeout):
    """Names of the wanted servers that are not in rotation yet and do not take a connection within the time, all asked at once."""
    new = {server["name"]: (server["address"], server["port"]) for backend in backends for server in backend["servers"]
           if server["want"] == "ready" and server["name"] not in present[backend["name"]]}
    if not new:
        return set()
    with concurrent.futures.ThreadPoolExecutor(min(MOST_AT_ONCE, len(new))) as pool:
        answers = pool.map(lambda end: answers_on(end, timeout), new.values())
    return {name for name, answer in zip(new, answers) if not answer}


def answers_on(end, timeout):
    """Whether something takes a TCP connection at (address, port) within the time; a refusal is asked again until then."""
    until = time.monotonic() + timeout
    while True:
        try:
            with socket.create_connection(end, timeout=max(0.1, until - time.monotonic())):
                return True
        except OSError:
            if time.monotonic() + 0.2 >= until:
                return False
            time.sleep(0.2)


def write(path, todo):
    """Replace the file where it differs. Raises HostError."""
    if todo.text is not None and todo.text != todo.before:
        files.write(path, todo.text)


def carry_out(runtime, todo):
    """Give HAProxy the commands. Raises HostError where it refuses one; what was done before stays, and the next run goes on from there."""
    for steps in todo.steps.values():
        for step in steps:
            for command in step.commands:
                _give(runtime, command)


def _give(runtime, command):
    until = time.monotonic() + LET_GO_SECONDS
    answer = runtime.command(command)
    # Connections that were ended are let go of by another thread.
    while command.startswith("del server") and answer not in FINE and time.monotonic() < until:
        time.sleep(0.1)
        answer = runtime.command(command)
    if answer not in FINE and not _told_only(command):
        raise HostError(f"Cannot change the balancer: HAProxy answered {answer!r} to {command!r}. HAProxy 2.6 or later is needed, with a dynamic `balance`.")


def _told_only(command):
    """Whether the answer to a command is a remark: HAProxy says in words what an address change did."""
    return " addr " in command


def wait(runtime, backends, seconds):
    """Wait until no server that drains has a session left, at most so long; {name: sessions left}."""
    until = time.monotonic() + seconds
    while True:
        left = {}
        for backend in backends:
            leaving = {server["name"] for server in backend["servers"] if server["want"] == "drain"}
            present = runtime.servers(backend["name"]) or {} if leaving else {}
            left.update({name: present[name].sessions for name in leaving if name in present and present[name].sessions})
        if not left or time.monotonic() >= until:
            return left
        time.sleep(0.2)


def diff(todo):
    """(before, after) for people: {backend: {server: words}} of what changes."""
    before = {name: {step.server: step.before for step in steps if step.before} for name, steps in todo.steps.items() if steps}
    after = {name: {step.server: step.after for step in steps if step.after} for name, steps in todo.steps.items() if steps}
    if todo.text is not None and section.heads(todo.before) != section.heads(todo.text):
        before["backends"], after["backends"] = section.heads(todo.before), section.heads(todo.text)
    return before, after
