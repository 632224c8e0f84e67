# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What passes came to: kept in a file, told to Prometheus and InfluxDB, and the alarm where no good one came of late."""
from __future__ import annotations

import base64
import http.client
import json
import os
import socket
import ssl
import subprocess
import sys
import tempfile
import urllib.parse
import urllib.request
from pathlib import Path

GOOD, FAILED, NOT_BEGUN, BUSY, LATE, OLD, ENDED = range(7)  # exit statuses, see netslice-reconciler.py
NAMES = {GOOD: "good", FAILED: "failed", LATE: "late", ENDED: "ended"}
RESULTS = ("ok", "changed", "failures", "unreachable")
HELD_LINES = 500  # points kept while InfluxDB does not answer
SECONDS, ALARM_SECONDS = 20, 60  # for InfluxDB to answer, and for the command of the alarm to end


class Failure(Exception):
    """What cannot be done, why, and what to do."""


def write(path, text, mode=0o600):
    """Replace a file whole, so that a reader sees the old or the new content."""
    handle, temporary = tempfile.mkstemp(dir=os.path.dirname(path), prefix=".netslice-")
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
        os.chmod(temporary, mode)
        os.replace(temporary, path)
    except BaseException:
        os.unlink(temporary)
        raise


def state_of(config):
    """What earlier passes left: last, good, counts, unsent. Empty where there is nothing that can be read."""
    try:
        state = json.loads(Path(config["directory"], "state.json").read_text(encoding="utf-8"))
        return {"last": state["last"], "good": state["good"], "counts": dict(state["counts"]), "unsent": list(state["unsent"])}
    except (OSError, ValueError, TypeError, KeyError):
        return {"last": None, "good": None, "counts": {}, "unsent": []}


def keep(config, record):
    """Count a run, and tell Prometheus and InfluxDB of it. Points that InfluxDB does not take now go with those of the next pass."""
    state = state_of(config)
    name = NAMES[record["code"]]
    state["last"] = record
    state["counts"][name] = state["counts"].get(name, 0) + 1
    if record["code"] == GOOD:
        state["good"] = int(record["began"] + record["seconds"])
    if (config.get("influxdb") or {}).get("url"):
        state["unsent"] = [*state["unsent"], point(record, socket.gethostname())][-HELD_LINES:]
        try:
            send(config["influxdb"], state["unsent"])
            state["unsent"] = []
        except Failure as exc:
            print(exc, flush=True)
    write(os.path.join(config["directory"], "state.json"), json.dumps(state))
    if config.get("textfile"):
        write(config["textfile"], metrics(state), mode=0o644)


def point(record, host):
    """A run as a line of InfluxDB's line protocol; its time is when it began."""
    def text(value):
        return str(value).replace("\\", "\\\\").replace('"', '\\"').replace("\n", " ")

    tag = host.replace(",", "\\,").replace("=", "\\=").replace(" ", "\\ ")
    hosts = ",".join(f"{name}={record['hosts'][name]}i" for name in RESULTS)
    return (f"netslice_pass,host={tag} code={record['code']}i,seconds={record['seconds']},{hosts},"
            f"outcome=\"{NAMES[record['code']]}\",why=\"{text(record['why'])}\" {record['began']}")


def metrics(state):
    """What passes came to, as a text file for the exporter of Prometheus."""
    last = state["last"]
    rows = [("netslice_pass_last_good_timestamp_seconds", "gauge", "When the last good pass ended, 0 before the first one.", {"": state["good"] or 0}),
            ("netslice_pass_last_timestamp_seconds", "gauge", "When the last pass began.", {"": last["began"]}),
            ("netslice_pass_last_code", "gauge", "How the last pass ended: 0 good, 1 failed, 4 late, 6 ended by a signal.", {"": last["code"]}),
            ("netslice_pass_last_duration_seconds", "gauge", "How long the last pass took.", {"": last["seconds"]}),
            ("netslice_pass_last_hosts", "gauge", "Hosts of the last pass by what came of them.",
             {f'{{result="{name}"}}': last["hosts"][name] for name in RESULTS}),
            ("netslice_passes_total", "counter", "Passes by how they ended.",
             {f'{{outcome="{name}"}}': state["counts"].get(name, 0) for name in NAMES.values()})]
    return "".join(f"# HELP {name} {words}\n# TYPE {name} {kind}\n" + "".join(f"{name}{labels} {value}\n" for labels, value in values.items())
                   for name, kind, words, values in rows)


class _Here(urllib.request.HTTPRedirectHandler):
    """Follows no redirect, which would take the credentials elsewhere."""

    def redirect_request(self, req, fp, code, msg, headers, newurl):
        return None


def send(influxdb, lines):
    """Write lines to InfluxDB 2 (with a token) or 1. Failure where it does not take them."""
    parameters = {"bucket": influxdb["bucket"], "org": influxdb.get("org") or "", "precision": "s"}
    path, headers = "/api/v2/write", {"Authorization": f"Token {influxdb.get('token')}"}
    if not influxdb.get("token"):
        path, parameters, headers = "/write", {"db": influxdb["bucket"], "precision": "s"}, {}
        if influxdb.get("username"):
            pair = f"{influxdb['username']}:{influxdb.get('password') or ''}"
            headers = {"Authorization": "Basic " + base64.b64encode(pair.encode()).decode()}
    request = urllib.request.Request(f"{influxdb['url'].rstrip('/')}{path}?{urllib.parse.urlencode(parameters)}", data="\n".join(lines).encode(),
                                     headers=headers)
    context = None if influxdb.get("validate_certs", True) else ssl._create_unverified_context()
    try:
        with urllib.request.build_opener(urllib.request.HTTPSHandler(context=context), _Here).open(request, timeout=SECONDS) as answer:
            answer.read()
    except (OSError, ValueError, http.client.HTTPException) as exc:
        raise Failure(f"Cannot write what came of the pass to InfluxDB at {influxdb['url']}: {exc}. It is kept, and sent with that of the next pass.") from exc


def age(config, now):
    """Seconds since the last good pass, or since the configuration was written where there is none yet."""
    return now - (state_of(config)["good"] or config["written"])


def too_old(config, now):
    """In words why the last good pass is not recent, None where it is. The alarm is given once, until a good pass ends it."""
    seconds, given = age(config, now), Path(config["directory"], "alarm")
    if 0 <= seconds <= config["max_age_seconds"]:
        _mark(given, False)
        return None
    last = state_of(config)["last"]
    words = (f"No good pass of {config['playbook']} since {int(seconds)} s, more than {config['max_age_seconds']} s. "
             + (f"The last one ended {NAMES[last['code']]}: {last['why'] or 'no reason given'}" if last else "None has ended yet."))
    if seconds < 0:
        words = f"The last good pass of {config['playbook']} lies {int(-seconds)} s ahead: the clock of this machine was set back."
    if config.get("alarm_command") and not given.exists() and _told(config["alarm_command"], words):
        _mark(given, True)
    return words


def _told(command, words):
    """Whether the command of the alarm took it; where it did not, it is tried again at the next look."""
    try:
        done = subprocess.run(command, env={**os.environ, "NETSLICE_ALARM": words}, stdin=subprocess.DEVNULL, timeout=ALARM_SECONDS, check=False)
        return done.returncode == 0
    except (OSError, ValueError, subprocess.TimeoutExpired) as exc:
        print(f"Cannot give the alarm by {command}: {exc}. Correct reconciler_alarm_command.", file=sys.stderr, flush=True)
        return False


def _mark(path, there):
    """Make or remove the file that says that the alarm was given. Without it the alarm is given again, which is better than none."""
    try:
        path.touch(mode=0o600) if there else path.unlink(missing_ok=True)
    except OSError as exc:
        print(f"Cannot keep whether the alarm was given: {exc}. Free space, or correct the permissions.", file=sys.stderr, flush=True)
