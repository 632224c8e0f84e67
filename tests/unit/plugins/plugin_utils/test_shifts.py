# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Findings that call for somebody before the next pass, and the events of them."""
from __future__ import annotations

import pytest

from ansible_collections.foresight.netslice.plugins.plugin_utils import shifts
from ansible_collections.foresight.netslice.plugins.plugin_utils.telemetry.series import Series

np = pytest.importorskip("numpy")
END = 1767600000  # 2026-01-05T08:00:00Z


def series(values, age=60):
    return Series("web", "requests", "1/s", 300, END - 300 * len(values), np.array(values, dtype=float), None if age is None else END + 60 - age)


@pytest.mark.parametrize("values, band, rows, tolerance, kind", [
    ([100, 151], {END: (100, 150)}, 1, 0.0, shifts.ABOVE),
    ([100, 150], {END: (100, 150)}, 1, 0.0, None),
    ([100, 49], {END: (100, 150)}, 1, 0.0, shifts.BELOW),
    ([100, 50], {END: (100, 150)}, 1, 0.0, None),
    ([100, 0], {END: (10, 150)}, 1, 0.0, None),  # below nothing there is nothing
    ([100, 160], {END: (100, 150)}, 1, 0.1, None),
    ([100, 166], {END: (100, 150)}, 1, 0.1, shifts.ABOVE),
    ([100, 46], {END: (100, 150)}, 1, 0.1, None),
    ([151, 151], {END: (100, 150), END - 300: (100, 150)}, 2, 0.0, shifts.ABOVE),
    ([149, 151], {END: (100, 150), END - 300: (100, 150)}, 2, 0.0, None),
    ([49, 151], {END: (100, 150), END - 300: (100, 150)}, 2, 0.0, None),
    ([151, 151], {END: (100, 150)}, 2, 0.0, None),  # nobody forecast the row before
    ([151, float("nan")], {END: (100, 150)}, 1, 0.0, None),
    ([151], {END: (100, 150), END - 300: (100, 150)}, 2, 0.0, None),
    ([151], {}, 1, 0.0, None),
])
def test_demand_leaves_its_band(values, band, rows, tolerance, kind):
    found = shifts.left_band(series(values), band, rows, tolerance)
    assert (found and found.kind) == kind


def test_it_says_what_was_forecast():
    found = shifts.left_band(series([100, 151]), {END: (100, 150)}, 1, 0.0)
    assert shifts.event(found, "raised", END) == {
        "kind": "above_band", "state": "raised", "as_of": "2026-01-05T08:00:00Z", "slice": "web", "resource": "requests",
        "why": "requests is 151 1/s, and 50..150 was forecast for the 300 s to 2026-01-05T08:00:00Z", "value": 151.0, "low": 50.0, "high": 150.0}


@pytest.mark.parametrize("age, verdict", [(60, None), (900, None), (901, "stale"), (None, "missing")])
def test_silence(age, verdict):
    found = shifts.silent(series([100] * 4, age), 900, END + 60)
    assert (found and dict(found.figures)["verdict"]) == verdict


@pytest.mark.parametrize("decided, age", [(END, None), (END - 900, None), (END - 901, 901)])
def test_a_pass_is_stale(decided, age):
    found = shifts.stale_pass("web", decided, 900, END)
    assert (found and dict(found.figures)["age_seconds"]) == age


def test_no_pass_at_all_is_stale():
    assert shifts.stale_pass("web", None, 900, END).why == "no pass decided about it in the last 900 s"


def test_an_event_is_raised_and_cleared_once():
    one, other = shifts.stale_pass("web", END - 901, 900, END), shifts.unanswered("web", "10.90.2.2", 80)
    later = shifts.stale_pass("web", END - 901, 900, END + 60)
    held, first = shifts.turns({}, [one], END)
    held, second = shifts.turns(held, [later, other], END + 60)
    held, third = shifts.turns(held, [other], END + 120)
    _none, fourth = shifts.turns(held, [other], END + 180)
    assert [[(event["kind"], event["state"]) for event in events] for events in (first, second, third, fourth)] == [
        [("stale_pass", "raised")], [("vip_silent", "raised")], [("stale_pass", "cleared")], []]
    assert third[0]["age_seconds"] == 961 and second[0]["vip"] == "10.90.2.2"
