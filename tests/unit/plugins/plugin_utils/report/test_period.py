# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a period came to, by hand; the table beside the charts; the small picture of a row."""
from __future__ import annotations

import pytest

from ansible_collections.foresight.netslice.plugins.plugin_utils.report import alternative, figures, period, svg
from ansible_collections.foresight.netslice.plugins.plugin_utils.report.records import Decision, History, Measured

SLICE = {"vm": {"serves": {"requests": 50}}, "scaling": {"lead_time_seconds": 0, "interval_seconds": 300, "min": 1, "max": 10}}


def history(values, finals, first=0):
    """Rows of 5 minutes from 0 on, and decisions at the begin of rows from `first` on."""
    decisions = [Decision((first + i) * 300, {"final": float(final)}, {}) for i, final in enumerate(finals)]
    return History("web", decisions, demand={"requests": Measured("1/s", 0, 300, values)}, slice=SLICE)


def test_a_period_is_what_ran_beside_its_peak():
    found = period.of_history(history([50.0, 150.0, 150.0, 50.0] * 3, [1, 2, 3, 1] * 3))
    assert found.demand[:4] == [1.0, 3.0, 3.0, 1.0] and set(found.counts["static"]) == {3}
    ran, static = found.outcomes["ran"], found.outcomes["static"]
    assert (ran["vm_hours"], static["vm_hours"]) == (pytest.approx(21 / 12), pytest.approx(3.0))
    assert (ran["short_rows"], static["short_rows"]) == (3, 0)
    assert period.totals([found, found])["ran"] == {"vm_hours": pytest.approx(3.5), "watt_hours": pytest.approx(2 * ran["watt_hours"]), "short_rows": 6,
                                                    "rows": 24, "of_static": pytest.approx(7 / 12), "short_percent": 25.0}


@pytest.mark.parametrize("changes", [{"decisions": []}, {"demand": {}}, {"slice": {}}])
def test_without_demand_decisions_or_the_slice_there_is_none(changes):
    whole = history([50.0], [1])
    assert period.of_history(whole) is not None
    for name, value in changes.items():
        setattr(whole, name, value)
    assert period.of_history(whole) is None


def test_rows_without_demand_or_a_fresh_decision_are_not_judged():
    found = period.of_history(history([50.0, 50.0, None] + [50.0] * 9, [1], first=1))
    assert found.counts["ran"] == [None, 1, 1, 1] + [None] * 8
    assert {name: one["rows"] for name, one in found.outcomes.items()} == {"ran": 2, "static": 2, "reactive": 2}


def test_slices_together_hold_their_gaps():
    one, other = (period.of_history(history(values, [1, 1, 2])) for values in ([50.0, None, 100.0], [100.0, 50.0, 50.0]))
    both = period.together([one, other])
    assert both.demand == [3.0, 2.0, 3.0] and both.counts["ran"] == [2, 2, 4]
    assert period.together([]) is None and period.totals([]) == {}
    chart = figures.fleet(both)
    assert [line.label for line in chart.lines] == ["demand, VMs' worth", "as it ran", "static peak", "reactive"] and "At most 4 VMs ran" in chart.summary


def test_the_table_of_charts_has_the_last_value_of_each_piece():
    hour = 3600
    chart = svg.Chart("requests of web, 1/s", "", "1/s", 0, 3 * hour, -1, lines=[
        svg.Line("demand", "demand", [(hour // 2, 1.0), (hour, 2.0), (2 * hour, None)]), svg.Line("forecast median", "median", [(hour, 9.0)]),
        svg.Line("guarantee", "guarantee", [(0, 5.0), (3 * hour, 6.0)], step=True)], bands=[svg.Band("forecast", "band", [(hour, 3.0, 4.0)])])
    found = alternative.table([chart])
    assert found["columns"] == ["requests, demand", "requests, guarantee", "requests, forecast 0.5", "requests, forecast 0.95"]
    assert found["rows"] == [(hour, 2.0, 5.0, 3.0, 4.0), (2 * hour, None, 5.0, None, None), (3 * hour, None, 6.0, None, None)]
    assert alternative.table([]) == {}


@pytest.mark.parametrize("hours, each, rows", [(36, 1, 36), (48, 2, 24), (168, 5, 34)])
def test_a_table_of_charts_is_never_long(hours, each, rows):
    line = svg.Line("demand", "demand", [(at * 300, 1.0) for at in range(hours * 12 + 1)])
    found = alternative.table([svg.Chart("a of b", "", "", 0, hours * 3600, -1, lines=[line])])
    assert (found["hours"], len(found["rows"])) == (each, rows) and rows <= alternative.ROWS


def test_a_small_picture_breaks_in_gaps_and_says_what_it_is():
    drawn = svg.small([(10 * i, None if 20 <= i < 40 else float(i)) for i in range(60)], 0, 600, "a < b")
    assert 'aria-label="a &lt; b"' in drawn and drawn.count("M") == 2 and drawn.count("L") == 38
    assert svg.small([(0, None)], 0, 600, "nothing") == ""
