# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A private InfluxDB on a free loopback port, for tests, benches and the lab: context manager and command.

with Influx("auto") as server: server.options -> the connection options of the plugins (influxdb_url, ...)
python tests/lab/influx.py --version 1|2|auto [--dir D]              prints one JSON line, runs until SIGTERM or SIGINT
python tests/lab/influx.py --version 1|2|auto [--dir D] COMMAND ...   runs the command with NETSLICE_INFLUXDB_* set, returns its status
The status is 77 where no server of that version is at hand.
"""
from __future__ import annotations

import argparse
import ctypes
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.parse
import urllib.request
from pathlib import Path

ORG = "netslice"
BUCKET = "telemetry"
USERNAME = "netslice"
PASSWORD = "netslice-lab"
TOKEN = "netslice-lab-token"
START_SECONDS = 180
SKIPPED = 77  # the status that test drivers take for "skipped"

CONFIG_1 = """\
reporting-disabled = true
bind-address = "127.0.0.1:{rpc}"
[meta]
  dir = "{dir}/meta"
  logging-enabled = false
[data]
  dir = "{dir}/data"
  wal-dir = "{dir}/wal"
  query-log-enabled = false
[monitor]
  store-enabled = false
[http]
  bind-address = "127.0.0.1:{port}"
  auth-enabled = true
  log-enabled = false
[continuous_queries]
  log-enabled = false
"""


class NoServer(Exception):
    """No InfluxDB of the wanted version is at hand, or it does not start; the text says what was tried."""


def candidates() -> list[str]:
    """Paths where an influxd may be, best first."""
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "netslice" / "bin"
    unpack = Path(__file__).resolve().parents[3] / "shared" / "bin" / "unpack"
    if not (cache / "influxd").exists() and unpack.is_file():
        subprocess.run([str(unpack), str(cache)], check=False, stdout=subprocess.DEVNULL)
    found = [os.environ.get("INFLUXD"), shutil.which("influxd"), str(cache / "influxd"), "/usr/bin/influxd"]
    return list(dict.fromkeys(path for path in found if path and os.access(path, os.X_OK)))


def major(path: str) -> int:
    """Major version of an influxd; 0 when it does not tell."""
    try:
        text = subprocess.run([path, "version"], capture_output=True, text=True, timeout=120, check=False).stdout
    except (OSError, subprocess.TimeoutExpired):
        return 0
    match = re.search(r"InfluxDB v?(\d+)\.", text)
    return int(match.group(1)) if match else 0


def find(version: str = "auto") -> tuple[str, int]:
    """(path, major version) of the influxd to use; auto prefers 2. Raises NoServer."""
    known = [(path, major(path)) for path in candidates()]
    for wanted in (2, 1) if version == "auto" else (int(version),):
        for path, found in known:
            if found == wanted:
                return path, found
    tried = ", ".join(f"{path} (version {found or 'unknown'})" for path, found in known) or "none found"
    raise NoServer(f"Cannot start InfluxDB {version}: no influxd of that version is at hand ({tried}). "
                   f"Set INFLUXD to one, put one into PATH, or install Debian's package influxdb for version 1.")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def _die_with_parent() -> None:
    ctypes.CDLL(None).prctl(1, signal.SIGTERM)  # PR_SET_PDEATHSIG: no server outlives a killed test run


class Influx:
    """One server with its set-up done. Attributes: version, url, org, bucket, token, username, password, pid, options.

    Version 1 has no tokens: there token is None, and username and password are asked for. A given directory is
    kept and may be used again; without one, the data go with the server.
    """

    def __init__(self, version: str = "auto", directory: str | None = None):
        self.path, self.version = find(version)
        self.org, self.bucket = ORG, BUCKET
        self.token = TOKEN if self.version == 2 else None
        self.username, self.password = (None, None) if self.version == 2 else (USERNAME, PASSWORD)
        self._own = directory is None
        self.directory = str(Path(directory or tempfile.mkdtemp(prefix="netslice-influx-")).resolve())
        self._process = None
        self.url = None

    @property
    def pid(self) -> int | None:
        return self._process.pid if self._process else None

    @property
    def alive(self) -> bool:
        return self._process is not None and self._process.poll() is None

    @property
    def options(self) -> dict:
        """The connection options of the plugins."""
        return {"influxdb_url": self.url, "influxdb_token": self.token, "influxdb_org": self.org,
                "influxdb_bucket": self.bucket, "influxdb_username": self.username, "influxdb_password": self.password}

    def describe(self) -> dict:
        return {"version": self.version, "pid": self.pid, "url": self.url, "token": self.token, "org": self.org,
                "bucket": self.bucket, "username": self.username, "password": self.password, "dir": self.directory}

    def __enter__(self) -> "Influx":
        try:
            for attempt in range(3):  # another process may take the free port between its choice and its use
                if self._start():
                    self._set_up()
                    return self
            raise NoServer(f"Cannot start {self.path}: it ended at once. See {self.directory}/influxd.log.")
        except BaseException:
            self._own = self._own and not isinstance(sys.exc_info()[1], NoServer)  # keep the log to look at
            self.stop()
            raise

    def __exit__(self, *exc) -> None:
        self.stop()

    def _start(self, port: int | None = None) -> bool:
        """Start the server and wait until it answers; False when it ended."""
        os.makedirs(self.directory, exist_ok=True)
        port = port or free_port()
        self.url = f"http://127.0.0.1:{port}"
        environment = {key: value for key, value in os.environ.items() if not key.startswith("INFLUXD")}
        with open(f"{self.directory}/influxd.log", "ab") as log:
            self._process = subprocess.Popen(self._command(port), stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd=self.directory,
                                             env=environment, start_new_session=True, preexec_fn=_die_with_parent)
        deadline = time.monotonic() + START_SECONDS
        while self._process.poll() is None:
            if self._answers():
                return True
            if time.monotonic() > deadline:
                raise NoServer(f"Cannot start {self.path}: no answer at {self.url} within {START_SECONDS} s. See {self.directory}/influxd.log.")
            time.sleep(0.1)
        return False

    def _command(self, port: int) -> list[str]:
        d = self.directory
        if self.version == 2:
            return [self.path, "--bolt-path", f"{d}/influxd.bolt", "--sqlite-path", f"{d}/influxd.sqlite", "--engine-path", f"{d}/engine",
                    "--http-bind-address", f"127.0.0.1:{port}", "--reporting-disabled", "--log-level", "warn"]
        config = Path(d, "influxd.conf")
        config.write_text(CONFIG_1.format(dir=d, port=port, rpc=free_port()))
        return [self.path, "run", "-config", str(config)]

    def _answers(self) -> bool:
        try:
            with urllib.request.urlopen(self.url + ("/health" if self.version == 2 else "/ping"), timeout=5) as answer:
                return answer.status in (200, 204)
        except OSError:
            return False

    def _set_up(self) -> None:
        if self.version == 2:
            body = {"username": USERNAME, "password": PASSWORD, "org": ORG, "bucket": BUCKET, "token": TOKEN}
            self._post("/api/v2/setup", json.dumps(body).encode(), done=422)  # 422: a kept directory was set up before
            return
        first = f"CREATE USER {USERNAME} WITH PASSWORD '{PASSWORD}' WITH ALL PRIVILEGES"
        self._post("/query", urllib.parse.urlencode({"q": first}).encode(), done=401)
        login = urllib.parse.urlencode({"u": USERNAME, "p": PASSWORD, "q": f"CREATE DATABASE {BUCKET}"})
        self._post("/query?" + login, b"")

    def _post(self, path: str, body: bytes, done: int | None = None) -> None:
        try:
            with urllib.request.urlopen(urllib.request.Request(self.url + path, data=body), timeout=120) as answer:
                answer.read()
        except urllib.error.HTTPError as exc:
            if exc.code != done:
                raise NoServer(f"Cannot set up {self.path} at {self.url}: {exc} {exc.read().decode(errors='replace')}") from exc

    def stop(self) -> None:
        """End the server, by its pid, and drop its data unless the directory was given. Twice is fine."""
        if self.alive:
            self._process.terminate()
            try:
                self._process.wait(timeout=60)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
        if self._own:
            shutil.rmtree(self.directory, ignore_errors=True)


def serve(server: Influx, command: list[str]) -> int:
    """Run the command beside the server; without one, print what the server is and stay until it or this process ends."""
    if command:
        options = {f"NETSLICE_{name.upper()}": value for name, value in server.options.items() if value}
        return subprocess.run(command, env={**os.environ, **options, "NETSLICE_INFLUXDB_VERSION": str(server.version)}, check=False).returncode
    print(json.dumps(server.describe()), flush=True)
    while server.alive:
        time.sleep(0.5)
    print(f"influxd ended by itself; see {server.directory}/influxd.log", file=sys.stderr)
    return 1


def main() -> int:
    parser = argparse.ArgumentParser(description="Run a private InfluxDB until SIGTERM, or as long as a command.")
    parser.add_argument("--version", choices=["auto", "1", "2"], default="auto")
    parser.add_argument("--dir", help="where its data go, kept afterwards; a temporary directory when omitted")
    parser.add_argument("command", nargs=argparse.REMAINDER, help="a command to run beside it, with the connection in its environment")
    options = parser.parse_args()
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda *_: sys.exit(0))
    try:
        with Influx(options.version, options.dir) as server:
            return serve(server, options.command)
    except NoServer as exc:
        print(f"skipped: {exc}", file=sys.stderr)
        return SKIPPED
    except KeyboardInterrupt:
        return 0


if __name__ == "__main__":
    sys.exit(main())
