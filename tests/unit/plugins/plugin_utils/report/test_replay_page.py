# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The table and the page of a replay, from a small document."""
from __future__ import annotations

from html.parser import HTMLParser

import pytest

pytest.importorskip("jinja2", reason="the page is a template")

from ansible_collections.foresight.netslice.plugins.plugin_utils.report import replay_page, replay_table
from ansible_collections.foresight.netslice.tests.unit.plugins.plugin_utils.report.sample import figures, replay as one


def tried(quantile, economy, short):
    return {"scaling": {"quantile": quantile, "economy": economy, "scale_in_window_seconds": 900}, "class": "cost" if economy == 0.2 else None,
            "outcome": figures(short, 80.0), "short_percent_by_half": [short, None]}


def document(*slices):
    return {"as_of": "2026-01-05T08:00:00Z", "replay_seconds": 86400, "power": {"idle_watts": 0.74, "busy_watts": 3.5}, "slices": list(slices),
            "left_out": {"new": "0.5 d of <history>"}}


SUGGESTION = {"objective": {"short_percent": 0.5}, "keeps": True, "class": "cost", "scaling": tried("auto", 0.2, 0.4)["scaling"],
              "candidates": [tried("auto", 0.05, 0.3), tried("auto", 0.2, 0.4), tried(0.95, 0.05, 0.9)]}


def test_the_table_has_even_columns_and_the_shortest_of_vms_first():
    lines = replay_table.lines(document(one("web", 0.3), one("api", 0.9)), 20)
    table = [line for line in lines if line.startswith(("slice ", "web ", "api ")) and "passes from" not in line]
    assert [line.split()[0] for line in table] == ["slice"] + ["api"] * 6 + ["web"] * 6
    assert len({len(line) for line in table}) == 1
    assert table[1].split() == ["api", "policy", "0.90", "%", "0.10", "%", "12.50", "%", "-", "100", "2.00", "200", "4.00"]
    assert table[6].split()[1:4] == ["policy,", "same", "rows"]
    assert "note: One & all." in lines and "left out new: 0.5 d of <history>" in lines


def test_no_slices_are_shown_where_none_are_asked_for():
    assert replay_table.lines(document(one("web", 0.3)), 0) == [
        "Replay of the policy over 1 slices as of 2026-01-05T08:00:00Z", "left out new: 0.5 d of <history>"]


def test_silence_is_told_where_there_was_any():
    assert "In 24 passes without their newest row: 0 scale-ins, 1 scale-outs." in replay_table.sentence(one("web", 0.3, silent=24))
    assert "newest row" not in replay_table.sentence(one("web", 0.3))


@pytest.mark.parametrize("keys, words", [
    ({}, "for at most 0.5 % of the rows short, the cheapest that was tried is scaling: {class: cost, scale_in_window_seconds: 900}"),
    ({"class": None}, "{quantile: auto, economy: 0.2, scale_in_window_seconds: 900}"),
    ({"class": None, "scaling": tried(0.95, 0.05, 1.0)["scaling"]}, "{quantile: 0.95, scale_in_window_seconds: 900}"),
    ({"keeps": False}, "nothing that was tried is short in at most 0.5 % of the rows; the least short is scaling: {class: cost,")])
def test_a_suggestion_is_what_to_write(keys, words):
    assert words in replay_table.advice(one("web", 0.3, {**SUGGESTION, **keys}))


def test_candidates_stand_in_the_table_with_the_present_and_the_suggested_marked():
    cells = replay_table.candidates(one("web", 0.3, SUGGESTION))
    assert [row[-1] for row in cells] == ["present", "<-", ""]
    assert cells[2][:2] == ["0.95", "-"] and cells[1][5:7] == ["0.40 %", "-"]


class Page(HTMLParser):
    def __init__(self):
        super().__init__()
        self.tags = []

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)


def test_the_page_shows_charts_tables_and_suggestions():
    rows = {"demand": [1.5, None] * 144, "policy": [2] * 288, "static": [8] * 288, "reactive": [2] * 288, "oracle": [2] * 288, "ran": [None] * 144 + [3] * 144}
    text = replay_page.render(document(one("web", 0.3, SUGGESTION), one("api", 0.9)), {"web": rows, "api": rows}, 20)
    page = Page()
    page.feed(text)
    assert page.tags.count("table") == 3 and page.tags.count("figure") == 2
    assert "0.5 d of &lt;history&gt;" in text and "One &amp; all." in text and "the cheapest that was tried" in text
    assert "http" not in text.replace("http-equiv", "")


def test_a_chart_shows_the_largest_of_each_hour_of_the_last_week():
    rows = [float(row % 12) for row in range(8 * 288)]
    chart = replay_page.chart(one("web", 0.3), {"demand": rows, "policy": [3] * len(rows), "static": [8] * len(rows), "reactive": [2] * len(rows)})
    points = chart.lines[0].points
    assert len(points) == 7 * 24 and {value for _at, value in points} == {11.0}
    assert [line.label for line in chart.lines] == ["demand, VMs' worth", "policy", "static", "reactive"]
