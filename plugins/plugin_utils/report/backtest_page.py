# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A backtest as one page that needs nothing but itself."""
from __future__ import annotations

from . import backtest_table
from .backtest_figures import charts
from .templates import fill, pictures


def render(document: dict, rolled: dict, detailed: int) -> str:
    """document: of analytics/backtest.py; rolled: {(slice, resource): Rolled}; detailed: how many series have tables and charts, the worst first."""
    shown = backtest_table.ordered(document)[:detailed]
    views = [{"name": f"{one['slice']}/{one['resource']}", "series": one, "rows": backtest_table.rows(one),
              "charts": pictures(charts(one, rolled[one["slice"], one["resource"]]), f"s{number}")} for number, one in enumerate(shown)]
    return fill("backtest.html.j2", document=document, views=views, summary=backtest_table.summary_rows(document),
                summary_columns=backtest_table.SUMMARY, columns=backtest_table.COLUMNS, legend=" ".join(backtest_table.LEGEND))
