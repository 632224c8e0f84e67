# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What holds of every forecast, however dirty the points are: ordered, bounded, never negative, never NaN unless nothing was measured."""
from __future__ import annotations

import pytest

np = pytest.importorskip("numpy", reason="numpy is not installed")
pytest.importorskip("safetensors", reason="weights are safetensors")
hypothesis = pytest.importorskip("hypothesis", reason="property tests need hypothesis")
st = hypothesis.strategies

from ansible_collections.foresight.netslice.tests.unit.plugins.plugin_utils.telemetry.dirty import AS_OF, ROWS, STEP, office

from ansible_collections.foresight.netslice.plugins.plugin_utils.analytics.engine import Settings, demand_profiles
from ansible_collections.foresight.netslice.plugins.plugin_utils.analytics.limits import MOST
from ansible_collections.foresight.netslice.plugins.plugin_utils.manager.slices import validate_slices
from ansible_collections.foresight.netslice.plugins.plugin_utils.telemetry.cleaning import NANO
from ansible_collections.foresight.netslice.plugins.plugin_utils.telemetry.reader import series_of, series_requests
from ansible_collections.foresight.netslice.plugins.plugin_utils.telemetry.series import Segment

VALUES = (0.0, -1.0, 1e300, -1e300, float("nan"), float("inf"), float("-inf"), 1e-300, 5e4, 1e14, 0.05)
START = AS_OF - ROWS * STEP


@st.composite
def dirty_points(draw):
    """(times, values): the clean demand, spoilt by some of everything."""
    length = draw(st.sampled_from([1, 20, 300, 700, ROWS, ROWS]))
    values = office(draw(st.integers(0, 3)))[-length:] * draw(st.sampled_from([0.0, 1e-9, 1.0, 1e6]))
    times = AS_OF - STEP * np.arange(length, 0, -1)
    for _time in range(draw(st.integers(0, 4))):
        begin = draw(st.integers(0, length - 1))
        part = slice(begin, begin + draw(st.sampled_from([1, 2, 30, 400])))
        how = draw(st.sampled_from(["value", "factor", "shift", "shuffle", "repeat"]))
        if how == "value":
            values[part] = draw(st.sampled_from(VALUES))
        elif how == "factor":
            values[part] *= draw(st.sampled_from([1000.0, 0.001, 1e6, 10.0, -1.0]))
        elif how == "shift":
            times[part] += draw(st.sampled_from([-10 ** 9, -7200, 7200, 10 ** 9]))
        elif how == "shuffle":
            times[part] = times[part][::-1]
        else:
            times[part] = times[begin]
    return times, values


@hypothesis.given(dirty_points(), st.sampled_from(["gauge", "counter"]), st.sampled_from(["UTC", "Europe/Berlin"]))
@hypothesis.settings(deadline=None, max_examples=60, derandomize=True)
def test_forecasts_of_dirty_points(points, kind, zone):
    times, values = points
    slices = validate_slices([{
        "name": "web", "vm": {"memory_mib": 512, "serves": {"requests": 50}}, "network": {"range": "10.90.2.0/24"},
        "telemetry": {"time_zone": zone, "resources": {"requests": {"field": "r", "kind": kind}}}}])
    (request,) = series_requests(slices)
    series = series_of([Segment("web", "r", "", times * NANO, values)], request, START, ROWS, STEP, AS_OF)
    (profile,) = demand_profiles(slices, {("web", "requests"): series}, AS_OF, Settings(), curves=True)
    entry = profile["resources"]["requests"]
    curve = np.array([entry["curve"][quantile] for quantile in ("0.5", "0.9", "0.95")])
    if profile["model"]["name"] == "none":
        assert not np.isfinite(series.values).any()
        return
    assert curve.shape == (3, 144) and np.isfinite(curve).all() and (np.diff(curve, axis=0) >= 0).all()
    credible = series.history[np.isfinite(series.history)]
    assert curve.max() <= MOST * max(credible.max(), 0.0) * 1.0001 and credible.max() <= 1e15 * 1000
    if not (values < 0).any():
        assert curve.min() >= 0
    if profile["verdict"] == "ok":
        assert series.last_time is not None and AS_OF - 900 <= series.last_time <= AS_OF and not series.suspect
