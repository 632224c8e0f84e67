# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Outcomes of checks, counted once and printed at the end."""
from __future__ import annotations

import os
import subprocess
import sys
import time
import xml.etree.ElementTree as ET
from dataclasses import dataclass, field
from pathlib import Path

TOP = Path(__file__).resolve().parents[2]
BUILD = TOP / "build" / "test"
#: ansible-test gives no reason where it finds no file that a sanity test is for
NOTHING_TO_DO = "ansible-test found nothing it applies to"

#: of the log of what failed, and of the words of each failed test, so many of the last lines are printed
LOG_LINES, WHY_LINES, LINE_CHARACTERS = 250, 60, 2000


def ending(text: str, lines: int) -> str:
    """The last lines of a text, indented, each cut to LINE_CHARACTERS."""
    return "".join(f"    | {line[:LINE_CHARACTERS]}\n" for line in text.splitlines()[-lines:])


@dataclass
class Totals:
    """What passed, what failed and what was skipped with its reason."""

    passed: int = 0
    failed: list[str] = field(default_factory=list)
    skipped: list[str] = field(default_factory=list)
    why: dict[str, str] = field(default_factory=dict)  # of what failed, in junit's words

    def add_junit(self, path: Path, label: str) -> None:
        """Count the cases of one junit file, or of every one in a folder."""
        for one in sorted(path.glob("*.xml")) if path.is_dir() else [path]:
            for case in ET.parse(one).getroot().iter("testcase"):
                name = f"{label}: {case.get('classname')}.{case.get('name')}"
                skip = case.find("skipped")
                wrong = [one for one in (case.find("failure"), case.find("error")) if one is not None]
                if wrong:
                    self.failed.append(name)
                    self.why[name] = "\n".join(f"{one.get('message') or ''}\n{one.text or ''}" for one in wrong)
                elif skip is not None:
                    self.skipped.append(f"{name}: {skip.get('message') or (skip.text or '').strip() or NOTHING_TO_DO}")
                else:
                    self.passed += 1

    def add(self, name: str, ok: bool) -> None:
        """Count one check by itself."""
        if ok:
            self.passed += 1
        else:
            self.failed.append(name)

    def report(self) -> int:
        """Print failures, skips with their reasons and the line of totals; the exit status."""
        for name in self.failed:
            print(f"FAILED  {name}")
            sys.stdout.write(ending(self.why.get(name, ""), WHY_LINES))
        for name in self.skipped:
            print(f"skipped {name}")
        print(f"{self.passed} passed, {len(self.failed)} failed, {len(self.skipped)} skipped", flush=True)
        return 1 if self.failed or not self.passed else 0


def run(name: str, argv: list, cwd: Path = TOP, env: dict | None = None, timeout: float = 3600, quiet: bool = True) -> bool:
    """Run a command into build/test/<name>.log; say how long it took and, when it fails, how it ended."""
    BUILD.mkdir(parents=True, exist_ok=True)
    log = BUILD / (name.replace("/", "-").replace(" ", "-") + ".log")
    started = time.monotonic()
    with log.open("w") as out:
        try:
            done = subprocess.run(
                [str(a) for a in argv], cwd=cwd, env={**os.environ, **(env or {})}, timeout=timeout,
                stdin=subprocess.DEVNULL, stdout=out, stderr=subprocess.STDOUT, check=False,
            ).returncode
        except subprocess.TimeoutExpired:
            out.write(f"\nstopped after {timeout} s\n")
            done = 124
    print(f"{'ok  ' if done == 0 else 'FAIL'} {name} ({time.monotonic() - started:.0f} s)", flush=True)
    if done:
        sys.stdout.write(ending(log.read_text(errors="replace"), LOG_LINES))
    elif not quiet:
        sys.stdout.write(log.read_text(errors="replace"))
    return done == 0
