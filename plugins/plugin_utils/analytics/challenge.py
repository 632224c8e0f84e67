# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Making a challenger: one fit of the networks to all series of a site, and fits of their own for the series that lose most."""
from __future__ import annotations

from dataclasses import dataclass, field

from .corpus import corpus
from .runtime import forecast
from .scores import geometric_mean
from .seasonal import HORIZON
from .training import stream, tune, with_state
from .tuning import APART, BATCH, CHOOSING, RATE, Chosen, choose, copies, lengths_to, own_copies, size_of_loss, until_worse

try:
    import numpy as np
except ImportError:
    np = None

#: what the copies of the site count in the mean while their length is chosen, and how many series choose it: they are held in memory
SITE_SHARE, SITE_JUDGES = 0.5, 64


@dataclass(frozen=True)
class Learning:
    """Series to learn from: names, rows of 5 minutes, when the first begins by the clock on the wall, and instants that all lie between.

    And how: batches of the longest fit, seed, fits of single series, device.
    """

    names: list
    rows: list
    starts: list
    span: tuple
    batches: int
    seed: int
    series_fits: int
    device: str

    def until(self, rows: int) -> list:
        """The series without their last rows."""
        return [values[:len(values) - rows] for values in self.rows]

    def one(self, i: int, rows: int = 0):
        """A Corpus of series i without its last rows."""
        return corpus([self.rows[i][:len(self.rows[i]) - rows]], [self.starts[i]])


@dataclass(frozen=True)
class Recipe:
    """How a challenger is made: batches of the fit to all series (0: none), its losses by length, and how each series is forecast."""

    site: int
    losses: dict
    series: list[Chosen]


@dataclass
class Challenger:
    """The networks of a recipe: the originals, copies of the site, copies of single series {index: networks}."""

    recipe: Recipe
    nets: list
    site: list = field(default_factory=list)
    own: dict = field(default_factory=dict)

    def of(self, i: int) -> tuple[list, list]:
        """Networks of series i, and their weights in the mean."""
        return self.nets + self.site + self.own.get(i, []), self.recipe.series[i].shares(self.nets, bool(self.site))


def _site_judges(net, learning, end, progress):
    """Of evenly spread series: name, inputs, actual, forecast of the original and its loss on the rows that choose."""
    for i in range(0, len(learning.rows), -(-len(learning.rows) // SITE_JUDGES)):
        progress.at(learning.names[i], "forecast the days that choose")
        group = learning.one(i, end)
        at = np.arange(group.length[0] - CHOOSING, group.length[0] - HORIZON + 1, APART)
        which = np.zeros(len(at), dtype=int)
        inputs, actual = group.inputs(which, at), group.future(which, at)
        original = forecast([net], inputs)
        yield learning.names[i], inputs, actual, original, size_of_loss(actual, original)


def _site_fit(net, learning, end, progress):
    """The length of the fit to all series that is best on the rows that choose. -> batches (0: none is better), losses, the copy."""
    judges, states = list(_site_judges(net, learning, end, progress)), {}

    def judge(length, state):
        states[length], ratios = with_state(net, state), []
        for name, inputs, actual, original, loss in judges:
            progress.at(name, f"validate {length} batches of the fit to all series")
            mean = SITE_SHARE * forecast([states[length]], inputs) + (1 - SITE_SHARE) * original
            ratios.append(size_of_loss(actual, mean) / max(loss, 1e-9))
        return geometric_mean(ratios)
    source = stream([corpus(learning.until(end + CHOOSING), learning.starts)], [1], BATCH)
    say = progress.batches(f"{len(learning.rows)} series", "choose the length of the fit to all of them", learning.batches)
    trials = tune(net, source, lengths_to(learning.batches), learning.seed, RATE, say, learning.device)
    losses = {0: 1.0, **until_worse(trials, judge)}
    best = min(losses, key=losses.get)
    return best, losses, states.get(best)


def choose_recipe(nets, learning, end, progress) -> Recipe:
    """Choose lengths and weights by rolling validation on the days before the last `end` rows.

    Fits of their own are tried for the `series_fits` series that lose most against seasonal naive without one. A site of one series has
    no fit to all of them.
    """
    site, losses, copy = 0, {}, None
    if len(learning.rows) > 1:
        site, losses, copy = _site_fit(nets[0], learning, end, progress)
    chosen = []
    for i, name in enumerate(learning.names):
        progress.at(name, "forecast the days that choose")
        chosen.append(choose(nets[0], copy, learning.one(i, end), learning.seed, 0))
    worst = sorted(range(len(chosen)), key=lambda i: (-chosen[i].losses[0] / max(chosen[i].baseline, 1e-9), learning.names[i]))
    for number, i in enumerate(worst[:learning.series_fits], 1):
        name = f"{learning.names[i]} ({number} of {min(len(worst), learning.series_fits)})"
        progress.at(name, "choose the length of its own fit")
        say = progress.batches(name, "choose the length of its own fit", learning.batches)
        chosen[i] = choose(nets[0], copy, learning.one(i, end), learning.seed, learning.batches, say, learning.device)
    return Recipe(site, losses, chosen)


def make(nets, recipe, learning, end, wanted, progress) -> Challenger:
    """Fit by a recipe to the rows before the last `end`, for the series `wanted` (indices)."""
    made = Challenger(recipe, list(nets))
    if any(recipe.series[i].weights[1] for i in wanted):
        name, source = f"{len(learning.rows)} series", stream([corpus(learning.until(end), learning.starts)], [1], BATCH)
        progress.at(name, "fit to all of them")
        made.site = copies(nets, source, recipe.site, learning.seed,
                           lambda net: progress.batches(name, f"fit net {net} of {len(nets)}", recipe.site), learning.device)
    for i in wanted:
        chosen, name = recipe.series[i], learning.names[i]
        if chosen.length:
            progress.at(name, "draw windows to fit to")
            made.own[i] = own_copies(
                nets, learning.one(i, end), chosen, learning.seed, lambda net, name=name, chosen=chosen: progress.batches(
                    name, f"fit net {net} of {len(chosen.copied(nets))}", chosen.length), learning.device)
    return made
