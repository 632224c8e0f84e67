# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One signal measured every 1, 5 and 15 minutes: like forecasts, on the rows asked for, as far ahead as two days."""
from __future__ import annotations

import pytest

np = pytest.importorskip("numpy", reason="numpy is not installed")
pytest.importorskip("safetensors", reason="weights are safetensors")

from ansible_collections.foresight.netslice.plugins.plugin_utils.analytics.engine import Settings, demand_profiles
from ansible_collections.foresight.netslice.plugins.plugin_utils.manager.slices import validate_slices
from ansible_collections.foresight.netslice.plugins.plugin_utils.telemetry.reader import series_of, series_requests
from ansible_collections.foresight.netslice.plugins.plugin_utils.telemetry.series import Segment

AS_OF = 1767600000  # 2026-01-05T08:00:00Z
DAYS, SAMPLE, NANO = 8, 60, 1_000_000_000
QUANTILES = ("0.5", "0.9", "0.95")


def signal():
    """Points of every minute: a working day, a slow wave, a little noise."""
    times = np.arange(AS_OF - DAYS * 86400, AS_OF, SAMPLE)
    hour = times / 3600 % 24
    shape = 40 + 200 / (1 + np.exp(-(hour - 8.5) * 4)) / (1 + np.exp((hour - 17) * 4)) + 10 * np.sin(times / 7000)
    return times, shape + np.random.default_rng(1).normal(0, 3, len(times))


def forecast(step, horizon, counter=False):
    slices = validate_slices([{
        "name": "web", "vm": {"memory_mib": 512, "serves": {"requests": 50}}, "network": {"range": "10.90.2.0/24"},
        "telemetry": {"resources": {"requests": {"field": "r", "kind": "counter" if counter else "gauge"}}}}])
    times, values = signal()
    if counter:
        times, values = np.append(times, AS_OF), np.concatenate(([0.0], np.cumsum(values * SAMPLE)))
    (request,) = series_requests(slices)
    rows = DAYS * 86400 // step
    series = series_of([Segment("web", "r", "", times * NANO, values)], request, AS_OF - rows * step, rows, step, AS_OF)
    (found,) = demand_profiles(slices, {("web", "requests"): series}, AS_OF, Settings(step_seconds=step, horizon_seconds=horizon), curves=True)
    entry = found["resources"]["requests"]
    return found, np.array([entry["curve"][quantile] for quantile in QUANTILES])


def coarse(curves, step, to):
    """Means of curves [3, rows of `step`] over rows of `to` seconds."""
    return curves.reshape(3, -1, to // step).mean(2)


@pytest.mark.parametrize("horizon", [3600, 43200, 172800])
@pytest.mark.parametrize("step", [60, 900])
def test_other_steps_forecast_what_five_minutes_do(step, horizon):
    found, curves = forecast(step, horizon)
    usual, wanted = forecast(300, horizon)
    assert curves.shape == (3, horizon // step) and np.isfinite(curves).all()
    assert (found["verdict"], found["model"]["name"]) == ("ok", usual["model"]["name"])
    ours, theirs = coarse(curves, step, 900), coarse(wanted, 300, 900)
    size = theirs[0].mean()
    assert np.abs(ours[0] - theirs[0]).mean() < 0.05 * size
    assert np.abs(ours - theirs).mean() < 0.08 * size


@pytest.mark.parametrize("step", [60, 300, 900])
def test_a_counter_of_the_same_signal_is_forecast_alike(step):
    _found, counted = forecast(step, 43200, counter=True)
    _found, measured = forecast(step, 43200)
    np.testing.assert_allclose(counted, measured, rtol=1e-3)
