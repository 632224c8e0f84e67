# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A network namespace of the thread that runs the tests, with a pair of devices in it; gone with the last test."""
from __future__ import annotations

import ctypes
import ipaddress
import os
import re
import shutil
import socket
import struct
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


def sent():
    """{minor: packets that the class of up0 has sent}."""
    shown = run(["tc", "-s", "class", "show", "dev", "up0"])[1]
    return {int(minor, 16): int(count) for minor, count in re.findall(r"class htb 51ce:(\w+) .*\n Sent \d+ bytes (\d+) pkt", shown)}


def send(sources):
    """A packet of each address, out by up0."""
    with socket.socket(socket.AF_PACKET, socket.SOCK_RAW) as out:
        out.bind(("up0", 0))
        for source in sources:
            out.send(packet(source))


def packet(source):
    """An Ethernet frame with an empty packet of the address."""
    number = ipaddress.ip_address(source)
    if number.version == 4:
        return bytes(12) + struct.pack("!H", 0x0800) + struct.pack("!BBHHHBBH4s4s", 0x45, 0, 20, 0, 0, 64, 59, 0, number.packed, bytes(4))
    return bytes(12) + struct.pack("!H", 0x86DD) + struct.pack("!IHBB16s16s", 0x60000000, 0, 59, 64, number.packed, bytes(16))


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
