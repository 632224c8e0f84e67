# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The whole page from sample data: well formed, complete in itself, and no text from outside becomes markup."""
from __future__ import annotations

import json
from html.parser import HTMLParser

import pytest

from ansible_collections.foresight.netslice.plugins.plugin_utils.report import attention
from ansible_collections.foresight.netslice.plugins.plugin_utils.report.accuracy import ENOUGH, Score, acting_lead
from ansible_collections.foresight.netslice.plugins.plugin_utils.report.page import render
from ansible_collections.foresight.netslice.plugins.plugin_utils.report.records import histories
from ansible_collections.foresight.netslice.tests.unit.plugins.plugin_utils.report import sample

VOID = {"meta", "br", "path", "img", "link"}


class Page(HTMLParser):
    """Collects elements, and complains where they do not nest."""

    def __init__(self, text):
        super().__init__(convert_charrefs=True)
        self.open, self.tags, self.ids, self.words, self.attributes = [], [], [], [], []
        self.feed(text)
        self.close()
        assert not self.open

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += [(tag, name, value) for name, value in attrs]
        self.ids += [value for name, value in attrs if name == "id"]
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.tags.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.words.append(data)


@pytest.fixture(scope="module")
def made():
    found = histories([sample.WEB], sample.series(), sample.decisions(), sample.forecasts(), sample.profiles())
    return render(found, {"id": "0123", "unknown_hosts": ["<kvm3>"]}, sample.AS_OF, sample.HOURS)


@pytest.fixture(scope="module")
def page(made):
    return Page(made[0])


def test_hostile_texts_stay_texts(page):
    assert "script" not in page.tags and "b" not in page.tags
    assert sample.HOSTILE in "".join(page.words)
    assert "needs 3 VMs <b>now</b>" in "".join(page.words)
    assert "Host <kvm3> did not answer" in "".join(page.words)


def test_nothing_is_fetched_and_nothing_runs(page):
    assert not {"script", "link", "img", "iframe", "object", "image", "use"} & set(page.tags)
    assert all(value.startswith("#") for _tag, name, value in page.attributes if name in ("src", "href"))
    assert not [name for _tag, name, _value in page.attributes if name.startswith("on")]


def test_every_chart_has_a_title_and_a_description(page):
    labels = [value.split() for tag, name, value in page.attributes if (tag, name) == ("svg", "aria-labelledby")]
    assert labels and all(one in page.ids for pair in labels for one in pair)
    assert len(page.ids) == len(set(page.ids))


def test_it_tells_what_needs_a_person_first(made, page):
    told = made[1]
    assert told[0] == {"slice": "", "text": "Host <kvm3> did not answer in this pass: nothing of its slices shrinks or moves until it is back "
                                            "or declared lost."}
    texts = [one["text"] for one in told if one["slice"] == sample.HOSTILE]
    assert [text.split(":")[0] for text in texts[:3]] == ["The plan is partial", "Telemetry is stale", "Demand asks for 12 VMs and the limit is 10"]
    assert texts[-1].startswith("The 0.95 quantile of requests held 0% of the measured values 5 minutes ahead")
    assert not [one for one in told if one["slice"] == "web"]
    words = "".join(page.words)
    assert words.index("no host has room") < words.index("VMs of web")


@pytest.mark.parametrize("damage", [
    {"vms": 3}, {"binding": "x"}, {"shaping": ["x"]}, {"placed": ["a"]}, {"placed": {"kvm1": ["x"]}}, {"demand": 3}, {"predicted": {"requests": "x"}},
    {"vips": "x"}])
def test_an_entry_that_no_pass_wrote_takes_no_more_than_itself(damage):
    rows = [{**row, "record": json.dumps({**json.loads(row["record"]), **damage})} for row in sample.decisions()]
    found = histories([sample.WEB], sample.series(), rows, sample.forecasts(), [])
    assert all(decision.entry == {} for one in found for decision in one.decisions)
    assert Page(render(found, {}, sample.AS_OF, sample.HOURS)[0]).tags


@pytest.mark.parametrize("lacking", ["slice", "resource", "lead"])
def test_points_without_the_tags_of_a_pass_are_left_out(lacking):
    rows = [*sample.forecasts(), {key: value for key, value in sample.forecasts()[0].items() if key != lacking}]
    assert (histories([], {}, [*sample.decisions(), {"time": 1, "mode": "enforce"}], rows, [])
            == histories([], {}, sample.decisions(), sample.forecasts(), []))


@pytest.mark.parametrize("telemetry, words", [("gappy", "decided on from the rest"), ("stale", "does not shrink"), ("ok", None)])
def test_telemetry_that_needs_a_person(telemetry, words):
    (history,) = histories([sample.WEB], {}, [{**row, "telemetry": telemetry} for row in sample.decisions() if row["slice"] == "web"], [], [])
    told = [text for text in attention.of_slice(history, [], sample.AS_OF) if text.startswith("Telemetry is")]
    assert len(told) == (words is not None) and all(words in text for text in told)


@pytest.mark.parametrize("healing", [["web-10-90-2-2 has not answered for 600 s or longer: restarted in place"], []])
def test_vms_that_are_not_well_need_a_person(healing):
    rows = [{**row, "record": json.dumps({**json.loads(row["record"]), "healing": healing})} for row in sample.decisions() if row["slice"] == "web"]
    (history,) = histories([sample.WEB], {}, rows, [], [])
    told = [text for text in attention.of_slice(history, [], sample.AS_OF) if text.startswith("web-10-90-2-2")]
    assert told == [f"{text}." for text in healing]


@pytest.mark.parametrize("drift, told", [("requests: it lost", 1), (None, 0)])
def test_drift_needs_a_person(drift, told):
    (history,) = histories([sample.WEB], {}, [{**row, "drift": drift} for row in sample.decisions() if row["slice"] == "web"], [], [])
    assert sum("drift" in text and "requests: it lost" in text for text in attention.of_slice(history, [], sample.AS_OF)) == told


@pytest.mark.parametrize("quantile, words", [("auto", "lower scaling.economy"), (0.9, "raise scaling.quantile")])
def test_a_narrow_band_names_the_key_that_helps(quantile, words):
    slice_ = {**sample.WEB, "scaling": {**sample.WEB.get("scaling", {}), "quantile": quantile}}
    (history,) = histories([slice_], {}, [row for row in sample.decisions() if row["slice"] == "web"],
                           [row for row in sample.forecasts() if row["slice"] == "web"], [])
    narrow = [Score("requests", acting_lead(history, "requests"), ENOUGH, 0.1, 0.5)]
    assert attention.of_slice(history, narrow, sample.AS_OF)[-1].endswith(f"or {words}.")


def test_the_same_data_make_the_same_page(made):
    found = histories([sample.WEB], sample.series(), sample.decisions(), sample.forecasts(), sample.profiles())
    assert render(found, {"id": "0123", "unknown_hosts": ["<kvm3>"]}, sample.AS_OF, sample.HOURS)[0] == made[0]


def test_few_slices_are_detailed_where_asked():
    found = histories([sample.WEB], sample.series(), sample.decisions(), sample.forecasts(), [])
    few = Page(render(found, {}, sample.AS_OF, sample.HOURS, detailed=1)[0])
    assert "".join(few.words).count("Decisions and their reasons") == 1


@pytest.mark.parametrize("slices", [[], [sample.WEB]])
def test_nothing_recorded_is_a_page_too(slices):
    text, told = render(histories(slices, {}, [], [], []), {}, sample.AS_OF, sample.HOURS)
    Page(text)
    assert [one["text"] for one in told] == ["No decision was recorded in this period."] * len(slices)


def test_the_last_replay_says_what_the_policy_costs():
    found = histories([sample.WEB], sample.series(), sample.decisions(), sample.forecasts(), sample.profiles())
    found[0].replay = {**sample.replay(found[0].name, 0.3), "time": sample.AS_OF - 86400}
    text, _attention = render(found, {}, sample.AS_OF, sample.HOURS)
    words = Page(text).words
    cost = [word.strip() for word in words[words.index("Cost and energy of the last replays, of all slices that have one."):] if word.strip()]
    assert cost[1:13] == ["Policy", "VM-hours", "of a static peak", "Wh", "policy", "100", "25%", "200", "static", "400", "100%", "800"]
    assert any("short in 0.30 % of them at 0.25 of the VM-hours of a static peak" in word for word in words)


def test_proposals_are_among_what_needs_a_person():
    found = histories([sample.WEB], sample.series(), sample.decisions(), sample.forecasts(), [])
    found[0].proposals = [{"key": "vm.serves.requests", "present": 50, "proposed": 38.7, "why": "it was <seen>"}]
    text, needed = render(found, {}, sample.AS_OF, sample.HOURS)
    told = [one["text"] for one in needed if one["slice"] == found[0].name]
    assert told[-1].startswith("vm.serves.requests should rather be 38.7 than 50, since it was <seen>: accept that")
    assert "since it was &lt;seen&gt;" in text
