# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A network namespace of the thread that runs the tests, with a pair of devices in it; gone with the last test."""
from __future__ import annotations

import ctypes
import os
import shutil
import subprocess

import pytest

CLONE_NEWNET = 0x40000000
TOOLS = [tool for tool in ("ip", "tc") if not shutil.which(tool)]


def run(argv, text=""):
    """Exit status, output and error output of a program."""
    done = subprocess.run(argv, input=text, capture_output=True, text=True, check=False)
    return done.returncode, done.stdout, done.stderr


def batch(program, text):
    """Lines of a batch that must succeed."""
    status, _output, error = run([program, "-batch", "-"], text)
    assert status == 0, error


def tc(line):
    batch("tc", line + "\n")


@pytest.fixture
def namespace():
    """up0 and up1, a pair, in a namespace of its own."""
    if os.geteuid() != 0:
        pytest.skip("needs root, to make a network namespace")
    if TOOLS:
        pytest.skip(f"needs {' and '.join(TOOLS)}, of iproute2")
    libc = ctypes.CDLL(None, use_errno=True)
    home = os.open("/proc/thread-self/ns/net", os.O_RDONLY)
    if libc.unshare(CLONE_NEWNET):
        os.close(home)
        pytest.skip("needs network namespaces, which this machine refuses")
    try:
        batch("ip", "link add up0 type veth peer name up1\nlink set up0 up\nlink set up1 up\n")
        yield
    finally:
        libc.setns(home, CLONE_NEWNET)
        os.close(home)
