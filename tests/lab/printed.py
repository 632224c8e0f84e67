# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a page of documentation prints: files to write, commands to run, and output to expect.

A fenced block of console is run. One of another language is a file where the line before it ends with its name, as in "`site.yml`:". Lines indented
by four blanks right after a block of console are output of it, in which `...` stands for anything.
"""
from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path

FENCE = re.compile(r"^```(\w*)$")
NAMED = re.compile(r"`([\w./-]+)`:$")


@dataclass
class Block:
    """One block: language, text, number of its first line, name of the file it is or "", lines of the output shown."""

    language: str
    text: str
    line: int
    name: str = ""
    output: list = field(default_factory=list)


def blocks(page: Path) -> list[Block]:
    """The fenced blocks of a page, in order."""
    found, inside, before = [], None, ""
    for number, line in enumerate(page.read_text(encoding="utf-8").splitlines(), 1):
        fence = FENCE.match(line)
        if inside is not None:
            if line == "```":
                found.append(Block(inside[0], "".join(f"{one}\n" for one in inside[2]), inside[1], inside[3]))
                inside, before = None, ""
            else:
                inside[2].append(line)
        elif fence:
            named = NAMED.search(before)
            inside = (fence.group(1), number + 1, [], named.group(1) if named and fence.group(1) != "console" else "")
        elif line.startswith("    ") and found and not before and found[-1].language == "console":
            found[-1].output.append(line.strip())
        elif line.strip():
            before = line.strip()
    return found


def lacking(expected: list[str], printed: str) -> list[str]:
    """Expected lines that the printed text does not have, each looked for after the one before it; blanks count as one."""
    lacks, at = [], 0
    text = " ".join(printed.split())
    for line in expected:
        pattern = r".{0,400}?".join(re.escape(" ".join(part.split())) for part in line.split("..."))
        match = re.compile(pattern).search(text, at)
        if match:
            at = match.end()
        else:
            lacks.append(line)
    return lacks
