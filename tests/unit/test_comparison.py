# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""docs/comparison.md answers every row, and every proof that it names is there."""
from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml

TOP = Path(__file__).resolve().parents[2]
TEXT = (TOP / "docs" / "comparison.md").read_text(encoding="utf-8")
ROWS = [[cell.strip() for cell in line.strip("|").split("|")] for line in TEXT.splitlines() if re.match(r"^\| \d+ \|", line)]
PROOFS = [(row[0], proof) for row in ROWS for proof in re.findall(r"`([^`]+)`", row[5])]
FILES = [path for path in (TOP / "tests").rglob("*") if path.suffix in (".py", ".yml", ".sh") and "output" not in path.parts]


def names(file: Path) -> set[str]:
    """What a proof may name of a file: its test functions, its scenarios or tasks."""
    text = file.read_text(encoding="utf-8")
    if file.suffix == ".py":
        return set(re.findall(r"^def (test_\w+)\(", text, re.MULTILINE))
    found, rest = set(), [yaml.safe_load(text)]
    while rest:
        one = rest.pop()
        if isinstance(one, dict):
            found.add(one.get("name"))
            rest.extend(one.values())
        elif isinstance(one, list):
            rest.extend(one)
    return found


def test_every_row_has_an_answer():
    assert [row[0] for row in ROWS] == [str(number + 1) for number in range(54)]
    assert [row[0] for row in ROWS if len(row) != 6 or not row[4] or row[3] not in ("yes", "part", "no")] == []


def test_what_is_claimed_has_a_proof_and_what_is_not_has_none():
    proven = {number for number, _proof in PROOFS}
    assert [row[0] for row in ROWS if (row[3] != "no") != (row[0] in proven)] == []


@pytest.mark.parametrize(("number", "proof"), PROOFS)
def test_the_proof_is_there(number, proof):
    path, _colons, name = proof.partition("::")
    found = [file for file in FILES if file.as_posix().endswith(f"/{path}")]
    assert len(found) == 1, f"row {number}: {path} is {len(found)} files"
    if found[0].suffix == ".sh":
        assert name and name in found[0].read_text(encoding="utf-8")
    else:
        assert name in names(found[0]), f"row {number}: {name} is not in {path}"
