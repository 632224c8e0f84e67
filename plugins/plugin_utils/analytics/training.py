# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Training: seeded, on one thread, the same to the last digit on one machine."""
from __future__ import annotations

import copy
import time

from .corpus import draw
from .device import full_precision, settled
from .features import join
from .layout import Config
from .network import INPUTS, QUANTILES, near_scale, tensors, torch
from .optimizer import AdamW, Average, steady

try:
    import numpy as np
except ImportError:
    np = None


def pinball(forecast, target, scale, weight):
    """Mean quantile loss; errors near the origin count by their own scale, quiet windows by their share of the series' spread.

    forecast [N, HORIZON, 3], target [N, HORIZON], scale [N, HORIZON], weight [N].
    """
    quantiles = torch.tensor(QUANTILES, device=forecast.device)
    error = target[..., None] - forecast
    loss = torch.maximum(quantiles * error, (quantiles - 1) * error)
    return (loss / scale.clamp(min=0.02)[..., None] ** 0.3 * weight[:, None, None]).mean()


def _tensors(parts):
    inputs = tensors(join([part[0] for part in parts]))
    return inputs, *(torch.from_numpy(np.concatenate([part[i] for part in parts])) for i in (1, 2))


def stream(groups, shares, size=64):
    """A source of batches for `fit`: every batch is drawn anew from the groups of series."""
    return lambda rng: _tensors(draw(rng, groups, shares, size))


def pool(group, count, size, seed):
    """A source of batches for `fit` from `count` windows of one Corpus, made once: quicker where few series are fitted often."""
    inputs, target, weight = _tensors(draw(np.random.default_rng(seed), [group], [1], count))

    def source(rng):
        rows = torch.from_numpy(rng.choice(len(target), size, replace=False))
        return tuple(one[rows] for one in inputs), target[rows], weight[rows]
    return source


def fit(net, source, steps, seed, rate=2e-3, say=None, watch=None):
    """Train `net` in place for `steps` batches with a one-cycle rate.

    source(rng) -> inputs, target, weight of a batch; say(step, loss): called at least every 5 seconds, for progress;
    watch(step, loss): called after every batch with the running mean of the loss; it may judge the net, which is put back to training
    after it, but draws no random numbers from torch, or what the net learns would depend on being watched.
    """
    for step, loss in _steps(net, source, steps, seed, AdamW(net.parameters(), rate, steps), say):
        if watch:
            watch(step, loss)
            net.train()
    net.eval()


def tune(net, source, lengths, seed, rate=1e-3, say=None, device="cpu"):
    """Train a copy of `net` at a steady rate on `device`, and yield (length, its averaged state) at each of `lengths` batches, in order.

    The state at a length does not depend on how long training goes on after it, so that a length can be chosen by what it gives, and
    who has seen enough stops asking.
    """
    net, last = settled(copy.deepcopy(net), device), max(lengths)
    mean = Average(net)
    with full_precision():
        for step, _loss in _steps(net, source, last, seed, AdamW(net.parameters(), rate, last, steady), say, device):
            mean.update(net)
            if step in lengths:
                yield step, {key: value.to("cpu", copy=True) for key, value in mean.state.items()}


def _steps(net, source, steps, seed, optimizer, say, device="cpu"):
    """Train step by step, yielding the number of each and the running mean of the loss."""
    torch.manual_seed(seed)
    rng = np.random.default_rng(seed)
    mean, spoke = None, time.monotonic()
    net.train()
    for step in range(1, steps + 1):
        inputs, target, weight = source(rng)
        inputs, target, weight = tuple(one.to(device) for one in inputs), target.to(device), weight.to(device)
        loss = pinball(net(*inputs), target, near_scale(inputs[INPUTS.index("noise")]), weight)
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(net.parameters(), 1.0)
        optimizer.step()
        value = float(loss.detach())
        mean = value if mean is None else 0.99 * mean + 0.01 * value
        if say and (time.monotonic() - spoke > 5 or step == steps):
            say(step, mean)
            spoke = time.monotonic()
        yield step, mean


def with_state(net, state):
    """A copy of `net` with other weights, ready to forecast."""
    net = copy.deepcopy(net)
    net.load_state_dict(state)
    return net.eval()


def new_net(config: Config, seed: int):
    """A network with weights drawn from `seed`."""
    from .network import Forecaster
    torch.manual_seed(seed)
    return Forecaster(config)
