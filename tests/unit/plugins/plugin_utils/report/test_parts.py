# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Ticks, histories, scores and the file of the report."""
from __future__ import annotations

import os

import pytest

from ansible_collections.foresight.netslice.plugins.plugin_utils.errors import NetsliceError
from ansible_collections.foresight.netslice.plugins.plugin_utils.report import accuracy, figures, output, svg, ticks
from ansible_collections.foresight.netslice.plugins.plugin_utils.report.records import Measured, histories
from ansible_collections.foresight.netslice.tests.unit.plugins.plugin_utils.report import sample


@pytest.mark.parametrize("largest, whole, expected", [
    (1, False, [0, 0.25, 0.5, 0.75, 1]),
    (93, False, [0, 25, 50, 75, 100]),
    (3, True, [0, 1, 2, 3]),
    (0.004, False, [0, 0.001, 0.002, 0.003, 0.004]),
    (10, True, [0, 3, 6, 9, 12]),
])
def test_value_ticks(largest, whole, expected):
    assert ticks.value_ticks(largest, whole) == pytest.approx(expected)


@pytest.mark.parametrize("value, text", [(0, "0"), (0.25, "0.25"), (12.34, "12.3"), (149.6, "150"), (9999, "9999"), (12345, "12.35k"), (2.5e6, "2.5M")])
def test_value_text(value, text):
    assert ticks.value_text(value) == text


def test_time_ticks_are_round_and_few():
    found = ticks.time_ticks(sample.AS_OF - 36 * 3600 + 7, sample.AS_OF + 12 * 3600)
    assert [ticks.time_text(t) for t in found] == ["Mon 5 Jan", "12:00", "Tue 6 Jan", "12:00"]


def test_gaps_break_a_line_and_steps_hold():
    chart = svg.Chart("t", "s", "u", 0, 100, 50, lines=[
        svg.Line("a", "a", [(0, 1.0), (10, 2.0), (20, None), (30, 1.0)]), svg.Line("b", "b", [(0, 1.0), (10, 1.0), (20, 2.0), (100, 2.0)], step=True)])
    drawn = svg.draw(chart, "x")
    broken, steps = (drawn.split(f'class="{name}" d="')[1].split('"')[0] for name in "ab")
    assert broken.count("M") == 2
    assert (steps.count("H"), steps.count("V")) == (2, 1)


@pytest.mark.parametrize("values", [[], [0.0], [-5.0, -3.0]])
def test_what_has_nothing_above_zero_is_drawn_too(values):
    line = svg.Line("a", "a", list(enumerate(values)))
    assert 'class="now"' in svg.draw(svg.Chart("t", "s", "u", 0, 100, 50, lines=[line]), "x")


@pytest.mark.parametrize("instant, value", [(300, 1.0), (600, None), (900, 3.0), (1200, None), (0, None)])
def test_measured_at_the_end_of_an_interval(instant, value):
    assert Measured("1/s", 0, 300, [1.0, None, 3.0]).at(instant) == value


def test_scores_pair_each_forecast_with_what_was_measured():
    found = {h.name: h for h in histories([sample.WEB], sample.series(), sample.decisions(), sample.forecasts(), [])}
    web = {score.lead: score for score in accuracy.scores(found["web"])}
    assert (web[300].error, web[300].below) == (pytest.approx(0), 1.0)
    assert web[300].pairs == sample.HOURS * 12 - 1  # one gap in the series, and one forecast without its measurement yet
    narrow = accuracy.scores(found[sample.HOSTILE])[0]
    assert (narrow.error, narrow.below) == (pytest.approx(0.2), 0.0)


def test_guarantees_are_summed_over_hosts():
    history = histories([sample.WEB], {}, sample.decisions(), [], [])[0]
    assert history.last.guarantees() == {"egress": (12.0, 100.0)}


def test_a_damaged_record_is_a_decision_without_its_reason():
    row = dict(sample.decisions()[0], record="{not json", binding_rule="forecast")
    assert histories([], {}, [row], [], [])[0].last.why == "forecast"


def test_the_file_is_replaced_only_where_it_differs(tmp_path):
    path = str(tmp_path / "report.html")
    assert output.differs(path, "a")
    output.replace(path, "a")
    assert not output.differs(path, "a")
    assert os.stat(path).st_mode & 0o777 == 0o644
    os.chmod(path, 0o600)
    assert output.differs(path, "a")
    assert os.listdir(tmp_path) == ["report.html"]


def test_a_missing_folder_is_named(tmp_path):
    with pytest.raises(NetsliceError, match=r"Cannot write the report .*/no/report.html: No such file or directory. Make the folder .*/no"):
        output.replace(str(tmp_path / "no" / "report.html"), "a")


def test_curves_of_an_older_pass_are_shown_from_now_on():
    found = histories([sample.WEB], sample.series(), sample.decisions(), [], sample.profiles())[0]
    now = sample.AS_OF + 3600
    shown = {chart.unit: chart for chart in figures.charts(found, sample.AS_OF, sample.AS_OF + 12 * 3600, now)}
    bands = [band for chart in shown.values() for band in chart.bands]
    assert bands and all(t > now for band in bands for t, _low, _high in band.points)
