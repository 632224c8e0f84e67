# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Threads change how long a batch takes and nothing else, and none is left when it is done."""
from __future__ import annotations

import threading
import time
from pathlib import Path

import pytest

np = pytest.importorskip("numpy", reason="the forecaster needs numpy")

from ansible_collections.foresight.netslice.plugins.plugin_utils.analytics import features, forecasting, registry, threads
from ansible_collections.foresight.netslice.plugins.plugin_utils.analytics.seasonal import WINDOW

TASKS = Path("/proc/self/task")


@pytest.mark.parametrize("cores, most", [(1, 1), (2, 2), (64, threads.MOST)])
def test_every_part_is_worked_on_by_at_most_as_many_threads(monkeypatch, cores, most):
    monkeypatch.setattr(threads, "cores", lambda: cores)
    seen, done = set(), []

    def work(part, factor):
        seen.add(threading.get_ident())
        time.sleep(0.002)
        done.append(part * factor)
    threads.each(work, [(part, 2) for part in range(20)])
    assert sorted(done) == list(range(0, 40, 2)) and len(seen) <= most


@pytest.mark.parametrize("cores", [1, 3])
def test_what_goes_wrong_in_a_part_is_raised(monkeypatch, cores):
    monkeypatch.setattr(threads, "cores", lambda: cores)
    with pytest.raises(ZeroDivisionError):
        threads.each(lambda part: 1 // part, [(1,), (0,), (2,)])


@pytest.mark.parametrize("name", ["torch", "numpy"])
def test_a_batch_is_the_same_to_the_last_bit_on_any_number_of_threads(monkeypatch, name):
    if name == "torch":
        pytest.importorskip("torch", reason="the runtime under test")
    pytest.importorskip("safetensors", reason="weights are safetensors")
    monkeypatch.setattr(forecasting, "CHUNK", 16)
    models = registry.load_models(None, name)
    count = 70
    values = np.abs(np.random.default_rng(1).standard_normal((count, WINDOW)).cumsum(1))
    given = values, np.zeros(count, dtype=int), np.full(count, 1767571200)
    found, before = {}, None
    for cores in (1, 2, 4):
        monkeypatch.setattr(threads, "cores", lambda cores=cores: cores)
        found[cores] = forecasting.network(models, [("web", "requests")] * count)(*given)
        before = before or (len(list(TASKS.iterdir())) if TASKS.is_dir() else None)
    assert (found[1] == found[2]).all() and (found[1] == found[4]).all() and np.isfinite(found[1]).all()
    near = forecasting.network(models, [("web", "requests")] * count, features.TOKEN)(*given)
    assert near.shape == (count, features.TOKEN, 3) and np.allclose(near, found[1][:, :features.TOKEN], rtol=1e-5, atol=1e-5)
    assert threading.active_count() == 1 or all("ThreadPool" not in one.name for one in threading.enumerate())
    deadline = time.monotonic() + 60
    while before is not None and len(list(TASKS.iterdir())) > before and time.monotonic() < deadline:
        time.sleep(0.01)  # the system takes a moment to forget a thread that was joined
    assert before is None or len(list(TASKS.iterdir())) <= before


def test_numpy_multiplies_on_the_thread_that_asks():
    if not threads.one_blas_thread():
        pytest.skip("numpy brings no OpenBLAS that can be told")
    before = len(list(TASKS.iterdir())) if TASKS.is_dir() else None
    big = np.ones((1500, 1500), dtype=np.float32)
    spent, begun = time.process_time(), time.thread_time()
    for _round in range(3):
        big @ big
    spent, own = time.process_time() - spent, time.thread_time() - begun
    assert spent < 1.3 * own + 0.05
    assert before is None or len(list(TASKS.iterdir())) <= before
