# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Figures of speed and memory: runs each subject and writes OUT/<subject>.json with machine and versions.

    run.py --out DIR [SUBJECT ...]

A subject is one program beside this one or several, each of which prints one JSON object a line for each figure: name, value, unit and target
(the most the value may be, or null). Other lines are shown. A program that ends with 77 is skipped: its last line says what it lacks.
"""
from __future__ import annotations

import argparse
import json
import os
import re
import subprocess
import sys
import time
from importlib import metadata
from pathlib import Path

HERE = Path(__file__).resolve().parent
SUBJECTS = {
    "substrate": ("substrate",), "pool": ("pool",), "planner": ("planner",), "forecast": ("forecast_cost", "forecast_fit", "forecast_peers"),
    "telemetry_read": ("telemetry_read",), "whole_pass": ("whole_pass",),
}
TIMEOUT_SECONDS = 480
SKIPPED = 77
LIBRARIES = {"ansible-core": "ansible-core", "torch": "torch", "numpy": "numpy", "libvirt": "libvirt-python", "influxdb-client": "influxdb-client"}


def machine() -> dict:
    """What the figures were taken on."""
    cpus = re.findall(r"model name\s*: (.*)", Path("/proc/cpuinfo").read_text())
    memory = re.search(r"MemTotal:\s+(\d+)", Path("/proc/meminfo").read_text())
    return {
        "cpu": cpus[0] if cpus else os.uname().machine, "cores": len(os.sched_getaffinity(0)),
        "memory_mib": int(memory.group(1)) // 1024 if memory else None, "kernel": os.uname().release,
        "load": round(os.getloadavg()[0], 2),
    }


def versions() -> dict:
    """Versions of what does the work; null for what is not there."""
    found = {"python": sys.version.split()[0], "iproute2": iproute2()}
    for name, package in LIBRARIES.items():
        try:
            found[name] = metadata.version(package)
        except metadata.PackageNotFoundError:
            found[name] = None
    return found


def iproute2() -> str | None:
    try:
        shown = subprocess.run(["tc", "-V"], capture_output=True, text=True, check=False).stdout
    except OSError:
        return None
    match = re.search(r"iproute2-([\w.]+)", shown)
    return match.group(1) if match else None


def row_of(line: str) -> dict | None:
    """A figure with whether its target is met; None for any other line."""
    try:
        row = json.loads(line)
    except ValueError:
        return None
    if not isinstance(row, dict) or not {"name", "value", "unit"} <= set(row):
        return None
    target = row.setdefault("target", None)
    row["met"] = None if target is None else row["value"] <= target
    return row


def told(row: dict) -> str:
    """A figure as a line of text."""
    words = f"{row['name']}: {row['value']:g} {row['unit']}"
    return words if row["target"] is None else f"{words} (at most {row['target']:g}: {'met' if row['met'] else 'NOT MET'})"


def run(program: str) -> tuple[str, list[dict]]:
    """(ok, skipped or failed, figures) of one program; shows each as it comes."""
    begin, rows, last = time.monotonic(), [], ""
    process = subprocess.Popen([sys.executable, str(HERE / f"{program}.py")], stdout=subprocess.PIPE, text=True)
    try:
        for line in process.stdout:
            row = row_of(line)
            if row is None:
                last = line.strip()
                print(f"  {last}", flush=True)
                continue
            rows.append(row)
            print(f"  {told(row)}", flush=True)
            if time.monotonic() - begin > TIMEOUT_SECONDS:
                raise subprocess.TimeoutExpired(program, TIMEOUT_SECONDS)
        status = process.wait(timeout=max(1.0, TIMEOUT_SECONDS - (time.monotonic() - begin)))
    except subprocess.TimeoutExpired:
        status = 124
    finally:
        process.kill()
        process.wait()
    return {0: "ok", SKIPPED: f"skipped: {last}"}.get(status, f"failed: exit status {status}"), rows


def measure(subject: str, out: Path) -> tuple[str, list[dict]]:
    """(verdict, figures) of all programs of a subject: failed where one did, skipped where none has figures."""
    begin, done = time.monotonic(), {program: run(program) for program in SUBJECTS[subject]}
    verdicts, rows = [verdict for verdict, _rows in done.values()], [row for _verdict, some in done.values() for row in some]
    verdict = next((one for one in verdicts if one.startswith("failed")), "ok" if "ok" in verdicts else verdicts[0])
    document = {
        "subject": subject, "verdict": verdict, "programs": {program: one for program, (one, _rows) in done.items()},
        "seconds": round(time.monotonic() - begin, 1),
        "machine": machine(), "versions": versions(), "rows": rows,
    }
    (out / f"{subject}.json").write_text(json.dumps(document, indent=1) + "\n")
    return verdict, rows


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, required=True, help="folder of the results")
    parser.add_argument("subjects", nargs="*", metavar="SUBJECT", help=f"of {', '.join(SUBJECTS)}; all where none is named")
    args = parser.parse_args()
    unknown = [one for one in args.subjects if one not in SUBJECTS]
    if unknown:
        parser.error(f"{', '.join(unknown)}: no such subject; there are {', '.join(SUBJECTS)}")
    args.out.mkdir(parents=True, exist_ok=True)
    failed, missed, count = [], [], 0
    for subject in args.subjects or SUBJECTS:
        print(f"{subject}", flush=True)
        verdict, rows = measure(subject, args.out)
        print(f"  {verdict}", flush=True)
        count += len(rows)
        failed += [subject] if verdict.startswith("failed") else []
        missed += [row["name"] for row in rows if row["met"] is False]
    print(f"{count} figures in {args.out}; targets not met: {', '.join(missed) or 'none'}; subjects that failed: {', '.join(failed) or 'none'}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
