# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""LAB: the rulebook of the collection, run by ansible-rulebook: a surge begins a pass at once, and nothing else does."""
from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path

from ansible_collections.foresight.netslice.plugins.plugin_utils.telemetry.client import connect
from ansible_collections.foresight.netslice.plugins.plugin_utils.telemetry.options import DEFAULTS, checked

from told import boundary, decision, demand, forecasts, slices

LAB = Path(sys.argv[1])


def until(condition, what, log, seconds=600):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"not within {seconds} s: {what}; {log.read_text()[-6000:]}"
        time.sleep(1)


def main():
    inventory = json.loads((LAB / "inventory.yml").read_text())
    common = inventory["all"]["vars"]
    options = {name: common["netslice_" + name] for name in DEFAULTS if common.get("netslice_" + name)}
    # A playbook that a rulebook starts has the variables of its inventory, and not those of the rulebook.
    (LAB / "slices.json").write_text(json.dumps(slices()))
    (LAB / "vars.json").write_text(json.dumps({"netslice_slices_path": str(LAB / "slices.json"), "netslice_watch_seconds": 2}))
    common["netslice_slices"] = slices()
    (LAB / "hosts.json").write_text(json.dumps(inventory))
    log, end = LAB / "rulebook.log", boundary()
    with connect(checked(options)) as client:
        def passes():
            now = int(time.time())
            return [row for row in client.rows("netslice_decision", {"mode": str, "record": str}, now - 3600, now) if "mode" in row]

        client.write([*demand(100, end, 600), *forecasts(end, 4), decision("web", int(time.time())), decision("db", int(time.time()))])
        environment = {**os.environ, **{f"NETSLICE_{name.upper()}": str(value) for name, value in options.items()}}
        command = ["ansible-rulebook", "--rulebook", "foresight.netslice.demand_shift", "--inventory", str(LAB / "hosts.json"),
                   "--vars", str(LAB / "vars.json")]
        with log.open("wb") as out:
            running = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=out, stderr=out, env=environment)
        try:
            until(lambda: "raised: silent: nothing of requests arrives" in log.read_text(), "db is silent", log)
            assert passes() == [] and running.poll() is None, log.read_text()
            client.write(demand(400, boundary(), 1))  # ansible-rulebook may have taken long to start: of the row that is the newest by now
            until(lambda: {row["slice"] for row in passes()} == {"web", "db"}, "a pass", log)
            web = next(json.loads(row["record"]) for row in passes() if row["slice"] == "web")
            assert web["vms"]["wished"] >= 8, web
        finally:
            running.terminate()
            running.wait(300)


if __name__ == "__main__":
    main()
