# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Measures the slices of a host: its domains through libvirt, its link shares through tc, its HAProxy. Gives InfluxDB's line protocol.

  netslice-collector.py --config FILE             one measurement; rates are taken since the one before, kept in `state`
  netslice-collector.py --config FILE --loop 60   one every 60 s
  ... --stdout                                    print the points, though the configuration names an InfluxDB

Configuration (JSON): host; uri (empty: no libvirt), devices, haproxy (stats socket), backends ({name: slice}), system (whether processor, memory
and devices are measured); url, org, bucket, token (InfluxDB 2) or username and password (InfluxDB 1), validate_certs; state. What cannot be
sent is kept, up to 50,000 points, and sent with the next measurement. What one source does not tell does not keep the others from being told.
Needs Python 3.9, and libvirt-python and iproute2 where there are domains; netslice_points.py and netslice_readings.py lie beside this file.
"""
from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import time
import xml.etree.ElementTree as ET
import zlib

from netslice_points import Failure, Refused, line, send
from netslice_readings import SECONDS, Rates, ask_haproxy, haproxy_points, memory, parse_classes, requests, system_points, traffic

try:
    import libvirt
except ImportError:
    libvirt = None

NAMESPACE = "urn:foresight:netslice:1"
HELD_LINES = 50_000  # what is kept while InfluxDB does not take it
BATCH_LINES = 5_000
FIELDS = ("cpu_cores", "memory_mib", "ingress_mbit", "egress_mbit")


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
    """Running domains of slices: dicts of name, slice, vip, cpu_seconds, memory_mib, received, sent (bytes, as the guest sees them).

    What libvirt does not tell is None, never 0: silence must not look like rest.
    """
    kinds = libvirt.VIR_DOMAIN_STATS_CPU_TOTAL | libvirt.VIR_DOMAIN_STATS_BALLOON | libvirt.VIR_DOMAIN_STATS_INTERFACE
    found = []
    for domain, stats in connection.getAllDomainStats(kinds, libvirt.VIR_CONNECT_GET_ALL_DOMAINS_STATS_RUNNING):
        record = metadata(domain)
        if not record.get("slice"):
            continue
        if "cpu.time" not in stats or "balloon.current" not in stats:  # hosts without cgroups tell less at once
            _state, _most, current, _count, nanoseconds = domain.info()
            stats = {"cpu.time": nanoseconds, "balloon.current": current, **stats}
        found.append({"name": domain.name(), "slice": record["slice"], "vip": record.get("vip"), "cpu_seconds": stats["cpu.time"] / 1e9,
                      "memory_mib": memory(stats), "received": traffic(stats, "rx"), "sent": traffic(stats, "tx")})
    return found


def attachments(devices):
    """(device, direction, {minor: counters}) of each tree; ingress stands on the ifb of the device."""
    for device in devices:
        for direction, shaped in (("egress", device), ("ingress", f"nsi{zlib.crc32(device.encode()):08x}")):
            try:
                done = subprocess.run(["tc", "-s", "-j", "class", "show", "dev", shaped], capture_output=True, text=True, timeout=SECONDS, check=False)
            except (OSError, subprocess.TimeoutExpired) as exc:
                raise Failure(f"Cannot read the link shares of {device}: tc does not run ({exc}). Install iproute2.") from exc
            yield device, direction, parse_classes(done.stdout) if done.returncode == 0 else {}


def demand(host, names, found, rates, now):
    """Lines of netslice_vm, and of slice_demand as the sums of a slice's machines here; a slice without any needs nothing."""
    totals = {name: dict.fromkeys(FIELDS, 0.0) for name in names}
    lines = []
    for vm in found:
        per_second = [None if vm[key] is None else rates.of(f"{vm['name']} {key}", vm[key], now) for key in ("cpu_seconds", "received", "sent")]
        cpu, received, sent = per_second
        mbit = [None if rate is None else rate * 8 / 1e6 for rate in (received, sent)]
        fields = dict(zip(FIELDS, (cpu, vm["memory_mib"], *mbit)))
        lines.append(line("netslice_vm", {"host": host, "slice": vm["slice"], "vm": vm["name"], "vip": vm.get("vip")}, fields, now))
        total = totals.setdefault(vm["slice"], dict.fromkeys(FIELDS, 0.0))
        for name, value in fields.items():
            total[name] = None if value is None or total[name] is None else total[name] + value
    lines.extend(line("slice_demand", {"host": host, "slice": name}, fields, now) for name, fields in sorted(totals.items()))
    return lines


def measure(config, rates, now):
    """(all lines of one measurement, Failures of what could not be measured)."""
    lines, failures, ids = [], [], {}
    sources = [(virtual, config.get("uri")), (links, config.get("devices")), (balanced, config.get("haproxy")), (system, config.get("system"))]
    for source, wanted in sources:
        try:
            if wanted:
                lines.extend(source(config, rates, now, ids))
        except Failure as exc:
            failures.append(exc)
    rates.turn(now)
    return [text for text in lines if text], failures


def virtual(config, rates, now, ids):
    """Lines of the domains of slices; {id of a slice: its name} is put into ids."""
    if libvirt is None:
        raise Failure(f"Cannot measure {config['host']}: libvirt-python cannot be imported by {sys.executable}. Install python3-libvirt.")
    libvirt.registerErrorHandler(lambda *_: None, None)  # else libvirt prints each absent metadata element
    try:
        connection = libvirt.openReadOnly(config["uri"])
        try:
            ids.update(slices_of_networks(connection))
            return demand(config["host"], set(ids.values()), machines(connection), rates, now)
        finally:
            connection.close()
    except libvirt.libvirtError as exc:
        raise Failure(f"Cannot measure {config['host']}: libvirt at {config['uri']} fails ({exc}). Start it, or correct uri.") from exc


def links(config, _rates, now, ids):
    """Lines of the link shares of slices."""
    for device, direction, classes in attachments(config["devices"]):
        for minor, counters in classes.items():
            if minor in ids:
                yield line("netslice_qos", {"host": config["host"], "device": device, "direction": direction, "slice": ids[minor]}, counters, now)


def balanced(config, rates, now, _ids):
    """Lines of HAProxy: its own figures, unless Telegraf reads them itself, and the requests of each slice as a part of its demand."""
    path, host = config["haproxy"], config["host"]
    try:
        points = haproxy_points(ask_haproxy(path), host, path, config.get("backends") or {})
    except (OSError, ValueError, KeyError) as exc:
        raise Failure(f"Cannot measure HAProxy of {host} at {path}: {exc}. Start HAProxy, and give it `stats socket {path}`.") from exc
    told = [("slice_demand", {"host": host, "slice": name}, {"requests_per_second": rate}) for name, rate in requests(points, rates, now).items()]
    return [line(*point, now) for point in (points if config.get("system") else []) + told]


def system(config, rates, now, _ids):
    """Lines of processor, memory and devices of the host."""
    texts = []
    for path in ("/proc/stat", "/proc/meminfo", "/proc/net/dev"):
        try:
            with open(path, encoding="utf-8") as file:
                texts.append(file.read())
        except OSError as exc:
            raise Failure(f"Cannot measure {config['host']}: {path} cannot be read ({exc.strerror}). Mount /proc.") from exc
    return [line(*point, now) for point in system_points(*texts, config["host"], config.get("devices") or (), rates, now)]


def deliver(config, lines, to_stdout):
    """Send the lines, or print them: (those that wait for the next time, Failures). A batch that is refused for good keeps no other one from being sent."""
    failures = []
    if to_stdout or not config.get("url"):
        print("\n".join(lines), flush=True)
        return [], failures
    for first in range(0, len(lines), BATCH_LINES):
        try:
            send(config, lines[first:first + BATCH_LINES])
        except Refused as exc:
            failures.append(exc)
        except Failure as exc:
            return lines[first:], [*failures, exc]
    return [], failures


def step(config, rates, waiting, to_stdout):
    """Measure, and deliver that with what waits: (lines that wait for the next time, Failures)."""
    measured, failures = measure(config, rates, time.time())
    waiting, unsent = deliver(config, (waiting + measured)[-HELD_LINES:], to_stdout)
    failures += unsent
    for failure in failures:
        print(failure, file=sys.stderr, flush=True)
    return waiting, failures


def loop(config, seconds, to_stdout):
    """Measure at each multiple of `seconds` for ever."""
    rates, waiting = Rates(), []
    while True:
        waiting, _failures = step(config, rates, waiting, to_stdout)
        time.sleep(seconds - time.time() % seconds)


def once(config, to_stdout):
    """One measurement: whether it failed in part. Counters, and lines that wait, go through the file `state` to the next."""
    path = config.get("state")
    try:
        with open(path or os.devnull, encoding="utf-8") as file:
            before, values, waiting = json.load(file)
        rates = Rates(before, values)
    except (OSError, ValueError, TypeError):
        rates, waiting = Rates(), []
    waiting, failures = step(config, rates, waiting, to_stdout)
    try:
        if path:
            with open(path + ".new", "w", encoding="utf-8") as file:
                json.dump([rates.time_before, rates.values, waiting], file)
            os.replace(path + ".new", path)
    except OSError as exc:
        print(f"Cannot keep counters and {len(waiting)} points in {path}: {exc.strerror}. Make its folder, or free some space.", file=sys.stderr)
        return True
    return bool(failures)


def main():
    parser = argparse.ArgumentParser(description="Measure the slices of a host.")
    parser.add_argument("--config", required=True)
    parser.add_argument("--loop", type=float, metavar="SECONDS")
    parser.add_argument("--stdout", action="store_true")
    options = parser.parse_args()
    try:
        with open(options.config, encoding="utf-8") as file:
            config = json.load(file)
        if options.loop:
            loop(config, options.loop, options.stdout)
        return int(once(config, options.stdout))
    except (OSError, ValueError) as exc:
        print(f"Cannot use {options.config}: {exc}. Write it anew with the role telemetry.", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 0


if __name__ == "__main__":
    sys.exit(main())
