# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Figures of several programs in one document, and what the libraries of a runtime weigh."""
from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

pytest.importorskip("packaging", reason="requirements of distributions are read with it")
sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "bench"))

import forecast_cost
import run as bench

ROW = {"name": "a", "value": 1.0, "unit": "s", "target": None, "met": None}


@pytest.mark.parametrize("verdicts, want", [
    (["ok", "ok"], "ok"), (["ok", "skipped: no traces"], "ok"), (["skipped: no numpy", "skipped: no traces"], "skipped: no numpy"),
    (["ok", "failed: exit status 1"], "failed: exit status 1")])
def test_a_subject_has_the_figures_of_all_its_programs(monkeypatch, tmp_path, verdicts, want):
    monkeypatch.setattr(bench, "SUBJECTS", {"both": ("one", "two")})
    monkeypatch.setattr(bench, "run", lambda program: (dict(zip(("one", "two"), verdicts))[program], [{**ROW, "name": program}]))
    verdict, rows = bench.measure("both", tmp_path)
    written = json.loads((tmp_path / "both.json").read_text())
    assert verdict == written["verdict"] == want and written["rows"] == rows
    assert [row["name"] for row in rows] == ["one", "two"] and written["programs"] == dict(zip(("one", "two"), verdicts))


def test_every_program_of_a_subject_exists():
    assert [one for programs in bench.SUBJECTS.values() for one in programs if not (bench.HERE / f"{one}.py").is_file()] == []


def test_the_libraries_of_a_runtime_are_those_it_needs_and_what_they_need(monkeypatch):
    wanted = {"torch": ["numpy", "sympy>=1", "onnx; extra == 'export'"], "sympy": ["mpmath"], "numpy": None, "mpmath": []}

    def requires(name):
        if name not in wanted:
            raise forecast_cost.metadata.PackageNotFoundError(name)
        return wanted[name]
    monkeypatch.setattr(forecast_cost.metadata, "requires", requires)
    assert forecast_cost.closure(["torch", "absent"]) == {"torch", "numpy", "sympy", "mpmath"}


def test_the_size_of_a_distribution_is_that_of_its_files():
    assert 0.05 < forecast_cost.installed_mib("packaging") < 5
