# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Rates as the receiver sees them by iperf3, latency by ping, and losses of a steady stream, between guests and the world of a Net."""
from __future__ import annotations

import json
import math
import re
import subprocess
import sys
import time

from processes import LabError
from shaping_net import HERE, WORLD, port, vip

WARM_SECONDS = {"tcp": 2, "udp": 0.5}
#: TCP first overshoots, and then delivers at once what it had to send again: more seconds until that is over, and of measurement, on slow links
WARM_MBIT, FRAMES_MBIT = 20, 120
#: of TCP several at once: what one delivers stalls with each loss and comes in a lump after it
STREAMS = {"tcp": 4, "udp": 1}
INTERVAL_SECONDS = 0.5
DATAGRAM_BYTES = 1400
ATTEMPTS = 5
#: Ethernet, IPv4 or IPv6, and UDP or TCP with timestamps, as HTB counts them
HEADERS = {("4", "udp"): 14 + 20 + 8, ("6", "udp"): 14 + 40 + 8, ("4", "tcp"): 14 + 20 + 32, ("6", "tcp"): 14 + 40 + 32}
SEGMENT_BYTES = {"4": 1448, "6": 1428}
PROBES_A_SECOND = 1000
PROBE_PORT = 6000


def on_the_link(family, protocol, added=0):
    """Bytes on the link for each byte that a stream carries; added: to each frame on its way to the link."""
    payload = DATAGRAM_BYTES if protocol == "udp" else SEGMENT_BYTES[family]
    return (payload + HEADERS[family, protocol] + added) / payload


def _client(net, minor, direction, protocol, family, seconds, offered):
    """iperf3 in the guest of a slice; `offered` Mbit/s of UDP."""
    command = ["iperf3", "--client", net.target(minor, family), "--port", port(minor), "--bind", vip(minor, family), "--time", seconds, "--json",
               "--interval", INTERVAL_SECONDS, "--connect-timeout", 30000, "--get-server-output", "--parallel", STREAMS[protocol]]
    if direction == "ingress":
        command.append("--reverse")
    if protocol == "udp":
        command += ["--udp", "--bitrate", f"{offered}M", "--length", DATAGRAM_BYTES]
    return subprocess.Popen(net.guests[minor].enter(*command), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def _received(said, direction, warm):
    """Mbit/s of data that the receiver saw, from the warm time on; the last interval is cut, so it does not count."""
    document = json.loads(said)
    if "error" in document:
        raise LabError(f"Cannot measure: iperf3 says {document['error']}.")
    receiver = document if direction == "ingress" else document["server_output_json"]
    rows = [row["sum"] for row in receiver["intervals"]]
    rows = [row for row in rows if row["start"] >= warm - 0.01 and row["seconds"] > INTERVAL_SECONDS / 2][:-1]
    return sum(row["bytes"] for row in rows) * 8e-6 / sum(row["seconds"] for row in rows)


def rates(net, minors, direction, protocol, family, link, seconds):
    """{minor: Mbit/s on the link} of slices that all send as much as they may, at once."""
    warm = WARM_SECONDS[protocol]
    if protocol == "tcp":
        warm, seconds = warm + WARM_MBIT / link, max(seconds, FRAMES_MBIT / link)
    for _attempt in range(ATTEMPTS):
        clients = {}
        for minor in minors:
            # Each alone offers more than the link carries; far more would only drown the machine.
            clients[minor] = _client(net, minor, direction, protocol, family, math.ceil(seconds + warm), round(link * 1.2, 3))
        said = {minor: client.communicate(timeout=seconds + warm + 120)[0] for minor, client in clients.items()}
        try:
            factor = on_the_link(family, protocol, net.added)
            return {minor: round(_received(text, direction, warm) * factor, 3) for minor, text in said.items()}
        except (LabError, KeyError, ValueError, ZeroDivisionError) as exc:
            why = f"{type(exc).__name__} {exc}"
            time.sleep(1)
    raise LabError(f"Cannot measure {protocol} {direction} of {list(minors)} in {ATTEMPTS} attempts: {why}")


def latency(net, idle, flooding, direction, protocol, family, link, seconds):
    """Round trips in ms of the guest of `idle`, in order, while another slice floods the link; `flooding` None: while nobody does."""
    flood = None
    if flooding is not None:
        flood = _client(net, flooding, direction, protocol, family, seconds + 2, round(link * 1.2, 3))
        time.sleep(1)
    said = net.guests[idle].run("ping", "-n", "-i", "0.01", "-c", int(seconds * 100), "-I", vip(idle, family), WORLD[family])
    if flood is not None:
        flood.communicate(timeout=120)
    return sorted(float(found) for found in re.findall(r"time=([\d.]+) ms", said))


def percentile(values, part):
    """The smallest of sorted values that a part of them does not exceed."""
    return values[min(len(values) - 1, math.ceil(part * len(values)) - 1)] if values else math.nan


def code_point(net, minor, family):
    """DSCP, as a number, that datagrams of the guest of a slice reach the world with."""
    script = [sys.executable, HERE / "shaping_probe.py"]
    receiver = subprocess.Popen(net.world.enter(*script, "mark", WORLD[family], PROBE_PORT), stdout=subprocess.PIPE, text=True)
    if receiver.stdout.readline().strip() != "ready":
        raise LabError(f"Cannot receive probes at {WORLD[family]}.")
    command = net.guests[minor].enter(*script, "send", vip(minor, family), WORLD[family], PROBE_PORT, 100)
    sender = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL)
    said = receiver.communicate(timeout=120)[0]
    sender.communicate()
    return int(said)


class Probe:
    """A steady stream through one slice in one direction; lost() ends it."""

    def __init__(self, net, minor, direction, family):
        guest, world = net.guests[minor], net.world
        ends = ((guest, vip(minor, family)), (world, WORLD[family]))
        (sender, source), (receiver, target) = ends if direction == "egress" else ends[::-1]
        script = [sys.executable, HERE / "shaping_probe.py"]
        self._receiver = subprocess.Popen(receiver.enter(*script, "receive", target, PROBE_PORT), stdout=subprocess.PIPE, text=True)
        if self._receiver.stdout.readline().strip() != "ready":
            raise LabError(f"Cannot receive probes at {target}.")
        command = sender.enter(*script, "send", source, target, PROBE_PORT, PROBES_A_SECOND)
        self._sender = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def end(self):
        """(sent, received)."""
        sent = int(self._sender.communicate()[0])
        time.sleep(0.5)
        self._receiver.terminate()
        return sent, int(self._receiver.communicate(timeout=120)[0])
