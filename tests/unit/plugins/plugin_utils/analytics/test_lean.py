# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The network in numpy: its functions against the standard library, its recurrence against the equations, its steps without torch."""
from __future__ import annotations

import math

import pytest

np = pytest.importorskip("numpy", reason="the forecaster needs numpy")

from ansible_collections.foresight.netslice.plugins.plugin_utils.analytics import layout, lean

WIDE = np.concatenate([np.linspace(-8, 8, 40001), [-1e4, -100, 100, 1e4]])


def test_erf_is_that_of_the_standard_library():
    exact = np.array([math.erf(x) for x in WIDE])
    assert np.abs(lean.erf(WIDE) - exact).max() < 5e-8
    assert np.abs(lean.erf(WIDE.astype(np.float32)) - exact).max() < 5e-7


@pytest.mark.parametrize("function, exact", [
    (lean.gelu, lambda x: x * (1 + math.erf(x / math.sqrt(2))) / 2),
    (lean.softplus, lambda x: max(x, 0) + math.log1p(math.exp(-abs(x)))),
    (lean.sigmoid, lambda x: 1 / (1 + math.exp(-x)) if x > -700 else 0.0)])
def test_functions_are_exact_from_end_to_end(function, exact):
    want = np.array([exact(x) for x in WIDE])
    size = np.maximum(np.abs(want), 1)
    assert (np.abs(function(WIDE.copy()) - want) / size).max() < 2e-7
    assert (np.abs(function(WIDE.astype(np.float32)) - want) / size).max() < 1e-6


def scalar_step(x, h, c, weights):
    """One step of an LSTM in plain Python (Hochreiter and Schmidhuber 1997, with the forget gate of Gers et al. 2000) -> h, c."""
    w_in, w_back, bias = weights
    size = len(h)
    z = [bias[k] + sum(w_in[k][j] * x[j] for j in range(len(x))) + sum(w_back[k][j] * h[j] for j in range(size)) for k in range(4 * size)]

    def gate(k):
        return 1 / (1 + math.exp(-z[k]))
    c = [gate(size + k) * c[k] + gate(k) * math.tanh(z[2 * size + k]) for k in range(size)]
    return [gate(3 * size + k) * math.tanh(c[k]) for k in range(size)], c


def drawn(inputs, hidden, seed, suffix=""):
    rng = np.random.default_rng(seed)
    sizes = {"weight_ih": (4 * hidden, inputs), "weight_hh": (4 * hidden, hidden), "bias_ih": (4 * hidden,), "bias_hh": (4 * hidden,)}
    return {f"cell.{name}_l0{suffix}": rng.normal(0, 0.6, shape) for name, shape in sizes.items()}


@pytest.mark.parametrize("steps, suffix", [(1, ""), (2, ""), (48, ""), (12, "_reverse")])
def test_the_recurrence_is_that_of_the_equations(steps, suffix):
    arrays = drawn(5, 7, steps, suffix)
    x = np.random.default_rng(steps).normal(0, 2, (3, steps, 5))
    got = lean.Lstm(arrays, "cell", suffix)(x.transpose(1, 2, 0))
    ahead, back, one, two = (arrays[f"cell.{name}_l0{suffix}"] for name in ("weight_ih", "weight_hh", "bias_ih", "bias_hh"))
    for row in range(3):
        h, c = [0.0] * 7, [0.0] * 7
        for step in range(steps)[::-1] if suffix else range(steps):
            h, c = scalar_step(x[row, step].tolist(), h, c, (ahead.tolist(), back.tolist(), (one + two).tolist()))
            assert np.abs(got[step, :, row] - h).max() < 1e-12


def test_weights_that_do_not_fit_the_sizes_are_refused():
    config = layout.Config(hidden=4, width=8)
    arrays = {f"0.{name}": np.zeros(shape, dtype=np.float32) for name, shape in layout.shapes(config).items()}
    assert layout.of_net(arrays, 0, config).keys() == layout.shapes(config).keys()
    for wrong in ({**arrays, "0.mix.bias": np.zeros(9)}, {**arrays, "0.other": np.zeros(1)}, {k: v for k, v in arrays.items() if k != "0.position"}):
        with pytest.raises(ValueError, match="net 0: .* has the shape"):
            layout.of_net(wrong, 0, config)
