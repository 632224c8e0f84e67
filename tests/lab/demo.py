# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The demonstration: a private lab, real guests, and real passes over a simulated day and a half.

    python tests/lab/demo.py [--influxdb auto|1|2] [--out build/demo] [--keep]

Writes result.json (passes, checks, ok), report.html and the logs of all passes into the folder --out.
The collection is taken from ANSIBLE_COLLECTIONS_PATH (make demo sets it). Exit status 0 if every check holds.
"""

from __future__ import annotations

import argparse
import json
import shutil
import sys
import time
from pathlib import Path

import guest
import influx
from checks import Checks
from lab import Lab, lacking
from passes import PassFailed, Runner
from processes import LabError, end_on_signals, started
from story import Story

HYPERVISORS = 2
LINK_MBIT = 20


def say(text):
    print(text, flush=True)


def table(passes):
    """The passes as lines of text."""
    lines = [f"{'pass':24} {'instant':17} {'seconds':>7} {'changed':>7}  VMs (demand -> predicted requests/s), guaranteed Mbit/s egress"]
    for entry in passes:
        cells = []
        for name, part in entry["slices"].items():
            demand, predicted = part["demand"].get("requests"), part["predicted"].get("requests")
            numbers = " -> ".join("-" if value is None else f"{value:.0f}" for value in (demand, predicted))
            cells.append(f"{name} {part['vms']} ({numbers}) {part['guarantee']['egress']:g}")
        lines.append(f"{entry['name']:24} {entry['as_of'][:16]:17} {entry['duration_seconds']:7.1f} {entry['changed']:7d}  {', '.join(cells)}")
    return lines


def perform(out, influxdb):
    """Run the story in a lab of its own. Returns what goes into result.json."""
    checks, passes, failure = Checks(), [], None
    begin = time.monotonic()
    spaces = []
    try:
        with Lab(out / "lab", HYPERVISORS, influxdb, "qemu", LINK_MBIT) as lab:
            spaces = [lab.world.pid, *(hypervisor.pid for hypervisor in lab.hypervisors.values())]
            say(f"demo: the lab is up after {time.monotonic() - begin:.0f} s, telemetry in {lab.influxdb['influxdb_url']}")
            story = Story(lab, Runner(out / "lab" / "inventory.yml", out / "passes"), checks, passes, out)
            story.tell()
    except (LabError, PassFailed, RuntimeError, guest.GuestError, influx.NoServer) as error:
        failure = str(error)
        checks.add("the demonstration ran to its end", False, failure)
    else:
        left = [pid for pid in spaces if started(pid) is not None]
        checks.add("the lab left nothing behind", not left, f"{len(spaces)} spaces ended" if not left else f"processes {left}")
    return {"passes": [done.summary() for done in passes], "checks": checks.done, "ok": checks.ok and failure is None,
            "seconds": round(time.monotonic() - begin, 1)}


def main():
    parser = argparse.ArgumentParser(description="A private lab, real guests, a simulated day and a half.")
    parser.add_argument("--influxdb", choices=("auto", "1", "2"), default="auto")
    parser.add_argument("--out", type=Path, default=Path("build/demo"))
    arguments = parser.parse_args()
    lacks = lacking()
    if lacks:
        sys.exit(f"demo: this machine lacks {'; '.join(lacks)}. Nothing was done.")
    end_on_signals()
    out = arguments.out.resolve()
    shutil.rmtree(out, ignore_errors=True)
    out.mkdir(parents=True)
    result = perform(out, arguments.influxdb)
    (out / "result.json").write_text(json.dumps(result, indent=1) + "\n")
    say("")
    for line in table(result["passes"]):
        say(line)
    failed = [check["name"] for check in result["checks"] if not check["ok"]]
    say(f"\ndemo: {len(result['checks'])} checks, {len(failed)} failed, {result['seconds']:.0f} s; {out / 'result.json'}, {out / 'report.html'}")
    for name in failed:
        say(f"demo: failed: {name}")
    return 0 if result["ok"] else 1


if __name__ == "__main__":
    sys.exit(main())
