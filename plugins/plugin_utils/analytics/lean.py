# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The network without torch: the forward pass of network.py in numpy, for controllers that do not carry torch.

It forecasts only; training needs torch. Everything is of the type of weights and features, float32, and much is done in place.
"""
from __future__ import annotations

from dataclasses import dataclass

from .layout import HOURS, Config
from .features import CALENDAR, TOKEN
from .seasonal import BASES, HORIZON

try:
    import numpy as np
except ImportError:
    np = None

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
    return np.logaddexp(x, 0.0)


def sigmoid(x, out=None):
    """1 / (1 + exp(-x)); far below zero exp overflows to infinity, and the result is 0 as it should be."""
    with np.errstate(over="ignore"):
        out = np.exp(np.negative(x, out=out), out=out)
    out += 1
    return np.reciprocal(out, out=out)


def lstm_step(gates, cell):
    """One step of an LSTM. gates [..., 4 * hidden] before their functions, in the order input, forget, cell, output, overwritten;
    cell [..., hidden], overwritten by the next. -> hidden state [..., hidden].
    """
    hidden = cell.shape[-1]
    candidate = np.tanh(gates[..., 2 * hidden:3 * hidden])
    gates = sigmoid(gates, gates)
    cell *= gates[..., hidden:2 * hidden]
    candidate *= gates[..., :hidden]
    cell += candidate
    return np.tanh(cell, out=candidate) * gates[..., 3 * hidden:]


class Dense:
    """x [..., inputs] -> [..., outputs]."""

    def __init__(self, arrays, name):
        self.weight, self.bias = np.ascontiguousarray(arrays[f"{name}.weight"].T), arrays[f"{name}.bias"]

    def __call__(self, x):
        out = x.reshape(-1, x.shape[-1]) @ self.weight
        out += self.bias
        return out.reshape(*x.shape[:-1], -1)


class Lstm:
    """x [N, steps, inputs] -> hidden states [steps, N, hidden]; with `suffix` _reverse from the last step to the first."""

    def __init__(self, arrays, name, suffix=""):
        ahead, back = (arrays[f"{name}.weight_{kind}_l0{suffix}"] for kind in ("ih", "hh"))
        self.inputs, self.hidden = np.ascontiguousarray(ahead.T), np.ascontiguousarray(back.T)
        self.bias = sum(arrays[f"{name}.bias_{kind}_l0{suffix}"] for kind in ("ih", "hh"))
        self.backwards = bool(suffix)

    def __call__(self, x):
        count, steps = x.shape[:2]
        gates = np.ascontiguousarray(x.transpose(1, 0, 2)).reshape(steps * count, -1) @ self.inputs
        gates += self.bias
        gates = gates.reshape(steps, count, -1)
        out = np.empty((steps, count, len(self.hidden)), dtype=x.dtype)
        hidden, cell = None, np.zeros(out.shape[1:], dtype=x.dtype)
        for step in reversed(range(steps)) if self.backwards else range(steps):
            if hidden is not None:
                gates[step] += hidden @ self.hidden
            hidden = out[step] = lstm_step(gates[step], cell)
        return out


class Head:
    """State of an hour -> forecast of its 12 rows; see network.Head."""

    def __init__(self, arrays, name):
        self.gate, self.offset, self.rise = (Dense(arrays, f"{name}.{part}") for part in ("gate", "offset", "rise"))

    def __call__(self, state, bases, sizes):
        """state [..., width], bases [..., BASES, TOKEN], sizes [..., 3, TOKEN] -> [..., TOKEN, 3]."""
        shape = state.shape[:-1]
        gate = self.gate(state).reshape(*shape, BASES, TOKEN)
        gate -= gate.max(-2, keepdims=True)
        np.exp(gate, out=gate)
        total = gate.sum(-2)
        gate *= bases
        middle = gate.sum(-2)
        middle /= total
        middle += self.offset(state) * sizes[..., 0, :]
        steps = softplus(self.rise(state).reshape(*shape, 2, 3, TOKEN) - 1.0)
        steps *= sizes[..., None, :, :]
        rise = steps.sum(-2)
        upper = middle + rise[..., 0, :]
        return np.stack([middle, upper, upper + 0.5 * rise[..., 1, :]], -1)


@dataclass
class Given:
    """What every network reads of N windows, by hours where it is ahead."""

    tokens: object      # [N, TOKENS, ...], as in Features
    recent: object      # [N, ...] recent and statistics
    statistics: object  # [N, STATISTICS]
    bases: object       # [N, HOURS, BASES, TOKEN]
    sizes: object       # [N, HOURS, 3, TOKEN] near scale, spread, reach
    seen: object        # [N, HOURS, (BASES + 2) * TOKEN] bases, spread and reach, cut
    calendar: object    # [N, HOURS, CALENDAR]


def _hourly(rows):
    """[N, K, HORIZON] -> [N, HOURS, K, TOKEN]."""
    return np.ascontiguousarray(rows.reshape(*rows.shape[:2], HOURS, TOKEN).swapaxes(1, 2))


class Network:
    """One network; `arrays` are its weights by the names of torch's state_dict."""

    runtime = "numpy"

    def __init__(self, config: Config, arrays: dict):
        self.config = config
        self.embed, self.near, self.context, self.mix = (Dense(arrays, name) for name in ("embed", "near", "context", "mix"))
        self.encoder, self.decoder, self.back = (Lstm(arrays, *name) for name in (("encoder",), ("decoder",), ("decoder", "_reverse")))
        self.head, self.first_head = Head(arrays, "head"), Head(arrays, "first_head")
        self.first, self.second = Dense(arrays, "first.1"), Dense(arrays, "first.4")
        place, days, self.seen = np.split(arrays["ahead.weight"].T, [config.position, config.position + CALENDAR])
        self.place, self.days = arrays["position"] @ place + arrays["ahead.bias"], np.ascontiguousarray(days)
        self.seen = np.ascontiguousarray(self.seen)

    @staticmethod
    def prepare(features, rows=slice(None)) -> Given:
        """What the networks read of some windows of Features."""
        part = {name: getattr(features, name)[rows] for name in ("tokens", "recent", "statistics", "bases", "spread", "reach", "calendar", "noise")}
        near = np.minimum(part["noise"][:, None] * np.sqrt(np.arange(1, HORIZON + 1, dtype=part["noise"].dtype)), 1.0)
        bases, sizes = _hourly(part["bases"]), _hourly(np.stack([near, part["spread"], part["reach"]], 1))
        seen = np.clip(np.concatenate([bases, sizes[:, :, 1:]], 2).reshape(len(near), HOURS, -1), -8, 8)
        return Given(part["tokens"], np.concatenate([part["recent"], part["statistics"]], -1), part["statistics"], bases, sizes, seen, part["calendar"])

    def quantiles(self, given: Given):
        """-> float32 [N, HORIZON, 3] in the units of the normalised window."""
        tokens = self.embed(given.tokens)
        hidden = self.encoder(np.maximum(tokens, 0, out=tokens))[-1]
        state = np.concatenate([hidden, gelu(self.near(given.recent)), given.statistics], -1)
        hours = (given.seen.reshape(-1, given.seen.shape[-1]) @ self.seen).reshape(len(state), HOURS, -1)
        hours += given.calendar @ self.days
        hours += self.place
        hours += self.context(state)[:, None]
        hours = gelu(self.mix(gelu(hours)))
        ways = np.concatenate([self.decoder(hours), self.back(hours)], -1)
        hours += ways.transpose(1, 0, 2)
        later = self.head(hours[:, 1:], given.bases[:, 1:], given.sizes[:, 1:])
        start = gelu(self.second(gelu(self.first(np.concatenate([state, given.seen[:, 0]], -1)))))
        begin = self.first_head(start, given.bases[:, 0], given.sizes[:, 0])
        return np.concatenate([begin[:, None], later], 1).reshape(len(state), HORIZON, 3)


def from_arrays(config: Config, arrays: dict) -> Network:
    """A network with the weights {name: array}, ready to forecast."""
    return Network(config, arrays)
