# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The variants that `make ablations` compares: the network as shipped, and the same without one part or with another form of it.

A variant is made of switches from outside: a part of the network is replaced, or inputs are masked before the network sees them.
"""
from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from typing import Callable

import recurrence

from ansible_collections.foresight.netslice.plugins.plugin_utils.analytics import features
from ansible_collections.foresight.netslice.plugins.plugin_utils.analytics.features import TOKEN, TOKENS
from ansible_collections.foresight.netslice.plugins.plugin_utils.analytics.network import INPUTS, Config, Forecaster, Net, torch
from ansible_collections.foresight.netslice.plugins.plugin_utils.analytics.seasonal import RAW, SKILLED

#: bases by kind: as they are, moved to the present level, levels and trends that know no season
UNMOVED, LEVEL = tuple(range(RAW)), (24, 25, 26, 27)
MOVED = tuple(range(RAW, 24)) + (28, 29)
MEAN_DAY = 26
SKILL = 5 * len(SKILLED)  # the first statistics are five figures of each skilled base


class Masked(Net):
    """A network that sees its inputs through a mask: a function of {name of the input: tensor} to the entries that differ."""

    def __init__(self, net, mask):
        super().__init__()
        self.net, self.mask = net, mask

    def forward(self, *inputs):
        given = dict(zip(INPUTS, inputs))
        return self.net(**{**given, **self.mask(given)})


def without_bases(*removed, stand_in=MEAN_DAY):
    """A mask: in place of the removed bases stands one that is kept, so that the mix has nothing of them and nothing else."""
    def mask(given):
        bases = given["bases"].clone()
        bases[:, list(removed)] = bases[:, stand_in:stand_in + 1]
        return {"bases": bases}
    return mask


def _without_skill(given):
    statistics = given["statistics"].clone()
    statistics[:, :SKILL] = 0
    return {"statistics": statistics}


def _without_calendar(given):
    tokens = given["tokens"].clone()
    tokens[..., 2 * TOKEN:] = 0
    return {"tokens": tokens, "calendar": torch.zeros_like(given["calendar"])}


def _replaced(**parts):
    """How to make the network with other parts: {attribute: function of its sizes to the part}."""
    def build(config):
        net = Forecaster(config)
        for name, part in parts.items():
            setattr(net, name, part(config))
        return net
    return build


def _mean(_config):
    return recurrence.MeanOfTokens()


def _nothing(_config):
    return recurrence.Nothing()


KINDS = ("synthetic", "synthetic mixtures", "real", "real mixtures")


@dataclass(frozen=True)
class Variant:
    """One row of the table: how its network is made, what it is not shown, what it learns from and how far back it reads."""

    name: str
    build: Callable = Forecaster
    mask: Callable | None = None
    kinds: tuple = KINDS
    tokens: int = TOKENS

    def net(self, config: Config, seed: int):
        """The untrained network; its weights are drawn from `seed`."""
        torch.manual_seed(seed)
        net = self.build(config)
        return Masked(net, self.mask) if self.mask else net

    @contextmanager
    def reading(self):
        """While it lasts, features have as many tokens as this variant reads."""
        features.TOKENS = self.tokens
        try:
            yield
        finally:
            features.TOKENS = TOKENS


FULL = Variant("as shipped")
REMOVED = (
    Variant("without the LSTM over tokens (their mean instead)", _replaced(encoder=_mean)),
    Variant("without the LSTM over the hours ahead", _replaced(decoder=_nothing)),
    Variant("without any recurrence", _replaced(encoder=_mean, decoder=_nothing)),
    Variant("without synthetic data", kinds=("real", "real mixtures")),
    Variant("without mixtures", kinds=("synthetic", "real")),
    Variant("without real data", kinds=("synthetic", "synthetic mixtures")),
    Variant("without bases as they are", mask=without_bases(*UNMOVED)),
    Variant("without bases moved to the present level", mask=without_bases(*MOVED)),
    Variant("without levels and trends", mask=without_bases(*LEVEL, stand_in=recurrence.MEDIAN_DAY)),
    Variant("without any seasonal base", mask=without_bases(*UNMOVED, *MOVED)),
    Variant("without skill statistics", mask=_without_skill),
    Variant("without recent rows", mask=lambda given: {"recent": torch.zeros_like(given["recent"])}),
    Variant("without calendar", mask=_without_calendar),
    Variant("without the near scale", mask=lambda given: {"noise": torch.ones_like(given["noise"])}),
)
OTHER = (
    Variant("forecast first, then an LSTM that refines its residual", recurrence.Refined),
    Variant("LSTM over the last 36 rows", _replaced(near=lambda config: recurrence.RecentLSTM(config.hidden))),
    Variant("sLSTM over tokens", _replaced(encoder=lambda config: recurrence.ExponentialLSTM(config.hidden))),
    Variant("LSTM over the tokens of 7 days", tokens=7 * 24),
)
