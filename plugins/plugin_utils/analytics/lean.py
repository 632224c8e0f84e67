# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The network without torch: the forward pass of network.py in numpy, for controllers that do not carry torch.

It forecasts only; training needs torch. Arrays hold the windows along their last axis, [..., what it is, N], so that every function and
every sum runs over neighbours in memory; they are of the type of weights and features, float32. Much is done in place.
"""
from __future__ import annotations

from dataclasses import dataclass

from .features import CALENDAR, TOKEN
from .layout import HOURS, Config
from .seasonal import BASES, HORIZON
from .threads import one_blas_thread

try:
    import numpy as np
except ImportError:
    np = None
else:
    one_blas_thread()

#: erf(x) = x P(x^2) / Q(x^2), fitted here by least squares with Lawson's weights; farther than 1.8e-8 from erf nowhere, float32 rounding aside
ERF_P = (1.12837902, 0.192763868, 0.0530604455, 0.00386831635, 0.000287478699, 2.03473075e-06)
ERF_Q = (1.0, 0.504164197, 0.115084531, 0.0151722741, 0.00118811163, 3.8070561e-05)
ERF_END = 3.92  # beyond it erf is 1 to 3e-8


def _polynomial(x, coefficients):
    out = np.full_like(x, coefficients[-1])
    for coefficient in coefficients[-2::-1]:
        out *= x
        out += coefficient
    return out


def erf(x):
    """The error function, of the type of x."""
    x = np.clip(x, -ERF_END, ERF_END)
    square = x * x
    top = _polynomial(square, ERF_P)
    top *= x
    top /= _polynomial(square, ERF_Q)
    return top


def gelu(x):
    """x times the normal distribution function of x, as torch's gelu without approximation: its positive part less a tail on both sides."""
    size = np.minimum(np.abs(x), ERF_END * 2 ** 0.5)
    tail = erf(size * 0.5 ** 0.5)
    tail -= 1
    tail *= size
    tail *= 0.5
    tail += np.maximum(x, 0)
    return tail


def softplus(x):
    """log(1 + exp(x)), without overflow."""
    out = np.abs(x)
    np.negative(out, out=out)
    np.log1p(np.exp(out, out=out), out=out)
    out += np.maximum(x, 0)
    return out


def sigmoid(x, out=None):
    """1 / (1 + exp(-x)); far below zero exp overflows to infinity, and the result is 0 as it should be."""
    with np.errstate(over="ignore"):
        out = np.exp(np.negative(x, out=out), out=out)
    out += 1
    return np.reciprocal(out, out=out)


def lstm_step(gates, cell):
    """One step of an LSTM -> hidden state [hidden, N].

    gates [4 * hidden, N], before their functions, in the order input, forget, output, candidate; overwritten. cell [hidden, N], overwritten
    by the next.
    """
    size = len(cell)
    enter, keep, leave = sigmoid(gates[:3 * size], gates[:3 * size]).reshape(3, *cell.shape)
    candidate = np.tanh(gates[3 * size:], out=gates[3 * size:])
    candidate *= enter
    cell *= keep
    cell += candidate
    return np.tanh(cell) * leave


class Dense:
    """x [..., inputs, N] -> [..., outputs, N]."""

    def __init__(self, arrays, name):
        self.weight, self.bias = arrays[f"{name}.weight"], arrays[f"{name}.bias"][:, None]

    def __call__(self, x):
        out = self.weight @ x
        out += self.bias
        return out


class Lstm:
    """x [steps, inputs, N] -> hidden states [steps, hidden, N]; with `suffix` _reverse from the last step to the first."""

    def __init__(self, arrays, name, suffix=""):
        hidden = arrays[f"{name}.weight_hh_l0{suffix}"].shape[1]
        order = np.concatenate([np.arange(2 * hidden), np.arange(3 * hidden, 4 * hidden), np.arange(2 * hidden, 3 * hidden)])
        self.inputs, self.recurrent = (arrays[f"{name}.weight_{kind}_l0{suffix}"][order] for kind in ("ih", "hh"))
        self.bias = sum(arrays[f"{name}.bias_{kind}_l0{suffix}"] for kind in ("ih", "hh"))[order][:, None]
        self.backwards = bool(suffix)

    def __call__(self, x):
        gates = self.inputs @ x
        gates += self.bias
        out = np.empty((len(x), self.recurrent.shape[1], x.shape[-1]), dtype=x.dtype)
        hidden, cell = None, np.zeros(out.shape[1:], dtype=x.dtype)
        for step in reversed(range(len(x))) if self.backwards else range(len(x)):
            if hidden is not None:
                gates[step] += self.recurrent @ hidden
            hidden = out[step] = lstm_step(gates[step], cell)
        return out


class Head:
    """State of an hour -> forecast of its 12 rows; see network.Head."""

    def __init__(self, arrays, name):
        self.gate, self.offset, self.rise = (Dense(arrays, f"{name}.{part}") for part in ("gate", "offset", "rise"))

    def shares(self, state):
        """state [..., width, N] -> what each base has in the mix, [..., BASES, TOKEN, N]."""
        gate = self.gate(state)
        gate = gate.reshape(*gate.shape[:-2], BASES, TOKEN, gate.shape[-1])
        gate -= gate.max(-3, keepdims=True)
        np.exp(gate, out=gate)
        gate /= gate.sum(-3, keepdims=True)
        return gate

    def correction(self, state, sizes):
        """-> what the network adds to the mix, [..., TOKEN, N]."""
        return self.offset(state) * sizes[..., 0, :, :]

    def __call__(self, state, bases, sizes):
        """state [..., width, N], bases [..., BASES, TOKEN, N], sizes [..., 3, TOKEN, N] -> [..., TOKEN, 3, N]."""
        mix = self.shares(state)
        mix *= bases
        middle = mix.sum(-3)
        middle += self.correction(state, sizes)
        rise = self.rise(state)
        rise -= 1
        steps = softplus(rise).reshape(*rise.shape[:-2], 2, 3, TOKEN, rise.shape[-1])
        steps *= sizes[..., None, :, :, :]
        rise = steps.sum(-3)
        upper = middle + rise[..., 0, :, :]
        return np.stack([middle, upper, upper + 0.5 * rise[..., 1, :, :]], -2)


@dataclass
class Given:
    """What every network reads of N windows, by hours where it is ahead."""

    tokens: object      # [TOKENS, 2 * TOKEN + CALENDAR, N]
    recent: object      # [3 * RECENT + STATISTICS, N]
    statistics: object  # [STATISTICS, N]
    bases: object       # [HOURS, BASES, TOKEN, N]
    sizes: object       # [HOURS, 3, TOKEN, N] near scale, spread, reach
    seen: object        # [HOURS, (BASES + 2) * TOKEN, N] bases, spread and reach, cut
    calendar: object    # [HOURS, CALENDAR, N]


def _hourly(rows):
    """[N, K, HORIZON] -> [HOURS, K, TOKEN, N]."""
    return np.ascontiguousarray(rows.reshape(*rows.shape[:2], -1, TOKEN).transpose(2, 1, 3, 0))


class Network:
    """One network; `arrays` are its weights by the names of torch's state_dict."""

    runtime = "numpy"

    def __init__(self, config: Config, arrays: dict):
        self.embed, self.near, self.context, self.mix = (Dense(arrays, name) for name in ("embed", "near", "context", "mix"))
        self.encoder, self.decoder, self.back = (Lstm(arrays, *name) for name in (("encoder",), ("decoder",), ("decoder", "_reverse")))
        self.head, self.first_head = Head(arrays, "head"), Head(arrays, "first_head")
        self.first, self.second = Dense(arrays, "first.1"), Dense(arrays, "first.4")
        place, self.days, self.seen = (np.ascontiguousarray(part) for part in np.split(
            arrays["ahead.weight"], [config.position, config.position + CALENDAR], 1))
        self.place = (arrays["position"] @ place.T + arrays["ahead.bias"])[..., None]

    @staticmethod
    def prepare(features, rows=slice(None)) -> Given:
        """What the networks read of some windows of Features."""
        part = {name: getattr(features, name)[rows] for name in ("tokens", "recent", "statistics", "bases", "spread", "reach", "calendar", "noise")}
        near = np.minimum(part["noise"][:, None] * np.sqrt(np.arange(1, HORIZON + 1, dtype=part["noise"].dtype)), 1.0)
        bases, sizes = _hourly(part["bases"]), _hourly(np.stack([near, part["spread"], part["reach"]], 1))
        seen = np.concatenate([bases, sizes[:, 1:]], 1).reshape(HOURS, -1, len(near))
        statistics = np.ascontiguousarray(part["statistics"].T)
        tokens, calendar = (np.ascontiguousarray(part[name].transpose(1, 2, 0)) for name in ("tokens", "calendar"))
        return Given(tokens, np.concatenate([part["recent"].T, statistics]), statistics, bases, sizes, np.clip(seen, -8, 8, out=seen), calendar)

    def _state(self, given):
        """-> what is known of each window, [2 * hidden + STATISTICS, N]."""
        tokens = self.embed(given.tokens)
        hidden = self.encoder(np.maximum(tokens, 0, out=tokens))[-1]
        return np.concatenate([hidden, gelu(self.near(given.recent)), given.statistics])

    def _start(self, state, given):
        """-> state of the first hour, [1, width, N]."""
        return gelu(self.second(gelu(self.first(np.concatenate([state, given.seen[0]])))))[None]

    def _later(self, state, given):
        """-> states of the hours after it, [HOURS - 1, width, N]."""
        hours = self.seen @ given.seen
        hours += self.days @ given.calendar
        hours += self.place
        hours += self.context(state)
        hours = gelu(self.mix(gelu(hours)))
        hours += np.concatenate([self.decoder(hours), self.back(hours)], 1)
        return hours[1:]

    def quantiles(self, given: Given, near: bool = False):
        """-> float32 [N, HORIZON, 3] in the units of the normalised window; near: the first hour alone, [N, TOKEN, 3]."""
        state = self._state(given)
        ahead = self.first_head(self._start(state, given), given.bases[:1], given.sizes[:1])
        if not near:
            ahead = np.concatenate([ahead, self.head(self._later(state, given), given.bases[1:], given.sizes[1:])])
        return ahead.reshape(-1, 3, ahead.shape[-1]).transpose(2, 0, 1)

    def explain(self, given: Given):
        """-> share of each base in the median [N, HORIZON, BASES], what the network adds to their mix [N, HORIZON]."""
        state = self._state(given)
        start, hours = self._start(state, given), self._later(state, given)
        shares = np.concatenate([self.first_head.shares(start), self.head.shares(hours)])       # [HOURS, BASES, TOKEN, N]
        added = np.concatenate([self.first_head.correction(start, given.sizes[:1]), self.head.correction(hours, given.sizes[1:])])
        count = added.shape[-1]
        return shares.transpose(3, 0, 2, 1).reshape(count, HORIZON, BASES), added.reshape(HORIZON, count).T


def from_arrays(config: Config, arrays: dict) -> Network:
    """A network with the weights {name: array}, ready to forecast."""
    return Network(config, arrays)
