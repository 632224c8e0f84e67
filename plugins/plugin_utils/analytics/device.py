# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where a fit is computed: the processor, or a GPU where there is one. Forecasts are always made on the processor.

What is drawn at random, windows and dropout alike, is drawn on the processor from the same seed, so that a GPU sees the same training
and ends at the same weights but for the order of its sums.
"""
from __future__ import annotations

from contextlib import contextmanager

from ..errors import InvalidInput
from .network import torch

DEVICES = ("auto", "cpu", "cuda")


def chosen(wanted: str) -> str:
    """auto, cpu or cuda -> cpu or cuda. Raises InvalidInput where there is no GPU that torch can use."""
    if wanted not in DEVICES:
        raise InvalidInput(f"device: {wanted!r} is none of {', '.join(DEVICES)}.")
    there = torch.cuda.is_available()
    if wanted == "cuda" and not there:
        raise InvalidInput("device: Cannot train on cuda: torch finds no GPU on the controller. Use auto or cpu, or install a torch built for the GPU.")
    return "cuda" if there and wanted != "cpu" else "cpu"


class _DrawnHere(torch.nn.Module if torch is not None else object):
    """Dropout whose mask is drawn on the processor, as torch's own draws it there."""

    def __init__(self, share: float):
        super().__init__()
        self.share = share

    def forward(self, values):
        """values -> a share of them set to zero, the others scaled up, while training; else as they are."""
        if not self.training:
            return values
        mask = torch.empty(values.shape, dtype=values.dtype).bernoulli_(1 - self.share).div_(1 - self.share)
        return values * mask.to(values.device)


def _replace_dropout(module):
    for name, child in module.named_children():
        if isinstance(child, torch.nn.Dropout):
            setattr(module, name, _DrawnHere(child.p))
        else:
            _replace_dropout(child)


def settled(net, device: str):
    """`net`, changed in place to be trained on `device`."""
    if device != "cpu":
        _replace_dropout(net)
    return net.to(device)


@contextmanager
def full_precision():
    """Products of a GPU in whole float32, as the processor makes them."""
    before = torch.backends.cudnn.allow_tf32, torch.backends.cuda.matmul.allow_tf32
    torch.backends.cudnn.allow_tf32 = torch.backends.cuda.matmul.allow_tf32 = False
    try:
        yield
    finally:
        torch.backends.cudnn.allow_tf32, torch.backends.cuda.matmul.allow_tf32 = before
