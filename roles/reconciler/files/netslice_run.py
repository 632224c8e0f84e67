# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One run of the playbook by ansible-runner, under two locks: of the one that asks for it, and of the processes it is made of."""
from __future__ import annotations

import ctypes
import fcntl
import json
import os
import re
import shlex
import shutil
import signal
import sys
import threading
import time
from pathlib import Path

from netslice_records import ENDED, FAILED, GOOD, LATE, RESULTS, Failure, write

FAULTS = ("runner_on_failed", "runner_on_unreachable")
WORDS = 1000  # characters of a reason
COLOUR = re.compile(r"\x1b\[[0-9;]*m")
PR_SET_PDEATHSIG = 1
GRACE_SECONDS = 20  # from SIGTERM to SIGKILL: ansible-playbook ends its workers at the first, and cannot at the second


class Busy(Failure):
    """Another pass runs."""


def lock(path):
    """A descriptor that holds the lock of a file until it, and every copy of it, is closed. Busy where somebody else does."""
    handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as exc:
        os.close(handle)
        raise Busy(f"Cannot begin a pass: {path} is locked, so another one runs. Nothing was done; the next slot tries again.") from exc
    return handle


def free(path):
    """See that nobody holds the lock of a file. Busy where somebody does."""
    os.close(lock(path))


def environment(config):
    """The environment of ansible-playbook beside what this process has: the connection to InfluxDB never is in a file of ansible-runner."""
    given = {f"NETSLICE_INFLUXDB_{key.upper()}": str(value) for key, value in (config.get("influxdb") or {}).items() if value not in ("", None)}
    path = os.pathsep.join([os.path.dirname(sys.executable), os.environ.get("PATH", os.defpath)])
    return {"PATH": path, **given, **{key: str(value) for key, value in (config.get("environment") or {}).items()}}


def become_playbook(config, parent, command):
    """Go on as ansible-playbook, which ends with its parent, and which with its workers holds the lock of the processes of a pass."""
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM, 0, 0, 0)
    if os.getppid() != parent:
        raise Failure("Cannot begin a pass: the process that asked for it has ended.")
    os.set_inheritable(lock(os.path.join(config["directory"], "processes.lock")), True)
    os.environ.update(environment(config))
    os.execvp(command[0], command)


def _cause(said):
    """What a task says of its failure; of a loop, which says that items failed, what the first of them says."""
    failed = next((one for one in said.get("results") or () if isinstance(one, dict) and one.get("failed")), None)
    return _cause(failed) if failed else said.get("msg") or said.get("stderr") or "no reason given"


class Watch:
    """Handler of the events of a run: keeps the first fault in words. Events of faults, and the counts at the end, are kept as files."""

    def __init__(self):
        self.why = ""

    def __call__(self, event):
        data = event.get("event_data") or {}
        if event.get("event") not in FAULTS or data.get("ignore_errors"):
            return event.get("event") == "playbook_on_stats"
        said = data.get("res") or {}
        self.why = self.why or f"{data.get('task')} on {data.get('host')}: {_cause(said)}"[:WORDS]
        return True


class Ending:
    """Whether ansible-runner shall end its run: too late, or asked for by a signal. Its `code` says which, None where neither."""

    def __init__(self, timeout):
        self.code, self.asked, self._late, self._kill = None, threading.Event(), time.monotonic() + timeout, None

    def __call__(self):
        now = time.monotonic()
        if self.code is None and (self.asked.is_set() or now > self._late):
            self.code, self._kill = ENDED if self.asked.is_set() else LATE, now + GRACE_SECONDS
            for child in Path(f"/proc/self/task/{os.getpid()}/children").read_text(encoding="ascii").split():
                os.kill(int(child), signal.SIGTERM)
        return self._kill is not None and now > self._kill


def prepared(config, began, **handlers):
    """ansible-runner made ready for one run of the playbook. Failure where it is not installed."""
    try:
        import ansible_runner
    except ImportError as exc:
        raise Failure(f"Cannot run passes: ansible-runner cannot be imported by {sys.executable} ({exc}). Install it for that interpreter.") from exc
    variables = os.path.join(config["directory"], "variables.json")
    write(variables, json.dumps(config.get("variables") or {}))
    inventory = [part for source in config["inventory"] for part in ("-i", source)]
    runner = ansible_runner.interface.init_runner(
        private_data_dir=config["directory"], ident=time.strftime("%Y%m%dT%H%M%SZ", time.gmtime(began)) + f"-{os.getpid()}", playbook=config["playbook"],
        cmdline=shlex.join([*inventory, "-e", f"@{variables}", *(config.get("arguments") or [])]), quiet=True, suppress_env_files=True,
        settings={"pexpect_timeout": 1}, **handlers)
    # ansible-runner would have any host key taken.
    checking = os.environ.get("ANSIBLE_HOST_KEY_CHECKING")
    runner.config.env.pop("ANSIBLE_HOST_KEY_CHECKING", None)
    runner.config.env.update({} if checking is None else {"ANSIBLE_HOST_KEY_CHECKING": checking})
    return runner


def run(config, wrapper):
    """One run of the playbook: the record of it, {began, seconds, code, hosts, why}. Failure where it cannot begin.

    wrapper: the command that goes on as the one behind it, by become_playbook.
    """
    began, watch, ending = time.time(), Watch(), Ending(config["timeout_seconds"])
    runner = prepared(config, began, event_handler=watch, cancel_callback=ending)
    runner.config.command = [*wrapper, str(os.getpid()), *runner.config.command]
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: ending.asked.set())
    try:
        status, _rc = runner.run()
        stats = runner.stats or {}
    except OSError as exc:  # what still runs of the pass ends with this process; ansible-runner would wait for its end to tell the counts
        status, stats, watch.why = "failed", {}, f"what it printed cannot be kept: {exc}; free space in {config['directory']}"
    # Without its last event no playbook ran, whatever the exit status.
    code = ending.code or (GOOD if status == "successful" and stats else FAILED)
    hosts = {name: len(stats.get(name) or {}) for name in RESULTS}
    return {"began": int(began), "seconds": round(time.time() - began, 1), "code": code, "hosts": hosts, "why": reason(runner, watch, code, config)}


def reason(runner, watch, code, config):
    """Why a run was not good: its first fault, else the end of what it printed."""
    if code == LATE:
        return f"it took longer than timeout_seconds, {config['timeout_seconds']} s"
    if code == ENDED:
        return "it was ended by a signal"
    if code == FAILED and not watch.why:
        with runner.stdout as said:
            lines = [line.strip() for line in COLOUR.sub("", said.read()).splitlines() if line.strip()]
        return f"no task failed; ansible-playbook ended after saying: {' '.join(lines[-3:])[-WORDS:] or 'nothing'}"
    return watch.why if code == FAILED else ""


def prune(folder, keep, keep_mib):
    """Remove the oldest runs beyond `keep` in number or `keep_mib` in size; the newest stays. Names sort by time."""
    runs = sorted((path for path in Path(folder).glob("*") if path.is_dir()), reverse=True)
    total = 0
    for place, path in enumerate(runs):
        total += sum(file.stat().st_size for file in path.rglob("*") if file.is_file())
        if place > 0 and (place >= keep or total > keep_mib * 2**20):
            shutil.rmtree(path, ignore_errors=True)
