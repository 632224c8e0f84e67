# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""AdamW (Loshchilov and Hutter 2019) with a one-cycle rate (Smith 2018).

Not torch.optim: its first step imports torch._dynamo, which takes seconds and does not import at all inside ansible-core 2.19,
whose replacement of sys.intern it refuses.
"""
from __future__ import annotations

import math

from .network import torch

DECAY, EPSILON, SECOND = 1e-2, 1e-8, 0.999
RISE, BEGIN, END = 0.15, 1 / 25, 1 / 250000  # share of the steps in which the rate rises; rates at begin and end, of the highest
MOMENTUM = (0.95, 0.85)                       # at the lowest and at the highest rate


def one_cycle(step: int, steps: int):
    """Step 0.. of `steps` -> rate as a share of the highest, momentum: half a cosine up, half a cosine down."""
    top = max(RISE * steps - 1, 1e-9)
    if step <= top:
        up = (1 - math.cos(math.pi * step / top)) / 2
        share = BEGIN + (1 - BEGIN) * up
    else:
        up = (1 + math.cos(math.pi * min((step - top) / max(steps - 1 - top, 1e-9), 1))) / 2
        share = END + (1 - END) * up
    return share, MOMENTUM[0] + (MOMENTUM[1] - MOMENTUM[0]) * up


def steady(step: int, _steps: int):
    """A rate that rises over ten steps and stays, with a constant momentum: any step may be the last."""
    return min((step + 1) / 10, 1.0), 0.9


class AdamW:
    """Updates parameters in place from their gradients; `rate` is the highest, `course` says its share at each of `steps` steps."""

    def __init__(self, parameters, rate: float, steps: int, course=one_cycle):
        self.parameters = list(parameters)
        self.rate, self.steps, self.course, self.done, self.fade = rate, steps, course, 0, 1.0
        self.mean = [torch.zeros_like(p) for p in self.parameters]
        self.square = [torch.zeros_like(p) for p in self.parameters]

    def zero_grad(self):
        """Forget the gradients."""
        for parameter in self.parameters:
            parameter.grad = None

    def step(self):
        """One update."""
        share, momentum = self.course(self.done, self.steps)
        rate, self.done = self.rate * share, self.done + 1
        self.fade *= momentum
        with torch.no_grad():
            for parameter, mean, square in zip(self.parameters, self.mean, self.square):
                if parameter.grad is None:
                    continue
                mean.lerp_(parameter.grad, 1 - momentum)
                square.mul_(SECOND).addcmul_(parameter.grad, parameter.grad, value=1 - SECOND)
                spread = (square / (1 - SECOND ** self.done)).sqrt_().add_(EPSILON)
                parameter.mul_(1 - rate * DECAY).addcdiv_(mean, spread, value=-rate / (1 - self.fade))


class Average:
    """The running mean of parameters over some past steps, which a steady rate needs: its last step is noisy, its mean is not."""

    def __init__(self, net, keep: float = 0.95):
        self.keep, self.state = keep, {key: value.detach().clone() for key, value in net.state_dict().items()}

    def update(self, net):
        """Take in the parameters of now."""
        for key, value in net.state_dict().items():
            self.state[key].lerp_(value.detach(), 1 - self.keep)
