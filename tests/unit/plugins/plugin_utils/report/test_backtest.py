# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The table and the page of a backtest, from a small document."""
from __future__ import annotations

from html.parser import HTMLParser
from types import SimpleNamespace

import pytest

np = pytest.importorskip("numpy", reason="rolling origins are arrays")
pytest.importorskip("jinja2", reason="the page is a template")

from ansible_collections.foresight.netslice.plugins.plugin_utils.errors import NetsliceError
from ansible_collections.foresight.netslice.plugins.plugin_utils.report import backtest_page, backtest_table, output

AT = 1767600000
MEMBERS = ("engine", "network", "seasonal-naive", "stl-ets")


def score(relative):
    side = {q: {"size": 0.125, "share": 0.4} for q in ("0.5", "0.95")}
    return {"mase": 0.5, "wql": 0.25 * relative, "wql_relative": relative, "coverage_90": 0.91, "coverage_95": None, "over": side, "under": side}


def series(name, relative):
    hours = {member: {"wql": [0.1, None], "coverage_95": [0.95, 1.0]} for member in MEMBERS}
    return {
        "slice": name, "resource": "requests", "unit": "1/s", "origins": ["2026-01-04T08:00:00Z", "2026-01-04T20:00:00Z"], "learnt": None, "measured": 1.0,
        "decides": {"model": "lstm-global", "reason": "8 d & <more>", "origins": {"lstm-global": 1, "seasonal-naive": 1}},
        "scores": [{"horizon_seconds": 7200, "rows": 48, "members": {member: score(relative if member == "engine" else 1.0) for member in MEMBERS}}],
        "by_hour": hours}


def document(*relative):
    shown = [series(f"s{i}", one) for i, one in enumerate(relative)]
    overall = {"series": len(shown), "better": 1, "wql_relative": 0.5, "mase_relative": None, "coverage_90": 0.9, "coverage_95": 0.95}
    return {"as_of": "2026-01-05T08:00:00Z", "history_seconds": 2419200, "series": shown, "left_out": {"new/cpu": "0.5 d of <history>"},
            "notes": ["The statistical model & others."], "summary": [{"horizon_seconds": 7200, "members": dict.fromkeys(MEMBERS, overall)}]}


def rolled():
    actual = np.full(24, 5.0)
    actual[3] = np.nan
    return SimpleNamespace(at=[AT - 86400, AT - 43200], actual=[actual, actual], members={"engine": [np.ones((24, 3)) * [4, 5, 6]] * 2})


def test_the_table_has_even_columns_and_the_worst_first():
    lines = backtest_table.lines(document(0.4, 0.8, 0.6), 2)
    table = [line for line in lines if line.startswith(("series ", "s0/", "s1/", "s2/")) and "decided now" not in line]
    assert [line.split()[0] for line in table] == ["series"] + ["s1/requests"] * 4 + ["s2/requests"] * 4
    assert table[1].split()[1:] == ["2", "h", "engine", "0.500", "0.200", "0.800", "91.0%", "-"] + ["12.5%", "(40%)"] * 4
    assert "1/2" in table[2] and "1/2" in table[3] and "/2" not in table[4].replace("s1/requests", "")
    assert len({len(line) for line in table}) == 1
    assert "left out new/cpu: 0.5 d of <history>" in lines and "note: The statistical model & others." in lines
    assert "The series that do worst against seasonal naive:" in lines


def test_without_single_series_there_is_the_summary_alone():
    lines = backtest_table.lines(document(0.4), 0)
    assert len([line for line in lines if line.startswith("2 h")]) == 4 and not [line for line in lines if "s0/" in line]


class Page(HTMLParser):
    """Counts elements, checks that they close in order."""

    def __init__(self):
        super().__init__()
        self.open, self.seen = [], []

    def handle_starttag(self, tag, attrs):
        self.seen.append(tag)
        if tag not in ("meta",):
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.seen.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


@pytest.mark.parametrize("detailed, shown", [(0, 0), (1, 1), (9, 2)])
def test_the_page_is_whole_escaped_and_needs_nothing_else(detailed, shown):
    text = backtest_page.render(document(0.4, 0.8), {(name, "requests"): rolled() for name in ("s0", "s1")}, detailed)
    page = Page()
    page.feed(text)
    assert page.open == [] and page.seen.count("figure") == 3 * shown and page.seen.count("table") == 1 + shown
    assert "0.5 d of &lt;history&gt;" in text and "<history>" not in text and "http" not in text
    assert ("8 d &amp; &lt;more&gt;" in text) == (shown > 0)
    assert ("that do worst" in text) == (shown < 2)


def test_the_chart_over_time_leaves_out_what_was_not_measured():
    text = backtest_page.render(document(0.4), {("s0", "requests"): rolled()}, 1)
    measured = text.split('class="demand" d="')[1].split('"')[0]
    assert measured.count("M") == 4
    assert text.count('class="band"') == 2 + 1


def test_a_place_that_takes_no_file_is_refused_beforehand(tmp_path):
    output.require_places([str(tmp_path / "page.html")])
    with pytest.raises(NetsliceError, match=f"Make the folder {tmp_path}/none"):
        output.require_places([str(tmp_path / "none" / "page.html")])
    with pytest.raises(NetsliceError, match="it is a folder"):
        output.require_places([str(tmp_path)])
    assert list(tmp_path.iterdir()) == []
