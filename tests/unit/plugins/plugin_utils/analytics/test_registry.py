# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Models on disk, and the registry of a site."""
from __future__ import annotations

import pytest

np = pytest.importorskip("numpy", reason="the forecaster needs numpy")
pytest.importorskip("torch", reason="models are networks of torch")
pytest.importorskip("safetensors", reason="weights are safetensors")

import json

from ansible_collections.foresight.netslice.plugins.plugin_utils.errors import ModelError
from ansible_collections.foresight.netslice.plugins.plugin_utils.analytics import network, registry, training, versions, weights

SPAN = {"begin": "2026-01-05T00:00:00Z", "end": "2026-01-17T00:00:00Z"}
TINY = network.Config(hidden=4, width=8)


@pytest.fixture()
def model(tmp_path):
    nets = [training.new_net(TINY, seed).eval() for seed in (1, 2)]
    manifest = weights.save_model(str(tmp_path / "m"), nets, {"name": "lstm-global"})
    return tmp_path / "m", nets, manifest


def test_what_was_saved_is_loaded(model):
    folder, nets, manifest = model
    loaded, read = weights.load_model(str(folder), "torch")
    assert read == manifest and len(loaded) == 2
    for ours, theirs in zip(nets, loaded):
        assert all((a == b).all() for a, b in zip(ours.state_dict().values(), theirs.state_dict().values()))


def spoil_checksum(folder):
    data = bytearray((folder / weights.WEIGHTS).read_bytes())
    data[-1] ^= 1
    (folder / weights.WEIGHTS).write_bytes(data)


def edit(**changes):
    def spoil(folder):
        path = folder / weights.MANIFEST
        path.write_text(json.dumps({**json.loads(path.read_text()), **changes}))
    return spoil


@pytest.mark.parametrize("spoil, word", [
    (spoil_checksum, "checksum"),
    (edit(format="foresight.netslice/model/99"), "format"),
    (edit(inputs={}), "inputs"),
    (edit(nets=[{"hidden": 5, "width": 8}]), "do not fit"),
    (lambda folder: (folder / weights.MANIFEST).write_text("{"), "damaged"),
    (lambda folder: (folder / weights.MANIFEST).write_text("[]"), "damaged"),
    (lambda folder: (folder / weights.MANIFEST).unlink(), "Cannot read"),
    (lambda folder: (folder / weights.WEIGHTS).unlink(), "Cannot read"),
])
def test_a_model_that_is_not_whole_is_refused(model, spoil, word):
    folder = model[0]
    spoil(folder)
    with pytest.raises(ModelError, match=word):
        weights.load_model(str(folder))


def test_the_shipped_model_is_whole():
    loaded, manifest = weights.load_model(registry.SHIPPED)
    assert manifest["name"] == "lstm-global" and loaded


def test_without_a_registry_the_shipped_model_forecasts(tmp_path):
    assert registry.current_version(str(tmp_path)) is None and registry.current_version(None) is None
    models = registry.load_models(str(tmp_path / "absent"))
    assert models.member(("web", "requests")).name == "lstm-global"


def a_version(folder, name, keys, assigned=None, own=()):
    """Write a version that forecasts `keys` by two networks, those in `own` by one more that is theirs."""
    nets = [training.new_net(TINY, seed) for seed in (1, 2)]
    parts = {key: {"batches": int(key in own), "shares": [1.0, 0.0] + [0.5] * (key in own)} for key in keys}
    for key in own:
        weights.save_model(registry.own_folder(str(folder / name), key), nets[:1], {"name": "lstm-tuned"})
    weights.save_model(str(folder / name), nets, {"name": "lstm-tuned", "series": parts, "reason": "promoted", "won": list(keys), "span": SPAN,
                                                  "assigned": {**(assigned or {}), **dict.fromkeys(keys, name)}})


def test_the_current_version_forecasts_what_it_won(tmp_path):
    a_version(tmp_path, "v0001", ["web/requests", "web/egress", "db/cpu"], own=["db/cpu"])
    versions.set_current(str(tmp_path), "v0001")
    models = registry.load_models(str(tmp_path))
    ours, theirs, own = (models.member(key) for key in (("web", "requests"), ("web", "egress"), ("db", "cpu")))
    assert ours.name == "lstm-tuned" and ours is theirs and ours.shares == [1.0] and len(ours.nets) == 1
    assert own.shares == [1.0, 0.5] and own.fingerprint != ours.fingerprint and (own.version, own.span) == ("v0001", SPAN)
    assert models.member(("web", "cpu")).name == "lstm-global"
    assert registry.versions(str(tmp_path)) == ["v0001"]


def test_a_version_that_does_not_say_how_a_series_is_forecast_is_refused(tmp_path):
    a_version(tmp_path, "v0001", ["web/requests"], {"db/cpu": "v0001"})
    versions.set_current(str(tmp_path), "v0001")
    with pytest.raises(ModelError, match="does not say how db/cpu is forecast"):
        registry.load_models(str(tmp_path))


@pytest.mark.parametrize("marker", ["v0009", "../m", ""])
def test_a_marker_that_leads_nowhere_is_refused(tmp_path, marker):
    (tmp_path / registry.MARKER).write_text(marker)
    with pytest.raises(ModelError, match="no such version"):
        registry.load_models(str(tmp_path))
