# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The network: an LSTM over hourly tokens that chooses among seasonal bases and corrects them, with quantiles that cannot cross.

This module is the only door to torch. It sets one thread before torch computes anything, so that no OpenMP thread exists
when ansible forks a worker: a worker forked beside such threads waits for them for ever.
"""
from __future__ import annotations

from .features import CALENDAR, RECENT, STATISTICS, TOKEN
from .layout import HOURS, Config
from .seasonal import BASES, HORIZON

try:
    import torch
    from torch import nn
    from torch.nn import functional
except (ImportError, OSError):  # OSError: a shared library of torch is damaged or missing
    torch = None
else:
    torch.set_num_threads(1)

QUANTILES = (0.5, 0.9, 0.95)
#: order of the tensors the network takes; the fields of Features
INPUTS = ("tokens", "recent", "statistics", "bases", "spread", "reach", "calendar", "noise")


def tensors(features, rows=slice(None)):
    """Features, or some rows of them -> tuple of tensors in the order of INPUTS."""
    return tuple(torch.from_numpy(getattr(features, name)[rows]) for name in INPUTS)


def near_scale(noise):
    """Noise of one row [N] -> the scale of errors by distance [N, HORIZON]: noise x sqrt(step), at most 1."""
    steps = torch.arange(1, HORIZON + 1, dtype=noise.dtype).sqrt().to(noise.device)
    return (noise[:, None] * steps).clamp(max=1.0)


if torch is not None:

    class Head(nn.Module):
        """State of an hour -> forecast of its 12 rows: a softmax mix of bases, a correction, and two positive steps above."""

        def __init__(self, width: int):
            super().__init__()
            self.gate = nn.Linear(width, BASES * TOKEN)
            self.offset = nn.Linear(width, TOKEN)
            self.rise = nn.Linear(width, 2 * 3 * TOKEN)

        def forward(self, state, bases, sizes):
            """state [..., width], bases [..., BASES, TOKEN], sizes [..., 3, TOKEN] (near scale, spread, reach) -> [..., TOKEN, 3]."""
            middle = (self.shares(state) * bases).sum(-2) + self.correction(state, sizes)
            steps = functional.softplus(self.rise(state).view(*state.shape[:-1], 2, 3, TOKEN) - 1.0)
            rise = (steps * sizes[..., None, :, :]).sum(-2)                                    # [..., 2, TOKEN]
            upper = middle + rise[..., 0, :]
            return torch.stack([middle, upper, upper + 0.5 * rise[..., 1, :]], -1)

        def shares(self, state):
            """-> what each base has in the mix, [..., BASES, TOKEN]."""
            return torch.softmax(self.gate(state).view(*state.shape[:-1], BASES, TOKEN), -2)

        def correction(self, state, sizes):
            """-> what the network adds to the mix, [..., TOKEN]."""
            return self.offset(state) * sizes[..., 0, :]

    class Net(nn.Module):
        """What runtime.py asks of a network; forward takes tensors in the order of INPUTS."""

        runtime = "torch"
        prepare = staticmethod(tensors)

        def quantiles(self, given, near=False):
            """-> float32 array [N, HORIZON, 3] in the units of the normalised window; near: the first hour alone, [N, TOKEN, 3]."""
            with torch.inference_mode():
                return self(*given).numpy()[:, :TOKEN if near else None]

    class Forecaster(Net):
        """Features of N windows -> quantiles [N, HORIZON, 3] in the units of the normalised window."""

        def __init__(self, config: Config = Config()):
            super().__init__()
            hidden, width = config.hidden, config.width
            self.config = config
            self.embed = nn.Linear(2 * TOKEN + CALENDAR, hidden)
            self.encoder = nn.LSTM(hidden, hidden, batch_first=True)
            self.near = nn.Linear(3 * RECENT + STATISTICS, hidden)
            self.position = nn.Parameter(torch.randn(HOURS, config.position) * 0.02)
            state = 2 * hidden + STATISTICS
            self.dropout = nn.Dropout(config.dropout)
            self.context = nn.Linear(state, width)
            self.ahead = nn.Linear(config.position + CALENDAR + (BASES + 2) * TOKEN, width)
            self.mix = nn.Linear(width, width)
            self.decoder = nn.LSTM(width, width // 2, batch_first=True, bidirectional=True)
            self.head = Head(width)
            self.first = nn.Sequential(nn.Dropout(config.dropout), nn.Linear(state + (BASES + 2) * TOKEN, width), nn.GELU(),
                                       nn.Dropout(config.dropout), nn.Linear(width, width), nn.GELU())
            self.first_head = Head(width)

        def forward(self, tokens, recent, statistics, bases, spread, reach, calendar, noise):
            state, bases, sizes, seen = self._parts(tokens, recent, statistics, bases, spread, reach, noise)
            hours = self._hours(state, seen, calendar)  # before the first hour: the order in which dropout draws decides what training gives
            later = self.head(hours[:, 1:], bases[:, 1:], sizes[:, 1:])
            begin = self.first_head(self._start(state, seen), bases[:, 0], sizes[:, 0])
            return torch.cat([begin[:, None], later], 1).flatten(1, 2)                          # [N, HORIZON, 3]

        def quantiles(self, given, near=False):
            """As of any network; the first hour alone needs neither the decoder nor the other hours."""
            if not near:
                return super().quantiles(given)
            with torch.inference_mode():
                state, bases, sizes, seen = self._parts(*given[:INPUTS.index("calendar")], given[INPUTS.index("noise")])
                return self.first_head(self._start(state, seen), bases[:, 0], sizes[:, 0]).numpy()

        def explain(self, given):
            """-> share of each base in the median [N, HORIZON, BASES], what the network adds to their mix [N, HORIZON], as arrays."""
            with torch.inference_mode():
                calendar, noise = (given[INPUTS.index(name)] for name in ("calendar", "noise"))
                state, _bases, sizes, seen = self._parts(*given[:INPUTS.index("calendar")], noise)
                start, hours = self._start(state, seen)[:, None], self._hours(state, seen, calendar)[:, 1:]
                shares = torch.cat([self.first_head.shares(start), self.head.shares(hours)], 1)     # [N, HOURS, BASES, TOKEN]
                added = torch.cat([self.first_head.correction(start, sizes[:, :1]), self.head.correction(hours, sizes[:, 1:])], 1)
                return shares.transpose(2, 3).flatten(1, 2).numpy(), added.flatten(1, 2).numpy()

        def _parts(self, tokens, recent, statistics, bases, spread, reach, noise):
            """-> state of each window [N, state]; by hour bases [N, HOURS, BASES, TOKEN], sizes [N, HOURS, 3, TOKEN], and both as inputs."""
            hidden = self.encoder(torch.relu(self.embed(tokens)))[1][0][-1]                     # [N, hidden]
            near = functional.gelu(self.near(torch.cat([recent, statistics], -1)))              # [N, hidden]
            state = torch.cat([hidden, near, statistics], -1)
            sizes = torch.stack([near_scale(noise), spread, reach], 1)                          # [N, 3, HORIZON]
            hourly = torch.cat([bases, sizes], 1).view(len(tokens), BASES + 3, HOURS, TOKEN).transpose(1, 2)
            bases, sizes = hourly[:, :, :BASES], hourly[:, :, BASES:]
            seen = torch.cat([bases, sizes[:, :, 1:]], 2).flatten(2).clamp(-8, 8)               # [N, HOURS, (BASES + 2) * TOKEN]
            return state, bases, sizes, seen

        def _start(self, state, seen):
            """-> state of the first hour, [N, width]."""
            return self.first(torch.cat([state, seen[:, 0]], -1))

        def _hours(self, state, seen, calendar):
            """-> states of all hours, [N, HOURS, width], of which the first is for the decoder alone."""
            place = torch.cat([self.position.expand(len(state), -1, -1), calendar, self.dropout(seen)], -1)
            hours = functional.gelu(self.context(self.dropout(state))[:, None] + self.ahead(place))
            hours = functional.gelu(self.mix(self.dropout(hours)))
            return hours + self.decoder(hours)[0]

    def from_arrays(config: Config, arrays: dict):
        """A network with the weights {name: array}, ready to forecast."""
        net = Forecaster(config)
        net.load_state_dict({name: torch.from_numpy(value) for name, value in arrays.items()})
        return net.eval()
