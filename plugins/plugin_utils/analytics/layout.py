# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Sizes of the network and the shapes of its weights, which every runtime shares. No library is needed to read it."""
from __future__ import annotations

from dataclasses import dataclass

from .features import CALENDAR, RECENT, STATISTICS, TOKEN
from .seasonal import BASES, HORIZON

HOURS = HORIZON // TOKEN


@dataclass(frozen=True)
class Config:
    """Sizes of one network. Everything else follows from the features."""

    hidden: int = 48
    width: int = 96
    position: int = 16
    dropout: float = 0.15


def _dense(name, inputs, outputs):
    return {f"{name}.weight": (outputs, inputs), f"{name}.bias": (outputs,)}


def _lstm(name, inputs, hidden, suffix=""):
    return {f"{name}.weight_ih_l0{suffix}": (4 * hidden, inputs), f"{name}.weight_hh_l0{suffix}": (4 * hidden, hidden),
            f"{name}.bias_ih_l0{suffix}": (4 * hidden,), f"{name}.bias_hh_l0{suffix}": (4 * hidden,)}


def shapes(config: Config) -> dict:
    """{name of a tensor: its shape} of the weights of one network, by the names of torch's state_dict."""
    hidden, width, seen = config.hidden, config.width, (BASES + 2) * TOKEN
    state = 2 * hidden + STATISTICS
    out = {"position": (HOURS, config.position), **_dense("embed", 2 * TOKEN + CALENDAR, hidden), **_lstm("encoder", hidden, hidden),
           **_dense("near", 3 * RECENT + STATISTICS, hidden), **_dense("context", state, width),
           **_dense("ahead", config.position + CALENDAR + seen, width), **_dense("mix", width, width),
           **_lstm("decoder", width, width // 2), **_lstm("decoder", width, width // 2, "_reverse"),
           **_dense("first.1", state + seen, width), **_dense("first.4", width, width)}
    for head in ("head", "first_head"):
        out |= {**_dense(f"{head}.gate", width, BASES * TOKEN), **_dense(f"{head}.offset", width, TOKEN), **_dense(f"{head}.rise", width, 6 * TOKEN)}
    return out


def of_net(arrays: dict, number: int, config: Config) -> dict:
    """The weights of one network of a file, whose names begin with its number. Raises ValueError where they are not those of `config`."""
    mark = f"{number}."
    found = {name[len(mark):]: value for name, value in arrays.items() if name.startswith(mark)}
    have, want = {name: value.shape for name, value in found.items()}, shapes(config)
    wrong = sorted(name for name in have.keys() | want.keys() if have.get(name) != want.get(name))
    if wrong:
        raise ValueError(f"net {number}: {wrong[0]} has the shape {have.get(wrong[0])}, wanted is {want.get(wrong[0])}")
    return found
