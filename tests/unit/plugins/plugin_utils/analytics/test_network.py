# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The network: its recurrence against an independent reference, and what its quantiles promise."""
from __future__ import annotations

import pytest

np = pytest.importorskip("numpy", reason="the forecaster needs numpy")
torch = pytest.importorskip("torch", reason="the network needs torch")

from ansible_collections.foresight.netslice.plugins.plugin_utils.analytics import features, network, runtime, training
from ansible_collections.foresight.netslice.plugins.plugin_utils.analytics.seasonal import HORIZON, WINDOW


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def lstm(x, w_ih, w_hh, b_ih, b_hh):
    """Hochreiter and Schmidhuber's cell with a forget gate, gates in the order input, forget, cell, output. x [T, in] -> [T, hidden]."""
    hidden = cell = np.zeros(w_hh.shape[1])
    out = []
    for row in x:
        i, f, g, o = np.split(w_ih @ row + b_ih + w_hh @ hidden + b_hh, 4)
        cell = sigmoid(f) * cell + sigmoid(i) * np.tanh(g)
        hidden = sigmoid(o) * np.tanh(cell)
        out.append(hidden)
    return np.array(out)


@pytest.mark.parametrize("steps", [1, 2, 48])
def test_the_recurrence_is_an_lstm(steps):
    net = training.new_net(network.Config(hidden=8, width=16), 1).double()
    x = np.random.default_rng(steps).standard_normal((steps, 8))
    weights = [p.detach().numpy() for p in (net.encoder.weight_ih_l0, net.encoder.weight_hh_l0, net.encoder.bias_ih_l0, net.encoder.bias_hh_l0)]
    with torch.no_grad():
        got = net.encoder(torch.from_numpy(x)[None])[0][0].numpy()
    assert np.abs(got - lstm(x, *weights)).max() < 1e-6


def inputs(count=5):
    series = np.abs(np.random.default_rng(4).standard_normal((count, WINDOW)).cumsum(1)) + 1
    return features.features(series, np.zeros(count, dtype=int), np.full(count, 1767571200))


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_quantiles_never_cross(seed):
    found = runtime.forecast([training.new_net(network.Config(hidden=8, width=16), seed).eval()], inputs())
    assert found.shape == (5, HORIZON, 3)
    assert (np.diff(found, axis=-1) >= 0).all()


def test_the_forecast_of_one_series_does_not_depend_on_its_neighbours():
    net, given = training.new_net(network.Config(hidden=8, width=16), 3).eval(), inputs()
    together = runtime.forecast([net], given, chunk=5)
    alone = runtime.forecast([net], given, chunk=1)
    assert np.allclose(together, alone, rtol=1e-4)


def test_torch_has_one_thread_as_soon_as_the_network_is_imported():
    assert torch.get_num_threads() == 1
