# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where a fit is computed, and that what is drawn at random does not depend on it; the progress of a training."""
from __future__ import annotations

import subprocess
import sys
import threading
import time

import pytest

pytest.importorskip("numpy", reason="the forecaster needs numpy")
torch = pytest.importorskip("torch", reason="training needs torch")

from ansible_collections.foresight.netslice.plugins.plugin_utils.analytics import corpus, device, network, progress, training
from ansible_collections.foresight.netslice.plugins.plugin_utils.analytics.synthetic import synthetic_series
from ansible_collections.foresight.netslice.plugins.plugin_utils.errors import InvalidInput


@pytest.mark.parametrize("wanted, there, found", [("auto", False, "cpu"), ("auto", True, "cuda"), ("cpu", True, "cpu"), ("cuda", True, "cuda")])
def test_a_gpu_is_used_where_there_is_one_and_it_is_wanted(monkeypatch, wanted, there, found):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: there)
    assert device.chosen(wanted) == found


@pytest.mark.parametrize("wanted, word", [("cuda", "torch finds no GPU"), ("tpu", "none of auto, cpu, cuda")])
def test_a_device_that_is_not_there_is_refused(monkeypatch, wanted, word):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    with pytest.raises(InvalidInput, match=word):
        device.chosen(wanted)


def test_the_mask_of_a_gpu_is_the_mask_of_the_processor():
    ours, theirs = device._DrawnHere(0.3).train(), torch.nn.Dropout(0.3).train()
    values = torch.randn(64, 33)
    drawn = []
    for one in (ours, theirs):
        torch.manual_seed(5)
        drawn.append([one(values), one(values)])
    assert all((a == b).all() for a, b in zip(*drawn)) and (drawn[0][0] == 0).any()
    assert (ours.eval()(values) == values).all()


def test_a_training_as_on_a_gpu_is_that_of_the_processor(monkeypatch):
    group = corpus.corpus(list(synthetic_series(3, 3)), [1767571200] * 3)
    net, source = training.new_net(network.Config(hidden=4, width=8), 5), training.pool(group, 40, 8, 1)
    usual = dict(training.tune(net, source, [3], 5))[3]
    monkeypatch.setattr(training, "settled", lambda one, _device: (device._replace_dropout(one), one)[1])
    other = dict(training.tune(net, source, [3], 5))[3]
    assert all((usual[key] == value).all() for key, value in other.items()) and usual.keys() == net.state_dict().keys()


#: tensors of the device meta hold no numbers, but refuse to meet those of another device; torch computes their shapes in Python, which
#: tests that ran before in the same process can disturb
ELSEWHERE = """
import sys
sys.path[:0] = {path!r}
import numpy as np
from ansible_collections.foresight.netslice.plugins.plugin_utils.analytics import network, training
from ansible_collections.foresight.netslice.plugins.plugin_utils.analytics import corpus, device
from ansible_collections.foresight.netslice.plugins.plugin_utils.analytics.synthetic import synthetic_series
group = corpus.corpus(list(synthetic_series(3, 3)), [1767571200] * 3)
net = device.settled(training.new_net(network.Config(hidden=4, width=8), 5), "meta").train()
inputs, target, weight = training.pool(group, 8, 4, 1)(np.random.default_rng(1))
inputs = tuple(one.to("meta") for one in inputs)
scale = network.near_scale(inputs[network.INPUTS.index("noise")])
loss = training.pinball(net(*inputs), target.to("meta"), scale, weight.to("meta"))
loss.backward()
assert loss.device.type == "meta" and all(one.grad is not None for one in net.parameters())
"""


def test_everything_a_batch_needs_is_where_the_network_is():
    done = subprocess.run([sys.executable, "-c", ELSEWHERE.format(path=sys.path)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_progress_speaks_while_nothing_else_does():
    said = []
    with progress.Progress(said.append, every=0.02) as one:
        one.at("web/requests", "forecast the days that judge")
        deadline = time.monotonic() + 60
        while len(said) < 4 and time.monotonic() < deadline:
            time.sleep(0.01)
    assert len(said) >= 4 and "web/requests: forecast the days that judge" in said[-1]
    assert one._thread not in threading.enumerate()


def test_progress_of_a_fit_names_series_batch_and_loss():
    one = progress.Progress()
    with one:
        one.batches("web/cpu", "fit net 1 of 3", 400)(40, 0.25)
    assert one._what == "web/cpu: fit net 1 of 3, batch 40 of 400, loss 0.2500"
    assert progress.EVERY < 10
