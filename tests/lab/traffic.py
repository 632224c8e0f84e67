# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Rates that guests really get, measured by iperf3 between the world and their VIPs.

Streams never begin at the same moment, so each reports twice a second and only the time in which all of them ran counts.
"""

from __future__ import annotations

import re
import subprocess
import threading
import time

SECONDS = 6
INTERVAL_SECONDS = 0.5
SETTLE_SECONDS = 1.5
ATTEMPTS = 4
PATIENCE_SECONDS = 120
# A segment of 1448 bytes of data as HTB counts it: Ethernet 14, IPv4 20, TCP 20 and timestamps 12 more.
ON_THE_LINK = (1448 + 66) / 1448
REPORT = re.compile(r"\]\s+[\d.]+-[\d.]+\s+sec\s.*?([\d.]+) Kbits/sec")


class Stream:
    """One TCP stream, and its reports as (time of arrival, Mbit/s of data)."""

    def __init__(self, world, vip, direction):
        command = ["iperf3", "--client", vip, "--time", SECONDS, "--interval", INTERVAL_SECONDS, "--format", "k", "--forceflush",
                   "--connect-timeout", 30000]
        if direction == "egress":
            command.append("--reverse")
        self.reports, self.said = [], []
        self._process = subprocess.Popen(world.enter(*command), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self):
        for line in self._process.stdout:
            report = REPORT.search(line)
            if report and "sender" not in line and "receiver" not in line:
                self.reports.append((time.monotonic(), float(report.group(1)) / 1000))
            else:
                self.said.append(line.strip())

    def finish(self):
        """Wait for the end; True when the stream ran through."""
        try:
            self._process.wait(PATIENCE_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._reader.join(60)
        return self._process.returncode == 0 and bool(self.reports)

    def rate(self, begin, end):
        """Mean rate on the link in Mbit/s of the reports that arrived between two moments."""
        rates = [rate for arrival, rate in self.reports if begin < arrival <= end]
        return sum(rates) / len(rates) * ON_THE_LINK if rates else 0.0


def measure(world, vips, direction):
    """Rates on the link in Mbit/s of one TCP stream to each VIP, all at once.

    direction: ``egress`` is guest to world, ``ingress`` world to guest. Raises RuntimeError when iperf3 fails.
    """
    for _attempt in range(ATTEMPTS):
        # A server takes a moment between two clients; then all streams begin again, so that they always run together.
        streams = [Stream(world, vip, direction) for vip in vips]
        finished = [stream.finish() for stream in streams]
        if all(finished):
            begin = max(stream.reports[0][0] for stream in streams) + SETTLE_SECONDS
            end = min(stream.reports[-1][0] for stream in streams)
            if end > begin:
                return [stream.rate(begin, end) for stream in streams]
        time.sleep(1)
    said = "; ".join(f"{vip}: {' '.join(stream.said)[-200:]}" for vip, stream in zip(vips, streams))
    raise RuntimeError(f"Cannot measure rates in {ATTEMPTS} attempts: {said}")
