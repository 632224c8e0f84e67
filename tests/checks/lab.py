# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""End-to-end passes in the private lab, and the demonstration."""
from __future__ import annotations

import json
from pathlib import Path

from outcome import BUILD, TOP, Totals, run


def pytest(totals: Totals, collection: Path, label: str, *args: str) -> None:
    """The end-to-end tests of tests/lab, which start labs of their own."""
    junit = BUILD / f"{label}.xml"
    junit.unlink(missing_ok=True)
    # Each test by name as it ends, so that the log of a run that was stopped says which one it waited for.
    ok = run(label, ["python", "-m", "pytest", "-v", "-rs", "--durations=20", "-p", "no:cacheprovider", f"--junitxml={junit}", *args], cwd=collection,
             timeout=3600)
    if junit.exists():
        totals.add_junit(junit, label)
    totals.add(label, ok)


def one_pass(totals: Totals, collection: Path, label: str) -> None:
    """One pass on real parts, for another ansible-core."""
    pytest(totals, collection, label, "tests/lab/test_pass.py")


def check(totals: Totals, collection: Path) -> None:
    # Two at a time, each in labs of its own: most of the time they wait for guests that boot.
    pytest(totals, collection, "lab", "-n", "2", "--dist", "loadfile", "tests/lab")
    out = TOP / "build" / "demo"
    ok = run("demo", ["python", "tests/lab/demo.py", "--influxdb", "auto", "--out", out], cwd=collection)
    result = out / "result.json"
    if result.exists():
        for one in json.loads(result.read_text())["checks"]:
            totals.add(f"demo: {one['name']}: {one['detail']}", one["ok"])
    totals.add("demo", ok)
