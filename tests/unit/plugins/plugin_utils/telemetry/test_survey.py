# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What arrives and what is missing, in words."""
from __future__ import annotations

import json

import pytest

np = pytest.importorskip("numpy", reason="numpy is not installed")

from ansible_collections.foresight.netslice.plugins.plugin_utils.telemetry import survey
from ansible_collections.foresight.netslice.plugins.plugin_utils.telemetry.series import Series

AS_OF = 1767600000
NAN = np.nan


def series(name, resource, values, age=300):
    values = np.array(values, float)
    last = None if np.isnan(values).all() else AS_OF - age
    return Series(name, resource, "1/s", 300, AS_OF - 300 * len(values), values, last)


def slice_(name="web", **telemetry):
    resources = {"requests": {"field": "requests_per_second", "unit": "1/s"}, "cpu": {"field": "cpu_cores", "unit": "cores"}}
    return {"name": name, "vm": {"serves": {"requests": 50}},
            "telemetry": {"bucket": None, "measurement": "slice_demand", "query": None, "max_age_seconds": 900, "resources": resources, **telemetry}}


@pytest.mark.parametrize("values, age, verdict, missing", [
    (np.ones(600), 300, "ok", []),
    (np.ones(600), 1000, "stale", ["requests: the newest point is 1000 s old, allowed are 900 s; the slice holds what it has"]),
    (np.ones(144), 300, "cold", ["requests: 12.0 h of history; from a day on the shape of the day is known, until then the forecast is reactive"]),
    (np.r_[np.ones(312), np.tile([1, NAN], 144)], 300, "gappy", ["requests: 50% of the rows of the last day; 80% are wanted"]),
    (np.full(600, NAN), 300, "missing",
     ["requests: no point of field requests_per_second in measurement slice_demand within 2.1 d; the slice holds what it has"]),
])
def test_survey(values, age, verdict, missing):
    """The verdict of a slice is that of the resources that count VMs; the others are told of all the same."""
    found_series = {("web", "requests"): series("web", "requests", values, age), ("web", "cpu"): series("web", "cpu", np.full(600, NAN))}
    found, = survey.survey([slice_()], found_series, AS_OF)
    assert (found["slice"], found["verdict"], found["counts_vms"]) == ("web", verdict, ["requests"])
    assert found["missing"][:-1] == missing
    assert found["missing"][-1].startswith("cpu: no point")
    json.dumps(found, allow_nan=False)


@pytest.mark.parametrize("values, expected", [
    ([NAN, NAN], (0, 0)), ([1, 2], (0, 0)), ([NAN, 1, 2], (0, 0)), ([1, NAN, NAN, 2, NAN, 3], (2, 600)), ([1, NAN, NAN], (1, 600))])
def test_gaps(values, expected):
    found = survey._gaps(series("web", "cpu", values))
    assert (found["count"], found["longest_seconds"]) == expected


def test_a_long_answer_is_shortened(monkeypatch):
    entries = [{"slice": name, "verdict": verdict, "resources": {"cpu": {"field": "x" * 100}}} for name, verdict in
               [("a", "ok"), ("b", "stale"), ("c", "ok")]]
    assert not survey.fit(entries)
    monkeypatch.setattr(survey, "RESULT_CHARACTERS", 350)
    assert survey.fit(entries)
    assert [bool(entry["resources"]) for entry in entries] == [False, True, False]
    monkeypatch.setattr(survey, "RESULT_CHARACTERS", 10)
    assert survey.fit(entries) and not any(entry["resources"] for entry in entries)
