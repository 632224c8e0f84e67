# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs modules of the collection inside a hypervisor, each in a process of its own that can be killed; reads requests as lines of JSON.

One interpreter imports everything once and forks for each module: what runs is the modules' own `main`, without the second that starting
Python and Ansible takes.

    {"op": "module", "module": NAME, "args": {...}, "moment": null | {"after_write": N, "torn": PART} | {"seconds": S, "group": BOOL}}
    {"op": "dump", "uri": URI, "directories": [...]}
"""
from __future__ import annotations

import importlib
import json
import mmap
import os
import signal
import struct
import sys
import time
import traceback

import faults_dump
import faults_moments
from ansible.module_utils import basic

MODULES = ("slice_info", "slice_networks", "slice_vms", "slice_qos", "slice_vips")
PACKAGE = "ansible_collections.foresight.netslice.plugins.modules"
LONGEST_SECONDS = 240


def in_child(action, moment=None):
    """(status, bytes it printed, seconds) of a function run in a forked process; killed at the moment, or after LONGEST_SECONDS."""
    output = os.memfd_create("output")
    begin = time.monotonic()
    pid = os.fork()
    if not pid:
        _become(action, output)
    moment = moment or {}
    status = _ended(pid, begin + moment.get("seconds", LONGEST_SECONDS))
    if status is None:
        _kill(pid, moment.get("group"))
        status = os.waitpid(pid, 0)[1]
    seconds = time.monotonic() - begin
    size = os.lseek(output, 0, os.SEEK_END)
    text = os.pread(output, size, 0)
    os.close(output)
    return status, text, seconds


def _ended(pid, deadline):
    """Status of a child, None where it lives at the deadline."""
    while True:
        ended, status = os.waitpid(pid, os.WNOHANG)
        if ended:
            return status
        left = deadline - time.monotonic()
        if left <= 0:
            return None
        time.sleep(min(0.001, left))


def _kill(pid, group):
    """SIGKILL to the module alone, whose programs go on, or to them too."""
    try:
        (os.killpg if group else os.kill)(pid, signal.SIGKILL)
    except ProcessLookupError:
        os.kill(pid, signal.SIGKILL)


def _become(action, output):
    os.setsid()
    os.dup2(output, 1)
    os.dup2(output, 2)
    sys.stdout = open(1, "w", encoding="utf-8", closefd=False)
    status = 1
    try:
        action()
        status = 0
    except SystemExit as exc:
        status = exc.code or 0
    except BaseException:
        traceback.print_exc(file=sys.stdout)
    sys.stdout.flush()
    os._exit(status)


def module(request):
    """Run a module; what it returned, or that it was killed, and how many writes it did."""
    shared = mmap.mmap(-1, 8)
    moment = faults_moments.Moment(request.get("moment"), shared)

    def action():
        if request.get("bug"):
            faults_moments.BUGS[request["bug"]]()
        moment.watch()
        basic._ANSIBLE_ARGS = json.dumps({"ANSIBLE_MODULE_ARGS": request["args"]}).encode()
        basic._ANSIBLE_PROFILE = "legacy"
        importlib.import_module(f"{PACKAGE}.{request['module']}").main()

    status, text, seconds = in_child(action, request.get("moment"))
    killed = os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL
    answer = {"killed": killed, "seconds": seconds, "writes": struct.unpack("i", shared[:4])[0], "result": {}}
    if not killed:
        try:
            answer["result"] = json.loads(text)
        except ValueError:
            answer["result"] = {"failed": True, "msg": text.decode(errors="replace")[-2000:]}
    return answer


def dump(request):
    """Everything a host has that slices could leave behind."""
    status, text, _seconds = in_child(lambda: print(json.dumps(faults_dump.dump(request["uri"], request["directories"]))))
    if status:
        return {"error": text.decode(errors="replace")[-2000:]}
    return json.loads(text)


def main():
    """Answer requests until the input ends."""
    out = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    for name in MODULES:
        importlib.import_module(f"{PACKAGE}.{name}")
    for line in sys.stdin:
        request = json.loads(line)
        print(json.dumps({"module": module, "dump": dump}[request["op"]](request)), file=out, flush=True)


if __name__ == "__main__":
    main()
