# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Demand Profiles with Calibration records: what is corrected, what drifts, what the archive is told."""
from __future__ import annotations

import json
from pathlib import Path

import pytest

np = pytest.importorskip("numpy", reason="the forecaster needs numpy")
pytest.importorskip("safetensors", reason="weights are safetensors")
jsonschema = pytest.importorskip("jsonschema", reason="profiles are checked against their JSON Schema")

from ansible_collections.foresight.netslice.plugins.plugin_utils.analytics import engine, forecasting
from ansible_collections.foresight.netslice.plugins.plugin_utils.manager.slices import validate_slices
from ansible_collections.foresight.netslice.plugins.plugin_utils.telemetry.records import LEADS, forecast_points
from ansible_collections.foresight.netslice.plugins.plugin_utils.telemetry.series import Series

SCHEMA = json.loads((Path(__file__).resolve().parents[5] / "docs" / "schemas" / "demand_profile.schema.json").read_text(encoding="utf-8"))
AT, DAY = 1767600000, 288
KEY = ("web", "requests")
DRIFT = {"since": "2026-01-05T07:00:00Z", "why": "it lost", "inside_since": None}


def record(shift=0.0, drift=None, wql=0.1):
    return {"n": [100] * 6, "shift90": [shift] * 6, "shift95": [shift] * 6, "coverage_95": [0.9] * 6, "drift": drift, "time": AT - 1800,
            "accuracy": {"n": 600, "wql": wql, "wql_baseline": 0.2, "coverage_95": 0.9}}


def office(days):
    rows = np.arange(days * DAY)
    hour = ((AT / 300 - len(rows) + rows) / 12) % 24
    return 40 + 200 / (1 + np.exp(-(hour - 8.5) * 4)) / (1 + np.exp((hour - 17) * 4)) + np.random.default_rng(0).normal(0, 3, len(rows))


def profile(days=8, calibration=None, settings=None, kept=None, **scaling):
    slices = validate_slices([{"name": "web", "vm": {"memory_mib": 512, "serves": {"requests": 50}}, "network": {"range": "10.90.2.0/24"}, "scaling": scaling,
                               "telemetry": {"resources": {"requests": {"field": "requests_per_second", "unit": "1/s"}}}}])
    values = office(days)
    series = {KEY: Series(*KEY, "1/s", 300, AT - len(values) * 300, values, AT - 1)}
    records = {KEY: calibration} if calibration else None
    (found,) = engine.demand_profiles(slices, series, AT, settings or engine.Settings(), calibrations=records, **(kept or {"curves": True}))
    jsonschema.validate(found, SCHEMA)
    return found, found["resources"]["requests"]


def test_the_upper_quantiles_move_with_the_correction():
    (_whole, plain), (_other, wider) = profile(), profile(calibration=record(0.4))
    assert plain["calibration"] is None and plain["drift"] is None and "archive" not in plain["accuracy"]
    assert wider["calibration"] == {"as_of": "2026-01-05T07:30:00Z", "lead_seconds": 300, "n": 100, "shift90": 0.4, "shift95": 0.4, "coverage_95_before": 0.9}
    middle, upper, moved = (np.array(one) for one in (plain["curve"]["0.5"], plain["curve"]["0.95"], wider["curve"]["0.95"]))
    assert wider["curve"]["0.5"] == plain["curve"]["0.5"]
    assert moved - upper == pytest.approx(0.4 * np.maximum(upper - middle, 0.02 * middle), rel=1e-3, abs=2e-3)
    assert all(now[2] > was[2] for now, was in zip(wider["earlier"], plain["earlier"]))
    assert wider["said"] == plain["said"], "the archive is told what the network says, uncorrected"
    assert wider["accuracy"]["archive"]["n"] == 600 and wider["accuracy"]["wql"] == plain["accuracy"]["wql"]


def test_a_series_that_drifts_is_left_to_the_baseline_and_its_network_is_still_archived():
    whole, entry = profile(calibration=record(0.4, DRIFT))
    assert whole["model"]["name"] == "seasonal-naive" and entry["reason"] == "drift: it lost"
    assert entry["drift"] == {"since": DRIFT["since"], "why": "it lost"} and entry["calibration"] is None
    assert entry["said"] == profile()[1]["said"] and set(entry["said"]) == {"network", "naive"}
    point = forecast_points([whole])[0]
    assert point.fields["q95"] == pytest.approx(point.fields["naive95"]) != point.fields["network95"]


@pytest.mark.parametrize("days, sources", [(1, {"naive"}), (2, {"naive"}), (8, {"network", "naive"})])
def test_the_archive_is_told_what_there_is_history_for(days, sources):
    entry = profile(days)[1]
    assert set(entry["said"]) == sources
    assert all(list(map(int, leads)) == list(LEADS) for leads in entry["said"].values())


@pytest.mark.parametrize("step, horizon, leads", [(300, 3600, 3), (600, 43200, 6), (60, 43200, 6)])
def test_said_is_on_the_rows_of_the_curve(step, horizon, leads):
    entry = profile(settings=engine.Settings(step_seconds=step, horizon_seconds=horizon), scale_in_window_seconds=0)[1]
    assert len(entry["said"]["network"]) == leads
    assert [values[2] for values in entry["leads"].values()] == [entry["curve"]["0.95"][-(-lead // step) - 1] for lead in LEADS[:leads]]
    if entry["model"] == "lstm-global":
        assert entry["said"]["network"] == entry["leads"]


def test_what_is_archived_is_the_same_without_curves():
    (whole, entry), (brief, _entry) = profile(), profile(kept={"leads": True})
    assert entry.pop("curve") and entry["leads"] and whole == brief
    assert not {"curve", "leads", "said"} & set(profile(kept={"leads": False})[1])


@pytest.mark.parametrize("wql, model", [(0.1, "lstm-global"), (0.3, "seasonal-naive")])
def test_the_archive_judges_a_large_fleet(monkeypatch, wql, model):
    monkeypatch.setattr(forecasting, "BACKTEST_LIMIT", 0)
    entry = profile(calibration=record(wql=wql))[1]
    assert entry["model"] == model and "in the archive" in entry["reason"] and entry["accuracy"]["wql"] == wql
