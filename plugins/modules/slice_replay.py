#!/usr/bin/python
# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
module: slice_replay
short_description: Replay the scaling policy over the past of the slices
version_added: 0.1.0
author:
  - The foresight.netslice maintainers (@foresight-netslice)
description:
  - Decides about the VMs of slices as the passes of the last days would have, each from the telemetry before its own instant alone, as if
    every decision had been applied. A VM serves only when its lead time is over, and telemetry that is silent releases nothing, as in a pass.
    Slices in the modes C(forecast_only) and C(paused) are replayed as if they were enforced.
  - It says how often, how far and when demand would have run short, and how many VM-hours and watt-hours that would have cost, beside a static
    peak, a reactive autoscaler, an oracle, and what really ran where M(foresight.netslice.slice_decision) recorded it.
  - With O(objective) it tries other settings of C(scaling) on the same forecasts and suggests the cheapest that keep it.
  - The figures of each slice are written to the measurement C(netslice_backtest), which C(scaling.gate) of a slice and
    M(foresight.netslice.slice_report) read.
  - It runs on the controller and never on the host of the task. It changes no slice, and says how far it is every few seconds.
  - All slices are replayed by themselves, on hosts with room for them all; quotas and what other slices need are left out.
requirements:
  - numpy >= 1.24
  - safetensors >= 0.4
  - influxdb-client >= 1.40, where InfluxDB is asked in Flux
extends_documentation_fragment:
  - foresight.netslice.attributes
  - foresight.netslice.attributes.actiongroup_netslice
  - foresight.netslice.influxdb.module
  - foresight.netslice.slices
attributes:
  check_mode:
    support: full
    details: The replay is made; neither its files nor its points are written.
  diff_mode:
    support: none
  idempotent:
    support: full
    details: It is never changed. With the same O(as_of) and the same telemetry its files and points are the same.
options:
  as_of:
    description:
      - The instant up to which telemetry is read, as V(2026-01-05T08:00:00Z).
      - If it is omitted, it is the time of the controller.
    type: str
  replay_seconds:
    description:
      - How much of the past is replayed, in seconds; a day at least. A slice that is younger is replayed from the third day of its telemetry on.
      - Two weeks take about five seconds of one core for each resource that counts VMs; thirty more where there is an O(objective).
    type: int
    default: 1209600
  window_seconds:
    description:
      - How much telemetry before its instant a pass sees, in seconds, as O(foresight.netslice.slice_plan#module:history_seconds) says for a pass.
    type: int
    default: 691200
  objective:
    description:
      - The service objective to suggest settings for.
      - If it is omitted, nothing is suggested.
    type: dict
    suboptions:
      short_percent:
        description: The share of the rows of 5 minutes, in per cent, in which demand may be more than serves.
        type: float
        required: true
  models_path:
    description:
      - The folder of models of M(foresight.netslice.demand_model). What forecasts is its current version, in all of the past.
      - If it is omitted, the shipped model forecasts.
    type: path
  idle_watts:
    description:
      - The power that a vCPU of a VM draws without load, in watts. The default is the mean of L(Cloud Carbon Footprint,
        https://www.cloudcarbonfootprint.org/docs/methodology/) for the processors of a large cloud. Measure your own hosts for figures to rely on.
    type: float
    default: 0.74
  busy_watts:
    description:
      - The power that a vCPU of a VM draws where the VM serves all that C(vm.serves) says, in watts. Between the two, power is linear in the load.
    type: float
    default: 3.5
  record:
    description: Whether the figures of each slice are written to InfluxDB.
    type: bool
    default: true
  path:
    description:
      - The HTML page on the controller to write; its folder must exist. The file is replaced in one step, with mode V(0644).
      - If it is omitted, no page is written.
    type: path
  json_path:
    description:
      - The JSON file on the controller to write; its folder must exist. The file is replaced in one step, with mode V(0644). It holds all figures, and
        C(docs/schemas/replay.schema.json) says what they are.
      - If it is omitted, no such file is written.
    type: path
  detailed:
    description:
      - How many slices stand in RV(table), RV(replay.slices) and the page, those first that are short most often. The JSON file and InfluxDB get all.
    type: int
    default: 20
seealso:
  - module: foresight.netslice.demand_backtest
  - module: foresight.netslice.slice_plan
  - module: foresight.netslice.slice_report
"""

EXAMPLES = r"""
- name: Replay two weeks with the settings that the slices have
  foresight.netslice.slice_replay:
    slices: "{{ netslice_slices }}"
  delegate_to: localhost
  run_once: true
  register: replayed

- name: Show the table
  ansible.builtin.debug:
    var: replayed.table

- name: Ask for settings that are short in at most half a per cent of the rows, with the power of one's own hosts
  foresight.netslice.slice_replay:
    slices_path: /etc/netslice/slices.yml
    as_of: "2026-01-05T08:00:00Z"
    replay_seconds: 604800
    window_seconds: 691200
    objective:
      short_percent: 0.5
    models_path: /var/lib/netslice/models
    idle_watts: 1.9
    busy_watts: 6.0
    record: false
    path: /tmp/replay.html
    json_path: /tmp/replay.json
    detailed: 10
    influxdb_url: http://192.0.2.5:8086
    influxdb_org: netslice
    influxdb_bucket: telemetry
    influxdb_token: "{{ lookup('ansible.builtin.env', 'INFLUX_TOKEN') }}"
  delegate_to: localhost
  run_once: true
"""

RETURN = r"""
table:
  description: The replay as lines of text, with the suggestions where there is an O(objective).
  returned: success
  type: list
  elements: str
  sample: ["web-shop  policy    0.10 %    0.00 %   2.91 %  47.1 %      1758       1.62  3841      16.43"]
replay:
  description: The document of O(json_path), its slices being the first O(detailed) of the table.
  returned: success
  type: dict
  contains:
    schema:
      description: The name and version of the document.
      type: str
      returned: always
      sample: foresight.netslice/replay/1
    slices:
      description: What was found of each slice.
      type: list
      elements: dict
      returned: always
      sample: [{slice: web, cost_of_static: 0.26, short_of_reactive: 0.08}]
    left_out:
      description: The slices that were not replayed, and why.
      type: dict
      returned: always
      sample: {new: "0.5 d of history, a replay needs 4.0 d"}
path:
  description: The HTML page, or null.
  returned: success
  type: str
  sample: /var/www/html/replay.html
json_path:
  description: The JSON file, or null.
  returned: success
  type: str
  sample: /var/lib/netslice/replay.json
"""
