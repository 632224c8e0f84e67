# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Training on a site: what is trained on, what is promoted, and that nothing is done twice."""
from __future__ import annotations

import pytest

np = pytest.importorskip("numpy", reason="the forecaster needs numpy")
pytest.importorskip("torch", reason="training needs torch")
pytest.importorskip("safetensors", reason="weights are safetensors")

from ansible_collections.foresight.netslice.plugins.plugin_utils.analytics import network, registry, site, training, weights
from ansible_collections.foresight.netslice.plugins.plugin_utils.errors import InvalidInput
from ansible_collections.foresight.netslice.plugins.plugin_utils.telemetry.series import Series

DAY = 288
PLAN = site.Plan(batches=8)


def a_series(days, name="web", step=300, seed=0):
    rows = np.arange(int(days * 86400 / step))
    values = 50 + 30 * np.sin(2 * np.pi * rows * step / 86400) + np.random.default_rng(seed).normal(0, 3, len(rows))
    return Series(name, "requests", "1/s", step, 1767571200, values, 1767571200 + len(rows) * step - 1)


def constant(days):
    return Series("flat", "requests", "1/s", 300, 0, np.full(days * DAY, 3.0), days * 86400)


@pytest.fixture()
def folder(tmp_path):
    """A registry whose base model is tiny and not trained, so that any fit is better."""
    weights.save_model(str(tmp_path), [training.new_net(network.Config(hidden=4, width=8), 1)], {"name": "lstm-global"})
    return str(tmp_path)


def silent(*_args):
    """No progress is wanted here."""


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


def test_check_mode_says_what_would_be_and_writes_nothing(folder):
    found = site.train({("web", "requests"): a_series(12)}, folder, PLAN, False, silent)
    assert found["changed"] and found["version"] is None and registry.versions(folder) == []


def test_without_enough_telemetry_nothing_changes(folder):
    found = site.train({("web", "requests"): a_series(2)}, folder, PLAN, True, silent)
    assert not found["changed"] and "9.5 d" in found["reason"] and found["left_out"]


def test_a_better_challenger_is_promoted_once_and_can_be_left_again(folder):
    series = {("web", "requests"): a_series(12)}
    first = site.train(series, folder, site.Plan(batches=200), True, silent)
    assert first["changed"] and first["version"] == "v0001" and first["scores"]["web/requests"]["challenger"] < first["scores"]["web/requests"]["champion"]
    again = site.train(series, folder, site.Plan(batches=200), True, silent)
    assert not again["changed"] and again["version"] == "v0001" and "unchanged" in again["reason"]
    if first["promoted"]:
        assert registry.load_models(folder).member(("web", "requests")).name == "lstm-tuned"
        assert not site.roll_back(folder, "v0001", True)["changed"]
    other = site.train({("web", "requests"): a_series(12, seed=1)}, folder, PLAN, True, silent)
    assert other["changed"] and other["version"] == "v0002"


def test_a_worse_challenger_is_refused_and_says_why(folder, monkeypatch):
    monkeypatch.setattr(site, "_scores", lambda *_args: {"web/requests": {"challenger": 0.3, "champion": 0.2, "seasonal_naive": 0.4, "coverage_95": 0.9}})
    found = site.train({("web", "requests"): a_series(12)}, folder, PLAN, True, silent)
    assert found["promoted"] == [] and "kept the champion" in found["reason"] and found["current"] is None
    with pytest.raises(InvalidInput, match="none"):
        site.roll_back(folder, "v0001", True)


def test_a_training_that_was_cut_off_or_is_of_another_format_is_in_nobodys_way(folder, tmp_path):
    (tmp_path / "v0001").mkdir()
    (tmp_path / "v0001" / "global.safetensors").write_bytes(b"half")
    (tmp_path / "v0002").mkdir()
    (tmp_path / "v0002" / "manifest.json").write_text('{"format": "foresight.netslice/model/0", "weights": {}}')
    found = site.train({("web", "requests"): a_series(12)}, folder, PLAN, True, silent)
    assert found["changed"] and found["version"] == "v0003"
    with pytest.raises(InvalidInput, match="version: .*'v0002' that was promoted"):
        site.roll_back(folder, "v0002", True)


@pytest.mark.parametrize("wrong, word", [({"batches": 1}, "batches"), ({"history_seconds": 86400}, "history_seconds"), ({"step_seconds": 1}, "step_seconds")])
def test_settings_out_of_bounds_are_refused(wrong, word):
    with pytest.raises(InvalidInput, match=word):
        site.Plan(**wrong)
