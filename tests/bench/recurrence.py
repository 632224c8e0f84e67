# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Parts that stand in for the recurrence of the network in ablations: what does without it, and other forms of it."""
from __future__ import annotations

from ansible_collections.foresight.netslice.plugins.plugin_utils.analytics.features import RECENT, STATISTICS, TOKEN
from ansible_collections.foresight.netslice.plugins.plugin_utils.analytics.network import HOURS, Forecaster, near_scale, nn, torch

MEDIAN_DAY = 4  # the base that the residuals of the tokens are distances from


class MeanOfTokens(nn.Module):
    """Instead of the LSTM over tokens: their mean. Answers as an LSTM does: outputs, (last states, cells)."""

    def forward(self, tokens):
        return None, (tokens.mean(1)[None], None)


class Nothing(nn.Module):
    """Instead of the LSTM over the hours ahead: nothing is added to them."""

    def forward(self, hours):
        return torch.zeros_like(hours), None


class ExponentialLSTM(nn.Module):
    """Instead of the LSTM over tokens: an sLSTM (Beck et al. 2024, arXiv 2405.04517), whose input gate is exponential, with its normaliser and stabiliser."""

    def __init__(self, size: int):
        super().__init__()
        self.given, self.recurrent = nn.Linear(size, 4 * size), nn.Linear(size, 4 * size, bias=False)
        with torch.no_grad():
            self.given.bias[2 * size:3 * size] = torch.linspace(1.0, 4.0, size)  # forget gates that begin open, for hours to days

    def forward(self, tokens):
        hidden = cell = total = top = tokens.new_zeros(len(tokens), tokens.shape[2])
        for given in self.given(tokens).unbind(1):                                              # [N, 4 * size]
            value, enter, keep, leave = (given + self.recurrent(hidden)).chunk(4, -1)
            keep = nn.functional.logsigmoid(keep)
            highest = torch.maximum(keep + top, enter)
            old, new = (keep + top - highest).exp(), (enter - highest).exp()
            cell, total, top = old * cell + new * torch.tanh(value), old * total + new, highest
            hidden = torch.sigmoid(leave) * cell / total.clamp(min=1e-6)
        return None, (hidden[None], None)


class RecentLSTM(nn.Module):
    """Instead of the dense layer over the last 36 rows: an LSTM over them, row by row, beside a dense layer over the statistics."""

    def __init__(self, size: int):
        super().__init__()
        self.rows, self.statistics = nn.LSTM(3, size, batch_first=True), nn.Linear(STATISTICS, size)

    def forward(self, given):
        rows, statistics = given[:, :3 * RECENT], given[:, 3 * RECENT:]
        return self.rows(rows.view(-1, 3, RECENT).transpose(1, 2))[1][0][-1] + self.statistics(statistics)


class Refined(Forecaster):
    """The whole forecast first, without recurrence; then an LSTM follows how far demand was from its median day over the past two days and goes on
    along the forecast, and corrects it hour by hour (seasonal first, recurrence refines: the idea of xLSTM-Mixer, arXiv 2410.16928)."""

    def __init__(self, config):
        super().__init__(config)
        self.encoder, self.decoder = MeanOfTokens(), Nothing()
        self.path, self.correction = nn.LSTM(TOKEN, config.hidden, batch_first=True), nn.Linear(config.hidden, TOKEN)
        nn.init.zeros_(self.correction.weight)
        nn.init.zeros_(self.correction.bias)

    def forward(self, tokens, recent, statistics, bases, spread, reach, calendar, noise):
        first = super().forward(tokens, recent, statistics, bases, spread, reach, calendar, noise)     # [N, HORIZON, 3]
        ahead = (first[..., 0] - bases[:, MEDIAN_DAY]).view(-1, HOURS, TOKEN).clamp(-8, 8)
        path = self.path(torch.cat([tokens[..., TOKEN:2 * TOKEN], ahead], 1))[0][:, -HOURS:]         # [N, HOURS, hidden]
        return first + (self.correction(path).flatten(1) * near_scale(noise))[..., None]
