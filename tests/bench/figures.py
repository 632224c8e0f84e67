# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the subjects of `make bench` share: printing figures, timing, and a private network namespace."""
from __future__ import annotations

import ctypes
import importlib.util
import json
import os
import statistics
import subprocess
import sys
import time

CLONE_NEWNET = 0x40000000
SKIPPED = 77


def figure(name: str, value: float, unit: str, target: float | None = None) -> None:
    """Print one figure; target is the most it may be."""
    print(json.dumps({"name": name, "value": round(value, 4), "unit": unit, "target": target}), flush=True)


def skip(why: str) -> None:
    """End the subject as skipped."""
    print(why, flush=True)
    sys.exit(SKIPPED)


def public_traces(what: str) -> str:
    """Folder of the public traces; ends the subject as skipped where `what`, which needs them and torch, lacks one of the two."""
    folder = os.path.join(os.environ.get("TRACES", "../shared/traces"), "public")
    if not importlib.util.find_spec("torch"):
        skip(f"{what} needs torch")
    if not os.path.isdir(folder):
        skip(f"{what} needs traces, and {folder} does not exist; name the folder above it in TRACES")
    return folder


def milliseconds(work, repeat: int) -> float:
    """Median duration of work()."""
    taken = []
    for _round in range(repeat):
        begin = time.perf_counter()
        work()
        taken.append((time.perf_counter() - begin) * 1000)
    return statistics.median(taken)


def private_network() -> None:
    """Move this process into a network namespace of its own with the device up0; it goes with the process."""
    if os.geteuid() != 0:
        skip("needs root, to make a network namespace")
    if ctypes.CDLL(None, use_errno=True).unshare(CLONE_NEWNET):
        skip("needs network namespaces, which this machine refuses")
    run(["ip", "-batch", "-"], "link add up0 type veth peer name up1\nlink set up0 up\nlink set up1 up\n")


def run(argv: list[str], text: str = "") -> tuple[int, str, str]:
    """Exit status, output and error output of a program."""
    done = subprocess.run(argv, input=text, capture_output=True, text=True, check=False)
    return done.returncode, done.stdout, done.stderr


def attachment(slices: int, vips: int, direction: str = "egress", step: int = 1) -> dict:
    """up0 shared by slices of so many VIPs each, which lie `step` addresses apart: none beside another with 2."""
    return {
        "device": "up0", "direction": direction, "rate_mbit": 1000.0, "default_mbit": 10.0,
        "classes": [
            {"slice": f"s{i}", "minor": 16 + i, "guarantee_mbit": 900.0 / slices, "ceiling_mbit": 1000.0,
             "vips": [f"10.{90 + i // 250}.{i % 250}.{1 + j * step}" for j in range(vips)]}
            for i in range(slices)
        ],
    }
