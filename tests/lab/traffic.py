# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0 or later (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Rates that guests really get, measured by iperf3 between the world and their VIPs."""

from __future__ import annotations

import json
import subprocess
import time

SECONDS = 5
SETTLE_SECONDS = 1
ATTEMPTS = 4
PATIENCE_SECONDS = 30
# Headers of a segment as HTB counts them: Ethernet 14, IPv4 20, TCP 20, timestamps 12.
HEADER_BYTES = 66


def measure(world, vips, direction, seconds=SECONDS):
    """Rates on the link in Mbit/s of one TCP stream to each VIP, all at once.

    direction: ``egress`` is guest to world, ``ingress`` world to guest. Raises RuntimeError when iperf3 fails.
    """
    for attempt in range(ATTEMPTS):
        # A server takes a moment between two clients; then all streams begin again, so that they always run together.
        clients = [_start(world, vip, direction, seconds) for vip in vips]
        answers = [_answer(client) for client in clients]
        refused = [answer.get("error") for answer in answers if answer.get("error")]
        if not refused:
            return [_rate(answer) for answer in answers]
        time.sleep(1)
    raise RuntimeError(f"Cannot measure the rates of {', '.join(vips)} in {ATTEMPTS} attempts: {'; '.join(refused)}")


def _start(world, vip, direction, seconds):
    command = ["iperf3", "--client", vip, "--json", "--time", seconds, "--omit", SETTLE_SECONDS, "--connect-timeout", 5000]
    if direction == "egress":
        command.append("--reverse")
    return subprocess.Popen(world.enter(*command), stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)


def _answer(client):
    """The JSON a client prints, also when it fails."""
    try:
        return json.loads(client.communicate(timeout=PATIENCE_SECONDS)[0])
    except subprocess.TimeoutExpired:
        client.kill()
        client.wait()
        return {"error": f"no end within {PATIENCE_SECONDS} s"}
    except json.JSONDecodeError as error:
        return {"error": f"no JSON: {error}"}


def _rate(answer):
    segment = answer["start"]["tcp_mss_default"]
    return answer["end"]["sum_received"]["bits_per_second"] / 1e6 * (segment + HEADER_BYTES) / segment
