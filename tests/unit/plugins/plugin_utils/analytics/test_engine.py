# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The engine from series to Demand Profiles: the contract, and telemetry of every kind of badness."""
from __future__ import annotations

import json
from pathlib import Path

import pytest

np = pytest.importorskip("numpy", reason="the forecaster needs numpy")
pytest.importorskip("torch", reason="the shipped model is a network of torch")
pytest.importorskip("safetensors", reason="weights are safetensors")
jsonschema = pytest.importorskip("jsonschema", reason="profiles are checked against their JSON Schema")

from ansible_collections.foresight.netslice.plugins.plugin_utils.analytics import engine, forecasting
from ansible_collections.foresight.netslice.plugins.plugin_utils.errors import InvalidInput
from ansible_collections.foresight.netslice.plugins.plugin_utils.manager.slices import validate_slices
from ansible_collections.foresight.netslice.plugins.plugin_utils.telemetry.series import Series

SCHEMA = json.loads((Path(__file__).resolve().parents[5] / "docs" / "schemas" / "demand_profile.schema.json").read_text())
AS_OF = "2026-01-05T08:00:00Z"
AT = 1767600000
DAY = 288


def a_slice(name="web", third=2, **scaling):
    return {"name": name, "vm": {"memory_mib": 512, "serves": {"requests": 50}}, "network": {"range": f"10.90.{third}.0/24"},
            "scaling": scaling, "telemetry": {"resources": {"requests": {"field": "requests_per_second", "unit": "1/s"}}}}


def a_series(values, step=300, late=0, name="web"):
    values = np.asarray(values, dtype=float)
    known = np.flatnonzero(np.isfinite(values))
    start = AT // step * step - len(values) * step
    last = start + int(known[-1] + 1) * step - 1 if len(known) else None
    return Series(name, "requests", "1/s", step, start, values, last - late if last else None)


def office(days=8, step=300, seed=0):
    rows = np.arange(int(days * 86400 / step))
    hour = ((AT - len(rows) * step + rows * step) / 3600) % 24
    shape = 40 + 200 / (1 + np.exp(-(hour - 8.5) * 4)) / (1 + np.exp((hour - 17) * 4))
    return shape + np.random.default_rng(seed).normal(0, 3, len(rows))


def profile(series, settings=None, curves=False, **scaling):
    slices = validate_slices([a_slice(**scaling)])
    found = engine.demand_profiles(slices, {("web", "requests"): series} if series else {}, AS_OF, settings or engine.Settings(), curves)
    jsonschema.validate(found[0], SCHEMA)
    return found[0]


def with_gaps(values, *spans):
    values = values.copy()
    for begin, end in spans:
        values[begin:end] = np.nan
    return values


BAD = {
    "constant": np.full(8 * DAY, 7.0),
    "all zero": np.zeros(8 * DAY),
    "one spike of 1000x": np.where(np.arange(8 * DAY) == 1500, 1e5, office()),
    "a step in the unit by 1000": office() * np.where(np.arange(8 * DAY) < 7 * DAY, 1, 1000),
    "short gaps": with_gaps(office(), (100, 104), (2000, 2003)),
    "a whole day missing": with_gaps(office(), (3 * DAY, 4 * DAY)),
    "nothing in the last hour": with_gaps(office(), (8 * DAY - 12, 8 * DAY)),
    "half of the rows": np.where(np.random.default_rng(1).random(8 * DAY) < 0.5, np.nan, office()),
    "nine tenths missing": np.where(np.arange(8 * DAY)[::-1] % 10 > 0, np.nan, office()),
    "infinite values": np.where(np.arange(8 * DAY) % 400 == 7, np.inf, office()),
    "one row": np.array([5.0]),
    "an hour": office(1)[-12:],
    "a day": office(1),
    "two days": office(2),
    "three days": office(3),
    "weeks": office(20),
    "tiny": office() * 1e-9,
    "huge": office() * 1e12,
    "appears late": with_gaps(office(), (0, 7 * DAY)),
    "rare events": np.where(np.random.default_rng(2).random(8 * DAY) < 0.003, 30.0, 0.0),
}


@pytest.mark.parametrize("kind", BAD)
def test_every_series_has_ordered_bounded_finite_quantiles(kind):
    values = BAD[kind]
    found = profile(a_series(values), curves=True)["resources"]["requests"]
    curve = np.array([found["curve"][q] for q in ("0.5", "0.9", "0.95")])
    assert curve.shape == (3, 144) and np.isfinite(curve).all() and curve.min() >= 0
    assert (np.diff(curve, axis=0) >= 0).all()
    assert curve.max() <= 3.0001 * values[np.isfinite(values)].max()


@pytest.mark.parametrize("kind, model, verdict", [
    ("weeks", "lstm-global", "ok"), ("an hour", "reactive", "cold"), ("two days", "seasonal-naive", "ok"),
    ("nothing in the last hour", "lstm-global", "stale"), ("nine tenths missing", "seasonal-naive", "gappy")])
def test_the_profile_names_model_and_verdict(kind, model, verdict):
    found = profile(a_series(BAD[kind]))
    assert (found["model"]["name"], found["verdict"]) == (model, verdict)
    assert (found["model"]["fingerprint"] is None) == (model != "lstm-global")
    assert found["resources"]["requests"]["reason"]


@pytest.mark.parametrize("name", ["torch", "numpy"])
def test_the_profile_says_where_the_forecast_comes_from(name):
    found = profile(a_series(office()), engine.Settings(runtime=name))
    entry, model = found["resources"]["requests"], found["model"]
    assert model["version"] == "shipped-" + model["fingerprint"][7:15] and model["runtime"] == name
    assert model["span"] is None and model["fallback"] is None and model["accuracy"] and model["accuracy"] == entry["accuracy"]
    assert model["inputs"] == {"rows": 8 * DAY, "step_seconds": 300, "resources": 1} and entry["inputs"] == {"rows": 8 * DAY, "step_seconds": 300}
    assert "explanation" not in entry


@pytest.mark.parametrize("series, rows, words", [(a_series(office(2)), 2 * DAY, "2.0 d of history"), (None, 0, "nothing was measured")])
def test_the_profile_says_why_the_network_was_not_asked(series, rows, words):
    model = profile(series)["model"]
    assert (model["version"], model["runtime"], model["span"]) == (None, None, None)
    assert words in model["fallback"] and model["inputs"]["rows"] == rows and model["inputs"]["resources"] == bool(rows)


def test_on_request_the_profile_names_what_carried_the_forecast():
    slices = validate_slices([a_slice("web", 2), a_slice("young", 3)])
    series = {("web", "requests"): a_series(office()), ("young", "requests"): a_series(office(1), name="young")}
    web, young = engine.demand_profiles(slices, series, AS_OF, engine.Settings(), explain=True)
    for one in (web, young):
        jsonschema.validate(one, SCHEMA)
    assert young["resources"]["requests"]["explanation"] is None
    told = web["resources"]["requests"]["explanation"]
    for window in told.values():
        shares = [base["share"] for base in window["bases"]]
        assert len(shares) == 5 and shares == sorted(shares, reverse=True) and 1 / 30 < shares[0] and sum(shares) <= 1.0001
        assert 0 < window["correction"] < 200
    assert told["act"] != told["horizon"]


def test_the_morning_peak_is_seen_before_it_comes():
    found = profile(a_series(office()))["resources"]["requests"]
    assert found["last"]["value"] < 130 and found["windows"]["horizon"][0] > 215
    assert found["windows"]["act"][0] <= found["windows"]["hold"][0] <= found["windows"]["horizon"][0]
    assert found["accuracy"]["wql"] < found["accuracy"]["wql_baseline"]


@pytest.mark.parametrize("series", [None, a_series(np.full(DAY, np.nan))])
def test_silence_has_a_profile_without_numbers(series):
    found = profile(series, curves=True, dissolve_after_seconds=3600)
    entry = found["resources"]["requests"]
    assert found["verdict"] == "missing" and found["model"]["name"] == "none"
    assert entry["last"] is None and entry["recent_peak"] is None and entry["dissolve_peak"] is None
    assert entry["windows"] == {"act": [None] * 3, "hold": [None] * 3, "horizon": [None] * 3}
    assert entry["curve"] == {"0.5": [], "0.9": [], "0.95": []}


@pytest.mark.parametrize("horizon", [300, 3600, 43200, 86400, 172800])
def test_any_horizon_up_to_two_days(horizon):
    found = profile(a_series(office()), engine.Settings(horizon_seconds=horizon), curves=True)["resources"]["requests"]
    curve = {q: np.array(values) for q, values in found["curve"].items()}
    assert len(curve["0.5"]) == horizon // 300
    if horizon > 43200:
        rise = curve["0.95"] - curve["0.5"]
        assert rise[144:].mean() >= rise[:144].mean() * 0.99


@pytest.mark.parametrize("step", [60, 300, 600, 900])
def test_any_step_gives_like_forecasts(step):
    found = profile(a_series(office(step=step), step), engine.Settings(step_seconds=step), curves=True)["resources"]["requests"]
    usual = profile(a_series(office()))["resources"]["requests"]
    assert len(found["curve"]["0.5"]) == 43200 // step
    assert found["windows"]["horizon"][0] == pytest.approx(usual["windows"]["horizon"][0], rel=0.06)


def test_recent_peaks_are_measured_ones():
    values = office()
    values[-2], values[-30] = 500, 900
    entry = profile(a_series(values), dissolve_after_seconds=3 * 3600)["resources"]["requests"]
    assert entry["recent_peak"] == 500 and entry["dissolve_peak"] == 900


def test_profiles_come_in_the_order_of_slices_and_do_not_mix():
    slices = validate_slices([a_slice("web", 2), a_slice("shop", 3)])
    series = {("web", "requests"): a_series(office()), ("shop", "requests"): a_series(office() * 10, name="shop")}
    both = engine.demand_profiles(slices, series, AS_OF, engine.Settings())
    assert [one["slice"] for one in both] == ["web", "shop"]
    alone = engine.demand_profiles(slices[1:], series, AS_OF, engine.Settings())
    ours, theirs = (one["resources"]["requests"]["windows"]["act"] for one in (both[1], alone[0]))
    assert ours == pytest.approx(theirs, rel=1e-4)


def test_a_large_fleet_is_forecast_without_backtest(monkeypatch):
    monkeypatch.setattr(forecasting, "BACKTEST_LIMIT", 0)
    found = profile(a_series(office()))["resources"]["requests"]
    assert found["model"] == "lstm-global" and found["accuracy"] is None and "no backtest" in found["reason"]


@pytest.mark.parametrize("wrong, word", [
    ({"history_seconds": 3600}, "history_seconds"), ({"horizon_seconds": 200000}, "horizon_seconds"),
    ({"horizon_seconds": 60}, "horizon_seconds"), ({"step_seconds": 1}, "step_seconds")])
def test_settings_out_of_bounds_are_refused(wrong, word):
    with pytest.raises(InvalidInput, match=word):
        engine.Settings(**wrong)


def test_what_earlier_passes_forecast_is_said():
    values = office(4)
    found = profile(a_series(values))["resources"]["requests"]
    assert len(found["earlier"]) == 3 and found["mean"] == pytest.approx(values.mean(), rel=1e-5)
    slices = validate_slices([a_slice()])
    for back, peaks in enumerate(found["earlier"], 1):
        before = Series("web", "requests", "1/s", 300, AT - len(values) * 300, values[:-back], AT - back * 300 - 1)
        (then,) = engine.demand_profiles(slices, {("web", "requests"): before}, AT - back * 300, engine.Settings())
        assert peaks == pytest.approx(then["resources"]["requests"]["windows"]["act"], rel=1e-3)


@pytest.mark.parametrize("scaling, count", [
    ({"quantile": 0.9}, 0), ({"scale_in_window_seconds": 0}, 0), ({"interval_seconds": 900}, 1), ({"scale_in_window_seconds": 86400}, 12)])
def test_earlier_forecasts_are_as_many_as_the_policy_reads(scaling, count):
    assert len(profile(a_series(office(4)), **scaling)["resources"]["requests"]["earlier"]) == count


def test_nothing_was_forecast_before_anything_was_measured():
    assert profile(a_series([5.0]))["resources"]["requests"]["earlier"] == []


def with_events(values, *calendar, curves=True):
    slices = [a_slice()]
    slices[0]["telemetry"]["events"] = list(calendar)
    (found,) = engine.demand_profiles(validate_slices(slices), {("web", "requests"): a_series(values)}, AS_OF, engine.Settings(), curves)
    jsonschema.validate(found, SCHEMA)
    return found


def test_an_event_ahead_is_in_the_windows_and_told():
    plain = with_events(office())
    found = with_events(office(), {"name": "sale", "start": "2026-01-05T10:00:00Z", "end": "2026-01-05T11:00:00Z", "factor": 2})
    ours, usual = (one["resources"]["requests"] for one in (found, plain))
    assert usual == profile(a_series(office()), curves=True)["resources"]["requests"] and "events" not in usual
    assert ours["windows"]["act"] == usual["windows"]["act"] and ours["windows"]["horizon"][0] > 1.8 * usual["windows"]["horizon"][0]
    assert ours["curve"]["0.5"][:24] == usual["curve"]["0.5"][:24] and ours["curve"]["0.5"][36:] == usual["curve"]["0.5"][36:]
    assert [one["effect"] for one in ours["events"]] == [2.0]


def test_a_past_event_is_not_expected_again_and_teaches_its_next_one():
    values, day = office(), {"name": "sale", "start": "2026-01-04T09:00:00Z", "end": "2026-01-04T13:00:00Z"}
    values[-23 * 12:-19 * 12] *= 4
    usual, unsaid, said = (with_events(one, *calendar)["resources"]["requests"] for one, calendar in (
        (office(), ()), (values, ()), (values, (day,))))
    assert unsaid["windows"]["horizon"][2] > 1.3 * usual["windows"]["horizon"][2] > 1.2 * said["windows"]["horizon"][2]
    (told,) = with_events(values, day, {**day, "start": "2026-01-05T09:00:00Z", "end": "2026-01-05T13:00:00Z"})["resources"]["requests"]["events"]
    assert told["occurrences"] == 1 and 2.5 < told["effect"] < 4


def test_earlier_passes_knew_the_event_too():
    sale = {"name": "sale", "start": "2026-01-05T07:00:00Z", "end": "2026-01-05T10:00:00Z", "factor": 3}
    values = office()
    values[-12:] *= 3
    found = with_events(values, sale)["resources"]["requests"]
    assert min(peaks[0] for peaks in found["earlier"]) > 2 * 40


def two_resources(late_days, vm=None, **telemetry):
    slices = [a_slice()]
    slices[0]["vm"] = vm or slices[0]["vm"]
    slices[0]["telemetry"]["resources"]["cpu"] = {"field": "cpu_cores", "unit": "cores"}
    slices[0]["telemetry"].update(telemetry)
    values = office()
    cpu = (values / 60 + np.random.default_rng(5).normal(0, 0.02, len(values)))[-int(late_days * DAY):]
    series = {("web", "requests"): a_series(values), ("web", "cpu"): a_series(cpu)}
    (found,) = engine.demand_profiles(validate_slices(slices), series, AS_OF, engine.Settings())
    jsonschema.validate(found, SCHEMA)
    return found["resources"]


def test_a_metric_that_appears_late_is_forecast_from_its_sibling():
    found, alone = two_resources(0.9), two_resources(0.9, siblings="ignore")
    assert (found["cpu"]["model"], alone["cpu"]["model"]) == ("sibling", "reactive") and "requests" in found["cpu"]["reason"]
    assert found["cpu"]["windows"]["horizon"][0] == pytest.approx(found["requests"]["windows"]["horizon"][0] / 60, rel=0.05)
    assert found["requests"] == alone["requests"]


def test_earlier_passes_of_a_late_metric_go_by_its_own_past():
    serves = {"memory_mib": 512, "serves": {"cpu": 1}}
    found, alone = (two_resources(0.9, vm=serves, siblings=siblings)["cpu"] for siblings in ("late", "ignore"))
    assert found["model"] == "sibling" and found["earlier"] == alone["earlier"] and len(found["earlier"]) == 3


def test_long_histories_do_not_consult_each_other_unless_told():
    assert two_resources(8) == two_resources(8, siblings="ignore")


def test_a_calibration_speaks_of_the_lead_time_also_where_that_is_learned():
    record = {"time": AT, "n": [99] * 6, "shift90": [0.0] * 6, "shift95": [0.5] * 6, "coverage_95": [0.9] * 6, "accuracy": None, "drift": None}
    found = engine.demand_profiles(validate_slices([a_slice(lead_time_seconds="auto")]), {("web", "requests"): a_series(office())}, AS_OF, engine.Settings(),
                                   calibrations={("web", "requests"): record})[0]
    assert found["resources"]["requests"]["calibration"]["lead_seconds"] == 300
