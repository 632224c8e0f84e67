# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the dashboard shows of each measurement, in neither dialect of InfluxDB."""
from __future__ import annotations

from dataclasses import dataclass

DEMAND, FORECAST, DECISION = "slice_demand", "netslice_forecast", "netslice_decision"
#: tags of a class of a link
CLASS = ("slice", "host", "device", "direction")
#: tags of a backend of HAProxy, and what tells one from frontends and servers
BACKEND, IS_BACKEND = ("slice", "host", "proxy"), (("type", "backend"),)


@dataclass(frozen=True)
class Query:
    """Numbers over time: in each interval the `pick` (mean, last or max) of fields of a measurement, a series for each combination of the tags `by`.

    fields: empty for all that are numbers, of the series of a combination together; where: tags and their values, which may name a variable of the
    dashboard; added: whether the series of one combination are added up; rate: factor of the increase per second of a counter, None for a gauge;
    label: name of the series, with {tag} and {field}, which InfluxQL puts the pick before where all fields are asked for.
    """

    measurement: str
    fields: tuple
    by: tuple
    label: str
    pick: str = "mean"
    where: tuple = ()
    added: bool = False
    rate: float | None = None


@dataclass(frozen=True)
class Last:
    """A table of the last value of fields (all of text, or all of numbers) of a measurement, with a row for each combination of the tags `by`."""

    measurement: str
    fields: tuple
    by: tuple
    where: tuple = ()


@dataclass(frozen=True)
class Panel:
    """One panel. unit: an identifier of Grafana; kind: timeseries, stat or table; width: of 24 columns."""

    title: str
    description: str
    queries: tuple
    unit: str = "short"
    kind: str = "timeseries"
    width: int = 12


def demand(resource: str, field: str, unit: str) -> Panel:
    """Demand of one resource with what was forecast for it."""
    return Panel(
        f"Demand and forecast: {resource}", "Demand as measured, and the quantiles of the forecast at the lead chosen above, at the time it was made.",
        (Query(DEMAND, (field,), ("slice",), "{slice} demand", added=True),
         Query(FORECAST, ("q50", "q95"), ("slice",), "{slice} {field}", where=(("resource", resource), ("lead", "$lead")))), unit)


ROWS = (
    ("Slices", (
        Panel("VMs", "VMs that were there at each pass, that were wished before every rule, and with which the plan ends.",
              (Query(DECISION, ("present", "wished", "final"), ("slice",), "{slice} {field}", "last"),), width=16),
        Panel("VMs planned now", "The count with which the last plan ends.", (Query(DECISION, ("final",), ("slice",), "{slice}", "last"),),
              kind="stat", width=8),
        Panel("Last decisions", "What the last pass found and decided of each slice.",
              (Last(DECISION, ("state", "mode", "verdict", "telemetry", "model", "binding_resource", "binding_rule"), ("slice",)),), kind="table", width=24))),
    ("Demand", (
        demand("requests", "requests_per_second", "reqps"),
        demand("cpu", "cpu_cores", "short"),
        demand("memory", "memory_mib", "mbytes"),
        demand("egress", "egress_mbit", "Mbits"),
        demand("ingress", "ingress_mbit", "Mbits"))),
    ("How good the forecasts are", (
        Panel("Coverage of the 0.95 quantile", "Share of the measured values at or below the corrected 0.95 quantile; 0.95 is right.",
              (Query("netslice_calibration", ("coverage_95",), ("slice", "resource"), "{slice} {resource}", "last", (("lead", "all"),)),), "percentunit"),
        Panel("Quantile loss against seasonal naive", "Weighted quantile loss of the forecasts and of the baseline; less is better.",
              (Query("netslice_calibration", ("wql", "wql_baseline"), ("slice", "resource"), "{slice} {resource} {field}", "last", (("lead", "all"),)),)),
        Panel("Drift", "When forecasts were found to drift, and when they did well again.",
              (Last("netslice_event", ("why",), ("slice", "resource", "kind")),), kind="table"),
        Panel("Proposals", "How many changes of its settings are proposed for each slice by what came of it.",
              (Query("netslice_feedback", ("proposals",), ("slice",), "{slice}", "last"),)))),
    ("Cost and energy, by the last replays", (
        Panel("VM-hours against others", "VM-hours of the policy over those of an oracle, a static peak and a reactive autoscaler; below 1 is cheaper.",
              (Last("netslice_backtest", ("cost_of_oracle", "cost_of_static", "cost_of_reactive", "short_of_reactive"), ("slice",)),), kind="table"),
        Panel("Shortness, VM-hours and energy", "Rows in which VMs were short in per cent, VM-hours and watt-hours of the replay.",
              (Last("netslice_backtest", ("short_percent", "vm_hours", "watt_hours"), ("slice",)),), kind="table"))),
    ("VMs and links", (
        Panel("CPU of VMs", "Cores that each VM used.", (Query("netslice_vm", ("cpu_cores",), ("slice", "vm"), "{slice} {vm}"),)),
        Panel("Traffic of slices on links", "What passed each class of a link.",
              (Query("netslice_qos", ("bytes",), CLASS, "{slice} {host} {device} {direction}", "last", rate=8e-6),), "Mbits"),
        Panel("Dropped packets", "Packets that each class of a link dropped in a second.",
              (Query("netslice_qos", ("drops",), CLASS, "{slice} {host} {device} {direction}", "last", rate=1.0),), "pps"),
        Panel("Backlog", "Bytes that wait in each class of a link.",
              (Query("netslice_qos", ("backlog",), CLASS, "{slice} {host} {device} {direction}", "max"),), "bytes"))),
    ("Balancers and applications", (
        Panel("Sessions by HAProxy", "New sessions a second of each backend of a slice; with HTTP these are its requests.",
              (Query("haproxy", ("rate",), BACKEND, "{proxy} on {host}", where=IS_BACKEND),), "cps"),
        Panel("Response time by HAProxy", "How long servers took to answer, in the mean of the last 1024 requests of each backend.",
              (Query("haproxy", ("rtime",), BACKEND, "{proxy} on {host}", where=IS_BACKEND),), "ms"),
        Panel("Queue and errors by HAProxy", "Requests that wait for a server, and answers of the class 5xx in a second.",
              (Query("haproxy", ("qcur",), BACKEND, "{proxy} on {host}: queue", "max", IS_BACKEND),
               Query("haproxy", ("http_response.5xx",), BACKEND, "{proxy} on {host}: 5xx", "last", IS_BACKEND, rate=1.0))),
        Panel("What applications tell", "Every number of an application, in the mean of its VMs.",
              (Query("netslice_application", (), ("slice",), "{slice} {field}"),)))),
    ("Passes and hosts", (
        Panel("Time of passes", "How long each pass of the reconciler took.", (Query("netslice_pass", ("seconds",), ("host",), "{host}", "max"),), "s"),
        Panel("Hosts in passes", "Hosts of each pass that were ok, changed, failed and did not answer.",
              (Query("netslice_pass", ("ok", "changed", "failures", "unreachable"), ("host",), "{host} {field}", "last"),)),
        Panel("Last passes", "How the last pass of each reconciler ended, and why.", (Last("netslice_pass", ("outcome", "why"), ("host",)),), kind="table"),
        Panel("Hosts that answer", "Hosts that answered to passes, where a rule of evidence is stated.",
              (Query("netslice_host", ("answered",), ("host",), "{host}", "last"),)),
        Panel("Processors and memory of hosts", "Shares of the whole host that are in use.",
              (Query("cpu", ("usage_active",), ("host",), "{host} processors", where=(("cpu", "cpu-total"),)),
               Query("mem", ("used_percent",), ("host",), "{host} memory")), "percent"))),
)
