# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Queries of the dashboard in the dialects of InfluxDB, with the variables that Grafana puts values in place of."""
from __future__ import annotations

import re

from .dashboard_panels import DECISION, Query

#: measurements without a tag `slice`
WITHOUT_SLICE = ("netslice_pass", "netslice_host", "cpu", "mem")
#: whether a value of Flux is a number
_NUMBER = " or ".join(f'types.isType(v: r._value, type: "{kind}")' for kind in ("float", "int", "uint"))


def text(query, dialect: str) -> str:
    """The query of a Query or Last; dialect: flux or influxql."""
    numbers = isinstance(query, Query)
    return {"flux": _flux_series if numbers else _flux_table, "influxql": _influxql_series if numbers else _influxql_table}[dialect](query)


def slices(dialect: str) -> str:
    """The query of the names of slices."""
    if dialect == "influxql":
        return f'SHOW TAG VALUES FROM "{DECISION}" WITH KEY = "slice"'
    return ('import "influxdata/influxdb/schema"\n'
            f'schema.tagValues(bucket: v.defaultBucket, tag: "slice", predicate: (r) => r._measurement == "{DECISION}", start: v.timeRangeStart)')


def alias(query: Query) -> str:
    """How an InfluxQL query names its series."""
    return query.label.format(**{one: f"$tag_{one}" for one in query.by}, field="$col")


def _flux_name(query: Query) -> str:
    """The same as an expression over a row `r`."""
    parts = [part for part in re.split(r"(\{\w+\})", query.label) if part]
    columns = {"{field}": "r._field", **{f"{{{one}}}": f"r.{one}" for one in query.by}}
    return " + ".join(columns.get(part, f'"{part}"') for part in parts)


def _flux_from(query) -> str:
    fields = " or ".join(f'r._field == "{field}"' for field in query.fields)
    lines = ["from(bucket: v.defaultBucket)", "range(start: v.timeRangeStart, stop: v.timeRangeStop)",
             f'filter(fn: (r) => r._measurement == "{query.measurement}"' + (f" and ({fields}))" if fields else ")")]
    if query.measurement not in WITHOUT_SLICE:
        lines.append("filter(fn: (r) => exists r.slice and r.slice =~ /^${slice:regex}$/)")
    lines += [f'filter(fn: (r) => r.{tag} == "{value}")' for tag, value in query.where]
    return "\n  |> ".join(lines)


def _columns(names) -> str:
    return "[" + ", ".join(f'"{one}"' for one in names) + "]"


def _flux_series(query: Query) -> str:
    lines = [_flux_from(query)] if query.fields else [
        f'import "types"\n{_flux_from(query)}', f"filter(fn: (r) => {_NUMBER})", "toFloat()", f"group(columns: {_columns((*query.by, '_field'))})"]
    lines += [f"aggregateWindow(every: v.windowPeriod, fn: {query.pick}, createEmpty: false)"]
    if query.rate is not None:
        lines += ["derivative(unit: 1s, nonNegative: true)", f"map(fn: (r) => ({{r with _value: r._value * {query.rate:.6f}}}))"]
    if query.added:
        lines += [f"group(columns: {_columns((*query.by, '_field', '_time'))})", "sum()"]
    named = f"map(fn: (r) => ({{_time: r._time, _value: r._value, series: {_flux_name(query)}}}))"
    return "\n  |> ".join([*lines, named, 'group(columns: ["series"])', 'sort(columns: ["_time"])'])


def _flux_table(query) -> str:
    columns = (*query.by, *query.fields)
    return "\n  |> ".join([
        _flux_from(query), f"group(columns: {_columns((*query.by, '_field'))})", 'sort(columns: ["_time"])', "last()", "group()",
        f'pivot(rowKey: {_columns(query.by)}, columnKey: ["_field"], valueColumn: "_value")', f"keep(columns: {_columns(columns)})",
        f"sort(columns: {_columns(query.by)})"])


def _where(query) -> str:
    """A pattern that takes every slice would take points of no slice too, such as those of other backends."""
    terms = ["$timeFilter"] + ([] if query.measurement in WITHOUT_SLICE else ['"slice" =~ /^$slice$/', "\"slice\" != ''"])
    return " AND ".join(terms + [f"\"{tag}\" = '{value}'" for tag, value in query.where])


def _tags(names) -> str:
    return ", ".join(f'"{one}"' for one in names)


def _influxql_series(query: Query) -> str:
    if query.added:
        inner = ", ".join(f'{query.pick}("{field}") AS "{field}"' for field in query.fields)
        outer = ", ".join(f'sum("{field}") AS "{field}"' for field in query.fields)
        return (f'SELECT {outer} FROM (SELECT {inner} FROM "{query.measurement}" WHERE {_where(query)} GROUP BY time($__interval), * fill(none)) '
                f"WHERE $timeFilter GROUP BY time($__interval), {_tags(query.by)} fill(none)")
    if not query.fields:
        return f'SELECT {query.pick}(*) FROM "{query.measurement}" WHERE {_where(query)} GROUP BY time($__interval), {_tags(query.by)} fill(none)'
    fields = [f'{query.pick}("{field}")' for field in query.fields]
    if query.rate is not None:
        fields = [f"non_negative_derivative({field}, 1s) * {query.rate:.6f}" for field in fields]
    told = ", ".join(f'{field} AS "{label}"' for field, label in zip(fields, query.fields))
    return f'SELECT {told} FROM "{query.measurement}" WHERE {_where(query)} GROUP BY time($__interval), {_tags(query.by)} fill(none)'


def _influxql_table(query) -> str:
    told = ", ".join(f'last("{field}") AS "{field}"' for field in query.fields)
    return f'SELECT {told} FROM "{query.measurement}" WHERE {_where(query)} GROUP BY {_tags(query.by)}'
