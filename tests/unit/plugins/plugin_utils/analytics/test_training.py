# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Training: the same to the last digit, learns, and is fitted to a site."""
from __future__ import annotations

import pytest

np = pytest.importorskip("numpy", reason="the forecaster needs numpy")
torch = pytest.importorskip("torch", reason="training needs torch")

from ansible_collections.foresight.netslice.plugins.plugin_utils.analytics import corpus, network, optimizer, scores, training, tuning, validation
from ansible_collections.foresight.netslice.plugins.plugin_utils.analytics.seasonal import DAY, HORIZON, WINDOW
from ansible_collections.foresight.netslice.plugins.plugin_utils.analytics.synthetic import ROWS, synthetic_series

TINY = network.Config(hidden=4, width=8)


@pytest.fixture(scope="module")
def group():
    return corpus.corpus(list(synthetic_series(6, 3)), [1767571200] * 6)


def test_synthetic_series_are_demand_and_repeatable():
    one, again, other = synthetic_series(12, 1), synthetic_series(12, 1), synthetic_series(12, 2)
    assert one.shape == (12, ROWS) and (one == again).all() and not (one == other).all()
    assert np.isfinite(one).all() and one.min() >= 0 and (one.std(1) > 0).all()


def test_training_repeats_to_the_last_digit(group):
    states = []
    for _round in range(2):
        net = training.new_net(TINY, 5)
        training.fit(net, training.stream([group], [1], 8), 4, 5)
        states.append(net.state_dict())
    assert all((a == b).all() for a, b in zip(states[0].values(), states[1].values()))


def test_training_learns_and_speaks(group):
    said, net = [], training.new_net(TINY, 5)
    before = validation.judge([net.eval()], group, count=2)
    training.fit(net, training.stream([group], [1], 16), 60, 5, say=lambda step, loss: said.append((step, loss)))
    after = validation.judge([net], group, count=2)
    assert said[-1][0] == 60 and after["wql_12h"] < before["wql_12h"] and after["series"] == 6


def test_windows_hold_only_rows_before_their_origin():
    series = np.arange(6.0 * DAY)
    one = corpus.corpus([series], [0])
    values, first = one.windows(np.array([0, 0]), np.array([4 * DAY, 5 * DAY]))
    assert values[:, -1].tolist() == [4 * DAY - 1, 5 * DAY - 1] and first.tolist() == [WINDOW - 4 * DAY, WINDOW - 5 * DAY]
    assert (one.future(np.array([0]), np.array([4 * DAY]))[0] == np.arange(4 * DAY, 4 * DAY + HORIZON)).all()


def test_mixtures_are_as_long_as_their_shortest_part():
    series = [np.random.default_rng(i).random(rows * DAY) for i, rows in enumerate((14, 20, 28, 5))]
    mixed, starts = corpus.mixtures(series, [1, 2, 3, 4], 10, 0)
    assert len(mixed) == 10 and 4 not in starts and all(len(one) >= 12 * DAY for one in mixed)


def test_a_fit_keeps_the_original_nets(group):
    net = training.new_net(TINY, 6).eval()
    before = {key: value.clone() for key, value in net.state_dict().items()}
    one = corpus.corpus([group.rows[0, WINDOW:WINDOW + 12 * DAY]], [0])
    nets, shares, note = tuning.fit_series([net], one, longest=4)
    assert nets[0] is net and all((before[key] == value).all() for key, value in net.state_dict().items())
    assert shares is None or len(shares) == len(nets) == 2
    assert note


def test_a_short_series_is_not_fitted():
    net = training.new_net(TINY, 6)
    assert tuning.fit_series([net], corpus.corpus([np.ones(4 * DAY)], [0])) == ([net], None, "too short to fit")


def test_lengths_double_and_end_with_the_longest():
    assert tuning.lengths_to(400) == [50, 100, 200, 400] and tuning.lengths_to(500) == [50, 100, 200, 400, 500] and tuning.lengths_to(8) == [8]


def test_a_search_ends_when_longer_is_no_better():
    tried = []

    def trials():
        for length in (1, 2, 4, 8, 16, 32):
            tried.append(length)
            yield length, None
    losses = tuning.until_worse(trials(), lambda length, _state: {1: 5, 2: 3, 4: 2, 8: 2.5}[length])
    assert tried == [1, 2, 4, 8] and min(losses, key=losses.get) == 4


def strange(rows, seed=0):
    """A cycle of 7 hours that no base of the network knows."""
    at = np.arange(rows)
    return np.maximum(60 + 40 * np.sign(np.sin(2 * np.pi * at / 84)) + np.random.default_rng(seed).normal(0, 3, rows), 0)


def test_a_length_does_not_depend_on_those_after_it(group):
    net, source = training.new_net(TINY, 6), training.pool(group, 60, 8, 1)
    short, long = (dict(training.tune(net, source, lengths, 3))[2] for lengths in ([2], [2, 5]))
    assert all((short[key] == value).all() for key, value in long.items())


def test_weights_are_of_the_parts_that_are_there_and_long_fits_have_fewer_copies():
    nets = ["a", "b", "c"]
    short, long = (tuning.Chosen(length, (0.4, 0.24, 0.36), {}, 1.0) for length in (50, 1600))
    assert short.shares(nets, True) == pytest.approx([0.4 / 3] * 3 + [0.08] * 3 + [0.12] * 3)
    assert long.copied(nets) == ["a"] and long.shares(nets, True)[6:] == [0.36]
    assert tuning.Chosen(400, (0.4, 0.0, 0.6), {}, 1.0).copied(nets) == ["a", "b"]
    assert tuning.Chosen(0, (1.0, 0.0, 0.0), {}, 1.0).shares(nets, False) == pytest.approx([1 / 3] * 3)


def test_the_choice_is_never_worse_than_the_original_on_the_days_that_choose():
    one = corpus.corpus([strange(10 * DAY)], [0])
    chosen = tuning.choose(training.new_net(TINY, 6).eval(), None, one, 1, 100)
    assert chosen.length > 0 and chosen.losses[chosen.length] < chosen.losses[0] and sum(chosen.weights) == pytest.approx(1)


def test_the_rate_rises_and_falls_once():
    rates = [optimizer.one_cycle(step, 200)[0] for step in range(200)]
    top = int(np.argmax(rates))
    assert rates[0] == pytest.approx(0.04) and rates[top] == pytest.approx(1) and rates[-1] < 1e-4 and 25 < top < 35
    assert (np.diff(rates[:top + 1]) > 0).all() and (np.diff(rates[top:]) < 0).all()


def test_the_optimizer_finds_a_minimum():
    point = torch.nn.Parameter(torch.tensor([3.0, -2.0]))
    steps = optimizer.AdamW([point], 0.2, 600)
    for _round in range(600):
        steps.zero_grad()
        ((point - torch.tensor([1.0, 5.0])) ** 2).sum().backward()
        steps.step()
    assert torch.allclose(point, torch.tensor([1.0, 5.0]), atol=0.1)


@pytest.mark.parametrize("forecast, want", [([10.0, 10.0, 10.0], 0.0), ([5.0, 5.0, 5.0], 0.5 * 2 * (0.5 + 0.9 + 0.95) / 3),
                                            ([20.0, 20.0, 20.0], 2 * (0.5 + 0.1 + 0.05) / 3)])
def test_weighted_quantile_loss(forecast, want):
    actual = np.full((3, 4), 10.0)
    assert scores.wql(actual, np.broadcast_to(forecast, (3, 4, 3))) == pytest.approx(want)
