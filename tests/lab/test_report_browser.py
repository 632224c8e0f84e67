# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The report's page in a real browser: nothing fetched, nothing run, readable on a telephone and in the dark, by keyboard, on paper and without scripts."""
from __future__ import annotations

import pytest

import browser as browsers
import report_pages

NAMES = ("pass", "week", "trouble", "fleet", "nothing")
#: at most so many bytes of a page of six hours of 1,000 slices, of which 100 have charts
LARGEST = 6_000_000


@pytest.fixture(scope="module")
def chromium():
    if browsers.lacking():
        pytest.skip(f"pages are opened by {browsers.lacking()}, which is not at hand")
    with browsers.chromium() as browser:
        yield browser


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """{name: file of the page}."""
    folder, made = tmp_path_factory.mktemp("report"), report_pages.pages()
    for name, text in made.items():
        (folder / f"{name}.html").write_text(text, encoding="utf-8")
    return {name: folder / f"{name}.html" for name in made}


@pytest.mark.parametrize("size", browsers.SIZES)
@pytest.mark.parametrize("scheme", browsers.SCHEMES)
@pytest.mark.parametrize("name", NAMES)
def test_a_page_is_quiet_and_readable(chromium, files, name, scheme, size):
    with browsers.opened(chromium, files[name], size, scheme) as (page, heard):
        browsers.open_all(page)
        found = page.evaluate(browsers.PROBE)
        assert heard == [] and found["title"] == "Slices at 2026-01-14 10:00 UTC"
        assert found["overflow"] <= 0 and found["outside"] == []
        assert found["small"] == [] and found["faint"] == [] and found["lines"] == []
        assert found["texts"] > (10 if name == "nothing" else 200)


@pytest.mark.parametrize("name", NAMES)
def test_a_page_has_structure(chromium, files, name):
    with browsers.opened(chromium, files[name]) as (page, _heard):
        found = page.evaluate(browsers.PROBE)
        assert (found["language"], found["first"], found["skipped"], found["landmarks"]) == ("en", 1, [], [])
        assert found["wordless"] == [] and found["tableless"] == [] and found["unnamed"] == 0
        assert (found["figures"] > 0) == (name != "nothing")


@pytest.mark.parametrize("name, scheme", [("pass", "light"), ("trouble", "dark")])
def test_axe_finds_nothing(chromium, files, name, scheme):
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="the rules are those of axe-core")
    with browsers.opened(chromium, files[name], "phone", scheme) as (page, _heard):
        browsers.open_all(page)
        found = axe.Axe().run(page).response
        assert [(one["id"], one["nodes"][0]["html"][:200]) for one in found["violations"]] == []
        assert len(found["passes"]) > 15


@pytest.mark.parametrize("name", ["pass", "trouble"])
def test_the_keyboard_reaches_everything_and_shows_where_it_is(chromium, files, name):
    with browsers.opened(chromium, files[name], "phone") as (page, _heard):
        browsers.open_all(page)
        reached, unseen = browsers.tabbed(page)
        assert reached == list(range(page.locator(browsers.FOCUSABLE).count())) and len(reached) > 20
        assert unseen == []


def test_what_it_fears_is_found(chromium, tmp_path):
    """The checks see a page that is bad in each way."""
    bad = tmp_path / "bad.html"
    bad.write_text("<title>t</title><h1>a</h1><h3 style='color:#999'>b</h3><p style='font-size:9px;width:3000px'>c</p><a href='#x' style='outline:none'>d</a>"
                   "<figure><svg role='img' viewBox='0 0 9 9'><path style='stroke:#ddd' d='M0 0h9'/></svg></figure><table><tr><td>e</table>"
                   "<img src='http://192.0.2.1/x.png'><script>nothing()</script>", encoding="utf-8")
    with browsers.opened(chromium, bad, "phone") as (page, heard):
        found = page.evaluate(browsers.PROBE)
        assert {one.split(":")[0] for one in heard} == {"error", "console", "request"}
        assert found["overflow"] > 0 and found["small"] and found["faint"] and found["skipped"] and found["wordless"] and found["unnamed"] and found["lines"]
        assert found["landmarks"] == ["header", "main", "footer"] and found["language"] == ""
        assert browsers.tabbed(page) == ([0], [0])


def test_on_paper_nothing_is_folded_away(chromium, files):
    with browsers.opened(chromium, files["pass"]) as (page, _heard):
        folded = page.locator("details:not([open]) table")
        assert folded.count() > 3 and not any(one.is_visible() for one in folded.all())
        page.emulate_media(media="print", color_scheme="light")
        assert all(one.bounding_box()["height"] > 20 for one in folded.all())
        assert len(page.pdf(format="A4")) > 20_000


def test_without_scripts_it_is_the_same_page(chromium, files):
    with browsers.opened(chromium, files["pass"], script=False) as (page, heard):
        folded = page.locator("details:not([open])")
        before = folded.count()
        folded.first.locator("summary").click()
        assert folded.count() == before - 1 and heard == []
        page.locator("a[href='#s1']").first.click()
        assert page.url.endswith("#s1")


def test_links_lead_to_slices_and_back(chromium, files):
    with browsers.opened(chromium, files["trouble"]) as (page, _heard):
        dead = page.evaluate("[...document.querySelectorAll('a[href]')].filter(a => !document.querySelector(a.getAttribute('href'))).length")
        assert dead == 0
        assert page.locator(".alarm a").first.get_attribute("href").startswith("#s")


@pytest.mark.parametrize("name, words", [
    ("pass", ["Nothing needs a person.", "The fleet at a glance", "Cost and energy", "static peak", "reactive", "Decisions and their reasons", "held",
              "VMs and guarantees by host", "egress guarantee", "forecast, quantiles 0.5 to 0.95", "What its policy costs"]),
    ("week", ["since 2026-01-07 10:00", "This period, as it ran", "VM-hours"]),
    ("trouble", ["Host kvm3 did not answer", "Host kvm4 is lost by evidence", "Telemetry is stale", "The plan is partial", "No decision was recorded",
                 "its mode is forecast_only", "Its forecasts drift", "The 0.95 quantile of"]),
    ("fleet", ["Telemetry is stale", "shop-059"])])
def test_it_says_what_an_operator_asks(chromium, files, name, words):
    with browsers.opened(chromium, files[name]) as (page, _heard):
        text = page.locator("body").inner_text()
        assert [one for one in words if one not in text] == []


def test_a_thousand_slices_are_a_page_that_opens(chromium, tmp_path):
    large = tmp_path / "large.html"
    large.write_text(report_pages.a_fleet(1000, 100), encoding="utf-8")
    assert large.stat().st_size < LARGEST
    with browsers.opened(chromium, large, "phone") as (page, heard):
        assert page.locator("table.fleet tbody tr").count() == 1000 and page.locator("main > section h2").count() == 103
        assert heard == [] and page.evaluate("document.documentElement.scrollWidth <= innerWidth")
