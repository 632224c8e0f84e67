# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A dashboard of Grafana over the measurements of the collection, as its JSON model has it (schema version 39, Grafana 10 and later)."""
from __future__ import annotations

from ..errors import InvalidInput
from ..telemetry.records import LEADS
from . import dashboard_queries
from .dashboard_panels import ROWS, Panel, Query

DIALECTS = ("flux", "influxql")
SCHEMA_VERSION = 39
#: columns of the grid, and rows of a panel
COLUMNS, HEIGHT = 24, 8
SOURCE = {"type": "influxdb", "uid": "${datasource}"}


def dashboard(dialect: str) -> dict:
    """The dashboard for a data source of a dialect. Raises InvalidInput."""
    if dialect not in DIALECTS:
        raise InvalidInput(f"Cannot make a dashboard in {dialect}: it is no dialect of InfluxDB. Give one of {', '.join(DIALECTS)}.")
    return {
        "uid": f"netslice-{dialect}", "title": f"Slices ({dialect})", "tags": ["netslice"], "timezone": "utc", "editable": True, "graphTooltip": 1,
        "schemaVersion": SCHEMA_VERSION, "refresh": "1m", "time": {"from": "now-36h", "to": "now"}, "annotations": {"list": []},
        "templating": {"list": _variables(dialect)}, "panels": list(_laid(dialect))}


def _variables(dialect: str) -> list:
    names = dashboard_queries.slices(dialect)
    return [
        {"name": "datasource", "label": "InfluxDB", "type": "datasource", "query": "influxdb", "multi": False, "includeAll": False},
        {"name": "slice", "label": "Slice", "type": "query", "datasource": SOURCE, "query": names, "refresh": 2, "sort": 1, "multi": True,
         "includeAll": True, "allValue": ".*", "current": {"text": "All", "value": "$__all"}},
        {"name": "lead", "label": "Seconds ahead", "type": "custom", "query": ",".join(map(str, LEADS)), "multi": False, "includeAll": False,
         "current": {"text": str(LEADS[0]), "value": str(LEADS[0])}, "options": [
             {"text": str(lead), "value": str(lead), "selected": lead == LEADS[0]} for lead in LEADS]}]


def _laid(dialect: str):
    """Rows and their panels, from left to right and from top to bottom."""
    x, y, number = 0, 0, 0
    for title, panels in ROWS:
        y, x, number = y + (HEIGHT if x else 0), 0, number + 1
        yield {"id": number, "type": "row", "title": title, "collapsed": False, "panels": [], "gridPos": {"x": 0, "y": y, "w": COLUMNS, "h": 1}}
        y += 1
        for panel in panels:
            if x + panel.width > COLUMNS:
                x, y = 0, y + HEIGHT
            number += 1
            yield {"id": number, "gridPos": {"x": x, "y": y, "w": panel.width, "h": HEIGHT}, **_panel(panel, dialect)}
            x += panel.width


def _panel(panel: Panel, dialect: str) -> dict:
    legend = {"displayMode": "list", "placement": "bottom", "showLegend": True, "calcs": []}
    options = {"timeseries": {"legend": legend, "tooltip": {"mode": "multi", "sort": "desc"}},
               "stat": {"reduceOptions": {"values": False, "calcs": ["lastNotNull"]}, "colorMode": "none", "graphMode": "none"},
               "table": {"showHeader": True}}
    return {
        "type": panel.kind, "title": panel.title, "description": panel.description, "datasource": SOURCE, "transparent": False,
        "targets": [_target(query, chr(ord("A") + i), dialect) for i, query in enumerate(panel.queries)], "options": options[panel.kind],
        "fieldConfig": _fields(panel, dialect)}


def _fields(panel: Panel, dialect: str) -> dict:
    """Flux has no alias: its series have a column with their name. Of a table the time is left out, which InfluxQL says to be 1970."""
    if panel.kind == "table":
        hidden = {"matcher": {"id": "byName", "options": "Time"}, "properties": [{"id": "custom.hidden", "value": True}]}
        return {"defaults": {"unit": panel.unit}, "overrides": [hidden]}
    name = {"displayName": "${__field.labels.series}"} if dialect == "flux" else {}
    return {"defaults": {"unit": panel.unit, **name}, "overrides": []}


def _target(query, letter: str, dialect: str) -> dict:
    found = {"refId": letter, "datasource": SOURCE, "query": dashboard_queries.text(query, dialect)}
    if dialect == "flux":
        return found
    shape = {"resultFormat": "time_series", "alias": dashboard_queries.alias(query)} if isinstance(query, Query) else {"resultFormat": "table"}
    return {**found, "rawQuery": True, **shape}
