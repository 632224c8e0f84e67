# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""one: a single pass. all: a loop, two at once, a pass that is killed, one that is late, one that fails, and the alarm."""
from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path

from ansible_collections.foresight.netslice.plugins.plugin_utils.doctor.passes import RECONCILER, reconcilers
from ansible_collections.foresight.netslice.plugins.plugin_utils.telemetry.client import connect
from ansible_collections.foresight.netslice.plugins.plugin_utils.telemetry.options import checked

CONFIG, DIRECTORY, WORK = Path("/etc/netslice-reconciler.json"), Path("/var/lib/netslice-reconciler"), Path(os.environ["work"])
COMMAND = [sys.executable, "/usr/local/lib/netslice-reconciler/netslice-reconciler.py", "--config", str(CONFIG)]


def state():
    return json.loads((DIRECTORY / "state.json").read_text())


def started(*arguments, **options):
    return subprocess.Popen([*COMMAND, *arguments], stdin=subprocess.DEVNULL, **options)


def status(*arguments):
    return started(*arguments).wait(900)


def until(condition, seconds, what):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"not within {seconds} s: {what}"
        time.sleep(0.3)


def playbooks():
    """Processes of a pass."""
    return subprocess.run(["pgrep", "-f", f"ansible-playbook .*{DIRECTORY}"], capture_output=True, text=True, check=False).stdout.split()


@contextmanager
def configured(**changes):
    kept = CONFIG.read_text()
    CONFIG.write_text(json.dumps({**json.loads(kept), **changes}))
    try:
        yield
    finally:
        CONFIG.write_text(kept)


def one():
    assert status() == 0, state()
    assert state()["last"]["hosts"] == {"ok": 1, "changed": 0, "failures": 0, "unreachable": 0}, state()
    influxdb = json.loads(CONFIG.read_text())["influxdb"]
    with connect(checked({f"influxdb_{key}": value or None for key, value in influxdb.items()})) as client:
        now = int(time.time())
        rows = client.rows(RECONCILER, {"code": int, "ok": int, "outcome": str}, now - 3600, now)
        found = reconcilers(client.rows(RECONCILER, {"code": int, "why": str}, now - 3600, now))  # as the doctor does
        decided = client.rows("netslice_decision", {"mode": str}, now - 3600, now)
    assert [(row["code"], row["ok"], row["outcome"]) for row in rows][-1] == (0, 1, "good"), rows
    assert [one.verdict for one in found] == ["ok"], found
    assert {row["slice"]: row["mode"] for row in decided} == {"web": "forecast_only", "held": "paused"}, decided
    assert re.search(r'^netslice_passes_total{outcome="good"} [1-9]', (WORK / "netslice.prom").read_text(), re.MULTILINE)
    secret = influxdb["token"] or influxdb["password"]
    kept = [path for path in DIRECTORY.rglob("*") if path.is_file() and secret in path.read_text(errors="replace")]
    assert kept == [], f"the secret is in {kept}"
    assert status("--check-age") == 0


def loop():
    """Three passes by the loop; one slot is made up for where several were missed; SIGTERM ends it."""
    before = state()["counts"]["good"]
    looping = started("--loop")
    try:
        until(lambda: state()["counts"]["good"] >= before + 3, 900, "three passes")
        until(lambda: not playbooks(), 300, "the end of a pass")
        looping.send_signal(signal.SIGSTOP)
        time.sleep(25)
        stopped = state()["counts"]["good"]
        woken = time.time()
        looping.send_signal(signal.SIGCONT)
        until(lambda: state()["counts"]["good"] > stopped, 600, "a pass after the sleep")
        assert state()["last"]["began"] >= int(woken) - 1
        assert state()["counts"]["good"] == stopped + 1
    finally:
        looping.send_signal(signal.SIGCONT)
        looping.terminate()
        assert looping.wait(300) == 0
    assert not playbooks()
    assert len(list((DIRECTORY / "artifacts").iterdir())) <= 4


def two_at_once():
    assert sorted(process.wait(900) for process in [started(), started()]) == [0, 3]


def killed():
    """The next pass waits until the processes of a killed one are gone, and is good."""
    process = started()
    until(playbooks, 300, "a pass under way")
    time.sleep(1)
    process.kill()
    process.wait()
    statuses = []
    until(lambda: statuses.append(status()) or statuses[-1] != 3, 600, "a pass after the killed one")
    assert statuses[-1] == 0, (statuses, state())


def ended():
    process = started()
    until(playbooks, 300, "a pass under way")
    process.terminate()
    assert process.wait(300) == 6 and not playbooks(), state()
    with configured(timeout_seconds=1):
        assert status() == 4 and "longer than timeout_seconds" in state()["last"]["why"], state()
    until(lambda: not playbooks(), 300, "the end of the late pass")


def failing():
    """A pass that fails says why; where no good one came of late, the alarm is given."""
    variables = json.loads(CONFIG.read_text())["variables"]
    with configured(variables={**variables, "netslice_influxdb_url": "http://127.0.0.1:9"}, max_age_seconds=1, playbook="foresight.netslice.reconcile"):
        assert status() == 1
        assert "127.0.0.1:9" in state()["last"]["why"], state()
        time.sleep(2)
        assert status("--check-age") == 5
        assert (WORK / "alarm").exists()
    with configured(playbook="foresight.netslice.no_such"):
        assert status() == 1 and "no_such" in state()["last"]["why"], state()
    assert status() == 0 and status("--check-age") == 0
    assert not (DIRECTORY / "alarm").exists()


if __name__ == "__main__":
    for step in [one] if sys.argv[1] == "one" else [one, loop, two_at_once, killed, ended, failing]:
        print(f"-- {step.__name__}", flush=True)
        step()
