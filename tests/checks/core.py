# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Units and one pass on another ansible-core than the one of the environment."""
from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import ansible_test
import lab
from outcome import TOP, Totals


def environment(version: str) -> Path:
    """build/venv-VERSION: its own ansible-core, everything else (torch above all) from build/venv."""
    venv = TOP / "build" / f"venv-{version}"
    site = f"lib/python{sys.version_info.major}.{sys.version_info.minor}/site-packages"
    if not (venv / "bin" / "ansible-playbook").exists():
        subprocess.run([sys.executable, "-m", "venv", str(venv)], check=True)
        (venv / site / "build-venv.pth").write_text(str(TOP / "build" / "venv" / site) + "\n")
        subprocess.run([str(venv / "bin" / "pip"), "install", "-q", "--disable-pip-version-check", "--ignore-installed", "--no-deps",
                        f"ansible-core=={version}.*", "resolvelib<1.1.0"], check=True)
    return venv


def check(totals: Totals, collection: Path, version: str) -> None:
    venv = environment(version)
    before = os.environ["PATH"]
    os.environ["PATH"] = f"{venv / 'bin'}:{before}"
    try:
        shown = subprocess.run(["ansible", "--version"], capture_output=True, text=True, check=True).stdout
        totals.add(f"ansible-core is {version}", f"core {version}." in shown)
        ansible_test.units(totals, collection, label=f"unit-{version}")
        lab.one_pass(totals, collection, label=f"pass-{version}")
    finally:
        os.environ["PATH"] = before
