# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""An InfluxDB whose disk can be filled."""
from __future__ import annotations

import subprocess
import urllib.parse
from pathlib import Path

import influx
from processes import START_SECONDS, die_with_parent, wait_until

DISK_MIB = 160


class SmallInflux(influx.Influx):
    """An InfluxDB whose points lie on a disk of its own of DISK_MIB, in a mount namespace that outlives a restart."""

    _holder = None

    @property
    def disk(self):
        """The folder of that disk, as other processes reach it."""
        return Path(f"/proc/{self._holder.pid}/root{self.directory}", "engine" if self.version == 2 else "wal")

    def _command(self, port):
        if self._holder is None:
            inside = Path(self.directory, "engine" if self.version == 2 else "wal")
            inside.mkdir(exist_ok=True)
            mount = f'mount -t tmpfs -o size={DISK_MIB}m tmpfs "$0" && touch "$0/mounted" && exec sleep infinity'
            self._holder = subprocess.Popen(["unshare", "--mount", "sh", "-c", mount, str(inside)], preexec_fn=die_with_parent)
            wait_until((self.disk / "mounted").exists, START_SECONDS, "the disk of InfluxDB")
        return ["nsenter", "--mount", "--target", str(self._holder.pid), "--", *super()._command(port)]

    def restart(self):
        """What an administrator does once there is space again: a server that could not write does not try anew by itself."""
        self._process.terminate()
        self._process.wait(120)
        self._start(urllib.parse.urlsplit(self.url).port)

    def stop(self):
        super().stop()
        if self._holder:
            self._holder.kill()
            self._holder.wait()
