# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Mbit/s of two addresses of a namespace, each alone and both at once, in both directions, as JSON.

    shares.py HOST WORLD SERVER SECONDS

HOST and WORLD are namespaces, SERVER the address of the world. Rates are what the classes of the slices count on the wire.
"""
from __future__ import annotations

import json
import re
import subprocess
import sys
import time
from contextlib import ExitStack

PORTS = {"web": 5201, "mail": 5202}
ADDRESSES = {"web": "10.90.2.2", "mail": "10.90.3.2"}
CLASSES = {"web": "51ce:10", "mail": "51ce:11"}
WARM_SECONDS = 0.7


def counted(host: str, device: str) -> dict[str, int]:
    """Bytes of the class of each slice."""
    shown = subprocess.run(["ip", "netns", "exec", host, "tc", "-s", "class", "show", "dev", device], capture_output=True, text=True, check=True)
    found = dict(re.findall(r"class htb (\S+) .*?\n Sent (\d+) bytes", shown.stdout))
    return {name: int(found[classid]) for name, classid in CLASSES.items()}


def measure(host: str, device: str, server: str, seconds: float, names: list[str], reverse: bool) -> dict[str, float]:
    """Mbit/s of the slices named, while all of them send as fast as they may."""
    with ExitStack() as stack:
        for name in names:
            argv = ["ip", "netns", "exec", host, "iperf3", "-c", server, "-p", str(PORTS[name]), "-B", ADDRESSES[name], "-t", str(seconds + 3)]
            client = subprocess.Popen(argv + (["-R"] if reverse else []), stdout=subprocess.DEVNULL)
            stack.callback(client.wait)
            stack.callback(client.terminate)
        time.sleep(WARM_SECONDS)
        first, begin = counted(host, device), time.monotonic()
        time.sleep(seconds)
        last, end = counted(host, device), time.monotonic()
    time.sleep(0.3)
    return {name: round((last[name] - first[name]) * 8e-6 / (end - begin), 2) for name in names}


def ifb(host: str) -> str:
    shown = subprocess.run(["ip", "-n", host, "-br", "link"], capture_output=True, text=True, check=True).stdout
    return re.search(r"^(nsi\w+)", shown, re.MULTILINE).group(1)


def main(host: str, world: str, server: str, seconds: float) -> None:
    result = {}
    with ExitStack() as stack:
        for port in PORTS.values():
            daemon = subprocess.Popen(["ip", "netns", "exec", world, "iperf3", "-s", "-p", str(port)], stdout=subprocess.DEVNULL)
            stack.callback(daemon.wait)
            stack.callback(daemon.terminate)
        time.sleep(0.5)
        for direction, device, reverse in (("egress", "up0", False), ("ingress", ifb(host), True)):
            rates = measure(host, device, server, seconds, ["web", "mail"], reverse)
            for name in PORTS:
                rates[f"{name}_alone"] = measure(host, device, server, seconds, [name], reverse)[name]
            result[direction] = rates
    print(json.dumps(result))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], sys.argv[3], float(sys.argv[4]))
