# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the collector makes of what it reads: statistics of domains, classes of tc, the statistics of HAProxy, processor, memory and devices of the host.

Readers give points (measurement, tags, fields) under the names, fields and types that Telegraf's inputs haproxy, cpu, mem and net give theirs, so that
either may follow the other in one bucket. Needs Python 3.9 and no other library.
"""
from __future__ import annotations

import csv
import io
import json
import re
import socket

TREE = "51ce"  # handle of our HTB trees
VIP_MINORS = set(range(0x5200, 0x8000))  # classes of single VIPs, children of their slices
BACKEND = re.compile(r"netslice_([a-z][a-z0-9-]*)")  # the name that slice_balancer gives the backend of a slice
SERVER = re.compile(r"[a-z][a-z0-9-]*-(\d+)-(\d+)-(\d+)-(\d+)")  # a VM, named by its slice and its VIP
KINDS = ("frontend", "backend", "server", "listener")
RENAMED = {"act": "active_servers", "bck": "backup_servers", "cli_abrt": "cli_abort", "srv_abrt": "srv_abort", "hrsp_1xx": "http_response.1xx",
           "hrsp_2xx": "http_response.2xx", "hrsp_3xx": "http_response.3xx", "hrsp_4xx": "http_response.4xx", "hrsp_5xx": "http_response.5xx"}
NUMBERS = ("scur", "smax", "stot", "bin", "bout", "dreq", "econ", "eresp", "ereq", "qcur", "wretr", "wredis", "rate", "req_tot", "weight", "qtime", "ctime",
           "rtime", "ttime", *RENAMED)
SECONDS = 20
JIFFIES = ("user", "nice", "system", "idle", "iowait", "irq", "softirq", "steal")
DEVICE = ("bytes_recv", "packets_recv", "err_in", "drop_in", "bytes_sent", "packets_sent", "err_out", "drop_out")


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


def ask_haproxy(path):
    """Answer to `show stat` on the stats socket of HAProxy. Raises OSError."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as pipe:
        pipe.settimeout(SECONDS)
        pipe.connect(path)
        pipe.sendall(b"show stat\n")
        return b"".join(iter(lambda: pipe.recv(65536), b"")).decode(errors="replace")


def haproxy_points(text, host, path, backends):
    """Points of measurement haproxy: one for each frontend, backend and server. backends: {name of a backend: slice} of those not named netslice_<slice>."""
    points = []
    for row in csv.DictReader(io.StringIO(text.lstrip("# "))):
        tags = {"host": host, "server": path, "proxy": row["pxname"], "sv": row["svname"], "type": KINDS[int(row["type"])]}
        own, vip = BACKEND.fullmatch(row["pxname"]), SERVER.fullmatch(row["svname"])
        if row["pxname"] in backends or own:
            tags["slice"] = backends.get(row["pxname"]) or own.group(1)
        if vip:
            tags["vip"] = ".".join(vip.groups())
        fields = {RENAMED.get(name, name): int(row[name]) for name in NUMBERS if row.get(name)}
        points.append(("haproxy", tags, {**fields, "status": row.get("status") or None}))
    return points


def requests(points, rates, now):
    """{slice: requests a second} of its backends; of backends that forward TCP, connections. A slice whose rate is not known yet is left out."""
    found = {}
    for _measurement, tags, fields in points:
        if tags["type"] == "backend" and "slice" in tags:
            # HAProxy leaves req_tot out, or at zero, where it does not look into what it forwards.
            total = fields.get("req_tot") or fields.get("stot")
            rate = None if total is None else rates.of(f"haproxy {tags['proxy']}", total, now)
            if rate is not None:
                found[tags["slice"]] = found.get(tags["slice"], 0.0) + rate
    return found


def system_points(stat, meminfo, netdev, host, devices, rates, now):
    """Points of cpu, mem and net, of the texts of /proc/stat, /proc/meminfo and /proc/net/dev."""
    points = [("cpu", {"host": host, "cpu": "cpu-total"}, _processor(stat, rates, now)), ("mem", {"host": host}, _memory(meminfo))]
    for row in netdev.splitlines():
        name, colon, counters = row.partition(":")
        if colon and name.strip() in devices:
            values = [int(value) for value in counters.split()]
            points.append(("net", {"host": host, "interface": name.strip()}, dict(zip(DEVICE, values[0:4] + values[8:12]))))
    return points


def _processor(stat, rates, now):
    """usage_* in percent of all processors since the measurement before; nothing at the first one."""
    ticks = [int(value) for value in stat.splitlines()[0].split()[1:9]]
    grown = {name: rates.of(f"cpu {name}", value, now) for name, value in zip(JIFFIES, ticks)}
    if None in grown.values() or not sum(grown.values()):
        return {}
    usage = {f"usage_{name}": 100 * value / sum(grown.values()) for name, value in grown.items()}
    return {**usage, "usage_active": 100 - usage["usage_idle"] - usage["usage_iowait"]}


def _memory(meminfo):
    """Bytes of the memory of the host, and the percentages in use and available."""
    known = {name: int(value.split()[0]) * 1024 for name, _colon, value in (row.partition(":") for row in meminfo.splitlines()) if value.strip()}
    total, available = known["MemTotal"], known["MemAvailable"]
    return {"total": total, "available": available, "used": total - available, "free": known["MemFree"], "cached": known["Cached"],
            "buffered": known["Buffers"], "used_percent": 100 * (total - available) / total, "available_percent": 100 * available / total}
