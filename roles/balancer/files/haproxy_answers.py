# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Ends with 0 where the HAProxy behind the socket given answers, and is not about to stop. keepalived runs it every second.

A process that runs is not enough: one that hangs keeps the address from those that work.
"""
from __future__ import annotations

import socket
import sys

TIMEOUT_SECONDS = 1


def answers(path):
    """Whether HAProxy answers at its runtime API."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
        connection.settimeout(TIMEOUT_SECONDS)
        connection.connect(path)
        connection.sendall(b"show info\n")
        said = b""
        while chunk := connection.recv(65536):
            said += chunk
    return b"\nStopping: 0\n" in said


if __name__ == "__main__":
    try:
        well = answers(sys.argv[1])
    except OSError:
        well = False
    sys.exit(0 if well else 1)
