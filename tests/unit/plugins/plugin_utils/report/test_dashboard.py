# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The dashboard is what Grafana's own models of its schema take, asks for what is documented, and lays its panels out without overlap."""
from __future__ import annotations

import enum
import json
import re
import typing
from pathlib import Path

import pytest

from ansible_collections.foresight.netslice.plugins.plugin_utils.errors import InvalidInput
from ansible_collections.foresight.netslice.plugins.plugin_utils.report import dashboard_queries
from ansible_collections.foresight.netslice.plugins.plugin_utils.report.dashboard import DIALECTS, dashboard
from ansible_collections.foresight.netslice.plugins.plugin_utils.report.dashboard_panels import ROWS, Query

ARCHITECTURE = Path(__file__).resolve().parents[5] / "docs" / "architecture.md"
QUERIES = [query for _title, panels in ROWS for panel in panels for query in panel.queries]


def faults(value, hint, path="$"):
    """Where a value is not of its type: classes of the models, lists, dictionaries, choices, enumerations and what Python has."""
    origin, parts = typing.get_origin(hint), typing.get_args(hint)
    if hint in (object, typing.Any) or isinstance(hint, typing.TypeVar):
        return []
    if origin is typing.Union:
        found = [faults(value, part, path) for part in parts]
        return min(found, key=len)
    if origin is typing.Literal:
        return [] if any(value == one and type(value) is type(one) for one in parts) else [f"{path}: {value!r} is none of {parts}"]
    if origin is list:
        return [f"{path} is no list"] if not isinstance(value, list) else [
            one for i, item in enumerate(value) for one in faults(item, parts[0], f"{path}[{i}]")]
    if origin is dict:
        return [f"{path} is no object"] if not isinstance(value, dict) else [
            one for key, item in value.items() for one in faults(item, parts[1], f"{path}.{key}")]
    if isinstance(hint, type) and issubclass(hint, enum.Enum):
        return [] if value in [one.value for one in hint] else [f"{path}: {value!r} is none of {hint.__name__}"]
    plain = {float: (int, float), type(None): type(None)}.get(hint, hint)
    if not isinstance(value, plain) or (isinstance(value, bool) and hint is not bool):
        return [f"{path}: {value!r} is no {getattr(hint, '__name__', hint)}"]
    if getattr(hint, "from_json", None) is None or not hasattr(hint, "__annotations__"):
        return []
    names = typing.get_type_hints(type(value))
    return [one for name, part in names.items() if hasattr(value, name) for one in faults(getattr(value, name), part, f"{path}.{name}")]


@pytest.fixture(scope="module")
def models():
    """Grafana's models of its dashboard, and the encoder that writes them."""
    found = pytest.importorskip("grafana_foundation_sdk.models.dashboard", reason="Grafana's models of its schema check the dashboard")
    encoder = pytest.importorskip("grafana_foundation_sdk.cog.encoder").JSONEncoder
    from grafana_foundation_sdk.cog import plugins, runtime
    plugins.register_default_plugins()
    return found, encoder, runtime


def covered(given, written, path="$"):
    """Where something that was given is not written: keys that the schema does not have, values that it changes."""
    if isinstance(given, dict) and isinstance(written, dict):
        unknown = [f"{path}.{key} is unknown" for key in given if key not in written]
        return unknown + [one for key in written if key in given for one in covered(given[key], written[key], f"{path}.{key}")]
    if isinstance(given, list) and isinstance(written, list) and len(given) == len(written):
        return [one for i, (a, b) in enumerate(zip(given, written)) for one in covered(a, b, f"{path}[{i}]")]
    return [] if given == written else [f"{path}: {given!r} becomes {written!r}"]


def refused(made, models) -> list:
    """What Grafana's models have against a dashboard; its text is read as they read it."""
    found, encoder, runtime = models
    read = found.Dashboard.from_json(json.loads(json.dumps(made)))
    wrong = covered(made, json.loads(json.dumps(read, cls=encoder))) + faults(read, found.Dashboard)
    for panel in made["panels"]:
        if panel["type"] != "row":
            options = runtime.panelcfg_config(panel["type"]).options_from_json_hook(panel["options"])
            wrong += covered(panel["options"], json.loads(json.dumps(options, cls=encoder)), f"$.{panel['title']}.options")
            wrong += faults(options, type(options), f"$.{panel['title']}.options")
    return wrong


@pytest.mark.parametrize("dialect", DIALECTS)
def test_grafana_takes_it(dialect, models):
    assert refused(dashboard(dialect), models) == []


@pytest.mark.parametrize("place, value", [
    (("refresh",), 5), (("graphTooltip",), 7), (("colour",), "red"), (("panels", 1, "gridPos", "w"), "12"), (("panels", 1, "kind"), "graph"),
    (("panels", 1, "options", "legend", "placement"), "left"), (("panels", 1, "options", "legends"), {}), (("templating", "list", 1, "refresh"), 9),
    (("panels", 1, "fieldConfig", "defaults", "units"), "s")])
def test_what_grafana_does_not_take_is_found(place, value, models):
    made = json.loads(json.dumps(dashboard("flux")))
    inside = made
    for key in place[:-1]:
        inside = inside[key]
    inside[place[-1]] = value
    assert refused(made, models) != []


@pytest.mark.parametrize("dialect", DIALECTS)
def test_panels_fill_the_grid_and_do_not_overlap(dialect):
    made, taken = dashboard(dialect), set()
    for panel in made["panels"]:
        at = panel["gridPos"]
        cells = {(x, y) for x in range(at["x"], at["x"] + at["w"]) for y in range(at["y"], at["y"] + at["h"])}
        assert not cells & taken and at["x"] + at["w"] <= 24
        taken |= cells
    ids = [panel["id"] for panel in made["panels"]]
    assert len(ids) == len(set(ids)) and made["uid"] == f"netslice-{dialect}"


def test_it_asks_for_measurements_as_they_are_documented():
    table = {}
    for row in ARCHITECTURE.read_text(encoding="utf-8").split("### Measurements in InfluxDB", 1)[1].split("###", 1)[0].splitlines():
        cells = [cell.strip() for cell in row.strip("|").split("|")]
        for name in re.findall("`([^`]+)`", cells[0]) if row.startswith("| `") else ():
            table[name] = table.get(name, "") + " ".join(cells[2:])
    for query in QUERIES:
        words = set(re.findall(r"[\w.-]*\w", table[query.measurement]))
        assert {*query.fields, *query.by, *dict(query.where if isinstance(query, Query) else ())} <= words, query
    assert {query.measurement for query in QUERIES} == set(table) - {"net", "libvirt*"}, "netslice_qos and netslice_vm tell the same of slices"


@pytest.mark.parametrize("dialect", DIALECTS)
def test_queries_are_of_the_time_and_the_slices_chosen(dialect):
    for query in QUERIES:
        text = dashboard_queries.text(query, dialect)
        assert ("$timeFilter" if dialect == "influxql" else "range(start: v.timeRangeStart, stop: v.timeRangeStop)") in text
        assert ("slice" in text.replace("_", " ").split("/^")[0] and "/^$" in text) == (query.measurement not in dashboard_queries.WITHOUT_SLICE)


def test_without_fields_it_asks_for_every_number():
    query = Query("m", (), ("slice",), "{slice} {field}")
    assert dashboard_queries.text(query, "influxql").startswith('SELECT mean(*) FROM "m" WHERE ')
    text = dashboard_queries.text(query, "flux")
    assert text.startswith('import "types"\nfrom(') and 'filter(fn: (r) => r._measurement == "m")\n' in text
    assert text.index("types.isType") < text.index("toFloat()") < text.index('group(columns: ["slice", "_field"])') < text.index("aggregateWindow")


def test_names_of_series_are_the_same_in_both():
    query = Query("m", ("a",), ("slice", "vm"), "{slice} of {vm}: {field}")
    assert dashboard_queries.alias(query) == "$tag_slice of $tag_vm: $col"
    assert 'series: r.slice + " of " + r.vm + ": " + r._field' in dashboard_queries.text(query, "flux")


def test_a_dialect_that_is_none_is_refused():
    with pytest.raises(InvalidInput, match="Cannot make a dashboard in sql.*Give one of flux, influxql"):
        dashboard("sql")
