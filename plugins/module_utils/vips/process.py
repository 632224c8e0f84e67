# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Running nft, ip and makers of disks: by list, with a deadline, in the C locale."""
from __future__ import annotations

import os
import subprocess

from ..errors import HostError

SEARCH = "/usr/sbin:/usr/bin:/sbin:/bin:/usr/local/sbin:/usr/local/bin"
PACKAGES = {"nft": "nftables", "ip": "iproute2", "bridge": "iproute2", "unshare": "util-linux", "qemu-img": "qemu-utils"}


def run(argv, data=None, timeout=60):
    """(status, stdout, stderr) of argv, given `data` on stdin. Raises HostError where it is not installed or does not end in time."""
    environment = dict(os.environ, LC_ALL="C", PATH=os.environ.get("PATH", "") + ":" + SEARCH)
    try:
        done = subprocess.run(
            argv, input=data, stdin=subprocess.DEVNULL if data is None else None, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            encoding="utf-8", errors="replace", env=environment, timeout=timeout, check=False,
        )
    except FileNotFoundError as exc:
        package = PACKAGES.get(argv[0], argv[0])
        raise HostError(f"Cannot run {argv[0]}: it is not installed on this host. Install the package {package}.") from exc
    except subprocess.TimeoutExpired as exc:
        raise HostError(f"Cannot finish {' '.join(argv)}: it did not end within {timeout} s. See what it waits for on this host.") from exc
    return done.returncode, done.stdout, done.stderr
