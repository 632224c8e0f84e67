# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Both runtimes compute one network, and without torch the forecaster does all but train."""
from __future__ import annotations

import subprocess
import sys

import pytest

np = pytest.importorskip("numpy", reason="the forecaster needs numpy")
torch = pytest.importorskip("torch", reason="one of the runtimes compared is torch")
pytest.importorskip("safetensors", reason="weights are safetensors")

from ansible_collections.foresight.netslice.plugins.plugin_utils.analytics import features, layout, lean, registry, runtime
from ansible_collections.foresight.netslice.plugins.plugin_utils.analytics import seasonal, training, versions, weights
from ansible_collections.foresight.netslice.plugins.plugin_utils.analytics.seasonal import WINDOW, fill_before
from ansible_collections.foresight.netslice.plugins.plugin_utils.analytics.synthetic import synthetic_series
from ansible_collections.foresight.netslice.plugins.plugin_utils.errors import InvalidInput

TINY = layout.Config(hidden=8, width=16)
CLOSE = 1e-5  # of the size of what is compared, at least 1


def far(ours, theirs):
    """Largest difference relative to the size of the values, which counts as at least 1."""
    return float((np.abs(ours - theirs) / np.maximum(np.abs(theirs), 1)).max())


def both(config, seed, times, kind):
    """One network in both runtimes, its weights so many times as large as drawn, in float32 or float64."""
    net = training.new_net(config, seed).eval().to(getattr(torch, kind))
    with torch.no_grad():
        for value in net.parameters():
            value.mul_(times)
    return net, lean.Network(config, {name: value.numpy() for name, value in net.state_dict().items()})


def random_features(count, seed, kind):
    rng = np.random.default_rng(seed)
    shape = (features.TOKENS, 2 * features.TOKEN + features.CALENDAR)
    hours = layout.HOURS

    def normal(*size):
        return rng.normal(0, 2, (count, *size)).astype(kind)
    return features.Features(
        tokens=normal(*shape), recent=normal(3 * features.RECENT), statistics=normal(features.STATISTICS), bases=normal(30, 144),
        spread=np.abs(normal(144)), reach=np.abs(normal(144)), calendar=normal(hours, features.CALENDAR),
        noise=np.abs(normal()), loc=np.zeros(count), scale=np.ones(count))


def real_features(count=24):
    """Of the made-up families of series that the shipped model learnt from, with histories of every length."""
    rows = [series[:WINDOW] for series in synthetic_series(count, 5)]
    values = np.stack([np.concatenate([np.zeros(WINDOW - len(row)), row]) for row in rows])
    first = np.array([WINDOW - len(row) + (i % 4) * 900 for i, row in enumerate(rows)])
    return features.features(fill_before(values, first), first, np.full(count, 1767571200))


@pytest.mark.parametrize("seed", [0, 1, 2])
@pytest.mark.parametrize("config", [TINY, layout.Config()])
@pytest.mark.parametrize("times, kind", [(1, "float32"), (4, "float64")])
def test_random_networks_agree_on_random_features(config, seed, times, kind):
    """With weights of four times the size no function stays near zero, and float32 alone would be farther off than the runtimes are."""
    ours, theirs = both(config, seed, times, kind)
    given = random_features(17, seed, kind)
    assert far(ours.quantiles(ours.prepare(given)), theirs.quantiles(theirs.prepare(given))) < CLOSE


def test_the_shipped_networks_agree_on_series_of_every_family():
    given = real_features()
    nets = {name: weights.load_model(registry.SHIPPED, name)[0] for name in runtime.RUNTIMES}
    for ours, theirs in zip(*nets.values()):
        found = ours.quantiles(ours.prepare(given))
        assert np.isfinite(found).all() and far(found, theirs.quantiles(theirs.prepare(given))) < CLOSE
    mean = {name: runtime.forecast(some, given, [1, 2, 3]) for name, some in nets.items()}
    size = np.abs(given.loc)[:, None, None] + given.scale[:, None, None]
    assert (np.abs(mean["torch"] - mean["numpy"]) / size).max() < CLOSE


def test_a_model_that_a_site_tuned_is_the_same_in_both(tmp_path):
    nets = [training.new_net(TINY, seed).eval() for seed in (1, 2)]
    weights.save_model(str(tmp_path / "v0001"), nets, {
        "name": "lstm-tuned", "series": {"web/requests": {"shares": [0.35, 0.65], "batches": 0}}, "assigned": {"web/requests": "v0001"}})
    versions.set_current(str(tmp_path), "v0001")
    given, found = real_features(), {}
    for name in runtime.RUNTIMES:
        member = registry.load_models(str(tmp_path), name).member(("web", "requests"))
        assert (member.runtime, member.version) == (name, "v0001")
        found[name] = runtime.forecast(member.nets, given, member.shares)
    size = np.abs(given.loc)[:, None, None] + given.scale[:, None, None]
    assert (np.abs(found["torch"] - found["numpy"]) / size).max() < CLOSE
    assert np.abs(found["torch"] - runtime.forecast(nets, given, [1, 1])).max() > 0


def test_an_explanation_adds_up_to_the_median_and_is_the_same_in_both():
    given = real_features()
    found = {}
    for name in runtime.RUNTIMES:
        nets = weights.load_model(registry.SHIPPED, name)[0]
        found[name] = shares, added = runtime.explain(nets, given, [1, 2, 3])
        assert shares.shape == (24, 144, seasonal.BASES) and np.abs(shares.sum(-1) - 1).max() < CLOSE
        one, corrected = nets[0].explain(nets[0].prepare(given))
        median = (one * given.bases.transpose(0, 2, 1)).sum(-1) + corrected
        assert far(median, nets[0].quantiles(nets[0].prepare(given))[..., 0]) < CLOSE
    for ours, theirs in zip(*found.values()):
        assert far(ours / (np.abs(theirs).max() + 1), theirs / (np.abs(theirs).max() + 1)) < CLOSE


def test_every_base_has_a_name_of_its_own():
    assert len(set(seasonal.NAMES)) == len(seasonal.NAMES) == seasonal.BASES


@pytest.mark.parametrize("steps", [1, 48])
def test_the_recurrence_is_that_of_torch(steps):
    cell = torch.nn.LSTM(6, 5, batch_first=True, bidirectional=True).double()
    x = np.random.default_rng(steps).normal(0, 3, (4, steps, 6))
    arrays = {f"cell.{name}": value.detach().numpy() for name, value in cell.named_parameters()}
    with torch.no_grad():
        want = cell(torch.from_numpy(x))[0].numpy().transpose(1, 2, 0)
    got = np.concatenate([lean.Lstm(arrays, "cell", suffix)(x.transpose(1, 2, 0)) for suffix in ("", "_reverse")], 1)
    assert np.abs(got - want).max() < 1e-6


def test_the_shapes_of_the_layout_are_those_of_the_network():
    for config in (TINY, layout.Config()):
        net = training.new_net(config, 1)
        assert {name: tuple(value.shape) for name, value in net.state_dict().items()} == layout.shapes(config)


def test_numpy_is_chosen_unless_torch_is_wanted():
    assert runtime.choose() == runtime.choose("numpy") == "numpy" and runtime.choose("torch") == "torch"
    with pytest.raises(InvalidInput, match="runtime: 'onnx'"):
        runtime.choose("onnx")


ALONE = """
import importlib.abc, sys
FORBIDDEN = {forbidden!r}
class Absent(importlib.abc.MetaPathFinder):
    def find_spec(self, name, path=None, target=None):
        if FORBIDDEN and name.partition(".")[0] == "torch":
            raise ModuleNotFoundError("No module named 'torch'")
sys.meta_path.insert(0, Absent())
sys.path[:0] = {path!r}
import numpy as np
from ansible_collections.foresight.netslice.plugins.plugin_utils.analytics import features, registry, runtime
from ansible_collections.foresight.netslice.plugins.plugin_utils.analytics.seasonal import WINDOW
from ansible_collections.foresight.netslice.plugins.plugin_utils.errors import MissingLibrary
models = registry.load_models(None)
wave = 5 + np.sin(np.arange(WINDOW) * 2 * np.pi / 288)[None]
ahead = runtime.forecast(models.shipped.nets, features.features(wave, np.zeros(1, dtype=int), np.array([1767571200])))
assert models.shipped.runtime == "numpy" and ahead.shape == (1, 144, 3) and abs(ahead[0, :, 0] - wave[0, :144]).max() < 0.3
assert "torch" not in sys.modules, "torch was imported"
if FORBIDDEN:
    try:
        registry.load_models(None, "torch")
    except MissingLibrary as exc:
        assert "torch (>= 2.1) cannot be imported" in str(exc)
    else:
        raise AssertionError("torch is absent, and was loaded")
"""


@pytest.mark.parametrize("forbidden", [True, False])
def test_numpy_forecasts_without_torch(forbidden):
    done = subprocess.run([sys.executable, "-c", ALONE.format(forbidden=forbidden, path=sys.path)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
