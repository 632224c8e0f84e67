# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Faults that befall a reconciler. Each is a context manager that gives a callable: the words in which the fault was noticed, None before it is."""
from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import time
from contextlib import contextmanager, suppress
from pathlib import Path

#: telemetry of the collector that is older is stale
MEASURED_SECONDS = 15


def _failed(watched, pattern):
    """Noticed by a pass, begun since now, that failed with a reason like this."""
    since = time.time()

    def noticed():
        last = watched.state()["last"]
        return last["why"] if last and last["began"] >= int(since) and re.search(pattern, last["why"]) else None

    return noticed


@contextmanager
def wrong_url(watched):
    """Nothing listens where InfluxDB is said to be."""
    with watched.configured(influxdb={"url": "http://127.0.0.1:9"}):
        yield _failed(watched, "InfluxDB cannot be reached")


@contextmanager
def wrong_secret(watched):
    """The token, or the password, is no longer the right one."""
    with watched.configured(influxdb={"token": "expired"} if watched.influxdb.token else {"password": "expired"}):
        yield _failed(watched, "refuses the credentials")


@contextmanager
def no_bucket(watched):
    """The bucket is gone."""
    with watched.configured(influxdb={"bucket": "gone"}):
        yield _failed(watched, "gone")


@contextmanager
def slow_influxdb(watched):
    """InfluxDB takes connections and does not answer."""
    os.kill(watched.influxdb.pid, signal.SIGSTOP)
    try:
        yield _failed(watched, "(?i)timed out|too slow|within|longer than")
    finally:
        os.kill(watched.influxdb.pid, signal.SIGCONT)


@contextmanager
def no_telemetry(watched):
    """Nothing measures the slice any more. The pass is good: it holds what is there, and says why."""
    since = int(time.time())
    with watched.slice_changed(telemetry={**watched.slice["telemetry"], "measurement": "nobody_measures"}):
        yield lambda: _told(watched, ("missing", "stale"), since)


@contextmanager
def no_libvirt(watched):
    """The libvirt of a hypervisor does not answer."""
    with watched.inventory_changed("kvm2", netslice_libvirt_uri="test+unix:///default?socket=/nowhere"):
        yield _failed(watched, "kvm2")


@contextmanager
def unreachable(watched):
    """A hypervisor cannot be reached."""
    with watched.inventory_changed("kvm1", ansible_connection="ssh", ansible_host="127.0.0.1", ansible_port=9):
        yield _failed(watched, "kvm1")


def _killed(watched, victim):
    """SIGKILL to victim(), a pid or None, in the midst of a pass. Returns how many passes had ended before it."""
    while True:
        watched.until(lambda: not watched.processes(), "a moment between passes")
        watched.until(watched.processes, "a pass under way")
        before = len(watched.statuses())
        time.sleep(1)
        pid = victim()
        # A pass that has ended within that second, as where this process was held up, is no victim; the next one is.
        if pid and watched.processes() and len(watched.statuses()) == before:
            os.kill(pid, signal.SIGKILL)
            return before


@contextmanager
def killed_reconciler(watched):
    """The process that runs the pass is killed in its midst; the next one finds the processes of it gone."""
    before = _killed(watched, watched.reconciler)
    yield lambda: f"the loop says {watched.statuses()[before]}" if len(watched.statuses()) > before and watched.statuses()[before] == -9 else None


@contextmanager
def killed_playbook(watched):
    """ansible-playbook is killed in the midst of a pass."""
    before = watched.state()["counts"].get("failed", 0)
    _killed(watched, lambda: next(iter(watched.processes()), None))
    yield lambda: "a pass failed" if watched.state()["counts"].get("failed", 0) > before else None


@contextmanager
def two_reconcilers(watched):
    """Somebody starts passes by hand, until one of them, or one of the loop, meets another one."""
    before = len(watched.statuses())

    def noticed():
        done = subprocess.run(watched.command, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
        if done.returncode == 3:
            return done.stderr.strip()
        return "the loop left its slot out" if 3 in watched.statuses()[before:] else None

    yield noticed


@contextmanager
def dead_guest(watched):
    """A guest dies; the pass starts it again."""
    host, name = min((host, names[0]) for host, names in watched.running().items() if names)
    hypervisor = watched.lab.hypervisors[host]
    hypervisor.run("virsh", "-c", hypervisor.uri, "destroy", name)
    yield lambda: f"{name} runs again" if name in watched.running()[host] else None


@contextmanager
def asleep(watched):
    """The machine sleeps over two slots; one pass makes up for them."""
    watched.until(lambda: not watched.processes(), "a moment between passes")
    os.kill(watched.loop.pid, signal.SIGSTOP)
    time.sleep(2.5 * watched.config()["interval_seconds"])
    before = len(watched.statuses())
    woken = time.time()
    os.kill(watched.loop.pid, signal.SIGCONT)
    yield lambda: "one pass, of now" if len(watched.statuses()) > before and watched.state()["last"]["began"] >= int(woken) - 1 else None


@contextmanager
def damaged_state(watched):
    """The file of what passes came to is cut."""
    path = Path(watched.config()["directory"], "state.json")
    path.write_text(path.read_text()[:20])
    yield lambda: "begun anew" if json.loads(path.read_text() if path.read_text().endswith("}") else "{}").get("last") else None


@contextmanager
def full_influxdb(watched):
    """The disk of InfluxDB is full. It writes again once there is space and it was restarted."""
    filler = watched.influxdb.disk / "filler"
    try:
        with open(filler, "wb", buffering=0) as file:
            with suppress(OSError):  # no space left on device
                while True:
                    file.write(bytes(65536))
        yield _failed(watched, "disk of InfluxDB is full")
    finally:
        filler.unlink(missing_ok=True)
        watched.influxdb.restart()


@contextmanager
def clock_ahead(watched):
    """The clock of a hypervisor is two hours ahead: every Python there reads it so. The host refuses a share that has expired by its clock."""
    home = watched.directory / "ahead"
    home.mkdir(exist_ok=True)
    (home / "sitecustomize.py").write_text("import time\n_now = time.time\ntime.time = lambda: _now() + 7200\n")
    python = watched.lab.directory / "python-kvm2"
    ahead = home / "python"
    ahead.write_text(f'#!/bin/sh\nPYTHONPATH={home} exec {python} "$@"\n')
    ahead.chmod(0o755)
    with watched.inventory_changed("kvm2", ansible_python_interpreter=str(ahead)):
        yield _failed(watched, "kvm2.*expired")


@contextmanager
def no_haproxy(watched):
    """Nothing listens on the socket of HAProxy."""
    with watched.configured(variables={"netslice_balancer_slices": [{"slice": "web"}], "netslice_balancer_hosts": ["kvm1"], "netslice_balancer_directory": "",
                                       "netslice_balancer_socket": str(watched.directory / "no.sock"),
                                       "netslice_slices": [{**watched.slice, "scaling": {**watched.slice["scaling"], "drain_seconds": 30}}]}):
        yield _failed(watched, "Cannot reach HAProxy")


@contextmanager
def stopped_collector(watched):
    """The collector of a hypervisor, from whose points a slice is forecast, stops. The pass is good: it holds what is there, and says that they are stale."""
    measured = {"measurement": "slice_demand", "max_age_seconds": MEASURED_SECONDS, "resources": {"requests": {"field": "memory_mib", "unit": "MiB"}}}
    began = int(time.time())
    with watched.slice_changed(telemetry=measured):
        with watched.measuring("kvm1"):
            # What the collector has told is less than a day long, and the demand that is measured otherwise is not.
            watched.until(lambda: _told(watched, ("cold",), began), "telemetry of the collector")
        stopped = int(time.time())
        yield lambda: _told(watched, ("stale",), stopped)


def _told(watched, verdicts, since):
    rows = watched.rows("netslice_decision", {"telemetry": str}, since)
    return next((f"telemetry {row['telemetry']}" for row in rows if row.get("telemetry") in verdicts), None)


KINDS = {function.__name__: function for function in (
    wrong_url, no_libvirt, killed_reconciler, no_telemetry, wrong_secret, dead_guest, slow_influxdb, two_reconcilers, unreachable, no_bucket,
    killed_playbook, asleep, damaged_state, full_influxdb, clock_ahead, no_haproxy, stopped_collector)}
