# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Processes in namespaces of their own that cannot outlive the lab.

A Space is a shell that is process 1 of its own pid, mount, network (and IPC, UTS) namespaces. Nothing has a global name: namespaces,
links and mounts are known by the pid alone and vanish with it. Each space asks the kernel to be killed with the lab, so that even
SIGKILL of the lab leaves nothing running.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import subprocess
import time
from contextlib import ExitStack
from pathlib import Path

PR_SET_PDEATHSIG = 1
ENDING_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
#: how long what starts is waited for: a limit that is reached only where something is broken, on however busy a machine
START_SECONDS = 180
NAMESPACES = ("--mount", "--uts", "--ipc", "--net", "--pid")
_libc = ctypes.CDLL(None, use_errno=True)


class LabError(Exception):
    """The lab cannot do what was asked."""


class Opened:
    """A context manager of others, which its `_begin` enters on `_stack`: they are left in reverse order, and so are those that stand where it fails."""

    def __init__(self):
        self._stack = ExitStack()

    def __enter__(self):
        try:
            self._begin()
        except BaseException:
            self._stack.close()
            raise
        return self

    def __exit__(self, *_exception):
        self._stack.close()

    def _begin(self):
        raise NotImplementedError


def die_with_parent():
    """For preexec_fn: the kernel sends SIGKILL to this process when its parent ends."""
    _libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)


def run(command, **options):
    """Run a command and return its standard output; LabError with what it said when it fails."""
    result = subprocess.run([str(part) for part in command], capture_output=True, text=True, check=False, **options)
    if result.returncode:
        said = (result.stderr.strip() or result.stdout.strip())[-2000:]
        raise LabError(f"Cannot run {' '.join(map(str, command))}: it ended with {result.returncode}: {said}")
    return result.stdout


def wait_until(condition, timeout, what, interval=0.05):
    """Value of condition() as soon as it is true. LabError after timeout seconds."""
    deadline = time.monotonic() + timeout
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > deadline:
            raise LabError(f"Cannot bring up {what}: not ready after {timeout} s.")
        time.sleep(interval)


def end_on_signals():
    """End this process in order (SystemExit) at the first SIGINT, SIGTERM or SIGHUP; the clean-up that follows is not interrupted."""
    def interrupted(number, _frame):
        for each in ENDING_SIGNALS:
            signal.signal(each, signal.SIG_IGN)
        raise SystemExit(128 + number)

    for each in ENDING_SIGNALS:
        signal.signal(each, interrupted)


def started(pid):
    """Start time of a process in clock ticks since boot, None when there is none: with the pid it names a process for good."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[19]
    except (FileNotFoundError, ProcessLookupError):
        return None


class Space:
    """A script running as process 1 of its own namespaces.

    ``script`` is run by bash with ``arguments``; it is ready when it has made the file ``ready``. Output goes to ``log``.
    """

    def __init__(self, name, script, arguments, ready, log):
        self.name, self.ready, self.log = name, Path(ready), Path(log)
        self.ready.unlink(missing_ok=True)
        command = ["unshare", *NAMESPACES, "--fork", "--mount-proc", "--kill-child=SIGKILL", "bash", str(script), *map(str, arguments)]
        with open(log, "ab") as output:
            # In a session of its own: the terminal's interrupt reaches the lab alone, which then ends its spaces in order.
            self._unshare = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=output, stderr=output,
                                             preexec_fn=die_with_parent, start_new_session=True)
        self.pid = wait_until(self._child, START_SECONDS, f"the namespaces of {name}")

    def _child(self):
        """Pid, as this process sees it, of process 1 of the space."""
        if self._unshare.poll() is not None:
            raise LabError(f"Cannot start {self.name}: {self.tail()}")
        task = Path(f"/proc/{self._unshare.pid}/task/{self._unshare.pid}/children")
        children = task.read_text().split()
        return int(children[0]) if children else None

    def wait_ready(self, timeout=START_SECONDS):
        def ready():
            if self._unshare.poll() is not None:
                raise LabError(f"Cannot start {self.name}: {self.tail()}")
            return self.ready.exists()

        wait_until(ready, timeout, f"{self.name} (see {self.log})")

    def tail(self):
        """The last lines of the space's log."""
        return " / ".join(self.log.read_text(errors="replace").splitlines()[-5:]) or f"no output in {self.log}"

    def enter(self, *command):
        """The command line that runs a command inside the space."""
        return [*enter(self.pid), *map(str, command)]

    def run(self, *command, **options):
        return run(self.enter(*command), **options)

    def stop(self, grace=5):
        """End process 1, and with it all of the space. Silent when it is gone already."""
        if self._unshare.poll() is None:
            try:
                os.kill(self.pid, signal.SIGTERM)
                self._unshare.wait(grace)
            except (ProcessLookupError, subprocess.TimeoutExpired):
                self._unshare.kill()
        self._unshare.wait()


def end_inside(process, patience=120):
    """End a program that was started with enter(), by its own pid: the process that waits outside for it passes no signal on."""
    if process.poll() is None:
        for child in Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split():
            with contextlib.suppress(ProcessLookupError):  # it has just ended by itself
                os.kill(int(child), signal.SIGTERM)
    process.wait(patience)


def enter(pid):
    """The command that puts another one into the namespaces of a pid; standard input and exit status pass through."""
    return ["nsenter", "--target", str(pid), "--mount", "--uts", "--ipc", "--net", "--pid", "--"]
