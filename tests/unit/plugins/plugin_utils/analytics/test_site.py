# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Training on a site: what is trained on, what is promoted, and that nothing is done twice."""
from __future__ import annotations

import os

import pytest

np = pytest.importorskip("numpy", reason="the forecaster needs numpy")
pytest.importorskip("torch", reason="training needs torch")
pytest.importorskip("safetensors", reason="weights are safetensors")

from ansible_collections.foresight.netslice.plugins.plugin_utils.analytics import contest, network, registry, site, training, versions, weights
from ansible_collections.foresight.netslice.plugins.plugin_utils.errors import InvalidInput
from ansible_collections.foresight.netslice.plugins.plugin_utils.telemetry.series import Series

DAY = 288
WEB = ("web", "requests")
PLAN = site.Plan(batches=8, device="cpu")


def a_series(days, name="web", step=300, seed=0, noise=3):
    rows = np.arange(int(days * 86400 / step))
    values = 50 + 30 * np.sin(2 * np.pi * rows * step / 86400) + np.random.default_rng(seed).normal(0, noise, len(rows))
    return Series(name, "requests", "1/s", step, 1767571200, values, 1767571200 + len(rows) * step - 1)


def constant(days):
    return Series("flat", "requests", "1/s", 300, 0, np.full(days * DAY, 3.0), days * 86400)


@pytest.fixture()
def folder(tmp_path):
    """A registry whose base model is tiny and not trained, so that any fit is better."""
    weights.save_model(str(tmp_path), [training.new_net(network.Config(hidden=4, width=8), 1)], {"name": "lstm-global"})
    return str(tmp_path)


def test_only_long_dense_and_lively_series_are_trained_on():
    gappy = a_series(12, "gappy")
    gappy.values[::2] = np.nan
    gappy.values[1::4] = np.nan
    series = {("web", "requests"): a_series(12), ("young", "requests"): a_series(5), ("flat", "requests"): constant(12), ("gappy", "requests"): gappy,
              ("minutes", "requests"): a_series(10, step=60)}
    keys, rows, starts, left = site.usable(series)
    assert keys == [("minutes", "requests"), ("web", "requests")] and [len(one) for one in rows] == [10 * DAY, 12 * DAY]
    assert starts == [1767571200, 1767571200]
    assert set(left) == {"young/requests", "flat/requests", "gappy/requests"} and "5.0 d" in left["young/requests"]


def train(series, folder, plan=PLAN, write=True, tell=None):
    return site.train(series, folder, plan, write, tell)


def test_check_mode_says_what_would_be_and_writes_nothing(folder):
    found = train({WEB: a_series(12)}, folder, write=False)
    assert found["changed"] and found["version"] is None and set(os.listdir(folder)) == {"manifest.json", "global.safetensors"}


def test_without_enough_telemetry_nothing_changes(folder):
    found = train({WEB: a_series(2)}, folder)
    assert not found["changed"] and "9.5 d" in found["reason"] and found["left_out"] and registry.versions(folder) == []


def test_a_better_challenger_is_promoted_once_and_can_be_left_again(folder):
    series, plan, said = {WEB: a_series(12, noise=25)}, site.Plan(batches=200), []
    first = train(series, folder, plan, tell=said.append)
    scores = first["scores"]["web/requests"]
    assert first["changed"] and first["version"] == first["current"] == "v0001" and first["promoted"] == ["web/requests"]
    assert all(scores["challenger"] < scores[rival] for rival in ("champion", "seasonal_naive", "reactive"))
    assert first["series"]["web/requests"]["batches"] and "promoted" in first["series"]["web/requests"]["reason"] and said
    again = train(series, folder, plan)
    assert not again["changed"] and again["version"] == "v0001" and "unchanged" in again["reason"] and again["scores"] == first["scores"]
    member = registry.load_models(folder).member(WEB)
    assert member.name == "lstm-tuned" and member.version == "v0001" and sum(member.shares) == pytest.approx(1)
    assert member.manifest["span"] == {"begin": "2026-01-05T00:00:00Z", "end": "2026-01-17T00:00:00Z"}
    assert not versions.roll_back(folder, "v0001", True)["changed"]
    other = train({WEB: a_series(12, seed=1)}, folder)
    assert other["changed"] and other["version"] == "v0002"


def test_the_fingerprint_knows_telemetry_and_settings_but_not_the_device(folder):
    series = {WEB: a_series(12)}
    first = train(series, folder)
    assert train(series, folder, site.Plan(batches=8, device="auto"))["version"] == first["version"]
    assert train(series, folder, site.Plan(batches=8, series_fits=0))["version"] == "v0002"
    assert train(series, folder, site.Plan(batches=8, seed=2))["version"] == "v0003"


def test_own_fits_are_bounded_and_the_others_share_the_fit_of_the_site(folder):
    series = {(name, "requests"): a_series(12, name, seed=i) for i, name in enumerate(("a", "b", "c"))}
    found = train(series, folder, site.Plan(batches=60, series_fits=1))
    assert sum(one["batches"] > 0 for one in found["series"].values()) <= 1
    assert any(one["weights"]["site"] > 0 for one in found["series"].values())
    models = registry.load_models(folder)
    for key in found["promoted"]:
        shares = models.member(tuple(key.split("/"))).shares
        assert sum(shares) == pytest.approx(1) and all(shares)


def test_a_worse_challenger_is_refused_and_says_why_for_each_series(folder, monkeypatch):
    worse = {"challenger": 0.3, "champion": 0.2, "seasonal_naive": 0.4, "reactive": 0.5, "coverage_95": 0.9}
    monkeypatch.setattr(site, "scores", lambda *_args: worse)
    found = train({WEB: a_series(12)}, folder)
    assert found["promoted"] == [] and "kept the champion" in found["reason"] and found["current"] is None and found["changed"] is True
    assert "0.3 of the challenger is not below 0.2 of the champion" in found["series"]["web/requests"]["reason"]
    with pytest.raises(InvalidInput, match="v0001 .* was not promoted .*none"):
        versions.roll_back(folder, "v0001", True)


def test_damaged_versions_and_those_of_another_format_are_in_nobodys_way(folder, tmp_path):
    (tmp_path / "v0001").mkdir()
    (tmp_path / "v0001" / "global.safetensors").write_bytes(b"half")
    (tmp_path / "v0002").mkdir()
    (tmp_path / "v0002" / "manifest.json").write_text('{"format": "foresight.netslice/model/0", "weights": {}}')
    found = train({WEB: a_series(12)}, folder)
    assert found["changed"] and found["version"] == "v0003"
    with pytest.raises(InvalidInput, match="version: .*'v0002' that was promoted"):
        versions.roll_back(folder, "v0002", True)


@pytest.mark.parametrize("wrong, word", [({"batches": 1}, "batches"), ({"history_seconds": 86400}, "history_seconds"), ({"step_seconds": 1}, "step_seconds"),
                                         ({"series_fits": -1}, "series_fits"), ({"keep_versions": 0}, "keep_versions")])
def test_settings_out_of_bounds_are_refused(wrong, word):
    with pytest.raises(InvalidInput, match=word):
        site.Plan(**wrong)


@pytest.mark.parametrize("ours, rivals, won, word", [
    (0.1, (0.2, 0.2, 0.2), True, "promoted"), (0.2, (0.2, 0.3, 0.3), False, "0.2 of the champion"),
    (0.2, (0.3, 0.1, 0.3), False, "0.1 of seasonal naive"), (0.2, (0.3, 0.3, 0.1), False, "0.1 of the reactive forecast")])
def test_a_challenger_must_beat_champion_and_both_baselines(ours, rivals, won, word):
    found = contest.verdict({"challenger": ours, **dict(zip(("champion", "seasonal_naive", "reactive"), rivals))})
    assert found[0] is won and word in found[1]
