# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs passes of a playbook by ansible-runner: one at a time, bounded in time, kept and counted.

  netslice-reconciler.py --config FILE              one pass, now
  netslice-reconciler.py --config FILE --loop       one every interval_seconds; of slots that were missed only the latest is made up for
  netslice-reconciler.py --config FILE --check-age  ask whether the last good pass is recent; where it is not, give the alarm

Exit status: 0 good; 1 the pass failed; 2 it could not begin; 3 another one runs, and nothing was done; 4 it took longer than
timeout_seconds and was ended; 5 no good pass within max_age_seconds (--check-age); 6 it was ended by a signal.

Configuration (JSON): playbook, inventory (list), variables, arguments (list), environment; directory, interval_seconds,
timeout_seconds, max_age_seconds, keep, keep_mib; textfile; influxdb {url, org, bucket, token, username, password, validate_certs};
alarm_command (list). Needs Python 3.10 and ansible-runner; ansible-playbook stands beside the Python that runs this, or in PATH.
"""
from __future__ import annotations

import argparse
import json
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

from netslice_records import BUSY, GOOD, NOT_BEGUN, OLD, Failure, keep, too_old
from netslice_run import Busy, become_playbook, free, lock, prune, run

NEEDED = {"playbook", "inventory", "directory", "interval_seconds", "timeout_seconds", "max_age_seconds", "keep", "keep_mib"}


def configuration(path):
    """The configuration of a file, {key: value}. Failure where it cannot be read or lacks a key."""
    try:
        config = json.loads(Path(path).read_text(encoding="utf-8"))
        lacking = NEEDED - set(config)
    except (OSError, ValueError, TypeError) as exc:
        raise Failure(f"Cannot read {path}: {exc}. Write it with the role foresight.netslice.reconciler.") from exc
    if lacking:
        raise Failure(f"Cannot use {path}: it lacks {', '.join(sorted(lacking))}. Write it with the role foresight.netslice.reconciler.")
    return {**config, "written": int(os.stat(path).st_mtime)}


def one_pass(config, path):
    """One pass, if no other one runs; its exit status."""
    held = lock(os.path.join(config["directory"], "pass.lock"))
    outputs = (os.path.join(config["directory"], "artifacts"), config["keep"], config["keep_mib"])
    try:
        free(os.path.join(config["directory"], "processes.lock"))  # of a pass whose reconciler was killed
        prune(*outputs)  # of one that ended by a full disk
        record = run(config, [sys.executable, os.path.abspath(__file__), "--config", os.path.abspath(path), "--as-playbook"])
        prune(*outputs)  # before what came of it is kept, which may need the space
        try:
            keep(config, record)
        except OSError as exc:  # the pass was what it was
            print(f"Cannot keep what came of the pass: {exc}. Free space, or correct reconciler_directory or reconciler_textfile.", file=sys.stderr)
    finally:
        os.close(held)
    if record["why"]:
        print(f"Cannot finish the pass: {record['why']}", file=sys.stderr, flush=True)
    return record["code"]


def next_slot(now, interval):
    """The first multiple of interval after now: whatever was missed before it is not made up for."""
    return (int(now) // interval + 1) * interval


def loop(config, path):
    """Passes until SIGTERM or SIGINT, the first one at once, each in a process of its own. After each one the age is checked."""
    stop, current = threading.Event(), []

    def end(*_):
        stop.set()
        for process in current:
            process.terminate()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, end)
    while not stop.is_set():
        try:
            current[:] = [subprocess.Popen([sys.executable, os.path.abspath(__file__), "--config", path], start_new_session=True)]
            if stop.is_set():
                current[0].terminate()
            print(f"pass: {current[0].wait()}", flush=True)
        except OSError as exc:  # no memory, or no process more: the next slot tries again
            print(f"Cannot begin a pass: {exc}", file=sys.stderr, flush=True)
        current.clear()
        words = too_old(config, time.time())
        if words:
            print(f"alarm: {words}", file=sys.stderr, flush=True)
        stop.wait(next_slot(time.time(), config["interval_seconds"]) - time.time())
    return GOOD


def main(argv=None):
    parser = argparse.ArgumentParser(description="Run passes by ansible-runner, one at a time.")
    parser.add_argument("--config", required=True, help="the file that the role foresight.netslice.reconciler wrote")
    what = parser.add_mutually_exclusive_group()
    what.add_argument("--loop", action="store_true", help="a pass every interval_seconds, until SIGTERM")
    what.add_argument("--check-age", action="store_true", help="whether the last good pass is recent")
    what.add_argument("--as-playbook", nargs=argparse.REMAINDER, help=argparse.SUPPRESS)  # PID COMMAND...: what ansible-runner starts
    given = parser.parse_args(argv)
    try:
        config = configuration(given.config)
        if given.as_playbook:
            become_playbook(config, int(given.as_playbook[0]), given.as_playbook[1:])
        if given.check_age:
            words = too_old(config, time.time())
            print(words or "The last good pass is recent.", file=sys.stderr if words else sys.stdout)
            return OLD if words else GOOD
        return loop(config, given.config) if given.loop else one_pass(config, given.config)
    except Busy as exc:
        print(exc, file=sys.stderr)
        return BUSY
    except Failure as exc:
        print(exc, file=sys.stderr)
    except OSError as exc:
        print(f"Cannot begin: {exc}. Free space, or correct reconciler_directory or its permissions.", file=sys.stderr)
    return NOT_BEGUN


if __name__ == "__main__":
    sys.exit(main())
