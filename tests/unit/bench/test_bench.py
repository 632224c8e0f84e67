# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The parts of the benchmarks that decide what they say: scores, variants of the network, and forms of its recurrence."""
from __future__ import annotations

import copy
import json
from xml.etree import ElementTree

import pytest

np = pytest.importorskip("numpy", reason="the benchmarks need numpy")
torch = pytest.importorskip("torch", reason="variants of the network need torch")

from ansible_collections.foresight.netslice.plugins.plugin_utils.analytics import corpus, features, network, runtime, training
from ansible_collections.foresight.netslice.plugins.plugin_utils.analytics.seasonal import DAY, HORIZON
from ansible_collections.foresight.netslice.plugins.plugin_utils.analytics.synthetic import synthetic_series

TINY = network.Config(hidden=4, width=8)


@pytest.fixture(scope="module")
def inputs():
    group = corpus.corpus(list(synthetic_series(3, 4)), [1767571200] * 3)
    return group.inputs(np.arange(3), np.full(3, 10 * DAY))


def trace():
    rows = np.arange(16 * DAY)
    return 10 + 5 * np.sin(2 * np.pi * rows / DAY) + np.random.default_rng(1).random(len(rows))


def test_origins_leave_a_horizon_after_the_last():
    import scoring
    at = scoring.origins(5000)
    assert len(at) == 24 and at[-1] == 5000 - HORIZON and set(np.diff(at)) == {63}


def test_the_reference_scores_one_and_a_forecast_of_the_truth_nothing():
    import scoring
    values = trace()
    row = scoring.table({"one": values}, {"one": scoring.naive(values)})
    assert all(row[key] == pytest.approx(1) for key in ("wql_12h", "wql_1h", "mase_12h", "mase_1h")) and row["traces"] == 1
    truth = np.repeat(scoring.futures(values)[..., None], 3, -1)
    found = scoring.score(values, truth)
    assert found["1h"] == {"wql": 0.0, "mase": 0.0, "coverage": 1.0}
    known = values[:scoring.origins(len(values))[0]]
    assert scoring.score(values, truth + 1)["12h"]["mase"] == pytest.approx(1 / np.abs(known[DAY:] - known[:-DAY]).mean())


def test_forecasts_are_read_in_the_order_of_origins_and_steps(tmp_path):
    import scoring
    path = tmp_path / "forecast.csv"
    lines = [f"one,{origin},{step},{origin + step},{origin + step + 1},{origin + step + 2}" for origin in (20, 10) for step in range(HORIZON, 0, -1)]
    path.write_text("\n".join(["trace,origin,step,q50,q90,q95", *lines]) + "\n")
    found = scoring.read_forecasts(str(path))["one"]
    assert found.shape == (2, HORIZON, 3) and found[0, 0].tolist() == [11, 12, 13] and found[1, -1, 0] == 20 + HORIZON


def test_every_variant_forecasts_and_learns_without_crossing(inputs):
    import variants
    given, names = network.tensors(inputs), set()
    for one in (variants.FULL, *variants.REMOVED, *variants.OTHER):
        net = one.net(TINY, 3)
        out = net(*given)
        out.sum().backward()
        assert out.shape == (3, HORIZON, 3) and (out.diff(dim=-1) >= 0).all(), one.name
        names.add(one.name)
    assert len(names) == 1 + len(variants.REMOVED) + len(variants.OTHER)


@pytest.mark.parametrize("name, change", [
    ("without bases as they are", lambda given: given.bases[:, :7].__iadd__(1)),
    ("without bases moved to the present level", lambda given: given.bases[:, 7:24].__iadd__(1)),
    ("without levels and trends", lambda given: given.bases[:, 24:28].__iadd__(1)),
    ("without skill statistics", lambda given: given.statistics[:, :25].__iadd__(1)),
    ("without recent rows", lambda given: given.recent.__iadd__(1)),
    ("without calendar", lambda given: (given.calendar.__iadd__(1), given.tokens[..., 24:].__iadd__(1))),
    ("without the near scale", lambda given: given.noise.__iadd__(0.05)),
])
def test_a_masked_network_does_not_see_what_it_is_without(inputs, name, change):
    import variants
    by_name = {one.name: one for one in (variants.FULL, *variants.REMOVED)}
    other = copy.deepcopy(inputs)
    change(other)
    for one, blind in ((by_name[name], True), (variants.FULL, False)):
        net = one.net(TINY, 3).eval()
        same = (net(*network.tensors(inputs)) == net(*network.tensors(other))).all()
        assert bool(same) is blind


def test_more_tokens_only_while_they_are_read():
    import variants
    group = corpus.corpus(list(synthetic_series(1, 4)), [1767571200])
    wide = next(one for one in variants.OTHER if one.tokens != features.TOKENS)
    with wide.reading():
        assert group.inputs(np.array([0]), np.array([10 * DAY])).tokens.shape == (1, wide.tokens, 30)
    assert group.inputs(np.array([0]), np.array([10 * DAY])).tokens.shape[1] == 48


def test_the_exponential_lstm_equals_its_definition():
    """The stabiliser changes no value: the same cell without it, in double precision."""
    import recurrence
    cell = recurrence.ExponentialLSTM(3).double()
    tokens = torch.randn(2, 5, 3, dtype=torch.float64, generator=torch.Generator().manual_seed(1))
    hidden = memory = total = torch.zeros(2, 3, dtype=torch.float64)
    for token in tokens.unbind(1):
        value, enter, keep, leave = (cell.given(token) + cell.recurrent(hidden)).chunk(4, -1)
        memory = torch.sigmoid(keep) * memory + enter.exp() * torch.tanh(value)
        total = torch.sigmoid(keep) * total + enter.exp()
        hidden = torch.sigmoid(leave) * memory / total
    assert torch.allclose(cell(tokens)[1][0][0], hidden, atol=1e-6)


def test_watching_a_training_changes_nothing_in_it():
    group = corpus.corpus(list(synthetic_series(6, 3)), [1767571200] * 6)
    nets, seen = [training.new_net(TINY, 5), training.new_net(TINY, 5)], []

    def watch(step, loss):
        seen.append((step, loss))
        runtime.forecast([nets[1].eval()], group.inputs(np.arange(3), np.full(3, 10 * DAY)))

    training.fit(nets[0], training.stream([group], [1], 8), 4, 5)
    training.fit(nets[1], training.stream([group], [1], 8), 4, 5, watch=watch)
    assert [step for step, _loss in seen] == [1, 2, 3, 4]
    assert all((one == other).all() for one, other in zip(nets[0].state_dict().values(), nets[1].state_dict().values()))


def test_the_course_of_a_training_is_kept_and_drawn(tmp_path):
    import curves
    group = corpus.corpus(list(synthetic_series(4, 3)), [1767571200] * 4)
    net, course = training.new_net(TINY, 5), curves.Course()
    training.fit(net, training.stream([group], [1], 4), 5, 5, watch=course.watch(net, group, 5))
    assert [point["step"] for point in course.validation] == [1, 2, 3, 4, 5] and course.loss[-1][0] == 5 and not net.training
    scores = {"validation": course.validation[-1], "validated_on": "<four>"}
    curves.write(str(tmp_path), [course, course], {"scores": scores, "weights": {"sha256": "sha256:0"}})
    kept = json.loads((tmp_path / "training.json").read_text())
    assert kept["nets"][1]["validation"] == course.validation
    drawn = ElementTree.fromstring((tmp_path / "training.html").read_text().replace('<meta charset="utf-8">', ""))
    assert len(drawn.findall(".//svg")) == 2 and "<four>" in "".join(drawn.itertext())


def test_a_chart_places_its_points_within_its_frame():
    import plot
    drawn = ElementTree.fromstring(f"<div>{plot.chart('Loss & more', 'step', {'one': [(0, 0), (60, 2)], 'none': []})}</div>")
    line = next(path for path in drawn.iter("path") if path.get("class") == "line")
    assert line.get("d") == f"M{plot.LEFT}.0 {plot.HEIGHT - plot.BOTTOM}.0L{plot.WIDTH - plot.RIGHT}.0 {plot.TOP}.0"
