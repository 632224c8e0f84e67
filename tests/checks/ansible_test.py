# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""ansible-test: sanity, units, and integration target by target."""
from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

from outcome import Totals, run

PYTHON = f"{sys.version_info.major}.{sys.version_info.minor}"

# ansible-test fetches get-pip.py from its own server to furnish its virtual environments. Where only a package index is
# reachable this stands in for it: the same result from the ensurepip of the interpreter.
GET_PIP = '''\
import subprocess, sys
subprocess.check_call([sys.executable, "-m", "ensurepip"], stdout=subprocess.DEVNULL)
wanted = [a for a in sys.argv[1:] if a not in ("--no-setuptools", "--no-wheel")]
sys.exit(subprocess.call([sys.executable, "-m", "pip", "install", "--upgrade", "--disable-pip-version-check", *wanted]))
'''


def furnish_get_pip() -> None:
    """Write the stand-in for get-pip under each name that the supported versions of ansible-test look for."""
    cache = Path(os.environ.get("HOME", "/root")) / ".ansible" / "test" / "cache"
    cache.mkdir(parents=True, exist_ok=True)
    for version in ("23_1_2", "24_2", "25_2"):
        (cache / f"get_pip_{version}.py").write_text(GET_PIP)


def junit_of(collection: Path) -> Path:
    """The folder into which ansible-test writes what came of its tests, emptied of what an earlier command left."""
    junit = collection / "tests" / "output" / "junit"
    shutil.rmtree(junit, ignore_errors=True)
    return junit


def sanity(totals: Totals, collection: Path) -> None:
    """Every sanity test of the core at hand, on this Python."""
    furnish_get_pip()
    junit = junit_of(collection)
    ok = run("sanity", ["ansible-test", "sanity", "--local", "--python", PYTHON, "--junit", "--color", "no"], cwd=collection)
    if junit.is_dir():
        totals.add_junit(junit, "sanity")
    totals.add("sanity", ok)


def units(totals: Totals, collection: Path, label: str = "unit") -> None:
    """All unit tests as ansible-test runs them."""
    furnish_get_pip()
    junit = junit_of(collection)
    ok = run(label, ["ansible-test", "units", "--local", "--python", PYTHON, "--requirements", "--num-workers", "2", "--color", "no"], cwd=collection)
    if junit.is_dir():
        totals.add_junit(junit, label)
    totals.add(label, ok)


def integration(totals: Totals, collection: Path) -> None:
    """Every target of tests/integration/targets, one after another, each one check."""
    for target in sorted(p.name for p in (collection / "tests" / "integration" / "targets").iterdir() if (p / "aliases").exists()):
        aliases = (collection / "tests" / "integration" / "targets" / target / "aliases").read_text().split()
        if "hidden" in aliases:
            continue
        totals.add(
            f"integration {target}",
            run(f"integration {target}", ["ansible-test", "integration", "--local", "--python", PYTHON, "--allow-root",
                                          "--allow-destructive", "--color", "no", target], cwd=collection),
        )
