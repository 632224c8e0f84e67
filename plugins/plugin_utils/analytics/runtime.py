# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which library computes the networks: numpy, or torch where that is wanted. The same weights give the same quantiles to 1e-5.

A pass forecasts in a worker that lives for one task, and numpy is as quick as torch from one series to thousands, without the seconds
and the memory of importing torch. Training needs torch (see site.py).

A network of either runtime has `runtime`, its name; `prepare(features, rows)`, what all networks read of some windows; and
`quantiles(given, near)`, float32 [N, HORIZON, 3] in the units of the normalised window, or of its first hour alone, [N, TOKEN, 3];
and `explain(given)`, what each seasonal base has in the median and what the network adds. Where numpy is chosen torch is not imported.
"""
from __future__ import annotations

from ..errors import InvalidInput
from ..requirements import require
from .layout import Config, of_net

try:
    import numpy as np
except ImportError:
    np = None

TORCH, NUMPY = RUNTIMES = ("torch", "numpy")


def choose(wanted: str | None = None) -> str:
    """The runtime to use: the one that is wanted, without a wish numpy.

    Raises InvalidInput for an unknown name, MissingLibrary where torch is wanted and does not import.
    """
    if wanted not in (None, *RUNTIMES):
        raise InvalidInput(f"runtime: {wanted!r} is none of {', '.join(RUNTIMES)}.")
    chosen = wanted or NUMPY
    require(chosen, "forecast with the LSTM")
    return chosen


def load_nets(arrays: dict, sizes: list[dict], runtime: str | None = None) -> list:
    """Weights of a file {number.name: array} and the sizes of its networks -> networks of a runtime, ready to forecast.

    Raises ValueError or TypeError where weights and sizes do not fit, and what `choose` raises.
    """
    if choose(runtime) == TORCH:
        from .network import from_arrays
    else:
        from .lean import from_arrays
    configs = [Config(**one) for one in sizes]
    return [from_arrays(config, of_net(arrays, number, config)) for number, config in enumerate(configs)]


def forecast(nets, inputs, weights=None, chunk=256, near=False):
    """Mean quantiles of the nets in the units of the series: Features of N windows -> float64 [N, HORIZON, 3].

    near: the first hour alone, [N, TOKEN, 3], for less than half of the work.
    """
    weights = np.ones(len(nets)) if weights is None else np.asarray(weights, dtype=float)
    out = []
    for begin in range(0, len(inputs.noise), chunk):
        given = nets[0].prepare(inputs, slice(begin, begin + chunk))
        out.append(sum(w * net.quantiles(given, near) for w, net in zip(weights / weights.sum(), nets)))
    return np.concatenate(out).astype(float) * inputs.scale[:, None, None] + inputs.loc[:, None, None]


def explain(nets, inputs, weights=None):
    """Mean over the nets: share of each base in the median [N, HORIZON, BASES], and what they add to the mix in the units of the series [N, HORIZON]."""
    weights = np.ones(len(nets)) if weights is None else np.asarray(weights, dtype=float)
    given = nets[0].prepare(inputs)
    found = [net.explain(given) for net in nets]
    shares, added = (sum(w * one[part] for w, one in zip(weights / weights.sum(), found)) for part in (0, 1))
    return shares, added * inputs.scale[:, None]
