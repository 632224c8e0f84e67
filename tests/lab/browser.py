# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Pages in Debian's Chromium, without a network and without a window, driven by playwright.

python tests/lab/browser.py --out DIR [PAGE.html ...] writes screenshots of the pages, or of those of report_pages.py, for somebody to look at.
"""
from __future__ import annotations

import argparse
import shutil
import sys
from contextlib import contextmanager
from pathlib import Path

try:
    from playwright.sync_api import sync_playwright
except ImportError:
    sync_playwright = None

PROBE = Path(__file__).with_name("page_probe.js").read_text(encoding="utf-8")
SIZES = {"phone": (320, 640), "desktop": (1280, 900)}
SCHEMES = ("light", "dark")
#: how long a page or the browser is waited for, on however busy a machine
PATIENCE_SECONDS = 180
#: an image is no higher than this, which Chromium can still draw
HIGHEST = 12000
FOCUSABLE = "a[href], summary, [tabindex='0'], button, input, select, textarea"
#: the element with the focus: which of FOCUSABLE it is, and how its focus shows
FOCUSED = """selector => { const e = document.activeElement, s = getComputedStyle(e);
    return [[...document.querySelectorAll(selector)].indexOf(e), s.outlineStyle, parseFloat(s.outlineWidth)]; }"""


def lacking() -> str:
    """What is not at hand, in words; empty where pages can be opened."""
    if sync_playwright is None:
        return "the Python package playwright"
    return "" if shutil.which("chromium") else "Debian's chromium"


@contextmanager
def chromium():
    """A running Chromium. The sandbox needs user namespaces, which root in a container seldom has; the pages are our own."""
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox", "--disable-gpu"], timeout=PATIENCE_SECONDS * 1000)
        try:
            yield browser
        finally:
            browser.close()


@contextmanager
def opened(browser, path: Path, size: str = "desktop", scheme: str = "light", script: bool = True):
    """(a page that shows a file, what went wrong or was asked for while it did so: errors of scripts, words on the console, requests)."""
    width, height = SIZES[size]
    context = browser.new_context(viewport={"width": width, "height": height}, offline=True, color_scheme=scheme, java_script_enabled=script)
    context.set_default_timeout(PATIENCE_SECONDS * 1000)
    try:
        page, heard, url = context.new_page(), [], path.resolve().as_uri()
        page.on("pageerror", lambda error: heard.append(f"error: {error}"))
        page.on("console", lambda message: heard.append(f"console: {message.text}"))
        page.on("request", lambda request: heard.append(f"request: {request.url}") if request.url != url else None)
        page.goto(url)
        yield page, heard
    finally:
        context.close()


def open_all(page) -> None:
    """Open every part that can be folded."""
    page.evaluate("document.querySelectorAll('details').forEach(one => { one.open = true; })")


def tabbed(page) -> tuple:
    """(places in FOCUSABLE that the tabulator key reached, those of them whose focus does not show); until it leaves the page or begins anew."""
    reached, unseen = [], []
    for _press in range(page.locator(FOCUSABLE).count() + 1):
        page.keyboard.press("Tab")
        place, style, width = page.evaluate(FOCUSED, FOCUSABLE)
        if place < 0 or place in reached:
            break
        reached.append(place)
        if style == "none" or width < 2:
            unseen.append(place)
    return reached, unseen


def shoot(browser, path: Path, out: Path) -> list:
    """Screenshots of a page in every size and scheme; their files."""
    files = []
    for size in SIZES:
        for scheme in SCHEMES:
            with opened(browser, path, size, scheme) as (page, _heard):
                height = min(HIGHEST, page.evaluate("document.documentElement.scrollHeight"))
                files.append(out / f"{path.stem}-{size}-{scheme}.png")
                page.screenshot(path=files[-1], full_page=True, clip={"x": 0, "y": 0, "width": SIZES[size][0], "height": height})
    return files


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("pages", nargs="*", type=Path)
    args = parser.parse_args()
    if lacking():
        sys.exit(f"browser: {lacking()} is not at hand")
    args.out.mkdir(parents=True, exist_ok=True)
    if not args.pages:
        import report_pages
        for name, text in report_pages.pages().items():
            args.pages.append(args.out / f"{name}.html")
            args.pages[-1].write_text(text, encoding="utf-8")
    with chromium() as browser:
        for path in args.pages:
            for file in shoot(browser, path, args.out):
                print(file)
    return 0


if __name__ == "__main__":
    sys.exit(main())
