# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Measures the slices of a hypervisor: its domains through libvirt, its link shares through tc. Gives InfluxDB's line protocol.

  netslice-collector.py --config FILE             one measurement; rates are taken since the one before, kept in `state`
  netslice-collector.py --config FILE --loop 60   one every 60 s
  ... --stdout                                    print the points, though the configuration names an InfluxDB

Configuration (JSON): uri, host, devices; url, org, bucket, token (InfluxDB 2) or username and password (InfluxDB 1),
validate_certs; state. Needs Python 3.9, libvirt-python and iproute2, and no other library.
"""
from __future__ import annotations

import argparse
import base64
import http.client
import json
import os
import re
import ssl
import subprocess
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
import xml.etree.ElementTree as ET
import zlib

try:
    import libvirt
except ImportError:
    libvirt = None

NAMESPACE = "urn:foresight:netslice:1"
TREE = "51ce"  # handle of our HTB trees
VIP_MINORS = set(range(0x5200, 0x8000))  # classes of single VIPs, children of their slices
HELD_LINES = 50_000  # what a loop keeps while InfluxDB does not answer
REFUSED = (400, 413, 422)  # points that cannot be read, are too many at once, or too old for the bucket
SECONDS = 20
FIELDS = ("cpu_cores", "memory_mib", "ingress_mbit", "egress_mbit")


class Failure(Exception):
    """What cannot be measured or sent, why, and what to do."""


class Refused(Failure):
    """InfluxDB answered that it takes these points never, so that to hold them would keep the later ones from it too."""


class Rates:
    """Growth of counters a second since the measurement before.

    One that is smaller than before began at 0 since. One seen for the first time has no rate yet: it may have begun long ago.
    """

    def __init__(self, time_before=None, values=None):
        self.time_before, self.values, self.next = time_before, values or {}, {}

    def of(self, key, value, now):
        self.next[key] = value
        before = self.values.get(key)
        if before is None or self.time_before is None or now <= self.time_before:
            return None
        return (value - before if value >= before else value) / (now - self.time_before)

    def turn(self, now):
        """The counters seen become those of the measurement before."""
        self.time_before, self.values, self.next = now, self.next, {}


def metadata(item):
    """Attributes of our metadata element of a domain, {} where it has none."""
    try:
        return dict(ET.fromstring(item.metadata(libvirt.VIR_DOMAIN_METADATA_ELEMENT, NAMESPACE)).attrib)
    except libvirt.libvirtError:
        return {}


def slices_of_networks(connection):
    """{id of a slice: its name} of the libvirt networks that carry our metadata."""
    found = {}
    for network in connection.listAllNetworks():
        element = ET.fromstring(network.XMLDesc()).find(f"metadata/{{{NAMESPACE}}}network")
        if element is not None and element.get("slice") and element.get("id", "").isdigit():
            found[int(element.get("id"))] = element.get("slice")
    return found


def machines(connection):
    """Running domains of slices: dicts of name, slice, cpu_seconds, memory_mib, received, sent (bytes, as the guest sees them).

    What libvirt does not tell is None, never 0: silence must not look like rest.
    """
    kinds = libvirt.VIR_DOMAIN_STATS_CPU_TOTAL | libvirt.VIR_DOMAIN_STATS_BALLOON | libvirt.VIR_DOMAIN_STATS_INTERFACE
    found = []
    for domain, stats in connection.getAllDomainStats(kinds, libvirt.VIR_CONNECT_GET_ALL_DOMAINS_STATS_RUNNING):
        name = metadata(domain).get("slice")
        if not name:
            continue
        if "cpu.time" not in stats or "balloon.current" not in stats:  # hosts without cgroups tell less at once
            _state, _most, current, _count, nanoseconds = domain.info()
            stats = {"cpu.time": nanoseconds, "balloon.current": current, **stats}
        found.append({"name": domain.name(), "slice": name, "cpu_seconds": stats["cpu.time"] / 1e9, "memory_mib": memory(stats),
                      "received": traffic(stats, "rx"), "sent": traffic(stats, "tx")})
    return found


def memory(stats):
    """MiB in use inside the guest where its balloon driver tells, else what the process of the VM holds, else what is assigned."""
    if "balloon.available" in stats and ("balloon.usable" in stats or "balloon.unused" in stats):
        used = stats["balloon.available"] - stats.get("balloon.usable", stats.get("balloon.unused", 0))
    else:
        used = stats.get("balloon.rss") or stats["balloon.current"]
    return used / 1024


def traffic(stats, direction):
    """Bytes of all interfaces, None where libvirt tells of none."""
    counters = [stats[key] for key in (f"net.{number}.{direction}.bytes" for number in range(stats.get("net.count", 0))) if key in stats]
    return sum(counters) if counters else None


def parse_classes(text):
    """Output of `tc -s -j class show` -> {minor: counters} of our tree. Older versions of tc print text all the same."""
    try:
        rows = [(row.get("handle", ""), row.get("parent", ""), row.get("stats", {})) for row in json.loads(text)]
    except ValueError:
        rows = [_class_of_text(part) for part in re.split(r"^class ", text, flags=re.M)[1:]]
    found, parents = {}, {}
    for handle, parent, stats in rows:
        major, _colon, minor = handle.partition(":")
        if major == TREE and minor:
            found[int(minor, 16)] = {name: int(stats.get(name, 0)) for name in ("bytes", "packets", "drops", "overlimits", "backlog")}
            parents[int(minor, 16)] = int(parent.partition(":")[2] or "0", 16)
    for minor in VIP_MINORS & found.keys():
        # A slice whose VIPs have classes of their own has no queue: what waits and what is dropped stands at theirs alone.
        for name in ("drops", "backlog"):
            if parents[minor] in found:
                found[parents[minor]][name] += found[minor][name]
    return found


def _class_of_text(part):
    sent = re.search(r"Sent (\d+) bytes (\d+) pkt \(dropped (\d+), overlimits (\d+)", part)
    backlog = re.search(r"backlog (\d+)([KMG]?)b", part)
    stats = dict(zip(("bytes", "packets", "drops", "overlimits"), map(int, sent.groups()))) if sent else {}
    if backlog:
        stats["backlog"] = int(backlog.group(1)) * 1024 ** " KMG".index(backlog.group(2) or " ")
    words = part.split()
    return words[1], words[3] if words[2] == "parent" else "", stats


def attachments(devices):
    """(device, direction, {minor: counters}) of each tree; ingress stands on the ifb of the device."""
    for device in devices:
        for direction, shaped in (("egress", device), ("ingress", f"nsi{zlib.crc32(device.encode()):08x}")):
            try:
                done = subprocess.run(["tc", "-s", "-j", "class", "show", "dev", shaped], capture_output=True, text=True, timeout=SECONDS, check=False)
            except (OSError, subprocess.TimeoutExpired) as exc:
                raise Failure(f"Cannot read the link shares of {device}: tc does not run ({exc}). Install iproute2.") from exc
            yield device, direction, parse_classes(done.stdout) if done.returncode == 0 else {}


def escaped(text):
    return re.sub(r"([,= ])", r"\\\1", str(text))


def line(measurement, tags, fields, now):
    """One line of line protocol with its time in nanoseconds, None where no field has a value."""
    values = ",".join(f"{name}={value}i" if isinstance(value, int) else f"{name}={value!r}" for name, value in fields.items() if value is not None)
    return f"{measurement}{''.join(f',{name}={escaped(value)}' for name, value in tags.items())} {values} {int(now)}000000000" if values else None


def demand(host, names, found, rates, now):
    """Lines of netslice_vm, and of slice_demand as the sums of a slice's machines here; a slice without any needs nothing."""
    totals = {name: dict.fromkeys(FIELDS, 0.0) for name in names}
    lines = []
    for vm in found:
        per_second = [None if vm[key] is None else rates.of(f"{vm['name']} {key}", vm[key], now) for key in ("cpu_seconds", "received", "sent")]
        cpu, received, sent = per_second
        mbit = [None if rate is None else rate * 8 / 1e6 for rate in (received, sent)]
        fields = dict(zip(FIELDS, (cpu, vm["memory_mib"], *mbit)))
        lines.append(line("netslice_vm", {"host": host, "slice": vm["slice"], "vm": vm["name"]}, fields, now))
        total = totals.setdefault(vm["slice"], dict.fromkeys(FIELDS, 0.0))
        for name, value in fields.items():
            total[name] = None if value is None or total[name] is None else total[name] + value
    lines.extend(line("slice_demand", {"host": host, "slice": name}, fields, now) for name, fields in sorted(totals.items()))
    return lines


def measure(config, rates, now):
    """All lines of one measurement. Raises Failure."""
    if libvirt is None:
        raise Failure(f"Cannot measure: libvirt-python cannot be imported by {sys.executable}. Install python3-libvirt.")
    libvirt.registerErrorHandler(lambda *_: None, None)  # else libvirt prints each absent metadata element
    try:
        connection = libvirt.openReadOnly(config["uri"])
        try:
            ids, found = slices_of_networks(connection), machines(connection)
        finally:
            connection.close()
    except libvirt.libvirtError as exc:
        raise Failure(f"Cannot measure {config['host']}: libvirt at {config['uri']} fails ({exc}). Start it, or correct uri.") from exc
    lines = demand(config["host"], set(ids.values()), found, rates, now)
    for device, direction, classes in attachments(config.get("devices", ())):
        for minor, counters in classes.items():
            if minor in ids:
                tags = {"host": config["host"], "device": device, "direction": direction, "slice": ids[minor]}
                lines.append(line("netslice_qos", tags, counters, now))
    rates.turn(now)
    return [text for text in lines if text]


def send(config, lines):
    """Write lines to InfluxDB: version 2 where there is a token, else version 1. Raises Failure."""
    url, headers = config["url"].rstrip("/"), {"Content-Type": "text/plain; charset=utf-8"}
    if config.get("token"):
        query = {"org": config.get("org") or "", "bucket": config["bucket"]}
        path, headers["Authorization"] = "/api/v2/write?", f"Token {config['token']}"
    else:
        query, path = {"db": config["bucket"]}, "/write?"
        if config.get("username"):
            pair = f"{config['username']}:{config.get('password') or ''}"
            headers["Authorization"] = "Basic " + base64.b64encode(pair.encode()).decode()
    context = ssl.create_default_context() if config.get("validate_certs", True) else ssl._create_unverified_context()
    request = urllib.request.Request(url + path + urllib.parse.urlencode(query), "\n".join(lines).encode(), headers)
    try:
        with urllib.request.urlopen(request, timeout=SECONDS, context=context) as reply:
            reply.read()
    except urllib.error.HTTPError as exc:
        text = exc.read().decode(errors="replace").strip()[:300]
        kind = Refused if exc.code in REFUSED else Failure
        raise kind(f"Cannot write to {config['bucket']} at {url}: HTTP {exc.code}: {text}. Correct bucket, org or credentials.") from exc
    except (OSError, http.client.HTTPException) as exc:
        raise Failure(f"Cannot write to {config['bucket']} at {url}: {exc}. Start InfluxDB, or correct url.") from exc


def deliver(config, lines, to_stdout):
    if to_stdout or not config.get("url"):
        print("\n".join(lines), flush=True)
    elif lines:
        send(config, lines)


def loop(config, seconds, to_stdout):
    """Measure at each multiple of `seconds` for ever; what cannot be sent is kept for the next time."""
    rates, waiting = Rates(), []
    while True:
        try:
            waiting = (waiting + measure(config, rates, time.time()))[-HELD_LINES:]
            deliver(config, waiting, to_stdout)
            waiting = []
        except Failure as exc:
            print(exc, file=sys.stderr, flush=True)
            if isinstance(exc, Refused):
                waiting = []
        time.sleep(seconds - time.time() % seconds)


def once(config, to_stdout):
    """One measurement; the counters go through the file `state` to the next."""
    path = config.get("state")
    try:
        with open(path or os.devnull, encoding="utf-8") as file:
            rates = Rates(*json.load(file))
    except (OSError, ValueError, TypeError):
        rates = Rates()
    lines = measure(config, rates, time.time())
    if path:
        with open(path + ".new", "w", encoding="utf-8") as file:
            json.dump([rates.time_before, rates.values], file)
        os.replace(path + ".new", path)
    deliver(config, lines, to_stdout)


def main():
    parser = argparse.ArgumentParser(description="Measure the slices of a hypervisor.")
    parser.add_argument("--config", required=True)
    parser.add_argument("--loop", type=float, metavar="SECONDS")
    parser.add_argument("--stdout", action="store_true")
    options = parser.parse_args()
    try:
        with open(options.config, encoding="utf-8") as file:
            config = json.load(file)
        if options.loop:
            loop(config, options.loop, options.stdout)
        once(config, options.stdout)
    except (OSError, ValueError) as exc:
        print(f"Cannot use {options.config}: {exc}. Write it anew with the role telemetry.", file=sys.stderr)
        return 1
    except Failure as exc:
        print(exc, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        pass
    return 0


if __name__ == "__main__":
    sys.exit(main())
