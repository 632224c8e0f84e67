# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The templates of the pages, and what they have in common: one style, one way to show charts and figures."""
from __future__ import annotations

from pathlib import Path

try:
    from jinja2 import Environment, FileSystemLoader, StrictUndefined
    from markupsafe import Markup
except ImportError:
    Environment = None

from .svg import draw
from .ticks import value_text, when_text


def fill(name: str, **facts) -> str:
    """The text of a template of this folder."""
    environment = Environment(loader=FileSystemLoader(Path(__file__).parent), autoescape=True, undefined=StrictUndefined, trim_blocks=True,
                              lstrip_blocks=True)
    environment.filters.update(instant=when_text, figure=_figure, percent=lambda share: "" if share is None else f"{share:.0%}",
                               plural=lambda count, noun: f"{count} {noun}" if count == 1 else f"{count} {noun}s")
    return environment.get_template(name).render(**facts)


def pictures(charts, name: str) -> list:
    """What the macro `charts` shows of Charts; `name` is unique on the page and makes the ids."""
    return [{"title": chart.title, "legend": list(dict.fromkeys((x.style, x.label) for x in [*chart.lines, *chart.bands])),
             "summary": chart.summary, "svg": trusted(draw(chart, f"{name}-{i}"))} for i, chart in enumerate(charts)]


def trusted(drawn: str) -> str:
    """Markup of svg.py, which escapes all that comes from outside."""
    return Markup(drawn)


def _figure(value) -> str:
    return "–" if value is None else value_text(float(value))
