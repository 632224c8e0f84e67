# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every query of a dashboard file asked of the InfluxDB of the environment, with Grafana's variables filled in as Grafana does: none is empty or refused."""
from __future__ import annotations

import base64
import csv
import json
import sys
import time
import urllib.parse
import urllib.request
from pathlib import Path

from ansible_collections.foresight.netslice.plugins.plugin_utils.instants import format_instant
from ansible_collections.foresight.netslice.plugins.plugin_utils.telemetry.options import plugin_connection

NOW = int(time.time())
RANGE = (NOW - 2 * 3600, NOW)
SERIES = {  # of some panels, what is in them: title -> (series or rows, what the first must say)
    "VMs": (6, "web present"), "Demand and forecast: requests": (2, "web demand"), "Last decisions": (2, "lstm-global"), "Drift": (2, "it lost"),
    "Traffic of slices on links": (2, "web kvm1 eth0 egress"), "VM-hours against others": (2, "0.5"), "Last passes": (1, "nothing to change"),
    "Hosts in passes": (4, "control ok"), "Sessions by HAProxy": (2, "netslice_web on lb1"),
    "What applications tell": (6, "sessions"), "Coverage of the 0.95 quantile": (10, "web requests")}


def asked(options, url, data=None, **headers):
    request = urllib.request.Request(f"{options['influxdb_url']}{url}", data=data, headers=headers)
    with urllib.request.urlopen(request, timeout=30) as answer:
        return answer.read().decode()


def flux(options, text, chosen):
    """(names of series, or rows of the table; values by name) of an annotated or plain CSV answer."""
    for variable, value in {"v.defaultBucket": json.dumps(options["influxdb_bucket"]), "v.timeRangeStart": format_instant(RANGE[0]),
                            "v.timeRangeStop": format_instant(RANGE[1]), "v.windowPeriod": "5m", "${slice:regex}": chosen, "$lead": "300"}.items():
        text = text.replace(variable, value)
    body = asked(options, f"/api/v2/query?org={urllib.parse.quote(options['influxdb_org'])}", text.encode(), Authorization=f"Token {options['influxdb_token']}",
                 **{"Content-Type": "application/vnd.flux", "Accept": "application/csv"})
    rows, names = [], None
    for cells in csv.reader(body.splitlines()):
        if not cells or names is None or cells == names:
            names = cells or None
        elif "error" in names:
            raise SystemExit(f"{text}\n{cells}")
        else:
            rows.append(dict(zip(names, cells)))
    found = {}
    for row in rows:
        found.setdefault(row.get("series", " ".join(str(value) for name, value in row.items() if name not in ("", "result", "table"))), []).append(
            row.get("_value", row))
    return found


def influxql(options, text, chosen, alias="", shape="time_series"):
    for variable, value in {"$timeFilter": f"time >= {RANGE[0]}s AND time <= {RANGE[1]}s", "$__interval": "5m", "$slice": chosen, "$lead": "300"}.items():
        text = text.replace(variable, value)
    query = urllib.parse.urlencode({"db": options["influxdb_bucket"].split("/")[0], "q": text, "epoch": "s"})
    secret = base64.b64encode(f"{options['influxdb_username']}:{options['influxdb_password']}".encode()).decode()
    (result,) = json.loads(asked(options, f"/query?{query}", Authorization=f"Basic {secret}"))["results"]
    if "error" in result:
        raise SystemExit(f"{text}\n{result['error']}")
    found = {}
    for series in result.get("series", ()):
        if shape == "table":
            found.update({" ".join(str(value) for value in [*series.get("tags", {}).values(), *row[1:]]): [row] for row in series["values"]})
            continue
        for place, column in enumerate(series["columns"][1:], 1):
            name = alias.replace("$col", column)
            for tag, value in series["tags"].items():
                name = name.replace(f"$tag_{tag}", value)
            found[name] = [row[place] for row in series["values"] if row[place] is not None]
    return found


def ask(dialect, options, target, chosen):
    if dialect == "flux":
        return flux(options, target["query"], chosen)
    return influxql(options, target["query"], chosen, target.get("alias", ""), target["resultFormat"])


def main(dialect, path):
    options, dashboard, count = plugin_connection({}, {}, None), json.loads(Path(path).read_text(encoding="utf-8")), 0
    for panel in dashboard["panels"]:
        for target in panel.get("targets", ()):
            found = ask(dialect, options, target, ".*")
            assert found and all(found.values()), f"{panel['title']} is empty:\n{target['query']}"
            count += 1
            if panel["title"] in SERIES and target["refId"] == "A":
                wanted, says = SERIES[panel["title"]]
                assert len(found) == wanted and any(says in name for name in found), (panel["title"], sorted(found))
            if "/^$" in target["query"]:
                fewer = ask(dialect, options, target, "shop-1")
                assert 0 < len(fewer) < len(found) and not any("web" in name for name in fewer), (panel["title"], sorted(fewer))
            if panel["title"] == "Demand and forecast: requests" and target["refId"] == "A":
                assert {float(value) for value in found["web demand"]} == {240.0}, "hosts are added up"
            if panel["title"] == "Queue and errors by HAProxy" and target["refId"] == "B":
                assert {round(float(value), 3) for value in found["netslice_web on lb1: 5xx"][1:]} == {0.1}, "30 errors in 5 minutes"
            if panel["title"] == "What applications tell":
                (name,) = [name for name in found if name.startswith("web ") and name.endswith("sessions")]
                assert {float(value) for value in found[name]} == {20.0}, "the mean of 10 and 30"
            if panel["title"] == "Traffic of slices on links":
                assert all(abs(float(value) - 0.8) < 0.01 for value in found["web kvm1 eth0 egress"][1:]), "30 MB in 5 minutes are 0.8 Mbit/s"
    variable = next(one for one in dashboard["templating"]["list"] if one["name"] == "slice")["query"]
    names = flux(options, variable, "") if dialect == "flux" else influxql(options, variable, "", shape="table")
    assert {"web", "shop-1"} <= {word for name in [*names, *sum(names.values(), [])] for word in str(name).split()}, names
    print(f"{dialect}: {count} queries of {len(dashboard['panels'])} panels answered")


main(*sys.argv[1:])
