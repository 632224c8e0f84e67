# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Lines over a number that counts up (the report's charts are over time), as SVG on one page that needs nothing from elsewhere."""
from __future__ import annotations

from html import escape

from ansible_collections.foresight.netslice.plugins.plugin_utils.report.ticks import value_text, value_ticks

WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM = 560, 260, 52, 110, 14, 34
#: told apart without colour too
DASHES = ("", "7 3", "2 3", "9 3 2 3")
STYLE = """body{font:15px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;color:#1b1f24;background:#fff}
svg{width:100%;max-width:44rem}svg text{font-size:11px;fill:#57606a}.grid{stroke:#d0d7de}.line{fill:none;stroke:#0550ae;stroke-width:1.6}
table{border-collapse:collapse}td,th{padding:.2rem .8rem;text-align:right;border-bottom:1px solid #d0d7de}"""


def chart(title: str, across: str, lines: dict) -> str:
    """{label: [(x, y), ...]} with x from 0 on and y from 0 on -> an `<svg>` element."""
    points = [point for line in lines.values() for point in line]
    columns, rows = (value_ticks(max([0, *(point[i] for point in points)]) or 1) for i in (0, 1))
    right, bottom = WIDTH - RIGHT, HEIGHT - BOTTOM

    def place(x, y):
        return f"{LEFT + x / columns[-1] * (right - LEFT):.1f} {bottom - y / rows[-1] * (bottom - TOP):.1f}"

    inside = [f'<title>{escape(title)}</title><text x="{(LEFT + right) / 2:.0f}" y="{HEIGHT - 4}" text-anchor="middle">{escape(across)}</text>']
    for tick in rows:
        at = place(0, tick).split()[1]
        inside.append(f'<path class="grid" d="M{LEFT} {at}H{right}"/><text x="{LEFT - 6}" y="{float(at) + 4:.1f}" text-anchor="end">{value_text(tick)}</text>')
    inside += [f'<text x="{place(tick, 0).split()[0]}" y="{bottom + 16}" text-anchor="middle">{value_text(tick)}</text>' for tick in columns]
    for number, (label, line) in enumerate(lines.items()):
        dash, beside = DASHES[number % len(DASHES)], TOP + 14 * number + 8
        inside.append(f'<path class="line" stroke-dasharray="{dash}" d="M{"L".join(place(x, y) for x, y in line)}"/>' if line else "")
        inside.append(f'<path class="line" stroke-dasharray="{dash}" d="M{right + 8} {beside}h22"/>'
                      f'<text x="{right + 34}" y="{beside + 4}">{escape(label)}</text>')
    return f'<h2>{escape(title)}</h2><svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img">{"".join(inside)}</svg>'


def table(header: list, rows: list) -> str:
    """A `<table>` element."""
    cells = ["".join(f"<{tag}>{escape(str(cell))}</{tag}>" for cell in row) for tag, row in [("th", header), *(("td", row) for row in rows)]]
    return f"<table>{''.join(f'<tr>{row}</tr>' for row in cells)}</table>"


def page(title: str, parts: list) -> str:
    """Charts and tables as one page."""
    return (f'<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>{escape(title)}</title><style>{STYLE}</style></head>'
            f'<body><h1>{escape(title)}</h1>{"".join(parts)}</body></html>\n')
