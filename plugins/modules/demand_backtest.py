#!/usr/bin/python
# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
module: demand_backtest
short_description: Judge the forecaster on the past of the slices
version_added: 0.1.0
author:
  - The foresight.netslice maintainers (@foresight-netslice)
description:
  - Forecasts the demand of slices from many past instants, the origins, with what was known at each of them alone, and scores the forecasts
    against what was then measured.
  - It compares what a pass would have used, the network alone, a seasonal naive forecast (the same time yesterday), and a statistical
    model, by scaled errors, quantile losses, coverage, and how far and how often demand was over- and underestimated.
  - The result is a table for the output of the job, and on request a JSON file and an HTML page with plots that needs no other file and no network.
  - It runs on the controller and never on the host of the task. It changes nothing, neither in InfluxDB nor in the folder of models, and
    says how far it is every few seconds.
requirements:
  - numpy >= 1.24
  - safetensors >= 0.4
  - influxdb-client >= 1.40, where InfluxDB is asked in Flux
  - statsmodels >= 0.14, for the statistical model; without it the comparison is made without that model and says so
extends_documentation_fragment:
  - foresight.netslice.attributes
  - foresight.netslice.attributes.actiongroup_netslice
  - foresight.netslice.influxdb.module
  - foresight.netslice.slices
attributes:
  check_mode:
    support: full
    details: The backtest is made, and its files are not written.
  diff_mode:
    support: none
  idempotent:
    support: full
    details: It is never changed. With the same O(as_of) and the same telemetry its files are the same.
options:
  as_of:
    description:
      - The instant up to which telemetry is read, as V(2026-01-05T08:00:00Z).
      - If it is omitted, it is the time of the controller.
    type: str
  history_seconds:
    description:
      - How much telemetry is read, in seconds. The first origins need O(window_seconds) of it, the last ones O(horizon_seconds) after them.
    type: int
    default: 2419200
  window_seconds:
    description:
      - How much telemetry before its origin a forecast sees, in seconds, as O(foresight.netslice.slice_plan#module:history_seconds) says for a pass.
      - A series that began within O(history_seconds) is forecast with less, from three days on.
    type: int
    default: 691200
  step_seconds:
    description: The length of a row of telemetry, in seconds; the model itself works on 300.
    type: int
    default: 300
  horizon_seconds:
    description: How far is forecast from each origin, in seconds; a multiple of O(step_seconds) and of 300, up to 172800 (48 h).
    type: int
    default: 43200
  score_seconds:
    description:
      - For which first parts of the horizon scores are given, in seconds; multiples of 300.
      - If it is omitted, they are one hour and the whole horizon.
    type: list
    elements: int
  origins:
    description:
      - How many past instants forecasts are made from. They lie at one distance that visits many times of the day, the last one
        O(horizon_seconds) before O(as_of). There are fewer where there is no room.
      - Sixty series with 24 origins take about a minute of one core without the statistical model.
    type: int
    default: 24
  statistical_series:
    description:
      - For how many series, in the order of O(slices), the statistical model is fitted. A series takes a second or two of one core with 24 origins.
      - V(0) leaves the statistical model out.
    type: int
    default: 50
  models_path:
    description:
      - The folder of models of M(foresight.netslice.demand_model). What is judged is its current version.
      - If it is omitted, the shipped model is judged.
    type: path
  path:
    description:
      - The HTML page on the controller to write; its folder must exist. The file is replaced in one step, with mode V(0644).
      - If it is omitted, no page is written.
    type: path
  json_path:
    description:
      - The JSON file on the controller to write; its folder must exist. The file is replaced in one step, with mode V(0644). It holds all scores, and
        C(docs/schemas/backtest.schema.json) says what they are.
      - If it is omitted, no such file is written.
    type: path
  detailed:
    description:
      - How many series stand by themselves in RV(table), RV(backtest.series) and the page, those first that do worst against the seasonal naive
        forecast. The summary and the JSON file hold all of them.
    type: int
    default: 20
seealso:
  - module: foresight.netslice.demand_model
  - plugin: foresight.netslice.demand_profile
    plugin_type: lookup
"""

EXAMPLES = r"""
- name: Judge the shipped model on four weeks of telemetry
  foresight.netslice.demand_backtest:
    slices: "{{ netslice_slices }}"
  delegate_to: localhost
  run_once: true
  register: judged

- name: Show the table
  ansible.builtin.debug:
    var: judged.table

- name: Judge the site's own models over the next day, and keep the figures and a page
  foresight.netslice.demand_backtest:
    slices: "{{ netslice_slices }}"
    as_of: "2026-01-05T08:00:00Z"
    models_path: /var/lib/netslice/models
    history_seconds: 2419200
    window_seconds: 691200
    step_seconds: 300
    horizon_seconds: 86400
    score_seconds: [3600, 43200, 86400]
    origins: 48
    statistical_series: 10
    path: /var/www/html/backtest.html
    json_path: /var/lib/netslice/backtest.json
    detailed: 50
    influxdb_url: https://192.0.2.5:8086
    influxdb_token: "{{ lookup('ansible.builtin.env', 'INFLUX_TOKEN') }}"
    influxdb_org: ops
    influxdb_bucket: telemetry
    influxdb_dialect: flux
    influxdb_timeout_seconds: 120
    influxdb_validate_certs: true
  delegate_to: localhost
  run_once: true

- name: Judge on an InfluxDB 1 that asks for a password
  foresight.netslice.demand_backtest:
    slices_path: /etc/netslice/slices.yml
    influxdb_url: http://192.0.2.6:8086
    influxdb_username: reader
    influxdb_password: "{{ lookup('ansible.builtin.env', 'INFLUX_PASSWORD') }}"
  delegate_to: localhost
  run_once: true
"""

RETURN = r"""
table:
  description: The backtest as lines of text of even columns, explained in C(docs/backtest.md).
  returned: success
  type: list
  elements: str
  sample: ["ahead  forecast        series  better  MASE of naive  WQL of naive  <= .90  <= .95"]
backtest:
  description: The document of the JSON file, with the first O(detailed) series, and of these without their origins and hours.
  returned: success
  type: dict
  contains:
    as_of:
      description: The instant up to which telemetry was read.
      type: str
      sample: "2026-01-05T08:00:00Z"
    summary:
      description:
        - For each part of the horizon and each forecast, over all series, the geometric mean of its scores relative to the seasonal naive
          forecast, its mean coverage, and on how many series it is better.
      type: list
      elements: dict
      sample: [{horizon_seconds: 3600, members: {engine: {series: 3, better: 3, wql_relative: 0.44, mase_relative: 0.45, coverage_90: 0.9, coverage_95: 0.95}}}]
    series:
      description: The scores of each series, which model decides now and why, and what a tuned model has learnt of the days that judge it.
      type: list
      elements: dict
      sample: [{slice: web, resource: requests, decides: {model: lstm-global, reason: "8.0 d of history"}}]
    statistical:
      description: The statistical model, for how many series it was fitted, and why not for the others.
      type: dict
      sample: {name: stl-ets, series: 0, reason: statsmodels is not installed}
    left_out:
      description: Series that were not judged, and why.
      type: dict
      sample: {web/cpu: "2.0 d of history, a backtest needs 3.5 d"}
    notes:
      description: What must be known before the figures are believed, in sentences.
      type: list
      elements: str
      sample: []
path:
  description: The HTML page, or null.
  returned: success
  type: str
  sample: /var/www/html/backtest.html
json_path:
  description: The JSON file, or null.
  returned: success
  type: str
  sample: /var/lib/netslice/backtest.json
"""
